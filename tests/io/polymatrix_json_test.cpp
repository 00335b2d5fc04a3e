#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "input_error.hpp"
#include "quantal/io.hpp"

namespace quantal {
namespace {

using Doubles = std::vector<double>;
using Edges = std::vector<PolymatrixEdge>;

std::vector<Game> parse(const std::string& text) {
  return parse_games(text, "x.json", "x");
}

PolymatrixGame parse_one(const std::string& text) {
  const std::vector<Game> games = parse(text);
  EXPECT_EQ(games.size(), 1u);
  for (const Game& game : games) validate(game);
  return std::get<PolymatrixGame>(games.at(0));
}

void expect_refused(const std::string& text, int line, const std::string& words) {
  const std::string message = testing::input_error([&] { parse(text); });
  testing::expect_message(message, "x.json:" + std::to_string(line) + ": ", words);
}

/// A network game; the actions are on line 2, the edges begin on line 3.
std::string network(const std::string& actions, const std::string& edges) {
  return "{\"class\": \"polymatrix\",\n\"actions\": [" + actions + "],\n\"edges\": [" + edges + "]}\n";
}

/// The same with the actions after the edges, which begin on line 1.
std::string actions_last(const std::string& actions, const std::string& edges) {
  return "{\"edges\": [" + edges + "],\n\"actions\": [" + actions + "], \"class\": \"polymatrix\"}";
}

/// Both orders of the keys find the same fault, `line` lines below where the edges begin.
void expect_edges_refused(const std::string& actions, const std::string& edges, int line, const std::string& words) {
  SCOPED_TRACE(edges);
  expect_refused(network(actions, edges), 3 + line, words);
  expect_refused(actions_last(actions, edges), 1 + line, words);
}

const std::string path_of_three =  // 0 - 1 - 2, agent 2 earns nothing
    R"({"agents": [0, 1], "payoffs": [[[1, 2, 3], [4, 5, 6]], [[-1, -2, -3], [-4, -5, -6]]]},
       {"agents": [2, 1], "payoffs": [null, [[0.5, 0.25, -0.0]]]})";

PolymatrixGame expected_path() {
  return {"x",
          {2, 3, 1},
          {{0, 1, true, true}, {2, 1, false, true}},
          {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6, 0.5, 0.25, -0.0}};
}

TEST(PolymatrixJson, OneGame) {
  EXPECT_EQ(parse_one(network("2, 3, 1", path_of_three)), expected_path());
}

TEST(PolymatrixJson, KeysComeInAnyOrder) {
  EXPECT_EQ(parse_one(actions_last("2,3,1", path_of_three)), expected_path());
  PolymatrixGame named = expected_path();
  named.name = "path";
  EXPECT_EQ(parse_one("{\"edges\": [" + path_of_three +
                      "], \"name\": \"path\", \"class\": \"polymatrix\", \"actions\": [2, 3, 1]}"),
            named);
  const PolymatrixGame game =
      parse_one(network("1, 2", "{\"payoffs\" :\t[ [ [ 1 ,\n2 ] ] , null ]\r\n, \"agents\":[ 0,1 ] }"));
  EXPECT_EQ(game, (PolymatrixGame{"x", {1, 2}, {{0, 1, true, false}}, {1, 2}}));
}

TEST(PolymatrixJson, AgentsNeedNoEdges) {
  EXPECT_EQ(parse_one(network("3", "")), (PolymatrixGame{"x", {3}, {}, {}}));
  EXPECT_EQ(parse_one(actions_last("1,2,3", "")), (PolymatrixGame{"x", {1, 2, 3}, {}, {}}));
  EXPECT_EQ(parse_one(network("1,2,1", "{\"agents\": [2, 0], \"payoffs\": [[[7]], null]}")),
            (PolymatrixGame{"x", {1, 2, 1}, {{2, 0, true, false}}, {7}}));
}

TEST(PolymatrixJson, ClassesMixInOneFile) {
  const std::string normal_form = R"({"class": "normal_form", "actions": [1], "payoffs": [[5]]})";
  const std::string path = R"({"actions": [1, 1], "class": "polymatrix",
      "edges": [{"agents": [0, 1], "payoffs": [[[1]], [[2]]]}]})";
  const std::vector<Game> games = parse("[" + path + "," + normal_form + "," + path + "]");
  ASSERT_EQ(games.size(), 3u);
  EXPECT_EQ(games[0], Game(PolymatrixGame{"x#1", {1, 1}, {{0, 1, true, true}}, {1, 2}}));
  EXPECT_EQ(games[1], Game(NormalFormGame{"x#2", {1}, {5}}));
  EXPECT_EQ(games[2], Game(PolymatrixGame{"x#3", {1, 1}, {{0, 1, true, true}}, {1, 2}}));
}

