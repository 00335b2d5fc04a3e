// Markov games and runs of them that are not valid: one line that says what is wrong.

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "quantal/quantal.hpp"
#include "random_markov.hpp"

namespace quantal {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A sound game and run, which `spoil` makes unsound.
void expect_input_error(const std::string& what, const std::vector<std::string>& words,
                        const std::function<void(MarkovGame&, quantal::Run&)>& spoil, bool sparse = false) {
  SCOPED_TRACE(what);
  MarkovGame game = random_markov_game({2, 3, 2, 2, 0.75, sparse ? 2 : 0, 0}, 1);
  game.name = "the game";
  quantal::Run run;
  spoil(game, run);
  Settings settings;
  settings.backend = Backend::cpu;
  settings.max_iterations = 1;
  try {
    const std::vector<Game> games = {game};
    solve(games, std::vector<quantal::Run>{run}, settings);
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_NE(message.find("the game"), std::string::npos) << message;
    for (const std::string& word : words) {
      EXPECT_NE(message.find(word), std::string::npos) << "'" << word << "' is not in: " << message;
    }
  }
}

TEST(MarkovInputErrors, Shapes) {
  expect_input_error("no state", {"state"}, [](MarkovGame& g, auto&) { g.states = 0; });
  expect_input_error("negative", {"state"}, [](MarkovGame& g, auto&) { g.states = -2; });
  expect_input_error("no agent", {"actions"}, [](MarkovGame& g, auto&) { g.actions.clear(); });
  expect_input_error("a state short", {"actions"}, [](MarkovGame& g, auto&) { g.actions.pop_back(); });
  expect_input_error("no action", {"agent 1", "state 2"}, [](MarkovGame& g, auto&) { g.actions[5] = 0; });
  expect_input_error("a reward short", {"24", "23"}, [](MarkovGame& g, auto&) { g.rewards.pop_back(); });
  expect_input_error("infinite reward", {"reward", "agent 1"}, [](MarkovGame& g, auto&) { g.rewards[13] = infinity; });
  expect_input_error("reward NaN", {"reward"}, [](MarkovGame& g, auto&) { g.rewards[0] = nan; });
  expect_input_error("a probability short", {"36", "35"}, [](MarkovGame& g, auto&) { g.transitions.pop_back(); });
}

TEST(MarkovInputErrors, Discounts) {
  for (const double discount : {1.0, -0.1, 1.5, nan, infinity}) {
    expect_input_error("discount", {"discount"}, [&](MarkovGame& g, auto&) { g.discount = discount; });
  }
}

TEST(MarkovInputErrors, Probabilities) {
  expect_input_error("sum", {"row 1"}, [](MarkovGame& g, auto&) { g.transitions[3] += 1e-8; });
  expect_input_error("negative", {"row 2"}, [](MarkovGame& g, auto&) {
    g.transitions[6] = -0.25;
    g.transitions[7] = 1.25;
    g.transitions[8] = 0;
  });
  expect_input_error("NaN", {"row 0"}, [](MarkovGame& g, auto&) { g.transitions[0] = nan; });
  expect_input_error("initial too few", {"initial"}, [](MarkovGame& g, auto&) { g.initial = {0.5, 0.5}; });
  expect_input_error("initial sum", {"initial"}, [](MarkovGame& g, auto&) { g.initial = {0.5, 0.25, 0.1}; });
  expect_input_error("initial negative", {"initial"}, [](MarkovGame& g, auto&) { g.initial = {1.5, -0.5, 0}; });
  expect_input_error("initial NaN", {"initial"}, [](MarkovGame& g, auto&) { g.initial = {nan, 0.5, 0.5}; });
}

TEST(MarkovInputErrors, SparseTransitions) {
  const auto spoiled = [](const char* what, const std::vector<std::string>& words,
                          const std::function<void(MarkovGame&)>& spoil) {
    expect_input_error(
        what, words, [&](MarkovGame& g, auto&) { spoil(g); }, true);
  };
  spoiled("a row short", {"row"}, [](MarkovGame& g) { g.row_begin.pop_back(); });
  spoiled("does not begin at 0", {"row"}, [](MarkovGame& g) { g.row_begin[0] = 1; });
  spoiled("does not end at the end", {"row"}, [](MarkovGame& g) { ++g.row_begin.back(); });
  spoiled("backwards", {"row"}, [](MarkovGame& g) { g.row_begin[2] = 0; });
  spoiled("an empty row", {"row"}, [](MarkovGame& g) { g.row_begin[2] = g.row_begin[1]; });
  spoiled("a next state short", {"next states"}, [](MarkovGame& g) { g.next_state.pop_back(); });
  spoiled("no such state", {"row 0", "3"}, [](MarkovGame& g) { g.next_state[1] = 3; });
  spoiled("negative", {"row 0", "-1"}, [](MarkovGame& g) { g.next_state[0] = -1; });
  spoiled("twice", {"row 0"}, [](MarkovGame& g) { g.next_state[1] = g.next_state[0]; });
  spoiled("descending", {"row 0"}, [](MarkovGame& g) { std::swap(g.next_state[0], g.next_state[1]); });
  spoiled("sum", {"row 0"}, [](MarkovGame& g) { g.transitions[0] += 0.1; });
}

TEST(MarkovInputErrors, Runs) {
  expect_input_error("step", {"run 0", "eta"}, [](MarkovGame&, quantal::Run& run) {
    run.tau = 1;
    run.eta = 0.2501;
  });
  expect_input_error("step of the hotter agent", {"run 0", "eta"}, [](MarkovGame&, quantal::Run& run) {
    run.tau_per_agent = {0.1, 1};
    run.eta = 0.26;
  });
  expect_input_error("a temperature a state", {"run 0", "6", "2 agents"},
                     [](MarkovGame&, quantal::Run& run) { run.tau_per_agent = {1, 1, 1, 1, 1, 1}; });
  expect_input_error("a start of one state", {"run 0", "initial"}, [](MarkovGame&, quantal::Run& run) {
    run.initial_policies = {0.5, 0.5, 0.5, 0.5};
  });
  expect_input_error("a start that does not sum to 1", {"run 0"}, [](MarkovGame&, quantal::Run& run) {
    run.initial_policies.assign(12, 0.5);
    run.initial_policies[11] = 0.6;
  });
  // The rounding of (1 - discount) / tau is no error.
  for (const double discount : {0.9, 0.99, 0.3}) {
    for (const double tau : {0.1, 0.3, 3.0, 49.0}) {
      const std::vector<Game> games = {random_markov_game({2, 2, 2, 2, discount}, 1)};
      quantal::Run run;
      run.tau = tau;
      run.eta = (1 - discount) / tau;
      Settings settings;
      settings.backend = Backend::cpu;
      settings.max_iterations = 1;
      EXPECT_NO_THROW(solve(games, std::vector<quantal::Run>{run}, settings)) << discount << ", " << tau;
    }
  }
}

}  // namespace
}  // namespace quantal
