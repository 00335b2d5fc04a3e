#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "host/files/game_source.hpp"

namespace quantal::files {

/// Games of one source after those of another. Few of them are open at a time, however many there are.
class GameSequence final : public GameSource {
 public:
  struct Part {
    std::function<std::unique_ptr<GameSource>()> open;
    std::unique_ptr<GameSource> source{};  ///< while it is open
    std::optional<std::uint64_t> size{};   ///< of the source, where it has been opened and knows
  };

  /// Opens every part once, so that what is wrong with its shape is found here, and keeps the first of them open.
  explicit GameSequence(std::vector<Part> parts);

  std::vector<Game> next(std::size_t count, std::size_t bytes) override;
  std::uint64_t skip(std::uint64_t count) override;
  std::optional<std::uint64_t> size() const override;

 private:
  /// The part that games come from, opened; null at the end.
  GameSource* present();
  void to_next_part();

  std::vector<Part> parts_;
  std::size_t part_ = 0;
};

}  // namespace quantal::files
