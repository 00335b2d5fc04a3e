// Bad settings, runs and games: an InputError that names the culprit, and nothing computed.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "machines.hpp"
#include "random_games.hpp"

namespace quantal {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class InputErrors : public testing::Test {
 protected:
  using Run = quantal::Run;

  /// Two sound games with a sound run each, which `spoil` makes unsound.
  struct Call {
    std::vector<Game> games = {random_game({2, 2}, 1), random_game({2, 3, 2}, 2)};
    std::vector<Run> runs = std::vector<Run>(2);
    Settings settings;

    NormalFormGame& game(std::size_t g) { return std::get<NormalFormGame>(games[g]); }
  };

  void expect_error(const std::string& what, const std::vector<std::string>& words,
                    const std::function<void(Call&)>& spoil) {
    SCOPED_TRACE(what);
    Call call;
    call.runs[1].game = 1;
    call.settings.backend = Backend::cpu;
    std::size_t progress_calls = 0;
    spoil(call);
    try {
      solve(call.games, call.runs, call.settings, [&](const Progress&) {
        ++progress_calls;
        return true;
      });
      ADD_FAILURE() << "no error";
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
      for (const std::string& word : words) {
        EXPECT_NE(message.find(word), std::string::npos) << "'" << word << "' is not in: " << message;
      }
    }
    EXPECT_EQ(progress_calls, 0U);
  }
};

TEST_F(InputErrors, ASoundCallIsNone) {
  Call call;
  call.runs[1].game = 1;
  call.settings.backend = Backend::cpu;
  const Results results = solve(call.games, call.runs, call.settings);
  EXPECT_EQ(results.failure, "");
}

TEST_F(InputErrors, Settings) {
  expect_error("negative tolerance", {"gap_tolerance", "-1"}, [](Call& c) { c.settings.gap_tolerance = -1; });
  expect_error("tolerance NaN", {"gap_tolerance"}, [](Call& c) { c.settings.gap_tolerance = nan; });
  expect_error("infinite tolerance", {"gap_tolerance"}, [](Call& c) { c.settings.gap_tolerance = infinity; });
  expect_error("negative iterations", {"max_iterations", "-5"}, [](Call& c) { c.settings.max_iterations = -5; });
  expect_error("negative stride", {"gap_every", "-1"}, [](Call& c) { c.settings.gap_every = -1; });
  expect_error("negative threads", {"threads", "-1"}, [](Call& c) { c.settings.threads = -1; });
  expect_error("threads", {"threads", "4097"}, [](Call& c) { c.settings.threads = 4097; });
  expect_error("tier of another backend", {"warp"}, [](Call& c) { c.settings.tier = Tier::warp; });
  expect_error("tier of another backend", {"stream"}, [](Call& c) { c.settings.tier = Tier::stream; });
}

TEST_F(InputErrors, Temperatures) {
  for (const double tau : {-1.0, -1e-300, nan, -infinity}) {
    expect_error("tau", {"run 1", "tau"}, [&](Call& c) { c.runs[1].tau = tau; });
    expect_error("tau by agent", {"run 1", "tau"}, [&](Call& c) { c.runs[1].tau_per_agent = {1, tau, 1}; });
  }
  expect_error("infinite tau by agent", {"run 0", "tau"}, [](Call& c) { c.runs[0].tau_per_agent = {1, infinity}; });
  expect_error("too few", {"run 1", "2", "3 agents"}, [](Call& c) { c.runs[1].tau_per_agent = {1, 1}; });
  expect_error("too many", {"run 0", "3", "2 agents"}, [](Call& c) { c.runs[0].tau_per_agent = {1, 1, 1}; });
}

TEST_F(InputErrors, Steps) {
  for (const double eta : {0.0, -1.0, nan, infinity}) {
    expect_error("eta", {"run 0", "eta"}, [&](Call& c) { c.runs[0].eta = eta; });
  }
  expect_error("eta tau above 1", {"run 1", "eta", "tau", "1.01"}, [](Call& c) { c.runs[1].eta = 1.01; });
  expect_error("eta tau above 1 for one agent", {"run 1", "eta"}, [](Call& c) {
    c.runs[1].tau_per_agent = {0.1, 0.1, 3};
    c.runs[1].eta = 0.4;
  });
  expect_error("any eta with an infinite tau", {"run 0", "eta"}, [](Call& c) {
    c.runs[0].tau = infinity;
    c.runs[0].eta = 1e-300;
  });
  // The rounding of 1 / tau is no error.
  for (const double tau : {0.1, 0.3, 3.0, 49.0, 1e-5, 1e7 / 3}) {
    Call call;
    call.runs[0].tau = tau;
    call.runs[0].eta = 1 / tau;
    call.runs.resize(1);
    call.settings.max_iterations = 1;
    EXPECT_NO_THROW(solve(call.games, call.runs, call.settings)) << tau;
  }
}

TEST_F(InputErrors, Starts) {
  expect_error("too few", {"run 0", "initial", "4", "3"}, [](Call& c) { c.runs[0].initial_policies = {0.5, 0.5, 1}; });
  expect_error("too many", {"run 0", "initial"}, [](Call& c) { c.runs[0].initial_policies = {0.5, 0.5, 0.5, 0.5, 1}; });
  expect_error("a zero", {"run 0", "initial", "agent 1"}, [](Call& c) {
    c.runs[0].initial_policies = {0.5, 0.5, 0, 1};
  });
  expect_error("negative", {"run 0", "agent 0"}, [](Call& c) { c.runs[0].initial_policies = {-0.5, 1.5, 0.5, 0.5}; });
  expect_error("NaN", {"run 0", "agent 1"}, [](Call& c) { c.runs[0].initial_policies = {0.5, 0.5, nan, 0.5}; });
  expect_error("infinite", {"run 0", "agent 1"}, [](Call& c) {
    c.runs[0].initial_policies = {0.5, 0.5, infinity, 0.5};
  });
  expect_error("does not sum to 1", {"run 0", "agent 1"}, [](Call& c) {
    c.runs[0].initial_policies = {0.5, 0.5, 0.5, 0.50001};
  });
  Call call;
  call.runs.resize(1);
  call.runs[0].initial_policies = {0.5, 0.5, 0.5, 0.5000005};
  EXPECT_NO_THROW(solve(call.games, call.runs, call.settings));
}

TEST_F(InputErrors, Games) {
  expect_error("no such game", {"run 1", "2"}, [](Call& c) { c.runs[1].game = 2; });
  expect_error("no games", {"run 0"}, [](Call& c) { c.games.clear(); });
  expect_error("payoffs missing", {"game 1", "35"}, [](Call& c) { c.game(1).payoffs.pop_back(); });
  expect_error("too many payoffs", {"game 0", "9"}, [](Call& c) { c.game(0).payoffs.push_back(1); });
  expect_error("no agents", {"game 0", "agent"}, [](Call& c) { c.games[0] = NormalFormGame{}; });
  expect_error("no actions", {"game 0", "action"}, [](Call& c) { c.games[0] = NormalFormGame{"", {2, 0}, {}}; });
  expect_error("negative actions", {"game 0", "action"}, [](Call& c) {
    c.games[0] = NormalFormGame{"", {-2, -2}, {}};
  });
  expect_error("payoff NaN", {"game 1", "payoff", "agent 0"}, [](Call& c) { c.game(1).payoffs[3] = nan; });
  expect_error("infinite payoff", {"game 1", "payoff", "agent 2"}, [](Call& c) { c.game(1).payoffs[35] = -infinity; });
  expect_error("overflowing size", {"game 0"}, [](Call& c) {
    c.games[0] = NormalFormGame{"", {2147483647, 2147483647, 2147483647, 2147483647}, {}};
  });
  expect_error("a name in the message", {"game 1", "chicken"}, [](Call& c) {
    c.game(1).name = "chicken";
    c.game(1).payoffs.clear();
  });
  // A game without a run must be sound as well.
  expect_error("unused game", {"game 1"}, [](Call& c) {
    c.runs.resize(1);
    c.game(1).payoffs.clear();
  });
}

TEST_F(InputErrors, Sweeps) {
  Sweep sweep;
  sweep.tau = {{1.0}, {}};
  EXPECT_THROW(runs_of(1, sweep), InputError);
  // Temperatures by agent that do not fit every game.
  sweep.tau = {{1.0, 2.0}};
  const Call call;
  EXPECT_THROW(solve(call.games, sweep, call.settings), InputError);
}

TEST_F(InputErrors, InstructionSet) {
  setenv("QUANTAL_CPU_ISA", "mmx", 1);
  expect_error("unknown instruction set", {"QUANTAL_CPU_ISA", "mmx"}, [](Call&) {});
  unsetenv("QUANTAL_CPU_ISA");
}

TEST_F(InputErrors, ADeviceThatIsNotThere) {
  std::string why_not;
  if (cuda_is_there(why_not)) GTEST_SKIP() << "there is a device";
  Call call;
  call.runs[1].game = 1;
  call.settings.backend = Backend::cuda;
  EXPECT_THROW(solve(call.games, call.runs, call.settings), BackendError);
  // Left to choose, it takes the CPU.
  call.settings.backend = Backend::automatic;
  EXPECT_EQ(solve(call.games, call.runs, call.settings).backend.substr(0, 3), "cpu");
}

}  // namespace
}  // namespace quantal
