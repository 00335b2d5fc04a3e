#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "quantal/analysis.hpp"

namespace quantal::cli {

/// What is said at the end of all analysed runs together.
class AnalysisSummary {
 public:
  void add(const RunAnalysis& analysis, std::size_t run);

  /// Lines: how many runs were certain to converge, how many have a locally stable equilibrium, and a line a diagnosis
  /// with the advice of the first run that has it. Empty if nothing was analysed.
  std::string text() const;

 private:
  struct Diagnosed {
    std::size_t runs = 0;
    std::size_t first = 0;  // a run
    std::string advice;     // of that
  };

  std::size_t runs_ = 0;
  std::array<std::size_t, 3> guaranteed_{};  // by Guarantee
  double largest_bound_ = 0;                 // of the distance, of runs that have a guarantee
  std::size_t tested_ = 0;
  std::size_t stable_ = 0;
  std::size_t isolated_ = 0;
  std::array<Diagnosed, static_cast<std::size_t>(Diagnosis::unknown) + 1> diagnosed_;
};

}  // namespace quantal::cli
