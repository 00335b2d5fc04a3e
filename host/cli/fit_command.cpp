#include "quantal/fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "commands.hpp"
#include "csv_fields.hpp"
#include "display_text.hpp"
#include "host/files/game_source.hpp"
#include "message.hpp"
#include "observed_play.hpp"
#include "output.hpp"
#include "refuse_to_overwrite.hpp"

namespace quantal::cli {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_policies_shown = 24;
constexpr std::size_t name_columns = 24;

std::vector<Game> read_all(const std::vector<std::string>& files) {
  const std::unique_ptr<files::GameSource> source = files::open_games(files);
  std::vector<Game> games;
  while (true) {
    constexpr std::size_t slab_bytes = std::size_t{1} << 26;
    std::vector<Game> next = source->next(100'000, slab_bytes);
    if (next.empty()) return games;
    std::move(next.begin(), next.end(), std::back_inserter(games));
  }
}

/// f(agent, state, its part of `numbers`) for every agent and state.
template <class F>
void for_policies(const Game& game, std::span<const double> numbers, const F& f) {
  const std::vector<int>& actions = actions_of(game);
  const std::size_t states = states_of(game);
  for (std::size_t k = 0; k < actions.size(); ++k) {
    f(k / states, k % states, numbers.first(static_cast<std::size_t>(actions[k])));
    numbers = numbers.subspan(static_cast<std::size_t>(actions[k]));
  }
}

std::string lambda_text(const Fit& fit) {
  return fmt::format("{}{:.5g}", fit.at_end ? ">= " : "", fit.lambda);
}

class FitTable {
 public:
  FitTable(std::span<const Game> games, std::span<const std::vector<double>> counts, const Fits& fits, double level)
      : games_(games), counts_(counts), fits_(fits), level_(level) {}

  void write(Output& output) const {
    std::vector<std::vector<std::string>> rows = {{"game", "observed", "lambda",
                                                   fmt::format("{:g} % interval", 100 * level_), "log L", "of chance",
                                                   "p chance", "p fit"}};
    for (std::size_t g = 0; g < games_.size(); ++g) rows.push_back(row(name(games_[g]), fits_.each[g]));
    if (fits_.together) rows.push_back(row("all, one lambda", *fits_.together));
    write_rows(output, rows);
    if (fits_.together) {
      output.print("\none lambda for all against one for each: p = {:.2g}\n", fits_.p_of_one_lambda);
    }
    write_policies(output);
  }

 private:
  static std::string name(const Game& game) { return cut_to(one_line(name_of(game)), name_columns); }

  static std::vector<std::string> row(const std::string& name, const Fit& fit) {
    return {name,
            fmt::format("{:.10g}", fit.observations),
            lambda_text(fit),
            fmt::format("{:.4g} .. {:.4g}", fit.lower, fit.upper),
            fmt::format("{:.2f}", fit.log_likelihood),
            fmt::format("{:.2f}", fit.log_likelihood_of_chance),
            fmt::format("{:.2g}", fit.p_of_chance),
            fmt::format("{:.2g}", fit.p_of_fit)};
  }

  /// The first column to the left, the others to the right.
  static void write_rows(Output& output, const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const std::vector<std::string>& row : rows) {
      for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
    }
    for (const std::vector<std::string>& row : rows) {
      for (std::size_t c = 0; c < row.size(); ++c) {
        const std::string space(widths[c] - display_width(row[c]), ' ');
        output.print("{}{}{}", c == 0 ? "" : "  ", c == 0 ? row[c] : space, c == 0 ? space : row[c]);
      }
      output.write("\n");
    }
  }

  /// Of few games, observed frequencies beside what the fit of each expects.
  void write_policies(Output& output) const {
    std::vector<std::vector<std::string>> rows = {{"play", "agent", "observed", "fitted"}};
    for (std::size_t g = 0; g < games_.size(); ++g) {
      const bool has_states = states_of(games_[g]) > 1;
      std::span<const double> fitted = fits_.policies[g];
      for_policies(games_[g], counts_[g], [&](std::size_t agent, std::size_t state, std::span<const double> counts) {
        const std::span<const double> policy = fitted.first(counts.size());
        fitted = fitted.subspan(counts.size());
        const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
        if (!(sum > 0)) return;
        std::vector<double> frequencies(counts.begin(), counts.end());
        for (double& frequency : frequencies) frequency /= sum;
        rows.push_back({name(games_[g]),
                        has_states ? fmt::format("{}, state {}", agent, state) : fmt::format("{}", agent),
                        list(frequencies), list(policy)});
      });
      if (rows.size() > most_policies_shown + 1) return;
    }
    output.write("\n");
    write_rows(output, rows);
  }

  static std::string list(std::span<const double> policy) {
    return cut_to(fmt::format("{:.3f}", fmt::join(policy, " ")), 48);
  }

  std::span<const Game> games_;
  std::span<const std::vector<double>> counts_;
  const Fits& fits_;
  double level_;
};

/// [agent][action], of a Markov game [agent][state][action].
ordered_json policies_json(const Game& game, std::span<const double> policies) {
  ordered_json agents = ordered_json::array();
  const bool has_states = std::holds_alternative<MarkovGame>(game);
  for_policies(game, policies, [&](std::size_t, std::size_t state, std::span<const double> policy) {
    const std::vector<double> list(policy.begin(), policy.end());
    if (!has_states) {
      agents.push_back(list);
    } else {
      if (state == 0) agents.push_back(ordered_json::array());
      agents.back().push_back(list);
    }
  });
  return agents;
}

ordered_json fit_json(const Fit& fit) {
  ordered_json json = {{"observations", fit.observations},
                       {"lambda", fit.lambda},
                       {"lower", fit.lower},
                       {"upper", fit.upper},
                       {"log_likelihood", fit.log_likelihood},
                       {"log_likelihood_of_chance", fit.log_likelihood_of_chance},
                       {"log_likelihood_of_frequencies", fit.log_likelihood_of_frequencies},
                       {"free_frequencies", fit.free_frequencies},
                       {"p_of_chance", fit.p_of_chance},
                       {"p_of_fit", fit.p_of_fit},
                       {"searched_to", fit.searched_to},
                       {"at_end", fit.at_end},
                       {"jump", fit.jump ? ordered_json(*fit.jump) : ordered_json()}};
  for (const LikelihoodPoint& point : fit.profile) json["profile"].push_back({point.lambda, point.log_likelihood});
  return json;
}

void write_json(Output& output, std::span<const Game> games, const Fits& fits, double level) {
  const auto dump = [](const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  };
  output.print("{{\"level\": {}, \"games\": [", dump(level));
  for (std::size_t g = 0; g < games.size(); ++g) {
    ordered_json game = {{"game", name_of(games[g])}};
    game.update(fit_json(fits.each[g]));
    game["policies"] = policies_json(games[g], fits.policies[g]);
    if (fits.together) game["policies_together"] = policies_json(games[g], fits.policies_together[g]);
    output.print("{}\n{}", g == 0 ? "" : ",", dump(game));
  }
  output.write("]");
  if (fits.together) {
    output.print(",\n\"together\": {},\n\"p_of_one_lambda\": {}", dump(fit_json(*fits.together)),
                 dump(fits.p_of_one_lambda));
  }
  output.write("}\n");
}

void write_csv(Output& output, std::span<const Game> games, const Fits& fits) {
  output.write(
      "game,observations,lambda,lower,upper,log_likelihood,log_likelihood_of_chance,log_likelihood_of_frequencies,"
      "free_frequencies,p_of_chance,p_of_fit,searched_to,at_end,jump,policies\n");
  const auto write_fit = [&](const Fit& fit) {
    output.print(",{},{},{},{},{},{},{},{},{},{},{},{},{},", fit.observations, fit.lambda, fit.lower, fit.upper,
                 fit.log_likelihood, fit.log_likelihood_of_chance, fit.log_likelihood_of_frequencies,
                 fit.free_frequencies, fit.p_of_chance, fit.p_of_fit, fit.searched_to, fit.at_end ? 1 : 0,
                 fit.jump ? fmt::format("{}", *fit.jump) : "");
  };
  for (std::size_t g = 0; g < games.size(); ++g) {
    output.write(csv_field(name_of(games[g])));
    write_fit(fits.each[g]);
    write_csv_policies(output, games[g], fits.policies[g]);
    output.write("\n");
  }
  if (fits.together) {
    output.write("(all)");
    write_fit(*fits.together);
    output.write("\n");
  }
}

/// Says of what a reader of the fits should beware.
void warn(std::span<const Game> games, const Fits& fits) {
  const auto about = [&](const auto& is_so, const std::string& what) {
    std::size_t count = 0;
    std::size_t first = games.size();
    for (std::size_t g = 0; g < games.size(); ++g) {
      if (!is_so(fits.each[g])) continue;
      first = std::min(first, g);
      count += 1;
    }
    if (count == 0) return;
    const std::string more = count > 1 ? fmt::format(" and {} more", count - 1) : "";
    say(fmt::format("game '{}'{}: {}", one_line(name_of(games[first])), more, what));
  };
  about([](const Fit& fit) { return fit.searched_to == 0; },
        "no QRE was found at any lambda above 0; more --max-iterations may help");
  about([](const Fit& fit) { return fit.at_end; },
        "the likelihood still rises at the largest lambda whose QRE was found; a larger --reach may find its maximum, "
        "unless play is that of a Nash equilibrium");
  about([](const Fit& fit) { return fit.jump && *fit.jump < fit.upper; },
        "the branch from uniform play could not be followed to the end of the interval, as where it folds back: QREs "
        "go on "
        "elsewhere");
}

}  // namespace

int run(const FitOptions& options) {
  const std::vector<Game> games = read_all(options.files);
  if (games.empty()) throw InputError("no games: expected at least one");
  const std::vector<std::vector<double>> counts = read_observed_play(options.play, games, options.count_from);
  std::vector<std::string> files = options.files;
  files.push_back(options.play);
  refuse_to_overwrite(files, options.output);
  Output output(options.output);
  const Fits fits = fit(games, counts, options.settings);
  if (options.format == Format::json) {
    write_json(output, games, fits, options.settings.level);
  } else if (options.format == Format::csv) {
    write_csv(output, games, fits);
  } else {
    FitTable(games, counts, fits, options.settings.level).write(output);
  }
  output.finish();
  warn(games, fits);
  return 0;
}

}  // namespace quantal::cli