TEST(PolymatrixJson, UnknownAgents) {
  const std::string payoffs = "\"payoffs\": [[[1]], [[1]]]}";
  expect_edges_refused("1,1", "{\"agents\": [0, 1], " + payoffs + ",\n{\"agents\": [1,\n2], " + payoffs, 2,
                       "expected agents from 0 to 1 for edges[1], found 2");
  expect_edges_refused("1,1", "{\"agents\": [2147483647,\n 1], " + payoffs, 0,
                       "expected agents from 0 to 1 for edges[0], found 2147483647");
  for (const char* wrong : {"-1", "0.5", "1e0", "2147483648", "\"0\"", "null", "true", "[0]", "{}", ""}) {
    SCOPED_TRACE(wrong);
    expect_edges_refused("1,1", "{\"agents\":\n[0, " + std::string(wrong) + "], " + payoffs, 1,
                         "expected an agent, a whole number from 0, for edges[0].agents[1], found");
  }
  expect_edges_refused("1,1", "{\"agents\": [0,\n1, 0], " + payoffs, 1, "expected two agents for edges[0], found 3");
  expect_edges_refused("1,1", "{\"agents\": [0], " + payoffs, 0, "expected two agents for edges[0], found 1");
  expect_edges_refused("1,1", "{\"agents\":\n[], " + payoffs, 1, "expected two agents for edges[0], found 0");
  expect_edges_refused("1,1", "{\"agents\": 0, " + payoffs, 0,
                       "expected an array with the edge's two agents for edges[0].agents, found \"0\"");
}

TEST(PolymatrixJson, EdgesToOneself) {
  expect_edges_refused("1,1", "\n{\"agents\": [1,\n1], \"payoffs\": [[[1]], [[1]]]}", 2,
                       "expected two different agents for edges[0], found 1 twice");
}

TEST(PolymatrixJson, RepeatedEdges) {
  const auto edge = [](const std::string& agents) {
    return "\n{\"agents\": [" + agents + "], \"payoffs\": [null, [[1]]]}";
  };
  const std::string edges = edge("0,1") + "," + edge("1,2") + "," + edge("0,2") + ",";
  // The line of the earlier one depends on where the edges begin.
  for (const std::string again : {"1,2", "2,1"}) {
    expect_edges_refused("1,1,1", edges + edge(again), 4, "found edges[3] after edges[1] on line ");
  }
  expect_refused(network("1,1,1", edges + edge("2,1")), 7,
                 "expected one edge between agents 2 and 1, found edges[3] after edges[1] on line 5");
  expect_edges_refused("1,1,1", edges + edge("2,0") + "," + edge("1,0") + "," + edge("0,1"), 4,
                       "found edges[3] after edges[2]");
}

TEST(PolymatrixJson, WrongShapes) {
  const auto edge = [](const std::string& payoffs) { return "{\"agents\": [0, 1],\n\"payoffs\": [" + payoffs + "]}"; };
  const std::string good = "[[1,2,3],[4,5,6]]";
  EXPECT_EQ(parse(network("2,3", edge(good + "," + good))).size(), 1u);
  expect_edges_refused("2,3", edge("[[1,2,3],\n[4,5]], " + good), 2,
                       "expected 3 payoffs in row 1 of edges[0].payoffs[0], what agent 0 earns from agent 1, one an "
                       "action of agent 1, found 2");
  expect_edges_refused("2,3", edge("[[1,2,3,4],\n[4,5]], " + good), 1,
                       "expected 3 payoffs in row 0 of edges[0].payoffs[0], what agent 0 earns from agent 1, one an "
                       "action of agent 1, found 4");
  expect_edges_refused("2,3", edge("null, [\n[1,2,3],\n[]]"), 3,
                       "expected 3 payoffs in row 1 of edges[0].payoffs[1], what agent 1 earns from agent 0, one an "
                       "action of agent 1, found 0");
  expect_edges_refused(
      "2,3", edge(good + ",\n[[1,2,3]\n]"), 3,
      "expected 2 rows in edges[0].payoffs[1], what agent 1 earns from agent 0, one an action of agent "
      "0, found 1");
  expect_edges_refused("2,3", edge(good + ",\n[[1,2,3],[1,2,3],[1,2,3]]"), 2, "found 3");
  expect_edges_refused("2,3", edge("[], " + good), 1, "expected 2 rows in edges[0].payoffs[0]");
  // The second agent's matrix is not the other way round.
  expect_edges_refused("2,3", edge(good + ",\n[[1,2],[3,4],[5,6]]"), 2, "expected 3 payoffs in row 0");
  expect_edges_refused("3,2", "{\"payoffs\": [[[1,2],[3,4],[5,6]],\n" + good + "], \"agents\": [0, 1]}", 1,
                       "expected 2 payoffs in row 0 of edges[0].payoffs[1]");
  // A fault in a later edge, after edges of all kinds.
  expect_edges_refused("2,3,1", path_of_three + ",\n{\"agents\": [0, 2], \"payoffs\": [[[1], [2, 3]], null]}", 2,
                       "expected 1 payoffs in row 1 of edges[2].payoffs[0], what agent 0 earns from agent 2");
}

