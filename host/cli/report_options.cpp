#include "report_options.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "quantal/error.hpp"

namespace quantal::cli {

namespace {

constexpr auto options = std::to_array<OptionText>({
    {"Options", "-o,--output", "FILE",
     "Write the page to FILE, which appears when it is complete; - is\n"
     "standard output. [default: the results' name with .html]"},
    {"", "--title", "TEXT", "The page's headline. [default: the results' name]"},
    {"", "-h,--help", "", "This text."},
});

constexpr std::string_view introduction =
    R"(Makes a page about results of quantal solve, for any browser: convergence, policies,
the runs that went worst. It is one file that loads nothing from anywhere.

Usage: quantal report RESULTS [-o FILE] [--title TEXT]

Results
  RESULTS                   a file that quantal solve wrote with -o RESULTS.json or .h5. It is
                            read twice, so it cannot be a pipe
)";

constexpr std::string_view ending =
    R"(
The page shows
  the statuses of the runs, by temperature, and how many iterations they took
  the QRE gap by iteration: the median, and the bands of half and of 80 % of the runs
      (for results of --gap-every S)
  the runs with the largest gaps and those with most iterations, one by one
  the policies of a run, and of a game along the temperature: the correspondence
  what is left to gain at each temperature: the QRE gap beside the Nash gap
Every figure can be saved as SVG. Of many runs the page holds counts and quantiles, resolved
to a 64th of a decade of the gap, and a choice of runs, always the same one.

Examples
  quantal solve games/ --lambda 0.1,1,10 --gap-every 1 -o results.json
  quantal report results.json
      writes results.html
  quantal report results.json --title "Ten thousand markets" -o markets.html

Exit codes
  0  the page was written
  1  it could not be written
  2  bad usage or bad input: one line on standard error, nothing is written
)";

}  // namespace

const CommandText report_command = {"report", options, introduction, ending};

ReportOptions report_options(const Arguments& arguments) {
  ReportOptions options;
  const std::vector<std::string>& files = arguments.operands();
  if (files.size() != 1) {
    throw InputError(fmt::format("{}: expected one results file, as in quantal report results.json",
                                 files.empty() ? "no results" : fmt::format("{} files", files.size())));
  }
  options.file = files.front();
  if (options.file == "-") {
    throw InputError("results on standard input: expected a file, as in quantal report results.json; it is read twice");
  }
  const std::filesystem::path path(options.file);
  options.output_is_given = arguments.has("--output");
  options.output = arguments.value("--output", std::filesystem::path(path).replace_extension(".html").string());
  options.title = arguments.value("--title", path.filename().string());
  return options;
}

}  // namespace quantal::cli
