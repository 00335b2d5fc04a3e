#include "host/files/game_source.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "quantal/io.hpp"

namespace quantal::files {
namespace {

/// Games that are in memory.
class HeldGames final : public GameSource {
 public:
  explicit HeldGames(std::vector<Game> games) : games_(std::move(games)) {}

  std::vector<Game> next(std::size_t count, std::size_t) override {
    const auto begin = games_.begin() + static_cast<std::ptrdiff_t>(next_);
    const std::size_t taken = std::min(count, games_.size() - next_);
    next_ += taken;
    return {std::make_move_iterator(begin), std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(taken))};
  }

  std::uint64_t skip(std::uint64_t count) override {
    const std::uint64_t passed = std::min<std::uint64_t>(count, games_.size() - next_);
    next_ += static_cast<std::size_t>(passed);
    return passed;
  }

  std::optional<std::uint64_t> size() const override { return games_.size(); }

 private:
  std::vector<Game> games_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<GameSource> open_games(const std::vector<std::string>& files) {
  std::vector<Game> games;
  for (const std::string& file : files) {
    std::vector<Game> more = read_games(file);
    games.insert(games.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return std::make_unique<HeldGames>(std::move(games));
}

}  // namespace quantal::files
