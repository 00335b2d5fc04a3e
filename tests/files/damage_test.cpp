// Files of games that are cut or changed in every single place are read or refused, in one line: nothing crashes, hangs
// or takes memory that the file cannot fill.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>

#include "game_files.hpp"
#include "io/input_error.hpp"
#include "places.hpp"
#include "random_games.hpp"
#include "random_markov.hpp"
#include "sanitized.hpp"

namespace quantal::files_test {
namespace {

/// Small files, each with something else in it.
std::vector<std::pair<std::string, std::string>> small_files(const Folder& folder) {
  const std::vector<Game> one = {renamed(random_game({2, 2}, 1), "one"), renamed(random_game({2, 2}, 2), "two")};
  MarkovShape shape;
  shape.states = 2;
  shape.most_actions = 3;
  shape.next_states = 1;
  const std::vector<Game> all = {one[0], random_network({2, 1, 2}, 0.9, 1), sparse_form(random_markov_game(shape, 1))};
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string name : {"a.npy", "b.npz", "c.h5"}) {
    files.emplace_back(name, content_of(write_games(folder.path(name), one)));
  }
  files.emplace_back("d.h5", content_of(write_games(folder.path("d.h5"), all, 3)));
  files.emplace_back("e.gam", "2\n2 3\n1 2 3 4 5 6\n-1e5 .5 3. 4e-1 5 6\n");
  return files;
}

/// Reads it, and fails the test where that ends in any other way than it should.
void read_or_refuse(const std::string& file) {
  try {
    const auto source = files::open_games({file});
    std::size_t games = 0;
    for (;;) {
      const std::vector<Game> more = source->next(100, std::size_t{1} << 20);
      if (more.empty() || games > 10'000) break;
      games += more.size();
      for (const Game& game : more) validate(game);
    }
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_TRUE(message.starts_with(file + ":") && message.find('\n') == std::string::npos) << message;
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

long peak_kilobytes(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return usage.ru_maxrss;
}

class DamagedFile : public ::testing::Test {
 protected:
  void TearDown() override {
    constexpr long most = (sanitized ? 1000 : 400) * 1024;
    EXPECT_LT(peak_kilobytes(RUSAGE_CHILDREN), most);
  }

  void read_damaged(const std::string& name, const std::string& content) const {
    const auto begin = std::chrono::steady_clock::now();
    read_or_refuse(folder_.file("damaged-" + name, content));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(40));
  }

  Folder folder_;
};

TEST_F(DamagedFile, WhatTheFuzzerFoundIsReadOrRefused) {
  for (const auto& entry : std::filesystem::directory_iterator(tests_folder() / "fuzz" / "files")) {
    SCOPED_TRACE(entry.path());
    read_damaged(entry.path().filename().string(), content_of(entry.path()));
  }
}

TEST_F(DamagedFile, ACutFileIsRefused) {
  for (const auto& [name, content] : small_files(folder_)) {
    SCOPED_TRACE(name);
    const std::size_t step = 1 + content.size() / (sanitized ? 60 : 300);
    for (std::size_t length = 0; length < content.size(); length += step) {
      read_damaged(name, content.substr(0, length));
    }
  }
}

TEST_F(DamagedFile, AByteThatIsChangedIsReadOrRefused) {
  for (const auto& [name, content] : small_files(folder_)) {
    std::string changed = content;
    for (std::size_t at = 0; at < content.size(); ++at) {
      if (sanitized && at % 5 != 0) continue;
      // Much of an HDF5 file is room that nothing uses.
      if (name.ends_with(".h5") && at % (content[at] == '\0' ? 64 : 2) != 0) continue;
      SCOPED_TRACE(name + " at " + std::to_string(at));
      changed[at] = static_cast<char>(content[at] ^ (at % 3 == 0 ? 0xff : 1 << (at % 8)));
      read_damaged(name, changed);
      changed[at] = content[at];
    }
  }
}

}  // namespace
}  // namespace quantal::files_test
