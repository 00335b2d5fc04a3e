#include "convert_options.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "option_values.hpp"
#include "quantal/error.hpp"

namespace quantal::cli {

namespace {

constexpr auto options = std::to_array<OptionText>({
    {"Options", "--to", "normal-form",
     "Turn network games into normal form, which lists each agent's payoff at\n"
     "every joint action: at most 2^28 payoffs a game."},
    {"", "-o,--output", "FILE",
     "Write the games to FILE, which appears when it is complete, in the\n"
     "format of its name: .json, .jsonl or .nfg. - is .jsonl on standard\n"
     "output. [default: -]"},
    {"", "-h,--help", "", "This text."},
});

constexpr std::string_view introduction =
    R"(Reads games of any format and writes them in another one. What is written reads back
as the same games, bit for bit.

Usage: quantal convert FILE... [--to normal-form] [-o FILE]

Games
  FILE...                   as for quantal solve: .nfg, .json, .jsonl, a directory, or - for
                            standard input
)";

constexpr std::string_view ending =
    R"(
Output formats
  .jsonl   one game a line, as objects {"class": ..}; quantal solve --help shows them
  .json    the object of one game; of several, an array of them
  .nfg     Gambit's strategic form, payoff version: exactly one game in normal form.
           A network game needs --to normal-form; a Markov game has no such form. The first
           player is fastest there, in JSON the last agent.

Examples
  quantal convert pd.nfg
      see Gambit's game as JSON
  quantal convert games/ -o games.jsonl
      all games of a directory in one file
  quantal convert network.json --to normal-form -o network.nfg
      a small network game for Gambit
  quantal convert ring.jsonl --to normal-form | quantal solve - --tau 1
      a network solved as if it were none

Exit codes
  0  all games were written
  1  they could not be written
  2  bad usage or bad input: one line on standard error, nothing is written
)";

GameFormat format_of(const std::string& output) {
  if (output == "-") return GameFormat::jsonl;
  const std::string extension = std::filesystem::path(output).extension().string();
  if (extension == ".jsonl") return GameFormat::jsonl;
  if (extension == ".json") return GameFormat::json;
  if (extension == ".nfg") return GameFormat::nfg;
  throw InputError(
      fmt::format("--output {}: expected a name that ends in .json, .jsonl or .nfg, which says the format", output));
}

}  // namespace

const CommandText convert_command = {"convert", options, introduction, ending};

ConvertOptions convert_options(const Arguments& arguments) {
  ConvertOptions options;
  options.files = arguments.operands();
  if (options.files.empty()) {
    throw InputError("no games: expected files, directories or - for standard input, as in quantal convert game.nfg");
  }
  if (arguments.has("--to")) {
    parse_word("--to", arguments.value("--to"), "normal-form");
    options.to_normal_form = true;
  }
  options.output = arguments.value("--output", "-");
  options.format = format_of(options.output);
  return options;
}

}  // namespace quantal::cli
