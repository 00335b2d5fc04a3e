#include <gtest/gtest.h>

#include <clocale>
#include <cmath>
#include <string>
#include <vector>

#include "input_error.hpp"
#include "quantal/io.hpp"

namespace quantal {
namespace {

using Doubles = std::vector<double>;

std::vector<Game> parse(const std::string& text) {
  return parse_games(text, "x.json", "x");
}

NormalFormGame parse_one(const std::string& text) {
  const std::vector<Game> games = parse(text);
  EXPECT_EQ(games.size(), 1u);
  return std::get<NormalFormGame>(games.at(0));
}

/// A game of one agent with one action, given the text of its payoff.
std::string game_paying(const std::string& number) {
  return "{\"class\":\"normal_form\",\"actions\":[1],\"payoffs\":[[" + number + "]]}";
}

/// A game with `member` before the members it needs.
std::string game_with(const std::string& member) {
  return "{" + member + ", \"class\": \"normal_form\", \"actions\": [1], \"payoffs\": [[0]]}";
}

void expect_refused(const std::string& text, int line, const std::string& words) {
  const std::string message = testing::input_error([&] { parse(text); });
  testing::expect_message(message, "x.json:" + std::to_string(line) + ": ", words);
}

TEST(Json, OneGame) {
  const NormalFormGame game = parse_one(
      R"({"class": "normal_form", "name": "g", "actions": [2,3], "payoffs": [[1,2,3,4,5,6], [-1,2.5,3e2,0,-0.0,1E-2]]})");
  EXPECT_EQ(game.name, "g");
  EXPECT_EQ(game.actions, (std::vector<int>{2, 3}));
  EXPECT_EQ(game.payoffs, (Doubles{1, 2, 3, 4, 5, 6, -1, 2.5, 300, 0, 0, 0.01}));
}

TEST(Json, KeysComeInAnyOrderAndSpaceIsFree) {
  const NormalFormGame game = parse_one(
      "\xEF\xBB\xBF\r\n{\n\"payoffs\" :\t[ [ 1 ,\n2 ] , [ 3,4 ] ]\n, \"actions\":[ 1,2 "
      "],\"class\":\"normal_form\"}\n\n");
  EXPECT_EQ(game.name, "x");
  EXPECT_EQ(game.actions, (std::vector<int>{1, 2}));
  EXPECT_EQ(game.payoffs, (Doubles{1, 2, 3, 4}));
}

TEST(Json, AnArrayOfGames) {
  const std::vector<Game> games = parse("[" + game_paying("1") + ",\n" + game_paying("2") + "]\n");
  ASSERT_EQ(games.size(), 2u);
  EXPECT_EQ(games[0], Game(NormalFormGame{"x#1", {1}, {1}}));
  EXPECT_EQ(games[1], Game(NormalFormGame{"x#2", {1}, {2}}));
}

TEST(Json, OneGameALine) {
  const std::vector<Game> games =
      parse("\n" + game_paying("1") + "\n\n  \r\n" + game_with("\"name\": \"own\"") + "\r\n" + game_paying("3"));
  ASSERT_EQ(games.size(), 3u);
  EXPECT_EQ(games[0], Game(NormalFormGame{"x#1", {1}, {1}}));
  EXPECT_EQ(games[1], Game(NormalFormGame{"own", {1}, {0}}));
  EXPECT_EQ(games[2], Game(NormalFormGame{"x#3", {1}, {3}}));
}

TEST(Json, Strings) {
  const auto name = [](const std::string& string) { return parse_one(game_with("\"name\": \"" + string + "\"")).name; };
  EXPECT_EQ(name("plain"), "plain");
  EXPECT_EQ(name("a \\\"b\\\" \\\\ \\/ \\n"), "a \"b\" \\ / \n");
  EXPECT_EQ(name("caf\xC3\xA9 \\u00e9 \\ud83d\\ude00"), "caf\xC3\xA9 \xC3\xA9 \xF0\x9F\x98\x80");
  EXPECT_EQ(parse_one(R"({"cl\u0061ss": "normal\u005fform", "actions": [1], "payoffs": [[5]]})").payoffs, Doubles{5});
  for (const char* wrong : {"\\x", "\\u12", "\\ud800", "tab\t", "new\nline", "\xff", "\xC3"}) {
    SCOPED_TRACE(wrong);
    expect_refused(game_with("\n\"name\": \"" + std::string(wrong) + "\""), 2,
                   "expected the game's name in quotes, found an invalid string: ");
  }
  expect_refused("{\n\"name\": \"no end", 2, "closing quote");
  expect_refused("{\n\"name\": \"no end\\\"}", 2, "closing quote");
  expect_refused("{\n\"name\": \"\\", 2, "invalid string: ");
  expect_refused("{\n\"na\tme\": 1", 2, "expected a key in quotes, found an invalid string: control character");
}

TEST(Json, Numbers) {
  const auto payoff = [](const std::string& number) { return parse_one(game_paying(number)).payoffs.at(0); };
  EXPECT_EQ(payoff("0"), 0.0);
  EXPECT_EQ(payoff("-12"), -12.0);
  for (const char* zero : {"-0", "-0.0", "-0e5"}) EXPECT_TRUE(std::signbit(payoff(zero))) << zero;
  EXPECT_EQ(payoff("0.1"), 0.1);
  EXPECT_EQ(payoff("1e+05"), 1e5);
  EXPECT_EQ(payoff("-2.5E-1"), -0.25);
  EXPECT_EQ(payoff("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(payoff("-9007199254740995"), -9007199254740996.0);
  EXPECT_EQ(payoff("18446744073709551615"), 18446744073709551616.0);
  EXPECT_EQ(payoff("18446744073709551617"), 18446744073709551616.0);
  EXPECT_EQ(payoff("0.1000000000000000055511151231257827"), 0.1);
  EXPECT_EQ(payoff("4.9406564584124654e-324"), 4.9406564584124654e-324);
  EXPECT_EQ(payoff("1e-999"), 0.0);
  EXPECT_EQ(payoff(std::string(400, '0').insert(0, "0.") + "1e401"), 1.0);
  expect_refused(game_paying(std::string(400, '9')), 1, "expected a finite number");
  for (const char* word : {"NaN", "nan", "Infinity", "-Infinity", "-inf", "1e999", "-1e309", "null", "true", "\"1\"",
                           "[1]", "{}",  "",         "01",        "+1",   ".5",    "1.",     "1.e5", "1e",   "1e+",
                           "-",   "--1", "0x10",     "1/2",       "1_0",  "1 2",   "1,",     ",1"}) {
    SCOPED_TRACE(word);
    expect_refused("\n\n" + game_paying(word), 3, "expected ");
  }
  expect_refused(game_paying("\nNaN"), 2, "expected a finite number for payoffs[0][0], found \"NaN\"");
  expect_refused(game_paying("1,\n2,\n1e999"), 3, "expected a finite number for payoffs[0][2], found \"1e999\"");
  expect_refused(game_paying("1],[\n2,\"a\""), 2, "expected a finite number for payoffs[1][1], found the string \"a\"");
}

TEST(Json, NumbersInOtherLocales) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  int tried = 0;
  for (const char* locale : {"de_DE.UTF-8", "ps_AF.UTF-8"}) {  // decimal points of one byte and of two
    if (std::setlocale(LC_ALL, locale) == nullptr) continue;
    ++tried;
    EXPECT_EQ(parse_one(game_paying("0.5")).payoffs, Doubles{0.5}) << locale;
    EXPECT_STREQ(std::setlocale(LC_ALL, nullptr), locale);
  }
  std::setlocale(LC_ALL, before.c_str());
  if (tried == 0) GTEST_SKIP() << "none of the locales is installed";
}

TEST(Json, KeysThatAreMissing) {
  expect_refused("\n{}", 2,
                 "expected \"class\", the class \"normal_form\", \"polymatrix\" or \"markov\", in this game");
  expect_refused("\n{\"actions\": [1],\n\"payoffs\": [[0]]}", 2,
                 "expected \"class\", the class \"normal_form\", \"polymatrix\" or \"markov\", in this game");
  expect_refused("\n{\"class\": \"normal_form\",\n\"payoffs\": [[0]]}", 2, "expected \"actions\"");
  expect_refused("\n{\"class\": \"normal_form\",\n\"actions\": [1]}", 2, "expected \"payoffs\"");
}

TEST(Json, KeysThatAreUnknownOrGivenTwice) {
  expect_refused("{\"class\": \"normal_form\",\n\"payofs\": [[0]]}", 2, "unknown key \"payofs\"");
  expect_refused("{\"Class\": \"normal_form\"}", 1, "unknown key \"Class\"");
  expect_refused("{\"class\": \"normal_form\",\n\"class\": \"normal_form\"}", 2,
                 "expected each key once, found \"class\"");
  expect_refused("{\"actions\": [1],\n\"actions\": [1]}", 2, "found \"actions\" again");
  expect_refused("{\"payoffs\": [[1]],\n\"payoffs\": [[1]]}", 2, "found \"payoffs\" again");
  expect_refused("{\"name\": \"a\",\n\"name\": \"a\"}", 2, "found \"name\" again");
}

TEST(Json, OtherClasses) {
  const std::string known = "expected the class \"normal_form\", \"polymatrix\" or \"markov\", found ";
  expect_refused("{\"class\":\n\"extensive\"}", 2, known + "the string \"extensive\"");
  expect_refused("{\"class\": 3}", 1, known + "\"3\"");
}

TEST(Json, WrongShapes) {
  const auto game = [](const std::string& actions, const std::string& payoffs) {
    return "{\"class\": \"normal_form\",\n\"actions\": " + actions + ",\n\"payoffs\": " + payoffs + "}\n";
  };
  EXPECT_EQ(parse(game("[2,1]", "[[1,2],[3,4]]")).size(), 1u);
  expect_refused(game("[]", "[]"), 2, "at least one agent");
  expect_refused(game("[2,0]", "[[],[]]"), 2, "at least 1, for actions[1], found \"0\"");
  for (const char* count : {"-2", "2.0", "2.5", "1e1", "\"2\"", "null", "[2]", "4000000000", "true", ""}) {
    SCOPED_TRACE(count);
    expect_refused(game("[2," + std::string(count) + "]", "[[1,2],[3,4]]"), 2, "a whole number of actions");
  }
  expect_refused(game("2", "[[1,2]]"), 2, "an array with each agent's number of actions, found \"2\"");
  expect_refused(game("{}", "[[1,2]]"), 2, "an array");
  expect_refused(game("[2 2]", "[[1,2]]"), 2, "found \"2\"");
  expect_refused(game("[2]", "[[1]]"), 3, "expected 2 payoffs for agent 0, one a joint action, found 1");
  expect_refused(game("[2]", "[[1,2,3]]"), 3, "expected 2 payoffs for agent 0, one a joint action, found 3");
  expect_refused(game("[2,1]", "[[1,2],\n[3,4,\n5]]"), 5,
                 "expected 2 payoffs for agent 1, one a joint action, found 3");
  expect_refused(game("[2,1]", "[[1,2],[]]"), 3, "expected 2 payoffs for agent 1, one a joint action, found 0");
  expect_refused(game("[2,1]", "[[1,2]]"), 3, "expected 2 arrays of payoffs, one an agent, found 1");
  expect_refused(game("[2,1]", "[]"), 3, "expected 2 arrays of payoffs, one an agent, found 0");
  expect_refused(game("[2]", "[[1,2],[3,4]\n]"), 4, "expected 1 arrays of payoffs, one an agent, found 2");
  expect_refused(game("[2,1]", "[1,2,3,4]"), 3, "an array of numbers for payoffs[0], found \"1\"");
  expect_refused(game("[2,1]", "[[[1],[2]],[[3],[4]]]"), 3, "expected a finite number for payoffs[0][0], found \"[\"");
  expect_refused(game("[2,1]", "[[1,2],[3,4],]"), 3, "an array of numbers for payoffs[2], found \"]\"");
  expect_refused(game("[2,1]", "{\"0\": [1,2]}"), 3, "an array with one array of payoffs an agent, found \"{\"");
  expect_refused(game("[2,1]", "null"), 3, "found \"null\"");
}

TEST(Json, WrongText) {
  expect_refused("[", 1, "expected a game in braces");
  expect_refused("[]", 1, "expected a game in braces");
  expect_refused("[1]", 1, "expected a game in braces, {\"class\": \"normal_form\", ..}, found \"1\"");
  expect_refused("[[" + game_paying("1") + "]]", 1, "found \"[\"");
  expect_refused("[" + game_paying("1") + ",\n]", 2, "expected a game in braces");
  expect_refused("[" + game_paying("1") + "\n" + game_paying("1") + "]", 2, "expected \",\" or \"]\" after a game");
  expect_refused("[" + game_paying("1"), 1, "found the end of the file");
  expect_refused("[" + game_paying("1") + "]\nx", 2, "expected the end of the file");
  expect_refused("{\"class\" \"normal_form\"}", 1, "expected \":\" after the key \"class\"");
  expect_refused("{\"class\": \"normal_form\"\n\"actions\": [1]}", 2, "after the value of a key");
  expect_refused("{\"class\": \"normal_form\",\n}", 2, "expected a key in quotes, found \"}\"");
  expect_refused("{class: 1}", 1, "expected a key in quotes, found \"class\"");
  expect_refused("{'class': 1}", 1, "expected a key in quotes");
  expect_refused("{\"name\": null}", 1, "expected the game's name in quotes, found \"null\"");
  expect_refused("// a comment\n{}", 1, "expected a game");
}

TEST(Json, WhatWasFoundIsNamed) {
  const auto found = [](const std::string& payoff, const std::string& what) {
    SCOPED_TRACE(payoff);
    expect_refused("{\"payoffs\": [[" + payoff, 1, ", found " + what);
  };
  found("[", "\"[\"");
  found("1,,2", "\",\"");
  found("01", "\"1\"");
  found("0123]", "\"123\"");
  found("1[", "\"[\"");
  found("1\"a\"", "the string \"a\"");
  found("1 , \"a, b\"", "the string \"a, b\"");
  found("1e999", "\"1e999\"");
  found("-Infinity", "\"-Infinity\"");
  found("12", "the end of the file");
  found("12,", "the end of the file");
  found("nul", "the end of the file");
  found(std::string("1\0", 2), "\"\\x00\"");
  found("\"; last read: ", "an invalid string: missing closing quote");
  expect_refused(game_paying("1") + "\n" + std::string("\0", 1), 2, "expected a game in braces");
  expect_refused("[" + game_paying("1") + "]" + std::string("\0", 1), 1, "expected the end of the file");
  expect_refused("{\"invalid string: \": ", 1, "unknown key");
  expect_refused("[\"parsing object separator -", 1, "expected a game in braces");
}

TEST(Json, WrongLines) {
  const std::string good = game_paying("1") + "\n";
  expect_refused(good + good + "{\"class\": \"normal_form\", \"actions\": [1], \"payoffs\": [[\n", 3, "payoffs[0][0]");
  expect_refused(good + "\n" + game_paying("x") + "\n" + good, 3, "payoffs[0][0], found \"x\"");
  expect_refused(good + "[" + game_paying("1") + "]", 2, "expected a game in braces");
  expect_refused(good + "]", 2, "expected a game in braces");
  expect_refused(good + "\n," + good, 3, "found \",\"");
  expect_refused(game_paying("1") + " " + game_paying("1"), 1,
                 "expected a new line or the end of the file after a game");
  expect_refused(game_paying("1") + ",\n" + game_paying("1"), 1, "expected a new line or the end of the file");
}

TEST(Json, SizesThatOverflow) {
  expect_refused("{\"class\": \"normal_form\",\n\"actions\": [100000, 100000, 100000, 100000], \"payoffs\": [[1]]}", 2,
                 "fits in memory");
  std::string twos = "2";
  for (int i = 1; i < 70; ++i) twos += ",2";
  expect_refused("{\"class\": \"normal_form\", \"payoffs\": [[1]],\n\"actions\": [" + twos + "]}", 2, "fits in memory");
  expect_refused("{\"class\": \"normal_form\", \"actions\": [1000, 1000, 1000],\n\"payoffs\": [[1],[1],[1]]}", 2,
                 "expected 1000000000 payoffs for agent 0");
}

TEST(Json, DepthIsNoDanger) {
  constexpr std::size_t deep = 2000000;
  expect_refused(std::string(deep, '['), 1, "expected a game in braces");
  expect_refused("{\"payoffs\":" + std::string(deep, '['), 1, "payoffs[0][0]");
  expect_refused("{\"class\":" + std::string(deep, '{'), 1, "expected the class");
  std::string objects;
  for (int k = 0; k < 100000; ++k) objects += "{\"name\":";
  expect_refused(objects, 1, "expected the game's name");
}

TEST(Json, MessagesStayOneShortLine) {
  expect_refused("{\n\x1b[31m}", 2, "found \"\\x1b\"");
  expect_refused("{\"a\\nb\": 1}", 1, "unknown key \"a\\x0ab\"");
  const std::string message = testing::input_error([] { parse("{\"" + std::string(100000, 'k') + "\": 1}"); });
  EXPECT_LT(message.size(), 250u);
}

}  // namespace
}  // namespace quantal
