#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quantal::figure {

enum class Scale : std::uint8_t { linear, log };

/// An axis of a panel. Bounds that are not set are those of the data, rounded outwards to ticks.
struct Axis {
  std::string title;
  Scale scale = Scale::linear;
  std::optional<double> low = {};
  std::optional<double> high = {};
};

enum class Shape : std::uint8_t { line, line_with_markers, points };

/// Points in the order in which a line joins them. Those that are not finite, or not above 0 on a log axis, interrupt
/// it. Series of one name look alike in all panels and are one entry of the legend.
struct Series {
  std::string name;
  std::vector<double> x = {};
  std::vector<double> y = {};
  std::vector<double> low = {};   ///< with `high`: a band around the line; empty: none
  std::vector<double> high = {};  ///
  Shape shape = Shape::line;
};

/// A dashed line across a panel, with its name beside it.
struct Mark {
  std::string name;
  double at = 0;
  bool vertical = true;  ///< at an x; else at a y
};

struct Panel {
  std::string title;
  Axis x = {};
  Axis y = {};
  std::vector<Series> series = {};
  std::vector<Mark> marks = {};
};

/// Panels side by side, with one legend below them.
struct Figure {
  std::string title;
  std::vector<Panel> panels = {};
  std::size_t columns = 3;  ///< panels in a row, at most
  /// Whether the series are steps of one quantity, as temperatures are: their colours are then steps of one scale. Else
  /// they are as different as can be.
  bool ordered = false;
};

}  // namespace quantal::figure
