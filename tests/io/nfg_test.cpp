#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "input_error.hpp"
#include "quantal/io.hpp"

namespace quantal {
namespace {

using Doubles = std::vector<double>;

NormalFormGame parse(const std::string& text) {
  return parse_nfg(text, "x.nfg");
}

/// The payoff of a game of one player with one action, whose body is `number`.
double payoff_of(const std::string& number) {
  const NormalFormGame game = parse("NFG 1 R \"\" { \"a\" } { 1 }\n" + number);
  EXPECT_EQ(game.payoffs.size(), 1u);
  return game.payoffs.at(0);
}

void expect_refused(const std::string& text, int line, const std::string& words) {
  const std::string message = testing::input_error([&] { parse(text); });
  testing::expect_message(message, "x.nfg:" + std::to_string(line) + ": ", words);
}

TEST(Nfg, PayoffFormListsTheFirstPlayerFastest) {
  // The example in Gambit's description of the format: payoffs of (1,1), (2,1), (3,1), (1,2), (2,2), (3,2).
  const NormalFormGame game = parse(
      "NFG 1 R \"Selten (IJGT, 75), Figure 2, normal form\" \n"
      "{ \"Player 1\" \"Player 2\" } { 3 2 }\n\n"
      "1 1 0 2 0 2 1 1 0 3 2 0 \n");
  EXPECT_EQ(game.name, "Selten (IJGT, 75), Figure 2, normal form");
  EXPECT_EQ(game.actions, (std::vector<int>{3, 2}));
  // Ours: (1,1), (1,2), (2,1), (2,2), (3,1), (3,2), agent by agent.
  EXPECT_EQ(game.payoffs, (Doubles{1, 1, 0, 0, 0, 2, 1, 1, 2, 3, 2, 0}));
}

TEST(Nfg, ThreeRaggedPlayersAreReordered) {
  // Payoffs 100 a0 + 10 a1 + a2, and 1000, 2000 more for the second and third player.
  std::string body;
  for (int a2 = 0; a2 < 4; ++a2) {
    for (int a1 = 0; a1 < 3; ++a1) {
      for (int a0 = 0; a0 < 2; ++a0) {
        for (int i = 0; i < 3; ++i) body += std::to_string(1000 * i + 100 * a0 + 10 * a1 + a2) + ' ';
      }
    }
  }
  const NormalFormGame game = parse("NFG 1 R \"\" { \"x\" \"y\" \"z\" } { 2 3 4 }\n" + body);
  ASSERT_EQ(game.payoffs.size(), 72u);
  std::size_t k = 0;
  for (int i = 0; i < 3; ++i) {
    for (int a0 = 0; a0 < 2; ++a0) {
      for (int a1 = 0; a1 < 3; ++a1) {
        for (int a2 = 0; a2 < 4; ++a2) EXPECT_EQ(game.payoffs[k++], 1000 * i + 100 * a0 + 10 * a1 + a2);
      }
    }
  }
}

TEST(Nfg, OutcomeForm) {
  const NormalFormGame game = parse(
      "NFG 1 R \"o\" { \"1\" \"2\" \"3\" }\n"
      "{ { \"a\" \"b\" } { \"c\" } { \"d\" \"e\" \"f\" } }\n"
      "\"a comment\"\n"
      "{ { \"\" 1, 2, 3 }\n{ \"second\" -1/2 .5 4, } }\n"
      "1 2 0 0 2 1");
  EXPECT_EQ(game.actions, (std::vector<int>{2, 1, 3}));
  // Outcomes by (a0, a2): (0,0) 1, (1,0) 2, (0,1) 0, (1,1) 0, (0,2) 2, (1,2) 1.
  EXPECT_EQ(game.payoffs, (Doubles{1, 0, -0.5, -0.5, 0, 1, 2, 0, 0.5, 0.5, 0, 2, 3, 0, 4, 4, 0, 3}));
}

TEST(Nfg, OutcomeListMayBeEmpty) {
  EXPECT_EQ(parse("NFG 1 R \"\" { \"a\" \"b\" } { 2 1 } { } 0 0").payoffs, (Doubles{0, 0, 0, 0}));
}

TEST(Nfg, OnePlayerAndOneAction) {
  EXPECT_EQ(parse("NFG 1 R \"\" { \"a\" } { 3 } 1 2 3").payoffs, (Doubles{1, 2, 3}));
  EXPECT_EQ(parse("NFG 1 R \"\" { \"a\" \"b\" } { { \"x\" } { \"y\" } } 1 2").payoffs, (Doubles{1, 2}));
}

TEST(Nfg, ManyPlayersWithOneActionEach) {
  constexpr int agents = 20000;
  std::string names;
  std::string counts;
  std::string body;
  for (int i = 0; i < agents; ++i) {
    names += "\"\"";
    counts += i == 5 ? "2 " : "1 ";
    body += "1 2 ";
  }
  const NormalFormGame game = parse("NFG 1 R \"\" {" + names + "} {" + counts + "}" + body);
  EXPECT_EQ(game.payoffs.size(), 2u * agents);
}

TEST(Nfg, SpaceIsFreeAndBracesNeedNone) {
  const NormalFormGame plain = parse("NFG 1 R \"t\" { \"a\" \"b\" } { 2 1 } \"c\" 1 2 3 4");
  EXPECT_EQ(parse("NFG 1 R \"t\"{\"a\"\"b\"}{2 1}\"c\"1 2 3 4"), plain);
  EXPECT_EQ(parse("\n NFG\r\n1\tR \"t\" {\r\n\"a\" \"b\" }\v{ 2\f1 } \"c\"\r\n1\r\n2\r\n3\r\n4\r\n"), plain);
  EXPECT_EQ(parse("\xEF\xBB\xBFNFG 1 D \"t\" { \"a\" \"b\" } { +2 1 } 1 2 3 4\n\n"), plain);
}

TEST(Nfg, LabelsAreTakenAsGambitTakesThem) {
  const auto title = [](const std::string& label) {
    return parse("NFG 1 R \"" + label + "\" { \"a\\\"\" \"{ 1\" } { { \"}\" \"\" } { \"\n\" } } \"\\\"\" 1 2 3 4").name;
  };
  EXPECT_EQ(title(""), "");
  EXPECT_EQ(title("a \\\"b\\\""), "a \"b\"");
  EXPECT_EQ(title("back\\slash \\n"), "back\\slash \\n");
  EXPECT_EQ(title("\\\\\\\" still"), "\\\\\\\\\" still");
  EXPECT_EQ(title("two\nlines"), "two\nlines");
  EXPECT_EQ(title("caf\xC3\xA9"), "caf\xC3\xA9");
}

TEST(Nfg, NumbersBecomeTheNearestDouble) {
  EXPECT_EQ(payoff_of("7"), 7.0);
  EXPECT_EQ(payoff_of("-0012"), -12.0);
  EXPECT_EQ(payoff_of("+5"), 5.0);
  EXPECT_EQ(payoff_of("0.1"), 0.1);
  EXPECT_EQ(payoff_of(".5"), 0.5);
  EXPECT_EQ(payoff_of("-.5e1"), -5.0);
  EXPECT_EQ(payoff_of("5."), 5.0);
  EXPECT_EQ(payoff_of("5.e1"), 50.0);
  EXPECT_EQ(payoff_of("1.25E-2"), 0.0125);
  EXPECT_EQ(payoff_of("1e+05"), 1e5);
  EXPECT_EQ(payoff_of("0.1000000000000000055511151231257827021181583404541015625"), 0.1);
  EXPECT_EQ(payoff_of("9007199254740993"), 9007199254740992.0);  // a tie, to even
  EXPECT_EQ(payoff_of("9007199254740993.00000000000000000001"), 9007199254740994.0);
  EXPECT_EQ(payoff_of("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(payoff_of("4.9e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(payoff_of("1e-999"), 0.0);
  EXPECT_EQ(payoff_of("-1e-99999999999999999999999"), 0.0);
  EXPECT_EQ(payoff_of("0e99999999999999999999999"), 0.0);
  EXPECT_EQ(payoff_of("0." + std::string(400, '0') + "1e401"), 1.0);
}

TEST(Nfg, RationalsAreRoundedOnce) {
  EXPECT_EQ(payoff_of("-5/2"), -2.5);
  EXPECT_EQ(payoff_of("+1/3"), 1.0 / 3.0);
  EXPECT_EQ(payoff_of("0/7"), 0.0);
  EXPECT_EQ(payoff_of("007/0002"), 3.5);
  // 2^53 + 1 and 3 (2^53 + 1), over 1 and 3: a tie, to even. Rounding the parts first would make the second 2^53 + 2.
  EXPECT_EQ(payoff_of("9007199254740993/1"), 9007199254740992.0);
  EXPECT_EQ(payoff_of("27021597764222979/3"), 9007199254740992.0);
  EXPECT_EQ(payoff_of("27021597764222980/3"), 9007199254740994.0);  // just above the tie
  // As Python's fractions have it, correctly rounded.
  EXPECT_EQ(payoff_of("-123456789012345678901234567890/987654321098765432109876543211"), -0x1.ffffffb1b9669p-4);
  EXPECT_EQ(payoff_of("1/123456789012345678901234567890"), 0x1.489335b9bb7ccp-97);
  // Parts beyond the range of doubles, with a quotient within.
  const std::string zeros(400, '0');
  EXPECT_EQ(payoff_of("3" + zeros + "/2" + zeros), 1.5);
  EXPECT_EQ(payoff_of("1/1" + zeros), 0.0);
}

TEST(Nfg, NumbersThatAreNone) {
  const std::string head = "NFG 1 R \"\" { \"a\" } { 3 }\n1\n";
  for (const char* word : {"x", "nan", "NaN", "-inf", "Infinity", "-", "+", ".", "-.", "1e", "1e+", "2/", "\"2\"", "{",
                           "#", "--1", "1_000", ",",
                           "\xE2\x88\x92"
                           "1"}) {
    SCOPED_TRACE(word);
    expect_refused(head + word + " 3\n", 3, "expected a number for payoff ");
  }
  expect_refused(head + "x 3\n", 3, "expected a number for payoff 2 of 3, found \"x\"");
  expect_refused(head + "2,3\n", 3, "expected a number for payoff 3 of 3, found \",\"");
  expect_refused(head + "1/2/3 4\n", 3, "expected a number for payoff 3 of 3, found \"/3\"");
  for (const std::string& number : {std::string("1e999"), std::string("-1e309"), std::string(400, '9'),
                                    "1" + std::string(400, '0') + "/3", std::string("1e99999999999999999999")}) {
    expect_refused(head + number + " 3\n", 3, "expected a finite number for payoff 2 of 3");
  }
  expect_refused(head + "1/0 3\n", 3, "denominator other than zero for payoff 2 of 3, found \"1/0\"");
  expect_refused(head + "0/00 3\n", 3, "denominator");
  expect_refused(head + std::string(2000, '1') + "/3 3\n", 3, "expected at most 1000 digits");
}

TEST(Nfg, WrongPayoffCount) {
  const std::string head = "NFG 1 R \"pd\"\n{ \"a\" \"b\" } { 2 2 }\n\n";
  expect_refused(head + "1 2 3 4\n5 6 7\n\n", 5,
                 "expected 8 payoffs (2 agents x 4 joint actions), the file ends after 7");
  expect_refused(head, 2, "the file ends after 0");
  expect_refused(head + "1 2 3 4\n5 6 7 8\n9\n", 6,
                 "the end of the file after 8 payoffs (2 agents x 4 joint actions), found \"9\"");
  expect_refused(head + "1 2 3 4 5 6 7 8 }", 4, "the end of the file");
  expect_refused(head + "1 2 3 4 5 6 7 8\n\"a\"", 5, "found the label \"a\"");
  expect_refused(head + "1 2 3 4 5 6 7 8\nNFG 1 R", 5, "the end of the file");
}

TEST(Nfg, WrongOutcomes) {
  const std::string head = "NFG 1 R \"\" { \"a\" \"b\" } { 2 2 }\n";
  const std::string list = "{ { \"\" 1, 2 }\n{ \"\" 3 4 } }\n";
  EXPECT_EQ(parse(head + list + "0 1 2 0").payoffs.size(), 8u);
  expect_refused(head + list + "0 1 2", 4, "expected 4 outcome numbers, one a joint action, the file ends after 3");
  expect_refused(head + list + "0 1 2 0 1", 4, "the end of the file after 4 outcome numbers");
  expect_refused(head + list + "0 1 2\n3", 5,
                 "expected an outcome number from 0 to 2 for joint action 4 of 4, found \"3\"");
  for (const char* word : {"-1", "1.0", "1/1", "x", ",", "99999999999999999999"}) {
    expect_refused(head + list + "0 " + word + " 0 0", 4,
                   "expected an outcome number from 0 to 2 for joint action 2 of 4");
  }
  expect_refused(head + "{ { \"\" 1\n} } 0 0 0 0", 3, "expected a number for payoff 2 of 2 of outcome 1, found \"}\"");
  expect_refused(head + "{ { \"\" 1 2 3 } } 0 0 0 0", 2, "\"}\" after the 2 payoffs of outcome 1, found \"3\"");
  expect_refused(head + "{ { \"\" 1,,2 } } 0 0 0 0", 2, "expected a number for payoff 2 of 2 of outcome 1");
  expect_refused(head + "{ { \"\" 1 1e999 } } 0 0 0 0", 2, "expected a finite number for payoff 2 of 2 of outcome 1");
  expect_refused(head + "{ { 1 2 } } 0 0 0 0", 2, "expected the name of outcome 1 in quotes");
  expect_refused(head + "{ { \"\" 1 2 }, { \"\" 1 2 } } 0 0 0 0", 2, "expected another outcome in braces or \"}\"");
}

TEST(Nfg, WrongHeader) {
  expect_refused("", 1, "expected \"NFG\", found the end of the file");
  expect_refused("EFG 2 R \"\"", 1, "expected \"NFG\", found \"EFG\"");
  expect_refused("NFG 2 R \"\"", 1, "version 1");
  expect_refused("NFG 1.0 R \"\"", 1, "version 1");
  expect_refused("NFG\n1\nX \"\"", 3, "expected \"R\" or \"D\", found \"X\"");
  expect_refused("NFG 1 R title", 1, "title in quotes");
  expect_refused("NFG 1 R\n\"title { 1", 2, "closing quote");
  expect_refused("NFG 1 R \"", 1, "closing quote");
  expect_refused("NFG 1 R \"t\" \"a\"", 1, "the players' names");
  expect_refused("NFG 1 R \"t\" { \"a\", \"b\" }", 1, "a player's name in quotes or \"}\", found \",\"");
  expect_refused("NFG 1 R \"t\" { a }", 1, "a player's name");
  expect_refused("NFG 1 R \"t\" { \"a\"", 1, "found the end of the file");
  expect_refused("NFG 1 R \"t\" { \"a\" } 1 2", 1, "the players' actions");
}

TEST(Nfg, WrongShape) {
  const std::string two = "NFG 1 R \"t\"\n{ \"a\" \"b\" }\n";
  expect_refused("NFG 1 R \"t\"\n{ }\n{ }\n", 3, "at least one player");
  expect_refused(two + "{ 0 2 }", 3, "expected at least one action for player 1, found \"0\"");
  expect_refused(two + "{ 2\n-1 }", 4, "expected at least one action for player 2, found \"-1\"");
  expect_refused(two + "{ { }\n{ \"x\" } }", 3, "expected at least one action for player 1, found none");
  expect_refused(two + "{ 2 }\n1 2", 3, "expected the number of actions of player 2 of 2, found \"}\"");
  expect_refused(two + "{ 2 2 2 }\n1 2", 3, "after the actions of 2 players, found \"2\"");
  expect_refused(two + "{ 2 2.5 }\n1 2", 3, "expected the number of actions of player 2 of 2, found \"2.5\"");
  expect_refused(two + "{ 2, 2 }\n1 2", 3, "found \",\"");
  expect_refused(two + "{ 2 4000000000 }\n1 2", 3, "found \"4000000000\"");
  expect_refused(two + "{ { \"x\" } }\n1 2", 3, "the actions of player 2 of 2, found \"}\"");
  expect_refused(two + "{ { \"x\" } { \"y\" } { \"z\" } }\n1 2", 3, "after the actions of 2 players, found \"{\"");
  expect_refused(two + "{ { \"x\" 3 } { \"y\" } }\n1 2", 3, "an action of player 1 in quotes or \"}\", found \"3\"");
  expect_refused(two + "{ 1 1 } \"c\" \"d\" 1 2", 3, "found the label \"d\"");
}

TEST(Nfg, SizesThatOverflowAreRefusedBeforeMemoryIsTaken) {
  std::string names;
  std::string twos;
  for (int i = 0; i < 70; ++i) {
    names += " \"p\"";
    twos += " 2";
  }
  const std::string four = "NFG 1 R \"\" { \"a\" \"b\" \"c\" \"d\" }\n";
  expect_refused(four + "{ 100000 100000 100000 100000 }\n1 2 3", 2, "fits in memory");
  expect_refused("NFG 1 R \"\" {" + names + " }\n{" + twos + " }\n1 2 3", 2, "fits in memory");
  // A claim that could be addressed, but that the file does not keep.
  expect_refused(four + "{ 1000 1000 1000 100 }\n1 2 3", 3,
                 "expected 400000000000 payoffs (4 agents x 100000000000 joint actions), the file ends after 3");
  expect_refused(four + "{ 1000 1000 1000 100 }\n1 2 3 x", 3, "expected a number for payoff 4 of 400000000000");
  expect_refused(four + "{ 1000 1000 1000 100 }\n{ }\n0 0", 4, "the file ends after 2");
}

TEST(Nfg, MessagesStayOneShortLine) {
  const std::string head = "NFG 1 R \"\" { \"a\" } { 3 }\n";
  expect_refused(head + "\x1b[31mred\x07\xff", 2, "found \"\\x1b[31mred\\x07\\xff\"");
  expect_refused(head + "\"two\nlines\"\"more\nlines\"", 3, "found the label \"more\\x0alines\"");
  const std::string message = testing::input_error([&] { parse(head + std::string(100000, 'x')); });
  EXPECT_LT(message.size(), 200u);
  EXPECT_NE(message.find("xxx...\""), std::string::npos) << message;
  const std::string odd_name = testing::input_error([&] { parse_nfg("", "a\nb"); });
  testing::expect_message(odd_name, "a\\x0ab:1: ", "expected");
}

}  // namespace
}  // namespace quantal
