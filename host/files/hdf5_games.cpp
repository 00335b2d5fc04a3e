#include "host/files/hdf5_games.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "host/files/hdf5_table.hpp"
#include "host/files/normal_form_table.hpp"
#include "host/files/place.hpp"

namespace quantal::files {
namespace {

using Extents = std::vector<std::uint64_t>;

constexpr std::int64_t most_int = std::numeric_limits<int>::max();

/// Games of one group, which share a shape.
class Batch {
 public:
  Batch(const Hdf5Group& group, std::uint64_t games) : games_(games) {
    if (H5Lexists(group.handle.get(), "names", H5P_DEFAULT) > 0) names_.emplace(group, "names", games);
  }
  virtual ~Batch() = default;

  std::uint64_t games() const { return games_; }

  /// Game k, valid.
  Game game(std::uint64_t k) {
    Game game = read(k);
    std::visit([&](auto& of_a_class) { of_a_class.name = names_ ? names_->name(k) : ""; }, game);
    try {
      validate(game);
    } catch (const InputError& error) {
      fail_at(fmt::format("{}[{}]", place(), k), error.what());
    }
    return game;
  }

 protected:
  virtual Game read(std::uint64_t k) = 0;
  virtual const std::string& place() const = 0;

 private:
  std::uint64_t games_;
  std::optional<Hdf5Names> names_;
};

void expect_extents(const Hdf5Table& table, const Extents& expected, std::string_view meaning) {
  if (table.extents() == expected) return;
  fail_at(table.place(), fmt::format("expected the shape {}, {}, found {}", extents_text(expected), meaning,
                                     extents_text(table.extents())));
}

std::vector<int> as_actions(const std::vector<std::int64_t>& numbers) {
  return {numbers.begin(), numbers.end()};
}

bool has(const Hdf5Group& group, const char* name) {
  return H5Lexists(group.handle.get(), name, H5P_DEFAULT) > 0;
}

class NormalFormBatch final : public Batch {
 public:
  explicit NormalFormBatch(const Hdf5Group& group) : NormalFormBatch(group, Hdf5Table(group, "payoffs")) {}

 private:
  NormalFormBatch(const Hdf5Group& group, Hdf5Table payoffs)
      : Batch(group, payoffs.rows()),
        payoffs_(std::move(payoffs)),
        table_(normal_form_table(payoffs_.extents(), payoffs_.place())) {}

  Game read(std::uint64_t k) override {
    NormalFormGame game{"", table_.actions, std::vector<double>(table_.payoffs)};
    payoffs_.copy_row(k, game.payoffs.data());
    return game;
  }
  const std::string& place() const override { return payoffs_.place(); }

  Hdf5Table payoffs_;
  NormalFormTable table_;
};

class PolymatrixBatch final : public Batch {
 public:
  explicit PolymatrixBatch(const Hdf5Group& group) : PolymatrixBatch(group, Hdf5Table(group, "payoffs")) {}

 private:
  PolymatrixBatch(const Hdf5Group& group, Hdf5Table payoffs)
      : Batch(group, payoffs.rows()), payoffs_(std::move(payoffs)) {
    Hdf5Table actions(group, "actions");
    if (actions.extents().size() != 1 || actions.rows() < 1) {
      fail_at(actions.place(), fmt::format("expected a number of actions an agent, found the shape {}",
                                           extents_text(actions.extents())));
    }
    shape_.actions = as_actions(actions.whole_numbers(1, most_int));
    read_edges(group);
    std::uint64_t expected = 0;
    for (const PolymatrixEdge& edge : shape_.edges) {
      const std::uint64_t matrix = edge_matrix_size(shape_, edge);
      expected += (edge.pays_first ? matrix : 0) + (edge.pays_second ? matrix : 0);
      if (expected > most_numbers_of_a_game) fail_at(payoffs_.place(), "expected at most 2^32 payoffs a game");
    }
    expect_extents(payoffs_, {payoffs_.rows(), expected}, "games and the payoffs on all edges");
  }

  void read_edges(const Hdf5Group& group) {
    Hdf5Table edges(group, "edges");
    expect_extents(edges, {edges.rows(), 2}, "two agents an edge");
    const auto last_agent = static_cast<std::int64_t>(shape_.actions.size()) - 1;
    const std::vector<std::int64_t> agents = edges.whole_numbers(0, last_agent);
    std::vector<std::int64_t> pays(agents.size(), 1);
    if (has(group, "pays")) {
      Hdf5Table table(group, "pays");
      expect_extents(table, edges.extents(), "that of the edges");
      pays = table.whole_numbers(0, 1);
    }
    for (std::size_t e = 0; e < agents.size(); e += 2) {
      shape_.edges.push_back(
          {static_cast<int>(agents[e]), static_cast<int>(agents[e + 1]), pays[e] == 1, pays[e + 1] == 1});
    }
  }

  Game read(std::uint64_t k) override {
    PolymatrixGame game = shape_;
    game.payoffs.resize(payoffs_.row_size());
    payoffs_.copy_row(k, game.payoffs.data());
    return game;
  }
  const std::string& place() const override { return payoffs_.place(); }

