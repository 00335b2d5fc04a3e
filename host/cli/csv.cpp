#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "display_text.hpp"
#include "report.hpp"

namespace quantal::cli {

namespace {

/// By RFC 4180. Like JSON, valid UTF-8 whatever the name was; a record is always one line.
std::string field(std::string_view text) {
  std::string line = one_line(text);
  if (line.find_first_of("\",") == std::string::npos) return line;
  std::string quoted = "\"";
  for (const char letter : line) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted += '"';
}

/// | between agents; in a Markov game ; between the states of one.
void write_policies(Output& output, const Game& game, std::span<const double> policies) {
  const std::vector<int>& actions = actions_of(game);
  const std::size_t states = states_of(game);
  for (std::size_t k = 0; k < actions.size(); ++k) {
    const std::span<const double> policy = policies.first(static_cast<std::size_t>(actions[k]));
    policies = policies.subspan(policy.size());
    output.print("{}{}", k == 0 ? "" : k % states == 0 ? "|" : ";", fmt::join(policy, " "));
  }
}

void write_history(Output& output, const Results& results, std::size_t run) {
  const std::span<const double> gaps = results.history_of(run);
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    output.print("{}{}:{}", i == 0 ? "" : " ", results.history_iteration(run, i), gaps[i]);
  }
}

class CsvSink final : public ResultsSink {
 public:
  explicit CsvSink(Output& output) : output_(output) {}

  void write(const Report& report) override {
    const Results& results = report.results;
    write_header(results.gap_every > 0);
    for (std::size_t run = 0; run < results.size(); ++run) {
      if (has_result(results.status[run])) write_run(report, run);
    }
  }

  void finish(const SolveSummary&, bool) override {
    write_header(false);
    output_.finish();
  }

 private:
  void write_header(bool with_history) {
    if (!std::exchange(has_header_, true)) {
      output_.write("run,game,class,tau,lambda,eta,start,status,iterations,qre_gap,nash_gap,policies");
      output_.write(with_history ? ",gap_history\n" : "\n");
    }
  }

  void write_run(const Report& report, std::size_t run) {
    const Results& results = report.results;
    const Game& game = report.game_of(run);
    const Temperature& temperature = report.temperature_of(run);
    output_.print("{},{},{},{},{},{},{},{},{},{},{},", report.first_run + run, field(name_of(game)), class_of(game),
                  fmt::join(temperature.tau, "/"), fmt::join(temperature.lambda, "/"), results.eta[run],
                  report.index_of(run).start, to_string(results.status[run]), results.iterations[run],
                  results.qre_gap[run], results.nash_gap[run]);
    write_policies(output_, game, results.policies_of(run));
    if (results.gap_every > 0) {
      output_.write(",");
      write_history(output_, results, run);
    }
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
