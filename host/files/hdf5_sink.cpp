#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/files/game_sink.hpp"
#include "host/files/hdf5_column.hpp"
#include "host/files/hdf5_handle.hpp"
#include "host/files/partial_file.hpp"
#include "host/files/place.hpp"

namespace quantal::files {
namespace {

using Extents = std::vector<std::uint64_t>;

template <class Range>
Extents as_extents(const Range& numbers) {
  Extents extents;
  for (const auto number : numbers) extents.push_back(static_cast<std::uint64_t>(number));
  return extents;
}

/// {first, rest ..}
Extents with_front(std::initializer_list<std::uint64_t> first, const Extents& rest) {
  Extents extents(first);
  extents.insert(extents.end(), rest.begin(), rest.end());
  return extents;
}

/// Each agent's number of actions, if none depends on the state and the axes of a game with them are few enough.
std::optional<std::vector<int>> same_actions(const MarkovGame& game) {
  const auto states = static_cast<std::size_t>(game.states);
  const auto agents = static_cast<std::size_t>(game.agents());
  constexpr std::size_t other_axes = 3;
  if (agents + other_axes > most_hdf5_axes) return std::nullopt;
  std::vector<int> actions;
  for (std::size_t i = 0; i < agents; ++i) {
    const int* const of_agent = game.actions.data() + i * states;
    if (std::any_of(of_agent, of_agent + states, [&](int m) { return m != *of_agent; })) return std::nullopt;
    actions.push_back(*of_agent);
  }
  return actions;
}

/// What a group of games is named after.
std::string name_of_shape(const NormalFormGame& game) {
  return shape_text(game.actions);
}
std::string name_of_shape(const PolymatrixGame& game) {
  return fmt::format("{}-agents-{}-edges", game.actions.size(), game.edges.size());
}
std::string name_of_shape(const MarkovGame& game) {
  const std::optional<std::vector<int>> actions = same_actions(game);
  std::string name = fmt::format("{}-states-", game.states);
  name += actions ? shape_text(*actions) : fmt::format("{}-agents", game.agents());
  if (game.is_sparse()) name += fmt::format("-{}-transitions", game.transitions.size());
  if (!game.initial.empty()) name += "-with-initial";
  return name;
}

/// Games of one shape, in a group that grows.
class Batch {
 public:
  Batch(Hdf5Handle group, int compression)
      : group_(std::move(group)), compression_(compression), names_(group_.get(), compression) {}
  virtual ~Batch() = default;

  virtual bool takes(const Game& game) const = 0;

  void append(const Game& game) {
    append_numbers(game);
    names_.append(name_of(game));
  }

  void flush() {
    for (Hdf5Column& column : columns_) column.flush();
    names_.flush();
  }

  /// Bytes that it holds of its shape.
  virtual std::size_t shape_bytes() const { return 0; }

 protected:
  virtual void append_numbers(const Game& game) = 0;

  hid_t group() const { return group_.get(); }
  void add_column(const std::string& name, Extents extents, hid_t type = H5T_IEEE_F64LE) {
    columns_.emplace_back(group_.get(), name, std::move(extents), type, compression_);
  }
  void append_row(std::size_t column, const std::vector<double>& row) { columns_[column].append(row.data()); }

 private:
  Hdf5Handle group_;
  int compression_;
  std::vector<Hdf5Column> columns_;
  Hdf5NamesColumn names_;
};

class NormalFormBatch final : public Batch {
 public:
  NormalFormBatch(Hdf5Handle group, const NormalFormGame& game, int compression)
      : Batch(std::move(group), compression), actions_(game.actions) {
    add_column("payoffs", with_front({game.actions.size()}, as_extents(game.actions)));
  }

  bool takes(const Game& game) const override {
    const auto* const normal_form = std::get_if<NormalFormGame>(&game);
    return normal_form != nullptr && normal_form->actions == actions_;
  }

 private:
  void append_numbers(const Game& game) override { append_row(0, std::get<NormalFormGame>(game).payoffs); }

