// HDF5 files as others write them, and what is refused in them: above all what would reach for other files.

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <filesystem>
#include <numeric>

#include "game_files.hpp"
#include "host/files/hdf5_handle.hpp"
#include "io/input_error.hpp"

namespace quantal::files_test {
namespace {

using files::Hdf5Handle;
using testing::expect_message;
using testing::input_error;
using Extents = std::vector<hsize_t>;

/// A file to put datasets into; groups on their way are made.
class Writer {
 public:
  explicit Writer(const std::string& path)
      : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)), links_(H5Pcreate(H5P_LINK_CREATE)) {
    H5Pset_create_intermediate_group(links_.get(), 1);
  }

  template <class Number>
  void add(const std::string& name, const Extents& extents, const std::vector<Number>& numbers, hid_t in_memory,
           hid_t in_file, hid_t creation = H5P_DEFAULT) {
    const Hdf5Handle space(extents.empty()
                               ? H5Screate(H5S_SCALAR)
                               : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr));
    const Hdf5Handle dataset(
        H5Dcreate2(file_.get(), name.c_str(), in_file, space.get(), links_.get(), creation, H5P_DEFAULT));
    ASSERT_TRUE(dataset) << name;
    if (!numbers.empty()) H5Dwrite(dataset.get(), in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data());
  }

  void add(const std::string& name, const Extents& extents, const std::vector<double>& numbers,
           hid_t type = H5T_IEEE_F64LE, hid_t creation = H5P_DEFAULT) {
    add(name, extents, numbers, H5T_NATIVE_DOUBLE, type, creation);
  }

  hid_t file() const { return file_.get(); }
  hid_t links() const { return links_.get(); }

 private:
  Hdf5Handle file_;
  Hdf5Handle links_;
};

std::vector<double> counting(std::size_t count) {
  std::vector<double> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 1.0);
  return numbers;
}

class Hdf5Games : public ::testing::Test {
 protected:
  std::string path() const { return folder_.path("a.h5"); }

  void expect_refused(const std::string& place, const std::string& words) const {
    expect_message(input_error([&] { games_in(path()); }), path() + ": " + place, words);
  }

  /// Games of 2x2 with the numbers 1, 2, 3, ..
  void expect_counting(std::size_t games) const {
    const std::vector<Game> read = games_in(path());
    ASSERT_EQ(read.size(), games);
    for (std::size_t k = 0; k < games; ++k) {
      const auto& game = std::get<NormalFormGame>(read[k]);
      EXPECT_EQ(game.actions, (std::vector<int>{2, 2}));
      for (std::size_t p = 0; p < 8; ++p) EXPECT_EQ(game.payoffs[p], static_cast<double>(8 * k + p + 1));
    }
  }

  Folder folder_;
};

TEST_F(Hdf5Games, NumbersOfEveryType) {
  for (const hid_t type :
       {H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_STD_I8LE, H5T_STD_U8BE, H5T_STD_I16BE,
        H5T_STD_U16LE, H5T_STD_I32LE, H5T_STD_U32BE, H5T_STD_I64BE, H5T_STD_U64LE, H5T_NATIVE_LDOUBLE}) {
    Writer(path()).add("normal_form/x/payoffs", {3, 2, 2, 2}, counting(24), type);
    expect_counting(3);
  }
}

TEST_F(Hdf5Games, ChunksOfAnyShapeAndKnownFilters) {
  for (const Extents& chunk : {Extents{1, 2, 2, 2}, {5, 1, 2, 1}, {100, 2, 2, 2}, {7, 2, 1, 2}}) {
    for (const bool is_filtered : {false, true}) {
      const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE));
      H5Pset_chunk(creation.get(), 4, chunk.data());
      if (is_filtered) {
        H5Pset_shuffle(creation.get());
        H5Pset_deflate(creation.get(), 9);
        H5Pset_fletcher32(creation.get());
      }
      Writer(path()).add("normal_form/x/payoffs", {100, 2, 2, 2}, counting(800), H5T_IEEE_F64LE, creation.get());
      expect_counting(100);
    }
  }
}

