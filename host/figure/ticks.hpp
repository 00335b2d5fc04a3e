#pragma once

#include <string>
#include <vector>

namespace quantal::figure {

struct Tick {
  double at = 0;
  std::string label;          ///< empty: a small one
  std::string exponent = {};  ///< raised behind the label, as in 10^-6
};

/// A range and the ticks in it, in ascending order.
struct Ticks {
  double low = 0;
  double high = 1;
  std::vector<Tick> ticks;
};

/// Ticks at multiples of 1, 2 or 5 times a power of ten, about `wanted` of them, for low < high. `round_low` and
/// `round_high` move that end of the range outwards to a multiple.
Ticks linear_ticks(double low, double high, int wanted, bool round_low = true, bool round_high = true);

/// Ticks at powers of ten, or every second, third, .. of them, for 0 < low < high; less than a decade and a half has
/// ticks at 1, 2 and 5 times these, or at equal distances. Rounding to 1, 2 or 5 times a power of ten.
Ticks log_ticks(double low, double high, int wanted, bool round_low = true, bool round_high = true);

}  // namespace quantal::figure