  std::vector<int> actions_;
};

class PolymatrixBatch final : public Batch {
 public:
  PolymatrixBatch(Hdf5Handle of_group, const PolymatrixGame& game, int compression)
      : Batch(std::move(of_group), compression), actions_(game.actions), edges_(game.edges) {
    write_whole_numbers(group(), "actions", {game.actions.size()}, H5T_STD_I32LE,
                        {game.actions.begin(), game.actions.end()});
    std::vector<std::int64_t> agents;
    std::vector<std::int64_t> pays;
    for (const PolymatrixEdge& edge : game.edges) {
      agents.insert(agents.end(), {edge.first, edge.second});
      pays.insert(pays.end(), {edge.pays_first ? 1 : 0, edge.pays_second ? 1 : 0});
    }
    write_whole_numbers(group(), "edges", {game.edges.size(), 2}, H5T_STD_I32LE, agents);
    if (std::find(pays.begin(), pays.end(), 0) != pays.end()) {
      write_whole_numbers(group(), "pays", {game.edges.size(), 2}, H5T_STD_U8LE, pays);
    }
    add_column("payoffs", {game.payoffs.size()});
  }

  bool takes(const Game& game) const override {
    const auto* const network = std::get_if<PolymatrixGame>(&game);
    return network != nullptr && network->actions == actions_ && network->edges == edges_;
  }

  std::size_t shape_bytes() const override { return edges_.size() * sizeof(PolymatrixEdge); }

 private:
  void append_numbers(const Game& game) override { append_row(0, std::get<PolymatrixGame>(game).payoffs); }

  std::vector<int> actions_;
  std::vector<PolymatrixEdge> edges_;
};

class MarkovBatch final : public Batch {
 public:
  MarkovBatch(Hdf5Handle of_group, const MarkovGame& game, int compression)
      : Batch(std::move(of_group), compression),
        states_(game.states),
        actions_(game.actions),
        transitions_(game.transitions.size()),
        is_sparse_(game.is_sparse()),
        has_initial_(!game.initial.empty()) {
    const auto states = static_cast<std::uint64_t>(game.states);
    const auto agents = static_cast<std::uint64_t>(game.agents());
    const std::uint64_t rows = rows_before_states(game).back();
    Extents joint_axes = {rows};
    if (const std::optional<std::vector<int>> actions = same_actions(game)) {
      joint_axes = with_front({states}, as_extents(*actions));
    } else {
      write_whole_numbers(group(), "actions", {agents, states}, H5T_STD_I32LE,
                          {game.actions.begin(), game.actions.end()});
    }
    // In the order of append_numbers.
    add_column("discount", {});
    add_column("rewards", with_front({agents}, joint_axes));
    if (game.is_sparse()) {
      add_column("probabilities", {game.transitions.size()});
      add_column("row_begin", {rows + 1}, H5T_STD_I64LE);
      add_column("next_state", {game.next_state.size()}, H5T_STD_I32LE);
    } else {
      joint_axes.push_back(states);
      add_column("transitions", joint_axes);
    }
    if (!game.initial.empty()) add_column("initial", {states});
  }

  bool takes(const Game& game) const override {
    const auto* const markov = std::get_if<MarkovGame>(&game);
    return markov != nullptr && markov->states == states_ && markov->actions == actions_ &&
           markov->transitions.size() == transitions_ && markov->is_sparse() == is_sparse_ &&
           markov->initial.empty() != has_initial_;
  }

  std::size_t shape_bytes() const override { return actions_.size() * sizeof(int); }

 private:
  void append_numbers(const Game& game) override {
    const auto& markov = std::get<MarkovGame>(game);
    append_row(0, {markov.discount});
    append_row(1, markov.rewards);
    append_row(2, markov.transitions);
    if (markov.is_sparse()) {
      append_row(3, {markov.row_begin.begin(), markov.row_begin.end()});
      append_row(4, {markov.next_state.begin(), markov.next_state.end()});
    }
    if (!markov.initial.empty()) append_row(markov.is_sparse() ? 5 : 3, markov.initial);
  }

