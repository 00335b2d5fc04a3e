#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "host/files/results_source.hpp"

namespace quantal::report_test {

/// Results that are in memory.
class HeldResults final : public files::ResultsSource {
 public:
  HeldResults(files::ResultsHead head, std::vector<files::RunRecord> runs)
      : head_(std::move(head)), runs_(std::move(runs)) {}

  const files::ResultsHead& head() const override { return head_; }

  std::vector<files::RunRecord> next(std::size_t count) override {
    const std::size_t taken = std::min(count, runs_.size() - next_);
    const auto begin = runs_.begin() + static_cast<std::ptrdiff_t>(next_);
    next_ += taken;
    return {begin, begin + static_cast<std::ptrdiff_t>(taken)};
  }

 private:
  files::ResultsHead head_;
  std::vector<files::RunRecord> runs_;
  std::size_t next_ = 0;
};

}  // namespace quantal::report_test
