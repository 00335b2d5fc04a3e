#pragma once

#include <cstdint>

#include "quantal/solve.hpp"

namespace quantal::cli {

/// One line on standard error, rewritten in place while runs are solved and erased at the end. Nothing where standard
/// error is no terminal or the work takes no time worth mentioning.
class ProgressLine {
 public:
  ProgressLine(bool wanted, std::int64_t max_iterations);
  ~ProgressLine() { erase(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  void erase();

 private:
  bool wanted_;
  std::int64_t max_iterations_;
  bool shown_ = false;
};

}  // namespace quantal::cli
