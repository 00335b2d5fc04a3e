#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "commands.hpp"
#include "host/files/results_source.hpp"
#include "host/report/report_data.hpp"
#include "host/report/report_page.hpp"
#include "message.hpp"
#include "output.hpp"
#include "quantal/error.hpp"

namespace quantal::cli {

int run(const ReportOptions& options) {
  std::error_code not_there;
  if (options.output != "-" && std::filesystem::equivalent(options.file, options.output, not_there)) {
    throw InputError(fmt::format("--output {}: is the results file to read", options.output));
  }
  if (std::filesystem::exists(options.file, not_there) && !std::filesystem::is_regular_file(options.file, not_there)) {
    throw InputError(fmt::format("{}: expected a file, which is read twice", options.file));
  }
  Output output(options.output);
  const report::ReportData data = report::gather_report([&] { return files::open_results(options.file); });
  output.write(report::write_page(data, {options.title, std::filesystem::path(options.file).filename().string()}));
  output.finish();
  if (!options.output_is_given) say(fmt::format("wrote {}", options.output));
  return 0;
}

}  // namespace quantal::cli