  Hdf5Table payoffs_;
  PolymatrixGame shape_;  // without payoffs
};

class MarkovBatch final : public Batch {
 public:
  explicit MarkovBatch(const Hdf5Group& group) : MarkovBatch(group, Hdf5Table(group, "rewards")) {}

 private:
  MarkovBatch(const Hdf5Group& group, Hdf5Table rewards)
      : Batch(group, rewards.rows()), rewards_(std::move(rewards)), discount_(group, "discount") {
    const Extents joint_axes = has(group, "actions") ? axes_of_differing_actions(group) : axes_of_same_actions();
    if (!discount_.extents().empty()) expect_extents(discount_, {games()}, "a discount a game, or one for all");
    if (has(group, "probabilities")) {
      read_sparsity(group);
    } else {
      transitions_.emplace(group, "transitions");
      Extents expected = joint_axes;
      expected.insert(expected.begin(), games());
      expected.push_back(static_cast<std::uint64_t>(shape_.states));
      expect_extents(*transitions_, expected, "games, states and joint actions, next states");
    }
    if (has(group, "initial")) {
      initial_.emplace(group, "initial");
      expect_extents(*initial_, {games(), static_cast<std::uint64_t>(shape_.states)}, "games and states");
    }
  }

  /// Takes the shape from rewards [G, N, S, m_1, .., m_N] and returns [S, m_1, .., m_N].
  Extents axes_of_same_actions() {
    const Extents& extents = rewards_.extents();
    const std::size_t axes = extents.size();
    const bool is_shape =
        axes >= 4 && extents[1] == axes - 3 && extents[2] >= 1 && extents[2] <= most_int &&
        std::all_of(extents.begin() + 3, extents.end(), [](std::uint64_t m) { return m >= 1 && m <= most_int; });
    if (!is_shape) {
      fail_at(rewards_.place(), fmt::format("expected the shape (games, agents, states, actions of each agent ..), or "
                                            "(games, agents, rows) beside actions, found {}",
                                            extents_text(extents)));
    }
    shape_.states = static_cast<int>(extents[2]);
    for (std::size_t i = 0; i < extents[1]; ++i) {
      shape_.actions.insert(shape_.actions.end(), static_cast<std::size_t>(extents[2]),
                            static_cast<int>(extents[3 + i]));
    }
    check_rows();
    return {extents.begin() + 2, extents.end()};
  }

  /// Takes the shape from actions [N, S] and returns [M].
  Extents axes_of_differing_actions(const Hdf5Group& group) {
    Hdf5Table actions(group, "actions");
    const Extents& extents = actions.extents();
    if (extents.size() != 2 || extents[0] < 1 || extents[1] < 1 || extents[1] > most_int) {
      fail_at(actions.place(),
              fmt::format("expected numbers of actions by agent and state, found the shape {}", extents_text(extents)));
    }
    shape_.states = static_cast<int>(extents[1]);
    shape_.actions = as_actions(actions.whole_numbers(1, most_int));
    const std::uint64_t rows = check_rows();
    expect_extents(rewards_, {games(), extents[0], rows}, "games, agents, and joint actions of all states");
    return {rows};
  }

  std::uint64_t check_rows() {
    try {
      rows_ = rows_before_states(shape_).back();
      return rows_;
    } catch (const InputError& error) {
      fail_at(rewards_.place(), error.what());
    }
  }

  void read_sparsity(const Hdf5Group& group) {
    transitions_.emplace(group, "probabilities");
    if (transitions_->extents().size() != 2) {
      fail_at(transitions_->place(), fmt::format("expected the shape (games, probabilities), found {}",
                                                 extents_text(transitions_->extents())));
    }
    const std::uint64_t count = transitions_->extents()[1];
    expect_extents(*transitions_, {games(), count}, "games and probabilities");
    row_begin_.emplace(group, "row_begin");
    next_state_.emplace(group, "next_state");
    sparsity_by_game_ = row_begin_->extents().size() == 2;
    Extents begins = {rows_ + 1};
    Extents states = {count};
    if (sparsity_by_game_) {
      begins.insert(begins.begin(), games());
      states.insert(states.begin(), games());
    }
    expect_extents(*row_begin_, begins, "where each row begins, and the end");
    expect_extents(*next_state_, states, "a state a probability");
    if (!sparsity_by_game_) {
      const auto most = static_cast<std::int64_t>(count);
      set_sparsity(shape_, row_begin_->whole_numbers(0, most), next_state_->whole_numbers(0, shape_.states - 1));
    }
  }

  static void set_sparsity(MarkovGame& game, const std::vector<std::int64_t>& begins,
                           const std::vector<std::int64_t>& states) {
    game.row_begin.assign(begins.begin(), begins.end());
    game.next_state.assign(states.begin(), states.end());
  }

