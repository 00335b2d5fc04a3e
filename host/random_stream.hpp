#pragma once

#include <cstdint>

#include <Random123/philox.h>

namespace quantal {

/// What the random words of a generated game are for. Random starts of solve have the same generator; they leave these
/// streams alone until a game has 2^47 starts.
enum class Purpose : std::uint32_t {
  transitions = 0xfffb,
  actions = 0xfffc,
  graph = 0xfffd,
  payoffs = 0xfffe,
  terms = 0xffff
};

/// Random words of (seed, game, purpose), one after another: Philox4x32-10 (Salmon et al., Parallel Random Numbers: As
/// Easy as 1, 2, 3, SC 2011), counting pairs of words.
class RandomStream {
 public:
  /// `game` is below 2^48.
  RandomStream(std::uint64_t seed, std::uint64_t game, Purpose purpose)
      : key_{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}},
        game_low_(static_cast<std::uint32_t>(game)),
        game_high_(static_cast<std::uint32_t>(game >> 32) << 16 | static_cast<std::uint32_t>(purpose)) {}

  std::uint64_t word() {
    if (has_second_) {
      has_second_ = false;
      return second_;
    }
    const r123::Philox4x32::ctr_type counter = {
        {game_low_, game_high_, static_cast<std::uint32_t>(pair_), static_cast<std::uint32_t>(pair_ >> 32)}};
    const r123::Philox4x32::ctr_type bits = r123::Philox4x32{}(counter, key_);
    ++pair_;
    has_second_ = true;
    second_ = std::uint64_t{bits[3]} << 32 | bits[2];
    return std::uint64_t{bits[1]} << 32 | bits[0];
  }

  /// Uniform on [low, high].
  double uniform(double low, double high) {
    const double value = low + (high - low) * (static_cast<double>(word() >> 11) * 0x1p-53);
    return value < high ? value : high;
  }

  /// Uniform on (0, 1].
  double positive() { return (static_cast<double>(word() >> 11) + 1) * 0x1p-53; }

  /// Uniform on 0, .., count - 1, for 0 < count < 2^32, up to a bias of count / 2^64.
  std::uint32_t below(std::uint32_t count) {
    const std::uint64_t bits = word();
    const std::uint64_t low = (bits & 0xffffffff) * count;
    return static_cast<std::uint32_t>(((bits >> 32) * count + (low >> 32)) >> 32);
  }

 private:
  r123::Philox4x32::key_type key_;
  std::uint32_t game_low_;
  std::uint32_t game_high_;
  std::uint64_t pair_ = 0;
  std::uint64_t second_ = 0;
  bool has_second_ = false;
};

}  // namespace quantal
