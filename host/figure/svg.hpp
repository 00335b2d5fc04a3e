#pragma once

#include <string>

#include "host/figure/figure.hpp"

namespace quantal::figure {

/// The figure as one SVG document, by itself: it loads nothing. Names may hold anything. Series are told apart by
/// colours that colour-blind readers can tell apart, and by dashes and markers too, for print without colours.
std::string write_svg(const Figure& figure);

}  // namespace quantal::figure
