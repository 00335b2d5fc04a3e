#include "machines.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

namespace quantal {

bool Machine::holds(const std::vector<int>& actions) const {
  if (!cuda() || tier != Tier::lane) return true;
  // The shapes that a single GPU thread can hold; kernels/static_shapes.hpp lists them.
  static const std::vector<std::vector<int>> small = {{2, 2}, {2, 3}, {3, 3}, {4, 4}, {2, 2, 2}};
  static const std::vector<std::vector<int>> in_single = {{3, 3, 3}, {2, 2, 2, 2}, {2, 2, 2, 2, 2}};
  const auto listed = [&](const auto& shapes) {
    return std::find(shapes.begin(), shapes.end(), actions) != shapes.end();
  };
  return listed(small) || (single() && listed(in_single));
}

bool Machine::holds(const Game& game) const {
  // No GPU thread holds a Markov game, and shared memory holds those of few states.
  if (const auto* markov = std::get_if<MarkovGame>(&game)) {
    return !cuda() || tier == Tier::automatic || tier == Tier::stream || (tier != Tier::lane && markov->states <= 70);
  }
  const std::vector<int>& actions = actions_of(game);
  // A network of two agents is a bimatrix game.
  if (std::holds_alternative<NormalFormGame>(game) || actions.size() == 2) return holds(actions);
  if (!cuda() || tier != Tier::lane) return true;
  static const std::vector<std::vector<int>> small = {{2, 2, 2}, {3, 3, 3}, {2, 2, 2, 2}};
  return std::find(small.begin(), small.end(), actions) != small.end();
}

Settings Machine::settings() const {
  Settings settings;
  settings.backend = backend;
  settings.tier = tier;
  settings.precision = precision;
  return settings;
}

std::string name_of(const Machine& machine) {
  std::string name = machine.cuda() ? "Cuda" : "Cpu";
  if (!machine.isa.empty()) {
    std::string isa = machine.isa;
    isa[0] = static_cast<char>(isa[0] - 'a' + 'A');
    name += isa;
  }
  switch (machine.tier) {
    case Tier::automatic:
      name += "Automatic";
      break;
    case Tier::lane:
      name += "Lane";
      break;
    case Tier::warp:
      name += "Warp";
      break;
    case Tier::block:
      name += "Block";
      break;
    case Tier::stream:
      name += "Stream";
      break;
  }
  return name + (machine.single() ? "Float32" : "Float64");
}

std::vector<Machine> machines() {
  std::vector<Machine> all;
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    for (const Tier tier : {Tier::lane, Tier::block}) all.push_back({Backend::cpu, tier, precision, ""});
    for (const Tier tier : {Tier::lane, Tier::warp, Tier::block, Tier::stream}) {
      all.push_back({Backend::cuda, tier, precision, ""});
    }
  }
  return all;
}

std::vector<Machine> machines_by_instruction_set() {
  std::vector<Machine> all;
  for (const std::string& isa : capabilities().instruction_sets) {
    for (const Tier tier : {Tier::lane, Tier::block}) {
      for (const Precision precision : {Precision::float64, Precision::float32}) {
        all.push_back({Backend::cpu, tier, precision, isa});
      }
    }
  }
  return all;
}

bool cuda_is_there(std::string& why_not) {
  static const Capabilities found = capabilities();
  why_not = found.cuda_unavailable;
  return !found.cuda_devices.empty();
}

void OnEveryMachine::SetUp() {
  if (machine().cuda()) QUANTAL_SKIP_WITHOUT_CUDA();
  if (machine().isa.empty()) return;
  setenv("QUANTAL_CPU_ISA", machine().isa.c_str(), 1);
  try {
    capabilities();
  } catch (const InputError& error) {
    GTEST_SKIP() << error.what();
  }
}

void OnEveryMachine::TearDown() {
  if (!machine().isa.empty()) unsetenv("QUANTAL_CPU_ISA");
}

oracle::Game to_oracle(const Game& game) {
  if (const auto* normal_form = std::get_if<NormalFormGame>(&game)) return {normal_form->actions, normal_form->payoffs};
  const auto& network = std::get<PolymatrixGame>(game);
  oracle::Game result{network.actions, {}};
  auto payoffs = network.payoffs.begin();
  for (const PolymatrixEdge& edge : network.edges) {
    const auto first = static_cast<std::size_t>(edge.first);
    const auto second = static_cast<std::size_t>(edge.second);
    const auto rows = static_cast<std::size_t>(network.actions[first]);
    const auto columns = static_cast<std::size_t>(network.actions[second]);
    if (edge.pays_first) {
      result.arcs.push_back({first, second, {payoffs, payoffs + static_cast<std::ptrdiff_t>(rows * columns)}});
      payoffs += static_cast<std::ptrdiff_t>(rows * columns);
    }
    if (edge.pays_second) {
      std::vector<double> turned;
      for (std::size_t b = 0; b < columns; ++b) {
        for (std::size_t a = 0; a < rows; ++a) turned.push_back(payoffs[static_cast<std::ptrdiff_t>(a * columns + b)]);
      }
      result.arcs.push_back({second, first, turned});
      payoffs += static_cast<std::ptrdiff_t>(rows * columns);
    }
  }
  return result;
}

