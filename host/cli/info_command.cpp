#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands.hpp"
#include "describe_game.hpp"
#include "host/files/game_source.hpp"
#include "option_list.hpp"
#include "output.hpp"
#include "quantal/info.hpp"

namespace quantal::cli {

namespace {

/// Of a batch, so many games are described, which it shows to be what it should.
constexpr std::size_t most_described = 20;
constexpr std::size_t slab_bytes = std::size_t{1} << 26;

constexpr auto options = std::to_array<OptionText>({
    {"Options", "-h,--help", "", "This text."},
});

constexpr std::string_view introduction =
    R"(Says what is known of games before they are solved; without files, what is in this build
and on this machine.

Usage: quantal info FILE...
       quantal info

Games
  FILE...                   as for quantal solve: .nfg, .gam, .json, .jsonl, .h5, .npy, .npz, a
                            directory, or - for standard input. Of more than 20 games the
                            first 20 are described.
)";

constexpr std::string_view ending =
    R"(
What it says of a game
  kind         zero-sum or constant-sum (all payoffs together are the same at every joint
               action), of networks on every edge or only over all; of networks and of two
               agents also zero-sum up to terms of the others' actions, or up to the units
               in which agents count their payoffs as well, which leave one QRE; coordination
               (of two agents, or of every edge, both earn the same) or identical interest (all
               do); exact potential; or general. Payoffs count as equal up to rounding.
               Of Markov games: zero-sum or constant-sum (in every state and joint action all
               rewards together are the same), identical interest (all agents earn the same),
               or general; with one agent, a Markov decision process.
  certificate  the temperature above which the game certainly has one QRE, to which NPG
               converges linearly from everywhere with every eta <= 1/tau: rho(D)/4, D_ij being
               the most that j can change the payoff difference of two of i's actions; of large
               games an upper bound of it. Zero-sum networks and games of two agents, in all
               these senses, have one QRE at every temperature above 0. Of Markov games with
               several agents nothing like it is known.
  cuda         how the CUDA backend deals out its runs, in float and in double: the tier (as
               for --tier), threads that share a run, runs that share a block of threads, and
               where payoffs are. For the device here, or else for an H100.

Examples
  quantal info games/
  quantal generate polymatrix --payoffs global-zero-sum | quantal info -
  quantal generate markov --kind soccer | quantal info -

Exit codes
  0  all games were read
  2  bad usage or bad input: one line on standard error, nothing is written
)";

void write_item(Output& output, std::string_view name, std::string_view value) {
  output.print("{:<20}{}\n", name, value);
}

std::string list_instruction_sets(const Capabilities& have) {
  std::vector<std::string> sets = have.instruction_sets;
  for (std::string& set : sets) {
    if (set == have.instruction_set) set += " (used)";
  }
  return fmt::format("{}", fmt::join(sets, ", "));
}

/// What is in this build and on this machine.
void describe_machine(Output& output) {
  const Capabilities have = capabilities();
  write_item(output, "quantal", std::string(version()));
  write_item(output, "compiler", have.compiler);
  write_item(output, "instruction sets", list_instruction_sets(have));
  write_item(output, "threads", fmt::format("{}", have.threads));
  if (have.cuda_built) {
    write_item(output, "CUDA",
               fmt::format("runtime {}, code for {}", have.cuda_runtime, fmt::join(have.cuda_architectures, ", ")));
  } else {
    write_item(output, "CUDA", "not built in");
  }
  if (have.cuda_devices.empty()) {
    write_item(output, "CUDA devices", have.cuda_unavailable.empty() ? "none" : "none: " + have.cuda_unavailable);
  }
  for (std::size_t i = 0; i < have.cuda_devices.size(); ++i) {
    write_item(output, i == 0 ? "CUDA devices" : "", fmt::format("{}: {}", i, have.cuda_devices[i]));
  }
}

/// How many games there are beside those that were described.
void write_rest(files::GameSource& source, std::size_t described, Output& output) {
  if (const std::optional<std::uint64_t> all = source.size()) {
    const std::uint64_t more = *all - described;
    if (more > 0) output.print("\n… {} more game{}\n", more, more == 1 ? "" : "s");
  } else if (source.skip(1) > 0) {
    output.write("\n… more games\n");
  }
}

}  // namespace

const CommandText info_command = {"info", options, introduction, ending};

int run(const InfoOptions& options) {
  if (options.files.empty()) {
    Output output("-");
    describe_machine(output);
    output.finish();
    return 0;
  }
  const std::unique_ptr<files::GameSource> source = files::open_games(options.files);
  Output output("-");
  std::size_t described = 0;
  while (described < most_described) {
    const std::vector<Game> games = source->next(most_described - described, slab_bytes);
    if (games.empty()) break;
    for (const Game& game : games) {
      if (described++ > 0) output.write("\n");
      describe_game(game, output);
    }
  }
  write_rest(*source, described, output);
  output.finish();
  return 0;
}

int run(const PrintText& text) {
  Output output("-");
  output.write(text.text);
  output.finish();
  return 0;
}

}  // namespace quantal::cli