TEST_F(Hdf5Games, GroupsByName) {
  {
    Writer writer(path());
    writer.add("normal_form/b/payoffs", {1, 1, 1}, {2});
    writer.add("normal_form/a/payoffs", {1, 1, 1}, {1});
    writer.add("markov/m/rewards", {1, 1, 1, 1}, {4});
    writer.add("markov/m/transitions", {1, 1, 1, 1}, {1});
    writer.add("markov/m/discount", {}, {0.5});
    writer.add("polymatrix/p/actions", {2}, {1, 1});
    writer.add("polymatrix/p/edges", {1, 2}, {0, 1}, H5T_STD_U8LE);
    writer.add("polymatrix/p/payoffs", {1, 2}, {3, 4});
    writer.add("settings/of/others", {1}, {3});
  }
  const std::vector<Game> games = games_in(path());
  ASSERT_EQ(games.size(), 4u);
  EXPECT_EQ(games[0], Game(NormalFormGame{"a#1", {1}, {1}}));
  EXPECT_EQ(games[1], Game(NormalFormGame{"a#2", {1}, {2}}));
  EXPECT_EQ(games[2], Game(PolymatrixGame{"a#3", {1, 1}, {{0, 1, true, true}}, {3, 4}}));
  MarkovGame markov;
  markov.name = "a#4";
  markov.states = 1;
  markov.actions = {1};
  markov.discount = 0.5;
  markov.rewards = {4};
  markov.transitions = {1};
  EXPECT_EQ(games[3], Game(markov));
}

TEST_F(Hdf5Games, OneSparsityForAllGames) {
  {
    Writer writer(path());
    writer.add("markov/m/rewards", {2, 1, 2, 1}, {1, 2, 3, 4});
    writer.add("markov/m/discount", {2}, {0.5, 0.25});
    writer.add("markov/m/row_begin", {3}, {0, 1, 3});
    writer.add("markov/m/next_state", {3}, {1, 0, 1});
    writer.add("markov/m/probabilities", {2, 3}, {1, 0.5, 0.5, 1, 0.25, 0.75});
  }
  const std::vector<Game> games = games_in(path());
  ASSERT_EQ(games.size(), 2u);
  const auto& second = std::get<MarkovGame>(games[1]);
  EXPECT_EQ(second.discount, 0.25);
  EXPECT_EQ(second.rewards, (std::vector<double>{3, 4}));
  EXPECT_EQ(second.transitions, (std::vector<double>{1, 0.25, 0.75}));
  EXPECT_EQ(second.row_begin, (std::vector<std::size_t>{0, 1, 3}));
  EXPECT_EQ(second.next_state, (std::vector<std::int32_t>{1, 0, 1}));
}

TEST_F(Hdf5Games, NamesOfBothKinds) {
  for (const bool is_variable : {false, true}) {
    {
      Writer writer(path());
      writer.add("normal_form/x/payoffs", {3, 1, 1}, {1, 2, 3});
      const Hdf5Handle type(H5Tcopy(H5T_C_S1));
      if (is_variable) {
        H5Tset_size(type.get(), H5T_VARIABLE);
        writer.add<const char*>("normal_form/x/names", {3}, {"one", "", "three"}, type.get(), type.get());
      } else {
        H5Tset_size(type.get(), 4);
        H5Tset_strpad(type.get(), H5T_STR_SPACEPAD);
        const std::string text = "one     thre";
        writer.add<char>("normal_form/x/names", {3}, {text.begin(), text.end()}, type.get(), type.get());
      }
    }
    EXPECT_EQ(names_of(games_in(path())), (std::vector<std::string>{"one", "a#2", is_variable ? "three" : "thre"}));
  }
}