oracle::MarkovGame to_oracle(const MarkovGame& game) {
  oracle::MarkovGame result;
  const auto S = static_cast<std::size_t>(game.states);
  const auto N = static_cast<std::size_t>(game.agents());
  result.states = S;
  result.actions = game.actions;
  result.discount = game.discount;
  const std::size_t rows = game.rewards.size() / N;
  for (std::size_t i = 0; i < N; ++i) {
    const auto begin = game.rewards.begin() + static_cast<std::ptrdiff_t>(i * rows);
    result.rewards.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(rows));
  }
  for (std::size_t k = 0; k < rows; ++k) {
    std::vector<oracle::Number> next(S, 0);
    oracle::Number sum = 0;
    const std::size_t begin = game.is_sparse() ? game.row_begin[k] : k * S;
    const std::size_t end = game.is_sparse() ? game.row_begin[k + 1] : begin + S;
    for (std::size_t e = begin; e < end; ++e) {
      next[game.is_sparse() ? static_cast<std::size_t>(game.next_state[e]) : e - begin] = game.transitions[e];
      sum += game.transitions[e];
    }
    for (oracle::Number& p : next) p /= sum;
    result.transitions.push_back(next);
  }
  return result;
}

oracle::Profile policies_of(const Results& results, std::size_t run, const Game& game) {
  const std::vector<int>& actions = actions_of(game);
  const auto flat = results.policies_of(run);
  std::size_t expected = 0;
  for (const int m : actions) expected += static_cast<std::size_t>(m);
  if (flat.size() != expected) {
    ADD_FAILURE() << "run " << run << " has " << flat.size() << " probabilities, not " << expected;
    return oracle::uniform_policies(actions);
  }
  return oracle::policies_from(actions, flat.data());
}

namespace {

void expect_same_bits(std::span<const double> first, std::span<const double> second, const char* what) {
  ASSERT_EQ(first.size(), second.size()) << what;
  for (std::size_t k = 0; k < first.size(); ++k) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(first[k]), std::bit_cast<std::uint64_t>(second[k]))
        << what << " entry " << k << ": " << first[k] << " and " << second[k];
  }
}

}  // namespace

void expect_same_bits(const Results& first, std::size_t a, const Results& second, std::size_t b) {
  ASSERT_EQ(to_string(first.status[a]), to_string(second.status[b]));
  ASSERT_EQ(first.iterations[a], second.iterations[b]);
  expect_same_bits({&first.eta[a], 1}, {&second.eta[b], 1}, "eta");
  expect_same_bits({&first.qre_gap[a], 1}, {&second.qre_gap[b], 1}, "QRE gap");
  expect_same_bits({&first.nash_gap[a], 1}, {&second.nash_gap[b], 1}, "Nash gap");
  expect_same_bits(first.policies_of(a), second.policies_of(b), "policies");
  expect_same_bits(first.qre_gap_per_agent_of(a), second.qre_gap_per_agent_of(b), "QRE gap by agent");
  expect_same_bits(first.history_of(a), second.history_of(b), "history");
  expect_same_bits(first.values_of(a), second.values_of(b), "values");
  expect_same_bits(first.action_values_of(a), second.action_values_of(b), "action values");
  ASSERT_EQ(to_string(first.evaluation[a]), to_string(second.evaluation[b]));
  expect_same_bits({&first.evaluation_residual[a], 1}, {&second.evaluation_residual[b], 1}, "residual");
}

std::vector<double> temperatures_of(const Run& run, std::size_t agents) {
  return run.tau_per_agent.empty() ? std::vector<double>(agents, run.tau) : run.tau_per_agent;
}

std::vector<Game> games_of(const std::vector<NormalFormGame>& games) {
  return {games.begin(), games.end()};
}

void OnEveryMachine::expect_the_same_with_threads_and_chunks(const std::vector<Game>& games,
                                                             const std::vector<Run>& runs, Settings settings,
                                                             std::initializer_list<std::size_t> bytes) const {
  settings.threads = 1;
  const Results one = solve(games, runs, settings);
  const auto expect_same = [&](const std::string& what) {
    const Results other = solve(games, runs, settings);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE("run " + std::to_string(r) + ", " + what);
      expect_same_bits(one, r, other, r);
    }
  };
  if (!machine().cuda()) {
    for (const int threads : {2, 3, 8}) {
      settings.threads = threads;
      expect_same(std::to_string(threads) + " threads");
    }
  }
  settings.threads = 0;
  expect_same("again");
  for (const std::size_t limit : bytes) {
    settings.memory_bytes = limit;
    expect_same("chunks of " + std::to_string(limit) + " bytes");
  }
}

}  // namespace quantal
