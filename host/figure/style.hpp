#pragma once

#include <cstddef>
#include <string>

namespace quantal::figure {

/// How series number `index` of `count` is drawn.
struct Style {
  std::string colour;      ///< "#0072b2"
  std::string dashes;      ///< of stroke-dasharray; empty: a solid line
  std::size_t marker = 0;  ///< below `number_of_markers`
};

constexpr std::size_t number_of_markers = 6;

/// `ordered`: colours are steps of one scale, from dark to light.
Style style_of(std::size_t index, std::size_t count, bool ordered);

/// An SVG path of a marker that reaches so far from its centre.
std::string marker_path(std::size_t marker, double x, double y, double radius);

}  // namespace quantal::figure
