#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "csv_fields.hpp"
#include "report.hpp"

namespace quantal::cli {

namespace {

void write_history(Output& output, const Results& results, std::size_t run) {
  const std::span<const double> gaps = results.history_of(run);
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    output.print("{}{}:{}", i == 0 ? "" : " ", results.history_iteration(run, i), gaps[i]);
  }
}

constexpr std::string_view analysis_columns =
    "contraction,exact_interactions,certified_by,certified_temperature,certified_rate,measured_rate,distance_bound,"
    "local_spectral_radius,local_stable,local_isolated,local_stable_eta,local_distance,diagnosis,advice";

/// Of what is not known the field is empty.
void write_analysis(Output& output, const RunAnalysis& analysis) {
  const auto number = [](const std::optional<double>& value) {
    return value && std::isfinite(*value) ? fmt::format("{}", *value) : "";
  };
  const Contraction& contraction = analysis.contraction;
  output.print(",{},{},{},{},{},{},{}", number(contraction.contraction), contraction.exact_interactions,
               to_string(analysis.guarantee), number(contraction.certified_temperature),
               number(analysis.certified_rate), number(analysis.measured_rate), number(analysis.distance_bound));
  if (const auto& local = analysis.local) {
    output.print(",{},{},{},{},{}", number(local->spectral_radius), local->stable, local->isolated,
                 number(local->stable_eta), number(analysis.local_distance));
  } else {
    output.write(",,,,,");
  }
  output.print(",{},{}", to_string(analysis.diagnosis), csv_field(analysis.advice));
}

class CsvSink final : public ResultsSink {
 public:
  explicit CsvSink(Output& output) : output_(output) {}

  void write(const Report& report) override {
    const Results& results = report.results;
    write_header(report.has_history(), report.options.analyse);
    for (std::size_t run = 0; run < results.size(); ++run) {
      if (has_result(results.status[run])) write_run(report, run);
    }
  }

  void finish(const SolveSummary&, bool) override {
    write_header(false, false);
    output_.finish();
  }

 private:
  void write_header(bool with_history, bool with_analysis) {
    if (!std::exchange(has_header_, true)) {
      output_.write("run,game,class,tau,lambda,eta,start,status,iterations,qre_gap,nash_gap,policies");
      if (with_history) output_.write(",gap_history");
      if (with_analysis) output_.print(",{}", analysis_columns);
      output_.write("\n");
    }
  }

  void write_run(const Report& report, std::size_t run) {
    const Results& results = report.results;
    const Game& game = report.game_of(run);
    const Temperature& temperature = report.temperature_of(run);
    output_.print("{},{},{},{},{},{},{},{},{},{},{},", report.first_run + run, csv_field(name_of(game)), class_of(game),
                  fmt::join(temperature.tau, "/"), fmt::join(temperature.lambda, "/"), results.eta[run],
                  report.index_of(run).start, to_string(results.status[run]), results.iterations[run],
                  results.qre_gap[run], results.nash_gap[run]);
    write_csv_policies(output_, game, results.policies_of(run));
    if (report.has_history()) {
      output_.write(",");
      write_history(output_, results, run);
    }
    if (!report.analyses.empty()) write_analysis(output_, report.analyses[run]);
    output_.write("\n");
  }

  Output& output_;
  bool has_header_ = false;
};

}  // namespace

std::unique_ptr<ResultsSink> csv_sink(Output& output) {
  return std::make_unique<CsvSink>(output);
}

}  // namespace quantal::cli