TEST(PolymatrixJson, MatricesOfBothAgents) {
  const auto refused = [](const std::string& payoffs, const std::string& words) {
    expect_edges_refused("1,1", "{\"agents\": [0, 1],\n\"payoffs\": " + payoffs + "}", 1, words);
  };
  refused("[null, null]", "expected a matrix for at least one agent of edges[0], found null for both");
  refused("[[[1]]]",
          "expected two matrices for edges[0].payoffs, the first agent's and the second's, null for one that "
          "earns nothing; found 1");
  refused("[]", "found 0");
  refused("[[[1]], null, null]", "found 3");
  refused("[[[1]], [[1]], [[1]]]", "found 3");
  refused("null", "an array with a matrix for each of the two agents for edges[0].payoffs, found \"null\"");
  refused("[1, [[1]]]",
          "an array of rows, or null for an agent that earns nothing, for edges[0].payoffs[0], found \"1\"");
  refused("[[1], [[1]]]", "an array of numbers for edges[0].payoffs[0][0], found \"1\"");
  refused("[[[1]], [null]]", "an array of numbers for edges[0].payoffs[1][0], found \"null\"");
  refused("[[[null]], [[1]]]", "a finite number for edges[0].payoffs[0][0][0], found \"null\"");
  refused("[[[[1]]], [[1]]]", "a finite number for edges[0].payoffs[0][0][0], found \"[\"");
  refused("{}", "an array with a matrix for each of the two agents");
  for (const char* number : {"NaN", "1e999", "-Infinity", "\"1\"", "true", "{}", "+1"}) {
    SCOPED_TRACE(number);
    refused("[[[1]], [[" + std::string(number) + "]]]", "a finite number for edges[0].payoffs[1][0][0], found ");
  }
}

TEST(PolymatrixJson, KeysOfTheOtherClass) {
  const std::string edges = "\"edges\": []";
  const std::string payoffs = "\"payoffs\": [[1]]";
  const std::string not_edges =
      "expected one of \"class\", \"name\", \"actions\" and \"payoffs\" in a normal_form game, "
      "found \"edges\", a key of polymatrix games";
  const std::string not_payoffs =
      "expected one of \"class\", \"name\", \"actions\" and \"edges\" in a polymatrix game, "
      "found \"payoffs\", a key of normal_form games";
  expect_refused("{\"class\": \"normal_form\",\n" + edges + "}", 2, not_edges);
  expect_refused("{\"class\": \"polymatrix\",\n" + payoffs + "}", 2, not_payoffs);
  expect_refused("{\"actions\": [1],\n" + edges + ",\n\"class\": \"normal_form\"}", 2, not_edges);
  expect_refused("{\"actions\": [1],\n" + payoffs + ",\n\"class\": \"polymatrix\"}", 2, not_payoffs);
  expect_refused("{" + edges + ",\n" + payoffs + ",\n\"class\": \"polymatrix\"}", 2, not_payoffs);
  expect_refused("{\"class\": \"polymatrix\",\n\"states\": 2}", 2, "found \"states\", a key of markov games");
  expect_refused("{\"eges\": []}", 1, "\"initial\", \"rewards\" and \"transitions\", found the unknown key \"eges\"");
}

