// .npy and .npz files as NumPy and others write them, and what is wrong with those that are refused.

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "game_files.hpp"
#include "io/input_error.hpp"

namespace quantal::files_test {
namespace {

using testing::expect_message;
using testing::input_error;
using namespace std::string_literals;

/// A .npy file of version 1 with that dictionary.
std::string npy(const std::string& dictionary, const std::string& numbers) {
  const std::string text = dictionary + "\n";
  return "\x93NUMPY\x01\x00"s + static_cast<char>(text.size() & 0xff) + static_cast<char>(text.size() >> 8) + text +
         numbers;
}

std::string header(const std::string& type, const std::string& shape, const std::string& order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers, bool is_swapped = false) {
  std::string bytes;
  for (const Number number : numbers) {
    std::string one(sizeof number, '\0');
    std::memcpy(one.data(), &number, sizeof number);
    if (is_swapped) std::reverse(one.begin(), one.end());
    bytes += one;
  }
  return bytes;
}

std::vector<Game> expected(const std::vector<double>& numbers) {
  std::vector<Game> games;
  for (std::size_t k = 0; k < numbers.size(); k += 4) {
    games.emplace_back(NormalFormGame{
        "a#" + std::to_string(k / 4 + 1),
        {1, 2},
        {numbers.begin() + static_cast<std::ptrdiff_t>(k), numbers.begin() + static_cast<std::ptrdiff_t>(k) + 4}});
  }
  return games;
}

TEST(Npy, NumbersOfEveryType) {
  const Folder folder;
  const auto read = [&](const std::string& type, const std::string& numbers) {
    return games_in(folder.file("a.npy", npy(header(type, "(2, 2, 1, 2)"), numbers)));
  };
  const std::vector<double> signed_numbers = {1, -2, 3, 4, -5, 6, 7, -128};
  const std::vector<std::int8_t> small(signed_numbers.begin(), signed_numbers.end());
  EXPECT_EQ(read("|i1", bytes_of(small)), expected(signed_numbers));
  EXPECT_EQ(read("<i1", bytes_of(small)), expected(signed_numbers));
  const std::vector<double> large = {1, -2, 3, 4, -5, 6, 7, -30000};
  for (const bool is_big : {false, true}) {
    const std::string order = is_big ? ">" : "<";
    const std::vector<std::int16_t> i2(large.begin(), large.end());
    const std::vector<std::int32_t> i4(large.begin(), large.end());
    const std::vector<std::int64_t> i8(large.begin(), large.end());
    const std::vector<float> f4(large.begin(), large.end());
    EXPECT_EQ(read(order + "i2", bytes_of(i2, is_big)), expected(large));
    EXPECT_EQ(read(order + "i4", bytes_of(i4, is_big)), expected(large));
    EXPECT_EQ(read(order + "i8", bytes_of(i8, is_big)), expected(large));
    EXPECT_EQ(read(order + "f4", bytes_of(f4, is_big)), expected(large));
    EXPECT_EQ(read(order + "f8", bytes_of(large, is_big)), expected(large));
    const std::vector<double> positive = {0, 1, 2, 3, 4, 5, 6, 60000};
    const std::vector<std::uint16_t> u2(positive.begin(), positive.end());
    const std::vector<std::uint32_t> u4(positive.begin(), positive.end());
    const std::vector<std::uint64_t> u8(positive.begin(), positive.end());
    EXPECT_EQ(read(order + "u2", bytes_of(u2, is_big)), expected(positive));
    EXPECT_EQ(read(order + "u4", bytes_of(u4, is_big)), expected(positive));
    EXPECT_EQ(read(order + "u8", bytes_of(u8, is_big)), expected(positive));
  }
  EXPECT_EQ(read("|u1", std::string("\x01\x02\x03\x04\x05\x06\x07\xff")), expected({1, 2, 3, 4, 5, 6, 7, 255}));
}

TEST(Npy, FirstAxisFastest) {
  const Folder folder;
  // (games, agents, 1, 2): Fortran has the games of one payoff side by side.
  const std::vector<double> numbers = {1, 5, 3, 7, 2, 6, 4, 8};
  const std::string file = folder.file("a.npy", npy(header("<f8", "(2, 2, 1, 2)", "True"), bytes_of(numbers)));
  EXPECT_EQ(games_in(file), expected({1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(games_in({file}, 1), expected({1, 2, 3, 4, 5, 6, 7, 8}));
  const auto source = files::open_games({file});
  EXPECT_EQ(source->skip(1), 1u);
  EXPECT_EQ(games_of(*source)[0], expected({1, 2, 3, 4, 5, 6, 7, 8})[1]);
}

TEST(Npy, VersionsAndSpellings) {
  const Folder folder;
  const std::vector<Game> games = expected({1, 2, 3, 4});
  const std::string numbers = bytes_of<double>({1, 2, 3, 4});
  const auto read = [&](const std::string& content) {
    return renamed(games_in(folder.file("a.npy", content))[0], "a#1");
  };
  for (const char version : {'\x02', '\x03'}) {
    const std::string text = header("<f8", "(1, 2, 1, 2)");
    const std::string file =
        "\x93NUMPY"s + version + '\0' + static_cast<char>(text.size()) + "\0\0\0"s + text + numbers;
    EXPECT_EQ(read(file), games[0]);
  }
  EXPECT_EQ(read(npy("{\"shape\":(1L,2L,1L,2L),\"descr\":\"<f8\",\"fortran_order\":False}   ", numbers)), games[0]);
}

TEST(Npy, WhatIsWrongIsSaid) {
  const Folder folder;
  const std::string numbers = bytes_of<double>({1, 2, 3, 4});
  const auto expect_refused = [&](const std::string& content, const std::string& words,
                                  const std::string& place = ": ") {
    const std::string file = folder.file("a.npy", content);
    expect_message(input_error([&] { games_in(file); }), file + place, words);
  };
  const std::string shape = "(1, 2, 1, 2)";
  for (const std::string type : {"<f2", "<c16", "|O", "|S8", "<U4", "|b1", "<M8[s]", "f8", "|f8", "", "<f16"}) {
    expect_refused(npy(header(type, shape), numbers), "expected numbers of type float64, float32 or integers");
  }
  expect_refused(npy("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,)}", numbers), "several fields");
  expect_refused(npy(header("<f8", "(2, 2, 2)"), numbers), "one game needs an axis of length 1 in front");
  expect_refused(npy(header("<f8", "(1, 3, 2, 2)"), numbers), "3 agents need 5 axes");
  expect_refused(npy(header("<f8", "()"), numbers), "expected payoffs of the shape (games, agents, actions");
  expect_refused(npy(header("<f8", "(4,)"), numbers), "found (4,)");
  expect_refused(npy(header("<f8", "(1, 2, 0, 2)"), numbers), "expected at least one action");
  expect_refused(npy(header("<f8", "(1, 2, 3000000000, 2)"), numbers), "fewer than 2^31");
  expect_refused(npy(header("<f8", "(1, 2, 70000, 70000)"), numbers), "expected at most 2^32 numbers a game");
  expect_refused(npy(header("<f8", "(99999999999999999999, 2, 1, 2)"), numbers), "expected whole numbers for shape");
  expect_refused(npy(header("<f8", "(-1, 2, 1, 2)"), numbers), "expected whole numbers for shape");
  expect_refused(npy(header("<f8", "(2305843009213693952, 2, 1, 2)"), numbers), "found 32 bytes");
  expect_refused(npy(header("<f8", shape), numbers.substr(1)), "expected 1 games of 32 bytes each");
  expect_refused(npy(header("<f8", shape), numbers + "x"), "found 33 bytes");
  expect_refused(npy(header("<f8", shape, "true"), numbers), "expected True or False");
  expect_refused(npy(header("<f8", shape) + "x", numbers), "expected nothing after the header's dictionary");
  expect_refused(npy("{'descr': '<f8', 'fortran_order': False}", numbers), "found not all of them");
  expect_refused(npy("{'descr': '<f8', 'descr': '<f8'}", numbers), "each once");
  expect_refused(npy("{'descr'", numbers), "expected a colon");
  expect_refused(npy("{'descr: 1", numbers), "expected a key in quotes");
  expect_refused(npy("", numbers), "expected a dictionary");
  expect_refused("\x93NUMPY\x04\x00\x01\x00 zzzz"s, "expected version 1, 2 or 3");
  expect_refused("\x93NUMPY\x02\x00\xff\xff\xff\x7f zzzz"s, "expected a header of at most 8192 bytes");
  expect_refused("\x93NUMPY\x01\x00\x40\x00{'descr"s, "the file ends in its header");
  expect_refused("\x93NUMPY"s, "found no header");
  expect_refused(npy(header("<f8", shape), bytes_of<double>({1, 2, std::nan(""), 4})), "expected a finite payoff",
                 ": game 0: ");
}

/// Puts members into a zip archive as others do, deflated or stored.
class Archive {
 public:
  void add(const std::string& name, const std::string& content, bool deflate) {
    std::string held = content;
    if (deflate) {
      z_stream state{};
      deflateInit2(&state, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
      held.resize(compressBound(content.size()) + 100);
      std::string input = content;
      state.next_in = reinterpret_cast<Bytef*>(input.data());
      state.avail_in = static_cast<uInt>(input.size());
      state.next_out = reinterpret_cast<Bytef*>(held.data());
      state.avail_out = static_cast<uInt>(held.size());
      ::deflate(&state, Z_FINISH);
      held.resize(state.total_out);
      deflateEnd(&state);
    }
    const auto checksum = crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    const std::string common = number(20, 2) + number(flags, 2) + number(deflate ? 8 : method, 2) + number(0, 4) +
                               number(checksum, 4) + number(held.size(), 4) +
                               number(claimed_bytes > 0 ? claimed_bytes : content.size(), 4) + number(name.size(), 2) +
                               number(0, 2);
    directory_ += "PK\x01\x02" + number(20, 2) + common + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) +
                  number(bytes_.size(), 4) + name;
    bytes_ += "PK\x03\x04" + common + name + held;
    ++count_;
  }

  std::string bytes(const std::string& comment = "") const {
    return bytes_ + directory_ + "PK\x05\x06" + number(0, 4) + number(count_, 2) + number(count_, 2) +
           number(directory_.size(), 4) + number(bytes_.size(), 4) + number(comment.size(), 2) + comment;
  }

  std::uint64_t flags = 0;
  std::uint64_t method = 0;
  std::uint64_t claimed_bytes = 0;

 private:
  static std::string number(std::uint64_t value, int bytes) {
    std::string text;
    for (int k = 0; k < bytes; ++k) text += static_cast<char>(value >> (8 * k) & 0xff);
    return text;
  }

  std::string bytes_;
  std::string directory_;
  std::uint64_t count_ = 0;
};

TEST(Npz, MembersInTheOrderOfTheArchive) {
  const Folder folder;
  for (const bool deflate : {false, true}) {
    Archive archive;
    archive.add("z.npy", npy(header("<f8", "(1, 2, 1, 2)"), bytes_of<double>({1, 2, 3, 4})), deflate);
    archive.add("a.npy", npy(header("<f8", "(1, 2, 1, 2)"), bytes_of<double>({5, 6, 7, 8})), deflate);
    const std::string file = folder.file("a.npz", archive.bytes("a comment, PK\x05\x06"));
    EXPECT_EQ(games_in(file), expected({1, 2, 3, 4, 5, 6, 7, 8}));
    const auto source = files::open_games({file});
    EXPECT_EQ(source->skip(1), 1u);
    EXPECT_EQ(games_of(*source)[0], expected({1, 2, 3, 4, 5, 6, 7, 8})[1]);
  }
}

TEST(Npz, LargeMembersAreInflatedAsTheyAreRead) {
  const Folder folder;
  std::vector<double> numbers(400'000);
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = static_cast<double>(k * k % 1013);
  Archive archive;
  archive.add("a.npy", npy(header("<f8", "(100000, 2, 1, 2)"), bytes_of(numbers)), true);
  const std::string file = folder.file("a.npz", archive.bytes());
  EXPECT_EQ(games_in({file}, 999), expected(numbers));
  const auto source = files::open_games({file});
  EXPECT_EQ(source->skip(77'777), 77'777u);
  EXPECT_EQ(source->next(1, all_bytes)[0], expected(numbers)[77'777]);
}

TEST(Npz, WhatIsWrongIsSaid) {
  const Folder folder;
  const std::string numbers = bytes_of<double>({1, 2, 3, 4});
  const std::string array = npy(header("<f8", "(1, 2, 1, 2)"), numbers);
  const auto expect_refused = [&](const std::string& content, const std::string& words) {
    const std::string file = folder.file("a.npz", content);
    expect_message(input_error([&] { games_in(file); }), file + ": ", words);
  };
  expect_refused(Archive().bytes(), "expected arrays in the archive, found none");
  expect_refused("PK\x03\x04 something", "found no directory at its end");
  Archive other;
  other.add("notes.txt", "text", false);
  expect_refused(other.bytes(), "notes.txt: expected arrays (.npy)");
  Archive locked;
  locked.flags = 1;
  locked.add("a.npy", array, false);
  expect_refused(locked.bytes(), "a.npy: expected an archive without encryption");
  Archive strange;
  strange.method = 12;
  strange.add("a.npy", array, false);
  expect_refused(strange.bytes(), "expected a member that is stored or deflated, found method 12");
  Archive bomb;
  bomb.claimed_bytes = 4'000'000'000;
  bomb.add("a.npy", array, true);
  expect_refused(bomb.bytes(), "found a damaged one");
  Archive fortran;
  fortran.add("a.npy", npy(header("<f8", "(1, 2, 1, 2)", "True"), numbers), true);
  expect_refused(fortran.bytes(), "found one in the order of Fortran, deflated");
  for (const bool deflate : {false, true}) {
    Archive good;
    good.add("a.npy", array, deflate);
    std::string damaged = good.bytes();
    // The last byte of the numbers, stored; among the deflated ones, any.
    damaged[damaged.find("PK\x01\x02") - 2] ^= 0x10;
    const std::string file = folder.file("a.npz", damaged);
    expect_message(input_error([&] { games_in(file); }), file + ": a.npy: ", "found them damaged");
  }
}

}  // namespace
}  // namespace quantal::files_test
