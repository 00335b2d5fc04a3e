#include "convert_options.hpp"

#include <fmt/format.h>

#include <array>

#include "game_output.hpp"
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
     "format of its name: .jsonl, .json, .h5, .nfg, .gam, .npy or .npz. - is\n"
     ".jsonl on standard output. [default: -]"},
    {"", "--compress", "1..9", "Deflate an .h5 file: 1 is fast, 9 is small. [default: not]"},
    {"", "-h,--help", "", "This text."},
});

constexpr std::string_view introduction =
    R"(Reads games of any format and writes them in another one. What is written reads back
as the same games, bit for bit, in little memory however many there are.

Usage: quantal convert FILE... [--to normal-form] [-o FILE]

Games
  FILE...                   .nfg, .gam, .json, .jsonl, .h5, .npy, .npz, a directory with such
                            files, or - for text on standard input. The format is known from
                            the content.
)";

constexpr std::string_view ending =
    R"(
Formats
  .jsonl   one game a line, as objects {"class": ..}; quantal solve --help shows them
  .json    the object of one game; of several, an array of them
  .nfg     Gambit's strategic form, written as its payoff version: exactly one game in normal
           form. A network game needs --to normal-form; a Markov game has no such form. The
           first player is fastest there, in all formats but this and .gam the last agent.
  .gam     GameTracer's format, one game in normal form: the number of players, their numbers
           of actions, all payoffs of the first player, those of the second ..; no name
  .h5      HDF5, batches of games of every class, a group for those of one shape. For G games
           of N agents with m_1 .. m_N actions, S states; in groups of any name:
             /normal_form/NAME/payoffs      [G, N, m_1, .., m_N]
             /polymatrix/NAME/actions       [N]
             /polymatrix/NAME/edges         [E, 2]     agents from 0, the same for all games
             /polymatrix/NAME/pays          [E, 2]     optional: 0 where an edge does not pay
                                                       its first, its second agent, else 1
             /polymatrix/NAME/payoffs       [G, P]     edge by edge: the matrix of the first
                                                       agent, then of the second, both
                                                       [action of first][action of second]
             /markov/NAME/rewards           [G, N, S, m_1, .., m_N]
             /markov/NAME/transitions       [G, S, m_1, .., m_N, S]
             /markov/NAME/discount          [G], or one number
             /markov/NAME/initial           [G, S]     optional
           Where numbers of actions differ by state, M joint actions of all states:
             /markov/NAME/actions           [N, S], and then rewards [G, N, M] and
                                            transitions [G, M, S]
           Where most transitions are 0, in place of transitions, row by row:
             /markov/NAME/row_begin         [G, M + 1], or [M + 1] if alike in all games
             /markov/NAME/next_state        [G, K], or [K]
             /markov/NAME/probabilities     [G, K]
           and in every group, optional:
             /CLASS/NAME/names              [G] strings
           Floating-point numbers and integers of all sizes are read, doubles are written.
           Read in the order of the groups' names: normal_form, polymatrix, markov.
  .npy     NumPy: games in normal form, of one shape, without names: an array
           (G, N, m_1, .., m_N) of float64, float32 or integers, in any order
  .npz     several such arrays, in the order of the archive

Examples
  quantal convert pd.nfg
      see Gambit's game as JSON
  quantal convert games/ -o games.jsonl
      all games of a directory in one file
  quantal convert games.jsonl --compress 4 -o games.h5
      a batch that is read quickly
  quantal convert network.json --to normal-form -o network.nfg
      a small network game for Gambit
  quantal convert ring.jsonl --to normal-form | quantal solve - --tau 1
      a network solved as if it were none

Exit codes
  0  all games were written
  1  they could not be written
  2  bad usage or bad input: one line on standard error, and no file is written
)";

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
  options.format = game_format(options.output);
  options.compression = parse_compression(arguments, options.format);
  return options;
}

}  // namespace quantal::cli
