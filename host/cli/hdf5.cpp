#include <algorithm>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/files/results_file.hpp"
#include "report.hpp"

namespace quantal::cli {

namespace {

class Hdf5Sink final : public ResultsSink {
 public:
  Hdf5Sink(const SolveOptions& options, const Sweep& sweep) : options_(options), sweep_(sweep) {
    if (options.resumed) file_.emplace(options.output, sweep);
  }

  /// Runs up to the first without a result, which is where --resume goes on.
  void write(const Report& report) override {
    const Results& results = report.results;
    std::size_t count = files::results_in_front(results);
    // What goes on from a warm start needs its game from the first temperature on.
    if (sweep_.warm_starts) count -= count % sweep_.runs_per_game();
    const files::ResultsSlab slab{report.first_game,    report.games,   report.first_run, results, count,
                                  report.has_history(), report.analyses};
    if (file_) {
      file_->append(slab);
    } else if (count > 0) {
      file_.emplace(options_.output, head_of(report), sweep_, options_.settings, slab);
    }
  }

  void finish(const SolveSummary&, bool complete) override {
    if (file_) file_->finish(complete);
  }

  bool is_kept() const override { return file_.has_value(); }

 private:
  files::ResultsFileHead head_of(const Report& report) const {
    files::ResultsFileHead head;
    head.arguments = nlohmann::json(options_.words).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    head.backend = report.results.backend;
    head.by_lambda = options_.by_lambda;
    for (const Temperature& temperature : options_.temperatures) head.lambda.push_back(temperature.lambda);
    head.runs_asked = report.runs_asked.value_or(0);
    head.compression = options_.compression;
    return head;
  }

  const SolveOptions& options_;
  const Sweep& sweep_;
  std::optional<files::ResultsFile> file_;
};

}  // namespace

std::unique_ptr<ResultsSink> hdf5_sink(const SolveOptions& options, const Sweep& sweep) {
  return std::make_unique<Hdf5Sink>(options, sweep);
}

}  // namespace quantal::cli