TEST(PolymatrixJson, MissingAndRepeatedKeys) {
  expect_refused("\n{\"class\": \"polymatrix\",\n\"actions\": [1]}", 2,
                 "expected \"edges\", an array of edges, in this game, found none");
  expect_refused("\n{\"class\": \"polymatrix\",\n\"edges\": []}", 2, "expected \"actions\"");
  expect_refused("\n{\"actions\": [1],\n\"edges\": []}", 2, "expected \"class\"");
  expect_refused("{" + std::string("\"edges\": [],\n\"edges\": []}"), 2, "found \"edges\" again");
  const std::string agents = "\"agents\": [0, 1]";
  const std::string payoffs = "\"payoffs\": [null, [[1]]]";
  expect_edges_refused("1,1", "\n{" + agents + "\n}", 1,
                       "expected \"payoffs\", an array with a matrix for each of the "
                       "two agents, in edges[0], found none");
  expect_edges_refused("1,1", "\n{" + payoffs + "\n}", 1, "expected \"agents\"");
  expect_edges_refused("1,1", "\n{}", 1, "expected \"agents\"");
  expect_edges_refused("1,1", "{" + agents + ",\n" + agents, 1, "found \"agents\" again");
  expect_edges_refused("1,1", "{" + payoffs + ",\n" + payoffs, 1, "found \"payoffs\" again");
  expect_edges_refused("1,1", "{" + payoffs + ",\n\"weight\": 1", 1,
                       "expected one of \"agents\" and \"payoffs\" in edges[0], found the unknown key \"weight\"");
  expect_edges_refused("1,1", "{" + payoffs + ",\n\"states\": 1", 1, "unknown key \"states\"");
  expect_edges_refused("1,1", "{" + payoffs + "," + agents + "},\n{" + agents, 1, "expected \",\" or");
}

TEST(PolymatrixJson, WrongText) {
  for (const char* wrong : {"1", "null", "\"a\"", "[]", "true", "x"}) {
    SCOPED_TRACE(wrong);
    expect_edges_refused(
        "1,1", "\n" + std::string(wrong), 1,
        "expected an edge in braces, {\"agents\": [0, 1], \"payoffs\": [.., ..]}, for edges[0], found");
  }
  expect_refused("{\"edges\": {}", 1, "expected an array of edges, found \"{\"");
  expect_refused("{\"edges\": null", 1, "expected an array of edges, found \"null\"");
  expect_edges_refused("1,1", "{1: 2}", 0, "expected a key in quotes, found \"1\"");
  expect_edges_refused("1,1", "{\"agents\": {", 0, "for edges[0].agents, found \"{\"");
  expect_refused("{\"class\": \"polymatrix\",\n\"actions\": [], \"edges\": []}", 2, "at least one agent");
  expect_refused("{\"class\": \"polymatrix\",\n\"actions\": [2147483647, 1], \"edges\": []}", 2,
                 "expected fewer than 2^31 actions of all agents");
  std::string cut = network("2,3,1", path_of_three);
  cut.resize(cut.find_last_of(']'));
  expect_refused(cut, 4, "found the end of the file");
}

TEST(PolymatrixJson, DepthIsNoDanger) {
  constexpr std::size_t deep = 2000000;
  expect_refused("{\"edges\":" + std::string(deep, '['), 1, "edges[0], found \"[\"");
  expect_refused("{\"edges\":[{\"payoffs\":" + std::string(deep, '['), 1, "edges[0].payoffs[0][0][0], found \"[\"");
  std::string edges = "{\"edges\":";
  for (int k = 0; k < 100000; ++k) edges += "[{\"edges\":";
  expect_refused(edges, 1, "expected one of \"agents\" and \"payoffs\" in edges[0], found the unknown key \"edges\"");
}

TEST(PolymatrixJson, ManyEdges) {
  // A ring with chords, in both orders of the keys.
  constexpr int agents = 20000;
  std::string actions;
  std::string edges;
  Edges expected;
  Doubles payoffs;
  for (int i = 0; i < agents; ++i) {
    actions += i == 0 ? "2" : ",2";
    for (const int step : {1, 7}) {
      const int j = (i + step) % agents;
      const std::string a = std::to_string(i);
      const std::string b = std::to_string(j);
      edges += (edges.empty() ? "" : ",\n");
      edges += "{\"agents\":[" + a + "," + b + "],\"payoffs\":[[[" + a + ",1],[" + b + ",0.5]],null]}";
      expected.push_back({i, j, true, false});
      payoffs.insert(payoffs.end(), {static_cast<double>(i), 1, static_cast<double>(j), 0.5});
    }
  }
  const PolymatrixGame game = parse_one(network(actions, edges));
  EXPECT_EQ(game.edges, expected);
  EXPECT_EQ(game.payoffs, payoffs);
  EXPECT_EQ(parse_one(actions_last(actions, edges)), game);
}

}  // namespace
}  // namespace quantal