  Game read(std::uint64_t k) override {
    MarkovGame game = shape_;
    discount_.copy_row(discount_.extents().empty() ? 0 : k, &game.discount);
    game.rewards.resize(rewards_.row_size());
    rewards_.copy_row(k, game.rewards.data());
    game.transitions.resize(transitions_->row_size());
    transitions_->copy_row(k, game.transitions.data());
    if (sparsity_by_game_) {
      set_sparsity(game, row_begin_->whole_row(k, 0, static_cast<std::int64_t>(game.transitions.size())),
                   next_state_->whole_row(k, 0, game.states - 1));
    }
    if (initial_) {
      game.initial.resize(initial_->row_size());
      initial_->copy_row(k, game.initial.data());
    }
    return game;
  }
  const std::string& place() const override { return rewards_.place(); }

  Hdf5Table rewards_;
  Hdf5Table discount_;
  std::optional<Hdf5Table> transitions_;  // or probabilities
  std::optional<Hdf5Table> row_begin_;
  std::optional<Hdf5Table> next_state_;
  std::optional<Hdf5Table> initial_;
  bool sparsity_by_game_ = false;
  std::uint64_t rows_ = 0;  // M
  MarkovGame shape_;        // what all games share
};

struct GameClass {
  std::string_view name;
  std::array<std::string_view, 8> datasets;  // beside names
};
constexpr std::array<GameClass, 3> classes = {
    {{"normal_form", {"payoffs"}},
     {"polymatrix", {"actions", "edges", "pays", "payoffs"}},
     {"markov",
      {"rewards", "transitions", "discount", "initial", "actions", "row_begin", "next_state", "probabilities"}}}};

class Hdf5Games final : public GameSource {
 public:
  explicit Hdf5Games(const std::string& file) {
    prepare_hdf5();
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_file_locking(access.get(), 0, 1);  // nothing is written, and not all file systems can lock
    root_ = {Hdf5Handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.get())), file + ": "};
    if (!root_.handle) fail_at(file, "cannot be read as an HDF5 file: " + last_hdf5_error());
    root_.place += '/';
    for (std::size_t k = 0; k < classes.size(); ++k) {
      const std::optional<Hdf5Group> of_class = open_group(root_, std::string(classes[k].name));
      if (!of_class) continue;
      for (const std::string& name : names_in(*of_class)) {
        batches_.push_back({k, name, 0});
        batches_.back().games = open(batches_.back())->games();
        games_ += batches_.back().games;
      }
    }
    if (batches_.empty()) {
      fail_at(file,
              "expected games in groups /normal_form/NAME, /polymatrix/NAME or /markov/NAME, found no such group");
    }
  }

  std::vector<Game> next(std::size_t count, std::size_t bytes) override {
    std::vector<Game> games;
    for (std::size_t held = 0; games.size() < count && held < bytes && batch_ < batches_.size();) {
      if (next_ == batches_[batch_].games) {
        to_next_batch();
        continue;
      }
      if (!present_) present_ = open(batches_[batch_]);
      games.push_back(present_->game(next_++));
      held += bytes_of(games.back());
    }
    return games;
  }

  std::uint64_t skip(std::uint64_t count) override {
    std::uint64_t passed = 0;
    while (passed < count && batch_ < batches_.size()) {
      const std::uint64_t more = std::min(count - passed, batches_[batch_].games - next_);
      next_ += more;
      passed += more;
      if (passed < count) to_next_batch();
    }
    return passed;
  }

  std::optional<std::uint64_t> size() const override { return games_; }

 private:
  struct Entry {
    std::size_t game_class;
    std::string name;
    std::uint64_t games;
  };

  std::unique_ptr<Batch> open(const Entry& entry) const {
    const GameClass& game_class = classes[entry.game_class];
    const std::optional<Hdf5Group> of_class = open_group(root_, std::string(game_class.name));
    const std::optional<Hdf5Group> group = of_class ? open_group(*of_class, entry.name) : std::nullopt;
    if (!group) fail_at(root_.place, "expected the groups to stay");
    for (const std::string& name : names_in(*group)) {
      const auto& known = game_class.datasets;
      if (name == "names" || (!name.empty() && std::find(known.begin(), known.end(), name) != known.end())) continue;
      const auto end = std::find(known.begin(), known.end(), "");
      fail_at(group->place,
              fmt::format("expected the datasets {} and names, found '{}'", fmt::join(known.begin(), end, ", "), name));
    }
    if (game_class.name == "normal_form") return std::make_unique<NormalFormBatch>(*group);
    if (game_class.name == "polymatrix") return std::make_unique<PolymatrixBatch>(*group);
    return std::make_unique<MarkovBatch>(*group);
  }

  void to_next_batch() {
    present_.reset();
    next_ = 0;
    ++batch_;
  }

  Hdf5Group root_;
  std::vector<Entry> batches_;
  std::uint64_t games_ = 0;
  std::size_t batch_ = 0;
  std::uint64_t next_ = 0;
  std::unique_ptr<Batch> present_;  // the batch that games come from, once it has been opened
};

}  // namespace

std::unique_ptr<GameSource> open_hdf5_games(const std::string& file) {
  return std::make_unique<Hdf5Games>(file);
}

}  // namespace quantal::files