TEST_F(Hdf5Games, AFileMayBeginAfterBytesOfOthers) {
  const Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE));
  H5Pset_userblock(creation.get(), 2048);
  {
    const Hdf5Handle file(H5Fcreate(path().c_str(), H5F_ACC_TRUNC, creation.get(), H5P_DEFAULT));
    const Hdf5Handle group(H5Gcreate2(file.get(), "other", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  expect_refused("", "expected games in groups /normal_form/NAME");
}

TEST_F(Hdf5Games, ShapesThatAreWrong) {
  struct Case {
    std::string dataset;
    Extents extents;
    std::string words;
  };
  for (const Case& wrong : std::vector<Case>{
           {"normal_form/x/payoffs", {2, 2, 2}, "one game needs an axis of length 1 in front"},
           {"normal_form/x/payoffs", {1, 3, 2, 2}, "3 agents need 5 axes"},
           {"normal_form/x/payoffs", {4}, "expected payoffs of the shape (games, agents, actions"},
           {"normal_form/x/payoffs", {1, 2, 0, 2}, "expected at least one action"},
           {"markov/x/rewards", {1, 2, 2}, "expected the shape (games, agents, states, actions"},
           {"polymatrix/x/payoffs", {1, 2, 2}, ""},
           {"normal_form/x/payoff", {1}, "expected the datasets payoffs and names, found 'payoff'"},
           {"markov/x/payoffs", {1}, "expected the datasets rewards, transitions"},
           {"normal_form/x", {1}, "expected a group"},
           {"normal_form/x/payoffs/deep", {1}, "expected a dataset"},
       }) {
    {
      Writer writer(path());
      std::size_t count = 1;
      for (const hsize_t extent : wrong.extents) count *= extent;
      writer.add(wrong.dataset, wrong.extents, counting(count));
      if (wrong.dataset.starts_with("markov") && wrong.extents.size() > 1) writer.add("markov/x/discount", {}, {0.5});
    }
    expect_refused("/" + wrong.dataset.substr(0, wrong.dataset.find("/x")), wrong.words);
  }
}

TEST_F(Hdf5Games, NetworksThatAreWrong) {
  struct Case {
    std::vector<double> actions;
    std::vector<double> edges;
    std::vector<double> pays;
    std::size_t payoffs;
    std::string place;
    std::string words;
  };
  for (const Case& wrong : std::vector<Case>{
           {{2, 2}, {0, 2}, {}, 8, "edges", "expected whole numbers from 0 to 1, found 2"},
           {{2, 2}, {0, 0.5}, {}, 8, "edges", "found 0.5"},
           {{2, 2}, {0, -1}, {}, 8, "edges", "found -1"},
           {{2, 0}, {0, 1}, {}, 8, "actions", "expected whole numbers from 1"},
           {{2, 2}, {0, 1}, {}, 7, "payoffs", "expected the shape (1, 8)"},
           {{2, 2}, {0, 1}, {1, 0}, 8, "payoffs", "expected the shape (1, 4)"},
           {{2, 2}, {0, 1}, {1, 2}, 8, "pays", "expected whole numbers from 0 to 1, found 2"},
           {{2, 2}, {0, 0}, {}, 8, "payoffs[0]", "expected two different agents"},
           {{2, 2}, {0, 1, 1, 0}, {}, 16, "payoffs[0]", "expected one edge between agents 1 and 0"},
       }) {
    {
      Writer writer(path());
      writer.add("polymatrix/x/actions", {wrong.actions.size()}, wrong.actions);
      writer.add("polymatrix/x/edges", {wrong.edges.size() / 2, 2}, wrong.edges);
      if (!wrong.pays.empty()) writer.add("polymatrix/x/pays", {1, 2}, wrong.pays);
      writer.add("polymatrix/x/payoffs", {1, wrong.payoffs}, counting(wrong.payoffs));
    }
    expect_refused("/polymatrix/x/" + wrong.place + ": ", wrong.words);
  }
}

TEST_F(Hdf5Games, TheGameThatIsWrongIsNamed) {
  std::vector<double> numbers = counting(800);
  numbers[8 * 77 + 3] = std::nan("");
  Writer(path()).add("normal_form/x/payoffs", {100, 2, 2, 2}, numbers);
  expect_refused("/normal_form/x/payoffs[77]: ", "expected a finite payoff for agent 0 at joint action 3");
}

TEST_F(Hdf5Games, TypesThatAreNoNumbers) {
  const Hdf5Handle compound(H5Tcreate(H5T_COMPOUND, 8));
  H5Tinsert(compound.get(), "x", 0, H5T_NATIVE_DOUBLE);
  const Hdf5Handle text(H5Tcopy(H5T_C_S1));
  const Hdf5Handle opaque(H5Tcreate(H5T_OPAQUE, 8));
  const Hdf5Handle sequence(H5Tvlen_create(H5T_NATIVE_DOUBLE));
  for (const auto& [type, words] : std::vector<std::pair<hid_t, std::string>>{{compound.get(), "compounds"},
                                                                              {text.get(), "strings"},
                                                                              {opaque.get(), "bytes without a meaning"},
                                                                              {sequence.get(), "variable length"},
                                                                              {H5T_STD_REF_OBJ, "references"}}) {
    Writer(path()).add<double>("normal_form/x/payoffs", {1, 1, 1}, {}, type, type);
    expect_refused("/normal_form/x/payoffs: ", words);
  }
}

TEST_F(Hdf5Games, ExtentsThatTheFileDoesNotHold) {
  // Chunks that are not there stand for zeros: sixteen exabytes of them take no room.
  const Extents chunk = {1, 2, 2, 2};
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_chunk(creation.get(), 4, chunk.data());
  Writer(path()).add("normal_form/x/payoffs", {hsize_t{1} << 58, 2, 2, 2}, {}, H5T_IEEE_F64LE, creation.get());
  expect_refused("/normal_form/x/payoffs: ", "found 0 bytes in the file");
  Writer(path()).add("normal_form/x/payoffs", {1, 2, 2, 2}, {});
  expect_refused("/normal_form/x/payoffs: ", "found 0 bytes in the file");
  Writer(path()).add("normal_form/x/payoffs", {1, 2, 100000, 100000}, {});
  expect_refused("/normal_form/x/payoffs: ", "expected at most 2^32 numbers a game");
}

TEST_F(Hdf5Games, NothingLeadsOutOfTheFile) {
  const std::string secret = folder_.path("secret.h5");
  Writer(secret).add("normal_form/x/payoffs", {1, 2, 2, 2}, counting(8));
  {
    Writer writer(path());
    H5Lcreate_external(secret.c_str(), "/normal_form", writer.file(), "normal_form", H5P_DEFAULT, H5P_DEFAULT);
  }
  expect_refused("/normal_form: ", "found a link, which is not followed");
  {
    Writer writer(path());
    H5Lcreate_external(secret.c_str(), "/normal_form/x/payoffs", writer.file(), "normal_form/y/payoffs", writer.links(),
                       H5P_DEFAULT);
  }
  expect_refused("/normal_form/y/payoffs: ", "found a link, which is not followed");
  {
    Writer writer(path());
    H5Lcreate_soft("/elsewhere", writer.file(), "normal_form/y", writer.links(), H5P_DEFAULT);
  }
  expect_refused("/normal_form/y: ", "found a link, which is not followed");

  const Hdf5Handle external(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_external(external.get(), secret.c_str(), 0, 64);
  Writer(path()).add("normal_form/x/payoffs", {1, 2, 2, 2}, {}, H5T_IEEE_F64LE, external.get());
  expect_refused("/normal_form/x/payoffs: ", "whose values are in other files");

  const Hdf5Handle virtual_layout(H5Pcreate(H5P_DATASET_CREATE));
  const Extents extents = {1, 2, 2, 2};
  const Hdf5Handle space(H5Screate_simple(4, extents.data(), nullptr));
  H5Pset_virtual(virtual_layout.get(), space.get(), secret.c_str(), "/normal_form/x/payoffs", space.get());
  Writer(path()).add("normal_form/x/payoffs", extents, {}, H5T_IEEE_F64LE, virtual_layout.get());
  expect_refused("/normal_form/x/payoffs: ", "whose values are in other files");
}

TEST_F(Hdf5Games, FiltersFromElsewhereAreRefused) {
  const Extents chunk = {1, 2, 2, 2};
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_chunk(creation.get(), 4, chunk.data());
  const unsigned values[] = {0};
  H5Pset_filter(creation.get(), 32000, H5Z_FLAG_OPTIONAL, 0, values);
  Writer(path()).add("normal_form/x/payoffs", {1, 2, 2, 2}, counting(8), H5T_IEEE_F64LE, creation.get());
  expect_refused("/normal_form/x/payoffs: ", "found filter 32000");
}

}  // namespace
}  // namespace quantal::files_test
