#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "display_text.hpp"
#include "quantal/info.hpp"
#include "report.hpp"
#include "solve_summary.hpp"

namespace quantal::cli {

namespace {

/// The shortest text that reads back as the same number; JSON has none for infinities and NaN.
std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

std::string string(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t point = take_code_point(text);
    if (point == U'"' || point == U'\\') {
      quoted += '\\';
      quoted += static_cast<char>(point);
    } else if (point < 0x20 || point == 0x7F || point == 0xFFFD) {
      quoted += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(point));
    } else {
      quoted += before.substr(0, before.size() - text.size());
    }
  }
  return quoted += '"';
}

void write_array(Output& output, std::span<const double> values) {
  output.write("[");
  for (std::size_t i = 0; i < values.size(); ++i) output.print("{}{}", i == 0 ? "" : ", ", number(values[i]));
  output.write("]");
}

/// A number where it holds for all agents, else an array.
void write_per_agent(Output& output, std::span<const double> values) {
  if (values.size() == 1) {
    output.write(number(values.front()));
  } else {
    write_array(output, values);
  }
}

/// [.., .., ..], of which `write_element` writes one
template <typename WriteElement>
void write_list(Output& output, std::size_t count, WriteElement&& write_element) {
  output.write("[");
  for (std::size_t k = 0; k < count; ++k) {
    if (k > 0) output.write(", ");
    write_element(k);
  }
  output.write("]");
}

/// Numbers of the agents' actions, [agent][action] or, in a Markov game, [agent][state][action].
void write_per_action(Output& output, const Game& game, std::span<const double> values) {
  auto actions = actions_of(game).begin();
  const auto write_next = [&](std::size_t) {
    const auto count = static_cast<std::size_t>(*actions++);
    write_array(output, values.first(count));
    values = values.subspan(count);
  };
  write_list(output, agents_of(game), [&](std::size_t agent) {
    if (!std::holds_alternative<MarkovGame>(game)) return write_next(agent);
    write_list(output, states_of(game), write_next);
  });
}

/// Each agent's expected value of the first state.
std::vector<double> initial_values(const MarkovGame& game, std::span<const double> values) {
  const auto states = static_cast<std::size_t>(game.states);
  std::vector<double> of_agents;
  for (; !values.empty(); values = values.subspan(states)) {
    double sum = 0;
    double weights = 0;
    for (std::size_t s = 0; s < states; ++s) {
      const double weight = game.initial.empty() ? 1 : game.initial[s];
      if (weight != 0) sum += weight * values[s];
      weights += weight;
    }
    of_agents.push_back(sum / weights);
  }
  return of_agents;
}

void write_values(Output& output, const Game& game, const Results& results, std::size_t run) {
  const std::span<const double> values = results.values_of(run);
  output.print(R"(, "evaluation": "{}", "evaluation_residual": {}, "initial_values": )",
               to_string(results.evaluation[run]), number(results.evaluation_residual[run]));
  write_array(output, initial_values(std::get<MarkovGame>(game), values));
  const std::span<const double> action_values = results.action_values_of(run);
  if (values.empty() || action_values.empty()) return;
  output.write(R"(, "values": )");
  const std::size_t states = states_of(game);
  write_list(output, agents_of(game), [&](std::size_t i) { write_array(output, values.subspan(i * states, states)); });
  output.write(R"(, "action_values": )");
  write_per_action(output, game, action_values);
}

void write_history(Output& output, const Results& results, std::size_t run) {
  output.write("{\"iteration\": [");
  const std::span<const double> gaps = results.history_of(run);
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    output.print("{}{}", i == 0 ? "" : ", ", results.history_iteration(run, i));
  }
  output.write("], \"qre_gap\": ");
  write_array(output, gaps);
  output.write("}");
}

std::string number(const std::optional<double>& value) {
  return value ? number(*value) : "null";
}

void write_local(Output& output, const RunAnalysis& analysis) {
  if (!analysis.local) return output.print(R"("local": null, "local_missing": {})", string(analysis.local_missing));
  const LocalStability& local = *analysis.local;
  output.print(R"("local": {{"spectral_radius": {}, "stable": {}, "isolated": {}, "stable_eta": {}, "distance": {}}})",
               number(local.spectral_radius), local.stable, local.isolated, number(local.stable_eta),
               number(analysis.local_distance));
}

