#include "host/files/game_sequence.hpp"

#include <iterator>
#include <utility>

#include "host/files/normal_form_table.hpp"

namespace quantal::files {

GameSequence::GameSequence(std::vector<Part> parts) : parts_(std::move(parts)) {
  constexpr std::size_t kept_open = 32;
  for (std::size_t k = 0; k < parts_.size(); ++k) {
    Part& part = parts_[k];
    if (!part.source) part.source = part.open();
    part.size = part.source->size();
    // One that has no way to open it again stays open.
    if (k >= kept_open && part.open) part.source.reset();
  }
}

GameSource* GameSequence::present() {
  if (part_ == parts_.size()) return nullptr;
  Part& part = parts_[part_];
  if (!part.source) part.source = part.open();
  return part.source.get();
}

void GameSequence::to_next_part() {
  Part& part = parts_[part_];
  if (const std::optional<std::uint64_t> size = part.source->size()) part.size = size;
  part.source.reset();
  ++part_;
}

std::vector<Game> GameSequence::next(std::size_t count, std::size_t bytes) {
  std::vector<Game> games;
  std::size_t held = 0;
  while (games.size() < count && held < bytes) {
    GameSource* const source = present();
    if (source == nullptr) break;
    std::vector<Game> more = source->next(count - games.size(), bytes - held);
    if (more.empty()) {
      to_next_part();
      continue;
    }
    for (const Game& game : more) held += bytes_of(game);
    if (games.empty()) {
      games = std::move(more);
    } else {
      games.insert(games.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
  }
  return games;
}

std::uint64_t GameSequence::skip(std::uint64_t count) {
  std::uint64_t passed = 0;
  while (passed < count) {
    GameSource* const source = present();
    if (source == nullptr) break;
    const std::uint64_t more = source->skip(count - passed);
    passed += more;
    if (passed < count) to_next_part();
  }
  return passed;
}

std::optional<std::uint64_t> GameSequence::size() const {
  std::uint64_t sum = 0;
  for (const Part& part : parts_) {
    const std::optional<std::uint64_t> size = part.source ? part.source->size() : part.size;
    if (!size) return std::nullopt;
    sum += *size;
  }
  return sum;
}

}  // namespace quantal::files
