// Games come from another process as they are, and so do its errors; its end is an error of the file.

#include <gtest/gtest.h>

#include <csignal>
#include <new>

#include "game_files.hpp"
#include "host/files/reader_process.hpp"
#include "host/files/text_games.hpp"
#include "io/input_error.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"

namespace quantal::files_test {
namespace {

using files::GameSource;
using files::ReaderProcess;

/// A source that does this when it is asked for games.
template <class Body>
class Doing final : public GameSource {
 public:
  explicit Doing(Body body) : body_(std::move(body)) {}
  std::vector<Game> next(std::size_t, std::size_t) override {
    body_();
    return {};
  }
  std::uint64_t skip(std::uint64_t) override { return 0; }
  std::optional<std::uint64_t> size() const override { return 0; }

 private:
  Body body_;
};

template <class Body>
ReaderProcess::File doing(Body body) {
  return {"the file", [body] { return std::make_unique<Doing<Body>>(body); }};
}

std::unique_ptr<GameSource> first_of(std::vector<ReaderProcess::File> files) {
  return ReaderProcess::open(std::make_shared<ReaderProcess>(std::move(files)), 0);
}

TEST(ReaderProcess, GamesOfEveryClassArriveAsTheyAre) {
  MarkovShape shape;
  shape.next_states = 2;
  std::vector<Game> games = {random_game({2, 3}, 1), random_network({2, 3, 1}, 0.9, 2), random_markov_game(shape, 3),
                             sparse_form(random_markov_game(shape, 3)), random_game(std::vector<int>(16, 2), 4)};
  const auto open = [games] { return files::held_games(games); };
  const auto process = std::make_shared<ReaderProcess>(std::vector<ReaderProcess::File>{{"a", open}, {"b", open}});
  const auto first = ReaderProcess::open(process, 0);
  const auto second = ReaderProcess::open(process, 1);
  EXPECT_EQ(first->size(), games.size());
  EXPECT_EQ(first->skip(1), 1u);
  EXPECT_EQ(games_of(*second, 2), games);
  games.erase(games.begin());
  EXPECT_EQ(games_of(*first), games);
  EXPECT_EQ(first->skip(1), 0u);
}

TEST(ReaderProcess, ErrorsArriveToo) {
  const auto refused = first_of({doing([] { throw InputError("the file: is wrong"); })});
  EXPECT_EQ(testing::input_error([&] { refused->next(1, 1); }), "the file: is wrong");
  EXPECT_EQ(testing::input_error([&] { refused->next(1, 1); }), "the file: is wrong");
  const auto failed = first_of({doing([] { throw Error("cannot"); })});
  try {
    failed->next(1, 1);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(dynamic_cast<const InputError*>(&error), nullptr);
    EXPECT_STREQ(error.what(), "cannot");
  }
  const auto large = first_of({doing([] { throw std::bad_alloc(); })});
  EXPECT_THROW(large->next(1, 1), std::bad_alloc);
}

TEST(ReaderProcess, ItsEndIsAnErrorOfTheFile) {
  const std::string expected = "the file: is damaged: the HDF5 library failed in reading it";
  for (const int signal : {SIGSEGV, SIGABRT, SIGKILL, SIGPROF}) {
    const auto crashing = first_of({doing([signal] { raise(signal); })});
    EXPECT_EQ(testing::input_error([&] { crashing->next(1, 1); }), expected);
    EXPECT_EQ(testing::input_error([&] { crashing->next(1, 1); }), expected);
    EXPECT_EQ(testing::input_error([&] { crashing->skip(1); }), expected);
  }
}

}  // namespace
}  // namespace quantal::files_test
