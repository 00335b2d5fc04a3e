#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "input_error.hpp"
#include "quantal/io.hpp"

namespace quantal {
namespace {

std::vector<Game> parse(const std::string& text) {
  return parse_games(text, "x.json", "x");
}

MarkovGame parse_one(const std::string& text) {
  const std::vector<Game> games = parse(text);
  EXPECT_EQ(games.size(), 1u);
  for (const Game& game : games) validate(game);
  return std::get<MarkovGame>(games.at(0));
}

void expect_refused(const std::string& text, int line, const std::string& words) {
  SCOPED_TRACE(text.substr(0, 2000));
  const std::string message = testing::input_error([&] { parse(text); });
  testing::expect_message(message, "x.json:" + std::to_string(line) + ": ", words);
}

/// The members of a game of two agents and two states: what a test does not change is right.
struct Members {
  std::string actions = "[2, 1]";
  std::string states = "2";
  std::string discount = "0.5";
  std::string initial = "[0.25, 0.75]";
  std::string rewards = "[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]";
  std::string transitions = "[[[0.5, 0.5], [0, 1]], [[1, 0], [0.25, 0.75]]]";

  /// Lines 2 to 7, in this order.
  std::string in_order() const {
    return "{\"class\": \"markov\",\n\"actions\": " + actions + ",\n\"states\": " + states +
           ",\n\"discount\": " + discount + ",\n\"initial\": " + initial + ",\n\"rewards\": " + rewards +
           ",\n\"transitions\": " + transitions + "}";
  }