  int states_;
  std::vector<int> actions_;
  std::size_t transitions_;  // how many
  bool is_sparse_;
  bool has_initial_;
};

std::unique_ptr<Batch> make_batch(Hdf5Handle group, const Game& game, int compression) {
  struct {
    Hdf5Handle& group;
    int compression;
    std::unique_ptr<Batch> operator()(const NormalFormGame& g) const {
      return std::make_unique<NormalFormBatch>(std::move(group), g, compression);
    }
    std::unique_ptr<Batch> operator()(const PolymatrixGame& g) const {
      return std::make_unique<PolymatrixBatch>(std::move(group), g, compression);
    }
    std::unique_ptr<Batch> operator()(const MarkovGame& g) const {
      return std::make_unique<MarkovBatch>(std::move(group), g, compression);
    }
  } make{group, compression};
  return std::visit(make, game);
}

class Hdf5Sink final : public GameSink {
 public:
  Hdf5Sink(const std::string& file, int compression, std::string destination)
      : destination_(std::move(destination)), partial_(file, destination_), compression_(compression) {
    prepare_hdf5();
    guarded([&] {
      const Hdf5Handle access(wrote(H5Pcreate(H5P_FILE_ACCESS)));
      wrote(H5Pset_file_locking(access.get(), 0, 1));  // nobody else knows of the file yet
      file_ = Hdf5Handle(wrote(H5Fcreate(partial_.path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get())));
    });
  }

  void write(std::span<const Game> games) override {
    for (const Game& game : games) {
      check(game);
      guarded([&] { batch_of(game).append(game); });
    }
  }

  void finish() override {
    if (groups_.empty()) fail_at(destination_, "expected at least one game, found none");
    guarded([&] {
      while (!batches_.empty()) close_last();
      wrote(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL));
      file_ = Hdf5Handle();
    });
    partial_.finish();
  }

 private:
  template <class Body>
  void guarded(const Body& body) {
    try {
      body();
    } catch (const Hdf5WriteError& error) {
      partial_.fail(error.what());
    }
  }

  void check(const Game& game) const {
    const auto fail = [&](std::string_view reason) {
      fail_at(destination_, fmt::format("game '{}': {}", name_of(game), reason));
    };
    try {
      validate(game);
    } catch (const InputError& error) {
      fail(error.what());
    }
    constexpr std::size_t other_axes = 2;
    if (std::holds_alternative<NormalFormGame>(game) && agents_of(game) + other_axes > most_hdf5_axes) {
      fail(fmt::format("expected at most {} agents for an .h5 file, found {}", most_hdf5_axes - other_axes,
                       agents_of(game)));
    }
    if (!Hdf5NamesColumn::fits(name_of(game))) fail("expected a name of at most 65536 bytes");
  }

  /// The batch that the game belongs to, which then is the first of those that are open.
  Batch& batch_of(const Game& game) {
    const auto found =
        std::find_if(batches_.begin(), batches_.end(), [&](const auto& each) { return each->takes(game); });
    if (found != batches_.end()) {
      batches_.splice(batches_.begin(), batches_, found);
      return *batches_.front();
    }
    batches_.push_front(make_batch(new_group(game), game, compression_));
    shape_bytes_ += batches_.front()->shape_bytes();
    while (batches_.size() > most_open || (batches_.size() > 1 && shape_bytes_ > most_shape_bytes)) close_last();
    return *batches_.front();
  }

  void close_last() {
    shape_bytes_ -= batches_.back()->shape_bytes();
    batches_.back()->flush();
    batches_.pop_back();
  }

  Hdf5Handle new_group(const Game& game) {
    const std::string parent = fmt::format("/{}", class_of(game));
    const std::string shape = std::visit([](const auto& g) { return name_of_shape(g); }, game);
    const std::string name = parent + "/" + shape;
    const std::uint64_t number = ++groups_[name];
    if (wrote(H5Lexists(file_.get(), parent.c_str(), H5P_DEFAULT)) == 0) {
      const Hdf5Handle made(wrote(H5Gcreate2(file_.get(), parent.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
    }
    const std::string path = number == 1 ? name : fmt::format("{}-{:06}", name, number);
    return Hdf5Handle(wrote(H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
  }

  static constexpr std::size_t most_open = 32;
  static constexpr std::size_t most_shape_bytes = std::size_t{1} << 26;

  std::string destination_;
  PartialFile partial_;
  int compression_;
  Hdf5Handle file_;
  std::map<std::string, std::uint64_t> groups_;  // of each shape
  std::list<std::unique_ptr<Batch>> batches_;    // that are open, the last used first
  std::size_t shape_bytes_ = 0;                  // of these
};

}  // namespace

std::unique_ptr<GameSink> create_hdf5_file(const std::string& file, int compression, std::string destination) {
  return std::make_unique<Hdf5Sink>(file, compression, std::move(destination));
}

}  // namespace quantal::files
