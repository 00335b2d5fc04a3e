#include "host/figure/style.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace quantal::figure {

namespace {

/// Okabe and Ito, Color Universal Design, 2008, without the yellow that white paper swallows.
constexpr auto different =
    std::to_array<std::string_view>({"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"});

/// The first four fifths of viridis (van der Walt and Smith, 2015), whose lightness rises evenly for every reader.
struct Rgb {
  double red, green, blue;
};
constexpr auto steps = std::to_array<Rgb>({{68, 1, 84}, {65, 68, 135}, {42, 120, 142}, {34, 168, 132}, {122, 209, 81}});

constexpr auto dashes = std::to_array<std::string_view>({"", "8 3", "2 2.5", "8 3 2 3", "14 3", "8 2.5 2 2.5 2 2.5"});

std::string step_colour(double share) {
  const double place = share * static_cast<double>(steps.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), steps.size() - 2);
  const double rest = place - static_cast<double>(below);
  const auto mix = [&](double Rgb::*part) {
    return static_cast<int>(std::lround(steps[below].*part * (1 - rest) + steps[below + 1].*part * rest));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(&Rgb::red), mix(&Rgb::green), mix(&Rgb::blue));
}

}  // namespace

Style style_of(std::size_t index, std::size_t count, bool ordered) {
  Style style;
  const double last = static_cast<double>(std::max<std::size_t>(count, 2) - 1);
  style.colour = ordered ? step_colour(std::min(1.0, static_cast<double>(index) / last))
                         : std::string(different[index % different.size()]);
  style.dashes = dashes[index % dashes.size()];
  style.marker = index % number_of_markers;
  return style;
}

std::string marker_path(std::size_t marker, double x, double y, double r) {
  switch (marker) {
    case 0:  // a disc
      return fmt::format("M{:.1f} {:.1f}a{r:.2f} {r:.2f} 0 1 0 {d:.2f} 0a{r:.2f} {r:.2f} 0 1 0 -{d:.2f} 0z", x - r, y,
                         fmt::arg("r", r), fmt::arg("d", 2 * r));
    case 1:  // a square
      return fmt::format("M{:.1f} {:.1f}h{d:.2f}v{d:.2f}h-{d:.2f}z", x - r * 0.9, y - r * 0.9, fmt::arg("d", 1.8 * r));
    case 2:  // a triangle
      return fmt::format("M{:.1f} {:.1f}l{:.2f} {:.2f}h-{:.2f}z", x, y - 1.2 * r, 1.15 * r, 2.0 * r, 2.3 * r);
    case 3:  // a diamond
      return fmt::format("M{:.1f} {:.1f}l{d:.2f} {d:.2f}l-{d:.2f} {d:.2f}l-{d:.2f} -{d:.2f}z", x, y - 1.3 * r,
                         fmt::arg("d", 1.3 * r));
    case 4:  // a triangle on its point
      return fmt::format("M{:.1f} {:.1f}l-{:.2f} -{:.2f}h{:.2f}z", x, y + 1.2 * r, 1.15 * r, 2.0 * r, 2.3 * r);
    default:  // a plus
      return fmt::format(
          "M{:.1f} {:.1f}h{b:.2f}v{a:.2f}h{a:.2f}v{b:.2f}h-{a:.2f}v{a:.2f}h-{b:.2f}v-{a:.2f}h-{a:.2f}"
          "v-{b:.2f}h{a:.2f}z",
          x - 0.4 * r, y - 1.25 * r, fmt::arg("a", 0.85 * r), fmt::arg("b", 0.8 * r));
  }
}

}  // namespace quantal::figure