void write_analysis(Output& output, const RunAnalysis& analysis) {
  const bool is_certified = analysis.guarantee != Guarantee::none;
  output.print(R"({{"contraction": {}, "exact_interactions": {}, "certified": {}, "certified_by": {}, )",
               number(analysis.contraction.contraction), analysis.contraction.exact_interactions, is_certified,
               is_certified ? string(to_string(analysis.guarantee)) : "null");
  output.print(R"("certified_temperature": {}, "certified_rate": {}, "measured_rate": {}, "distance_bound": {}, )",
               number(analysis.contraction.certified_temperature), number(analysis.certified_rate),
               number(analysis.measured_rate), number(analysis.distance_bound));
  write_local(output, analysis);
  const bool has_converged = analysis.diagnosis == Diagnosis::none;
  output.print(R"(, "diagnosis": {}, "advice": {}}})", has_converged ? "null" : string(to_string(analysis.diagnosis)),
               has_converged ? "null" : string(analysis.advice));
}

void write_run(Output& output, const Report& report, std::size_t run) {
  const Results& results = report.results;
  const Game& game = report.game_of(run);
  const Temperature& temperature = report.temperature_of(run);

  output.print(R"({{"game": {}, "game_index": {}, "class": "{}", "run": {}, "tau": )", string(name_of(game)),
               report.index_of(run).game, class_of(game), report.first_run + run);
  write_per_agent(output, temperature.tau);
  output.write(R"(, "lambda": )");
  write_per_agent(output, temperature.lambda);
  output.print(R"(, "eta": {}, "start": {}, "status": "{}", "iterations": {}, "qre_gap": {}, "qre_gap_per_agent": )",
               number(results.eta[run]), report.index_of(run).start, to_string(results.status[run]),
               results.iterations[run], number(results.qre_gap[run]));
  write_array(output, results.qre_gap_per_agent_of(run));
  output.print(R"(, "nash_gap": {}, "policies": )", number(results.nash_gap[run]));
  write_per_action(output, game, results.policies_of(run));
  if (std::holds_alternative<MarkovGame>(game)) write_values(output, game, results, run);
  if (report.has_history()) {
    output.write(R"(, "gap_history": )");
    write_history(output, results, run);
  }
  if (!report.analyses.empty()) {
    output.write(R"(, "analysis": )");
    write_analysis(output, report.analyses[run]);
  }
  output.write("}");
}

/// What is needed to trace a number back.
void write_head(Output& output, const Report& report) {
  const Settings& settings = report.options.settings;
  output.print(
      R"({{"quantal": {{"version": {}, "backend": {}, "precision": "{}", "rule": "{}", "init": {}, "starts": {}, )",
      string(version()), string(report.results.backend), settings.precision == Precision::float32 ? "float" : "double",
      to_string(settings.rule),
      string(report.options.initial_file.empty() ? report.options.init == Init::uniform ? "uniform" : "random"
                                                 : report.options.initial_file),
      report.sweep.number_of_starts());
  output.print(R"("warm_starts": {}, "seed": {}, )", report.sweep.warm_starts, settings.seed);
  const auto is_markov = [](const Game& game) { return std::holds_alternative<MarkovGame>(game); };
  if (std::any_of(report.games.begin(), report.games.end(), is_markov)) {
    output.print(R"("markov_entropy": "{}", )", settings.markov_entropy == MarkovEntropy::own ? "own" : "none");
  }
  if (settings.half_payoffs) output.print(R"("half_payoffs": true, )");
  if (settings.magnet == Magnet::start) output.print(R"("magnet": "start", )");
  if (settings.target_nash_gap) output.print(R"("target_nash_gap": {}, )", number(*settings.target_nash_gap));
  output.print(R"("gap_tolerance": {}, "max_iterations": {}, "gap_every": {}, "by_lambda": {}, "runs": {}}},)",
               settings.gap_tolerance ? number(*settings.gap_tolerance) : "null", settings.max_iterations,
               settings.gap_every, report.options.by_lambda,
               report.runs_asked ? fmt::format("{}", *report.runs_asked) : "null");
  output.write("\n \"runs\": [");
}

/// An object with the head, one run a line, and a summary.
class JsonSink final : public ResultsSink {
 public:
  explicit JsonSink(Output& output) : output_(output) {}

  void write(const Report& report) override {
    if (!std::exchange(has_head_, true)) write_head(output_, report);
    for (std::size_t run = 0; run < report.results.size(); ++run) {
      if (!has_result(report.results.status[run])) continue;
      output_.write(std::exchange(has_run_, true) ? ",\n" : "\n");
      write_run(output_, report, run);
    }
  }

  void finish(const SolveSummary& summary, bool) override {
    output_.print("{}\n],\n \"summary\": {{\"finished\": {}, \"converged\": {}, \"solve_seconds\": {}}}}}\n",
                  has_head_ ? "" : "{\"runs\": [", summary.counts().finished(), summary.counts()[Status::converged],
                  number(summary.solve_seconds()));
    output_.finish();
  }

 private:
  Output& output_;
  bool has_head_ = false;
  bool has_run_ = false;
};

}  // namespace

std::unique_ptr<ResultsSink> json_sink(Output& output) {
  return std::make_unique<JsonSink>(output);
}

}  // namespace quantal::cli
