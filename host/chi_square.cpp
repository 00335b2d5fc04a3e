#include "host/chi_square.hpp"

#include <Eigen/Core>

#include <unsupported/Eigen/SpecialFunctions>

namespace quantal {

double chi_square_tail(double x, double degrees) {
  return Eigen::numext::igammac(degrees / 2, x / 2);
}

double chi_square_quantile(double level) {
  const double z = Eigen::numext::ndtri(level / 2 + 0.5);
  return z * z;
}

}  // namespace quantal