  /// What it all depends on comes last; transitions, rewards and initial are on lines 1 to 3.
  std::string in_reverse() const {
    return "{\"transitions\": " + transitions + ",\n\"rewards\": " + rewards + ",\n\"initial\": " + initial +
           ",\n\"discount\": " + discount + ", \"states\": " + states + ", \"actions\": " + actions +
           ", \"class\": \"markov\"}";
  }
};

/// Both orders of the keys find the same fault, `line` lines below where the value begins.
void expect_transitions_refused(const std::string& transitions, int line, const std::string& words) {
  Members members;
  members.transitions = transitions;
  expect_refused(members.in_order(), 7 + line, words);
  expect_refused(members.in_reverse(), 1 + line, words);
}

void expect_rewards_refused(const std::string& rewards, int line, const std::string& words) {
  Members members;
  members.rewards = rewards;
  expect_refused(members.in_order(), 6 + line, words);
  expect_refused(members.in_reverse(), 2 + line, words);
}

void expect_initial_refused(const std::string& initial, int line, const std::string& words) {
  Members members;
  members.initial = initial;
  expect_refused(members.in_order(), 5 + line, words);
  expect_refused(members.in_reverse(), 3 + line, words);
}

MarkovGame expected_game() {
  MarkovGame game;
  game.name = "x";
  game.states = 2;
  game.actions = {2, 2, 1, 1};
  game.discount = 0.5;
  game.initial = {0.25, 0.75};
  game.rewards = {1, 2, 3, 4, 5, 6, 7, 8};
  game.transitions = {0.5, 0.5, 0, 1, 1, 0, 0.25, 0.75};
  return game;
}

MarkovGame expected_sparse_game() {
  MarkovGame game = expected_game();
  game.transitions = {0.5, 0.5, 1, 1, 0.25, 0.75};
  game.row_begin = {0, 2, 3, 4, 6};
  game.next_state = {0, 1, 1, 0, 0, 1};
  return game;
}

TEST(MarkovJson, OneGame) {
  EXPECT_EQ(parse_one(Members().in_order()), expected_game());
}

TEST(MarkovJson, KeysComeInAnyOrder) {
  EXPECT_EQ(parse_one(Members().in_reverse()), expected_game());
  MarkovGame named = expected_game();
  named.name = "two markets";
  std::string text = Members().in_reverse();
  text.replace(0, 1, "{ \"name\" :\t\"two markets\"\r\n,");
  EXPECT_EQ(parse_one(text), named);
}

TEST(MarkovJson, InitialMayBeLeftOut) {
  MarkovGame uniform = expected_game();
  uniform.initial.clear();
  std::string text = Members().in_order();
  const std::string initial = "\"initial\": [0.25, 0.75],";
  text.erase(text.find(initial), initial.size());
  EXPECT_EQ(parse_one(text), uniform);
}

TEST(MarkovJson, ActionsByState) {
  Members members;
  members.actions = "[[2, 1], [1, 3]]";
  members.rewards = "[[[1, 2], [3, 4, 5]], [[6, 7], [8, 9, 10]]]";
  members.transitions = "[[[1, 0], [0, 1]], [[1, 0], [0, 1], [0.5, 0.5]]]";
  const MarkovGame game = parse_one(members.in_order());
  EXPECT_EQ(game.actions, (std::vector<int>{2, 1, 1, 3}));
  EXPECT_EQ(game.rewards, (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(game.transitions, (std::vector<double>{1, 0, 0, 1, 1, 0, 0, 1, 0.5, 0.5}));
  EXPECT_EQ(parse_one(members.in_reverse()), game);

  // The same in every state is the same as a number an agent.
  Members alike;
  alike.actions = "[[2, 2], [1, 1]]";
  EXPECT_EQ(parse_one(alike.in_order()), expected_game());
  EXPECT_EQ(parse_one(alike.in_reverse()), expected_game());
}

TEST(MarkovJson, OneState) {
  const MarkovGame game = parse_one(
      R"({"class": "markov", "actions": [2], "states": 1, "discount": 0, "rewards": [[[1, -0.0]]],
          "transitions": [[[1], [1.0]]]})");
  EXPECT_EQ(game.states, 1);
  EXPECT_EQ(game.transitions, (std::vector<double>{1, 1}));
  EXPECT_FALSE(game.is_sparse());
  EXPECT_TRUE(game.initial.empty());
}

TEST(MarkovJson, SparseRows) {
  Members members;
  for (const std::string transitions : {
           "[[[[0, 0.5], [1, 0.5]], [[1, 1]]], [[[0, 1]], [[0, 0.25], [1, 0.75]]]]",
           "[[[[1, 0.5], [0, 0.5]], [[1, 1]]], [[[0, 1]], [[1, 0.75], [0, 0.25]]]]",
           // with dense ones first, in between and last
           "[[[0.5, 0.5], [0, 1]], [[1, 0], [[1, 0.75], [0, 0.25]]]]",
           "[[[[0, 0.5], [1, 0.5]], [0, 1]], [[[0, 1]], [0.25, 0.75]]]",
           "[[[0.5, 0.5], [[1, 1]]], [[1, -0.0], [0.25, 0.75]]]",
       }) {
    SCOPED_TRACE(transitions);
    members.transitions = transitions;
    EXPECT_EQ(parse_one(members.in_order()), expected_sparse_game());
    EXPECT_EQ(parse_one(members.in_reverse()), expected_sparse_game());
  }
  // A pair may say 0.
  members.transitions = "[[[0.5, 0.5], [[0, 0], [1, 1]]], [[1, 0], [0.25, 0.75]]]";
  const MarkovGame game = parse_one(members.in_order());
  EXPECT_EQ(game.transitions, (std::vector<double>{0.5, 0.5, 0, 1, 1, 0.25, 0.75}));
  EXPECT_EQ(game.row_begin, (std::vector<std::size_t>{0, 2, 4, 5, 7}));
}

TEST(MarkovJson, SumsMayBeALittleOff) {
  Members members;
  members.initial = "[0.5, 0.4999999995]";
  members.transitions = "[[[0.5, 0.5000000005], [0, 1.0000000005]], [[1, 0], [[0, 0.9999999995]]]]";
  const MarkovGame game = parse_one(members.in_order());
  EXPECT_EQ(game.initial[1], 0.4999999995);  // as it was written; the solver divides
  EXPECT_NEAR(largest_probability_error(game), 5e-10, 1e-15);
}

TEST(MarkovJson, GamesOfAllClassesInOneFile) {
  const std::string normal_form = R"({"class": "normal_form", "actions": [1], "payoffs": [[5]]})";
  const std::string network = R"({"actions": [1], "class": "polymatrix", "edges": []})";
  Members sparse;
  sparse.transitions = "[[[0.5, 0.5], [0, 1]], [[1, 0], [[1, 0.75], [0, 0.25]]]]";
  const std::vector<Game> games = parse("[" + sparse.in_reverse() + "," + normal_form + "," + Members().in_order() +
                                        "," + network + "," + sparse.in_order() + "]");
  ASSERT_EQ(games.size(), 5u);
  MarkovGame first = expected_sparse_game();
  first.name = "x#1";
  MarkovGame third = expected_game();
  third.name = "x#3";
  MarkovGame fifth = expected_sparse_game();
  fifth.name = "x#5";
  EXPECT_EQ(games[0], Game(first));
  EXPECT_EQ(games[1], Game(NormalFormGame{"x#2", {1}, {5}}));
  EXPECT_EQ(games[2], Game(third));
  EXPECT_EQ(games[3], Game(PolymatrixGame{"x#4", {1}, {}, {}}));
  EXPECT_EQ(games[4], Game(fifth));
}

TEST(MarkovJson, Actions) {
  const auto refused = [](const std::string& actions, int line, const std::string& words) {
    Members members;
    members.actions = actions;
    expect_refused(members.in_order(), 2 + line, words);
    expect_refused(members.in_reverse(), 4 + line, words);
  };
  refused("[]", 0, "expected at least one agent, found none");
  refused("2", 0, "expected an array with each agent's number of actions, found \"2\"");
  refused("[2,\n0]", 1, "expected a whole number of actions, at least 1, for actions[1], found \"0\"");
  refused("[2, 1.0]", 0, "expected a whole number of actions, at least 1, for actions[1], found \"1.0\"");
  refused("[[2, 1],\n[1, 0]]", 1, "expected a whole number of actions, at least 1, for actions[1][1], found \"0\"");
  refused("[[2, 1],\n[1, [1]]]", 1, "expected a whole number of actions, at least 1, for actions[1][1], found \"[\"");
  refused("[2,\n[1, 1]]", 1, "expected a whole number of actions, at least 1, for actions[1], found \"[\"");
  refused("[[2, 2],\n1]", 1,
          "expected an array with a number of actions a state, as before, for actions[1], found \"1\"");
  refused("[[2, 2],\n[1]]", 1, "expected 2 numbers of actions for agent 1, one a state, found 1");
  refused("[[2, 2, 2],\n[1]]", 0, "expected 2 numbers of actions for agent 0, one a state, found 3");
  refused("[[],\n[]]", 0, "expected 2 numbers of actions for agent 0, one a state, found 0");
  refused("[1000000,\n1000000]", 1, "expected fewer than 2^31 rewards, found more in state 0");
  refused("[2147483648, 1]", 0, "a whole number of actions");
}

TEST(MarkovJson, StatesAndDiscount) {
  for (const std::string states : {"0", "-1", "1.5", "2.0", "2e0", "2147483648", "[2]", "\"2\"", "null", "true"}) {
    Members members;
    members.states = "\n" + states;
    expect_refused(members.in_order(), 4, "expected a whole number of states, at least 1, found ");
  }
  for (const std::string discount : {"1", "1.0", "1.5", "-0.1", "-1", "[0.5]", "\"0.5\"", "null", "NaN", "1e999"}) {
    Members members;
    members.discount = "\n" + discount;
    expect_refused(members.in_order(), 5, "expected a discount from 0 to below 1, found ");
  }
  for (const std::string discount : {"0", "0.0", "0.999999999999", "5e-324"}) {
    Members members;
    members.discount = discount;
    EXPECT_EQ(parse_one(members.in_order()).discount, std::strtod(discount.c_str(), nullptr));
  }
  // As many states as no memory holds are counted, not made.
  Members many;
  many.states = "2147483647";
  expect_refused(many.in_order(), 6, "expected 2147483647 arrays of rewards for agent 0, one a state, found 2");
}

TEST(MarkovJson, Initial) {
  expect_initial_refused("[0.5,\n0.25, 0.25]", 1, "expected 2 initial probabilities, one a state, found 3");
  expect_initial_refused("[]", 0, "expected 2 initial probabilities, one a state, found 0");
  expect_initial_refused("[0.5,\n0.25\n]", 2, "expected initial probabilities that sum to 1, found a sum of 0.75");
  expect_initial_refused("[0.5,\n0.500000002]", 1, "expected initial probabilities that sum to 1, found a sum of 1.0");
  expect_initial_refused("[1.5,\n-0.5]", 0, "expected a probability from 0 to 1 for initial[0], found \"1.5\"");
  expect_initial_refused("[1,\n-1e-300]", 1, "expected a probability from 0 to 1 for initial[1], found \"-1e-300\"");
  expect_initial_refused("1", 0, "expected an array with the probability of each state to be the first, found \"1\"");
  for (const char* wrong : {"NaN", "1e999", "\"1\"", "null", "[1]", "{}"}) {
    expect_initial_refused("[1,\n" + std::string(wrong) + "]", 1,
                           "expected a probability from 0 to 1 for initial[1], found ");
  }
}

TEST(MarkovJson, Rewards) {
  expect_rewards_refused("[[[1, 2], [3, 4]],\n[[5, 6], [7]]]", 1,
                         "expected 2 rewards for agent 1 in state 1, one a joint action, found 1");
  expect_rewards_refused("[[[1, 2,\n3], [3, 4]],\n[[5, 6], [7]]]", 1,
                         "expected 2 rewards for agent 0 in state 0, one a joint action, found 3");
  expect_rewards_refused("[[[1, 2], []],\n[[5, 6], [7]]]", 0,
                         "expected 2 rewards for agent 0 in state 1, one a joint action, found 0");
  expect_rewards_refused("[[[1, 2], [3, 4]],\n[[5, 6]]]", 1,
                         "expected 2 arrays of rewards for agent 1, one a state, found 1");
  expect_rewards_refused("[[[1, 2], [3, 4], [5, 6]],\n[[5, 6]]]", 0,
                         "expected 2 arrays of rewards for agent 0, one a state, found 3");
  expect_rewards_refused("[[[1, 2], [3, 4]]\n]", 1, "expected 2 arrays of rewards, one an agent, found 1");
  expect_rewards_refused("[[[1, 2], [3, 4]], [[1, 2], [3, 4]],\n[]]", 1,
                         "expected 2 arrays of rewards, one an agent, found 3");
  expect_rewards_refused("[]", 0, "expected 2 arrays of rewards, one an agent, found 0");
  expect_rewards_refused("1", 0, "expected an array with one array of rewards an agent, found \"1\"");
  expect_rewards_refused("[1]", 0, "expected an array with one array of rewards a state for rewards[0], found \"1\"");
  expect_rewards_refused("[[\n1]]", 1,
                         "expected an array of numbers, one a joint action, for rewards[0][0], found \"1\"");
  expect_rewards_refused("[[[1,\n[2]]]]", 1, "expected a finite number for rewards[0][0][1], found \"[\"");
  for (const char* wrong : {"NaN", "1e999", "-Infinity", "\"1\"", "null", "true", "{}"}) {
    expect_rewards_refused("[[[1, 2], [\n" + std::string(wrong) + "]]]", 1,
                           "expected a finite number for rewards[0][1][0], found ");
  }
}

TEST(MarkovJson, ShapesOfTransitions) {
  expect_transitions_refused("[[[0.5, 0.5], [0, 1]],\n[[1, 0]]]", 1,
                             "expected 2 rows for transitions[1], one a joint action, found 1");
  expect_transitions_refused("[[[0.5, 0.5], [0, 1],\n[1, 0]], [[1, 0]]]", 1,
                             "expected 2 rows for transitions[0], one a joint action, found 3");
  expect_transitions_refused("[[], [[1, 0]]]", 0, "expected 2 rows for transitions[0], one a joint action, found 0");
  expect_transitions_refused("[[[0.5, 0.5], [0, 1]]\n]", 1, "expected 2 arrays of transitions, one a state, found 1");
  expect_transitions_refused("[]", 0, "expected 2 arrays of transitions, one a state, found 0");
  const std::string two =
      "expected 2 probabilities for transitions[1][0], one a next state, or pairs [next state, "
      "probability], found ";
  expect_transitions_refused("[[[0.5, 0.5], [0, 1]],\n[[1], [1, 0]]]", 1, two + "1");
  expect_transitions_refused("[[[0.5, 0.5], [0, 1]],\n[[1, 0, 0], [1, 0]]]", 1, two + "3");
  // also where other rows are sparse
  expect_transitions_refused("[[[0.5, 0.5], [[1, 1]]],\n[[1, 0, 0], [1, 0]]]", 1, two + "3");
  expect_transitions_refused("[[[0.5, 0.5], [0, 1]],\n[[1], [[0, 1]]]]", 1, two + "1");

  expect_transitions_refused("1", 0, "expected an array with one array of transitions a state, found \"1\"");
  expect_transitions_refused("[1]", 0, "expected an array with one row a joint action for transitions[0], found \"1\"");
  expect_transitions_refused("[[1]]", 0,
                             "expected an array of probabilities or of pairs [next state, probability] for "
                             "transitions[0][0], found \"1\"");
  expect_transitions_refused("[[[[[", 0, "expected a next state");
}

TEST(MarkovJson, Probabilities) {
  const auto sums_to = [](const std::string& row, const std::string& sum) {
    expect_transitions_refused("[[[0.5, 0.5], [0, 1]],\n[[1, 0], " + row + "]]", 1,
                               "expected probabilities that sum to 1 for transitions[1][1], state 1 and joint action "
                               "1, found a sum of " +
                                   sum);
    expect_transitions_refused("[[[0.5, 0.5], [0, 1]],\n[[[0, 1]], " + row + "]]", 1,
                               "transitions[1][1], state 1 and joint action 1, found a sum of " + sum);
  };
  sums_to("[0.5, 0.25]", "0.75");
  sums_to("[1, 0.25]", "1.25");
  sums_to("[0.5, 0.500000002]", "1.000000002");
  sums_to("[[1, 0.5]]", "0.5");
  sums_to("[[1, 0.5], [0, 1]]", "1.5");
  sums_to("[]", "0");

  const auto refused = [](const std::string& number, const std::string& found) {
    expect_transitions_refused("[[[0.5,\n" + number + "], [0, 1]]", 1,
                               "expected a probability from 0 to 1, as before in this row, for transitions[0][0][1], "
                               "found \"" +
                                   found + "\"");
    expect_transitions_refused("[[[\n" + number + "], [0, 1]]", 1,
                               "expected a probability from 0 to 1 or a pair [next state, probability] for "
                               "transitions[0][0][0], found \"" +
                                   found + "\"");
    expect_transitions_refused("[[[[0, 0.5], [1,\n" + number + "]], [0, 1]]", 1,
                               "expected a probability from 0 to 1 for transitions[0][0][1][1], found \"" + found);
  };
  for (const char* number : {"-0.5", "-1e-300", "1.5", "1.00000001", "2", "null", "true", "{"}) refused(number, number);
  refused("NaN", "NaN");
  expect_transitions_refused("[[[0.5, \"a\"]", 0, "found the string \"a\"");
}

TEST(MarkovJson, Pairs) {
  const auto refused = [](const std::string& row, const std::string& words) {
    expect_transitions_refused("[[[0.5, 0.5],\n" + row + "], [[1, 0], [0, 1]]]", 1, words);
  };
  refused("[[1, 1, 1]]", "expected a pair [next state, probability] for transitions[0][1][0], found 3 numbers");
  refused("[[1, 1], [0]]", "expected a pair [next state, probability] for transitions[0][1][1], found 1 number");
  refused("[[]]", "expected a pair [next state, probability] for transitions[0][1][0], found 0 numbers");
  refused("[[[1]]]", "for transitions[0][1][0][0], found \"[\"");
  refused("[[1, [1]]]", "expected a probability from 0 to 1 for transitions[0][1][0][1], found \"[\"");
  refused("[0.5, [1, 0.5]]",
          "expected a probability from 0 to 1, as before in this row, for transitions[0][1][1], found \"[\"");
  refused("[[1, 0.5], 0.5]",
          "expected a pair [next state, probability], as before in this row, for transitions[0][1][1], found \"0.5\"");
  refused("[[1, 0.5], [0, 0.25], [1, 0.25]]", "expected each next state once in transitions[0][1], found 1 again");
  refused("[[0, 0.5], [0, 0.5]]", "expected each next state once in transitions[0][1], found 0 again");

  // Where the number of states comes later, one that is not there is known later, at the same place.
  for (const std::string state : {"2", "2147483647"}) {
    refused("[[0, 0.5], [" + state + ", 0.5]]",
            "expected a next state from 0 to 1 for transitions[0][1][1][0], found \"" + state + "\"");
  }
  for (const std::string state : {"-1", "0.0", "1e0", "2147483648", "\"1\"", "null", "{"}) {
    refused("[[" + state + ", 1]]", "for transitions[0][1][0][0], found ");
  }
  Members unknown;
  unknown.transitions = "[[[[-1, 1]";
  expect_refused(unknown.in_reverse(), 1,
                 "expected a next state, a whole number from 0, for transitions[0][0][0][0], found \"-1\"");
}

TEST(MarkovJson, MissingAndRepeatedKeys) {
  const auto without = [](const std::string& key) {
    std::string text = "\n" + Members().in_order();
    const std::size_t begin = text.find("\"" + key + "\"");
    const std::size_t end = std::min(text.find(",\n", begin), text.size() - 1);
    text.replace(begin, end - begin, "\"name\": \"x\"");
    return text;
  };
  expect_refused(without("class"), 2,
                 "expected \"class\", the class \"normal_form\", \"polymatrix\" or \"markov\", in");
  expect_refused(without("actions"), 2, "expected \"actions\"");
  expect_refused(without("states"), 2,
                 "expected \"states\", a whole number of states, at least 1, in this game, found none");
  expect_refused(without("discount"), 2, "expected \"discount\", a discount from 0 to below 1, in this game");
  expect_refused(without("rewards"), 2, "expected \"rewards\"");
  expect_refused(without("transitions"), 2, "expected \"transitions\"");
  for (const std::string key : {"states", "discount", "initial", "rewards", "transitions"}) {
    std::string value = key == "states" ? "1" : key == "discount" ? "0" : "[]";
    expect_refused("{\"" + key + "\": " + value + ",\n\"" + key + "\": " + value + "}", 2,
                   "expected each key once, found \"" + key + "\" again");
  }
}

TEST(MarkovJson, KeysOfOtherClasses) {
  const std::string in_markov =
      "expected one of \"class\", \"name\", \"actions\", \"states\", \"discount\", \"initial\", \"rewards\" and "
      "\"transitions\" in a markov game, found ";
  expect_refused("{\"class\": \"markov\",\n\"payoffs\": [[1]]}", 2,
                 in_markov + "\"payoffs\", a key of normal_form games");
  expect_refused("{\"class\": \"markov\",\n\"edges\": []}", 2, in_markov + "\"edges\", a key of polymatrix games");
  expect_refused("{\"edges\": [],\n\"class\": \"markov\"}", 1, in_markov + "\"edges\", a key of polymatrix games");
  expect_refused("{\"class\": \"markov\",\n\"gamma\": 1}", 2, in_markov + "the unknown key \"gamma\"");
  expect_refused("{\"class\": \"normal_form\",\n\"states\": 2}", 2,
                 "expected one of \"class\", \"name\", \"actions\" and \"payoffs\" in a normal_form game, found "
                 "\"states\", a key of markov games");
  expect_refused("{\"discount\": 0.5,\n\"class\": \"polymatrix\"}", 1,
                 "in a polymatrix game, found \"discount\", a key of markov games");
  expect_refused("{\"states\": 2,\n\"edges\": [],\n\"class\": \"markov\"}", 2,
                 in_markov + "\"edges\", a key of polymatrix games");
  // Numbers of actions by state
  const std::string whole_number = "expected a whole number of actions, at least 1, for actions[0], found \"[\"";
  for (const std::string name : {"normal_form", "polymatrix"}) {
    expect_refused("{\"class\": \"" + name + "\",\n\"actions\": [[2]]}", 2, whole_number);
    expect_refused("{\"actions\": [\n[2]],\n\"class\": \"" + name + "\"}", 2, whole_number);
  }
}

TEST(MarkovJson, CutAndDeepText) {
  for (const std::string& text : {Members().in_order(), Members().in_reverse()}) {
    for (std::size_t length = 0; length + 1 < text.size(); ++length) {
      testing::expect_message(testing::input_error([&] { parse(text.substr(0, length)); }), "x.json:", "");
    }
  }
  constexpr std::size_t deep = 2000000;
  expect_refused("{\"transitions\":" + std::string(deep, '['), 1, "for transitions[0][0][0][0], found \"[\"");
  expect_refused("{\"rewards\":" + std::string(deep, '['), 1, "for rewards[0][0][0], found \"[\"");
  expect_refused("{\"actions\":" + std::string(deep, '['), 1, "for actions[0][0], found \"[\"");
}

TEST(MarkovJson, ManyStates) {
  // A walk on a ring, to the next state or the one after it, dense at first and sparse later.
  constexpr int states = 2000;
  std::string rewards;
  std::string transitions;
  MarkovGame expected;
  expected.name = "x";
  expected.states = states;
  expected.actions.assign(states, 2);
  expected.discount = 0.99;
  expected.row_begin = {0};
  for (int s = 0; s < states; ++s) {
    rewards += (s == 0 ? "[" : ",[") + std::to_string(s) + ",0.5]";
    expected.rewards.insert(expected.rewards.end(), {static_cast<double>(s), 0.5});
    transitions += s == 0 ? "[" : ",\n[";
    for (int a = 0; a < 2; ++a) {
      const int next = (s + a + 1) % states;
      transitions += a == 0 ? "[" : ",[";
      if (s < 20) {
        for (int t = 0; t < states; ++t) transitions += std::string(t == 0 ? "" : ",") + (t == next ? "1" : "0");
      } else {
        transitions += "[" + std::to_string(next) + ",1]";
      }
      transitions += "]";
      expected.transitions.push_back(1);
      expected.next_state.push_back(next);
      expected.row_begin.push_back(expected.transitions.size());
    }
    transitions += "]";
  }
  Members members{"[2]", std::to_string(states), "0.99", "", "[[" + rewards + "]]", "[" + transitions + "]"};
  const std::string initial = "\"initial\": ,\n";
  std::string text = members.in_order();
  text.erase(text.find(initial), initial.size());
  EXPECT_EQ(parse_one(text), expected);
  text = members.in_reverse();
  text.erase(text.find(initial), initial.size());
  EXPECT_EQ(parse_one(text), expected);
}

}  // namespace
}  // namespace quantal
