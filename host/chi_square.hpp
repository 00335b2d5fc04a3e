#pragma once

namespace quantal {

/// P(X > x) of a chi-square variable X. x >= 0, degrees > 0.
double chi_square_tail(double x, double degrees);

/// The x with P(X <= x) = level of a chi-square variable with one degree of freedom. 0 < level < 1.
double chi_square_quantile(double level);

}  // namespace quantal
