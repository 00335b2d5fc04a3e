#pragma once

#include <cstddef>
#include <vector>

namespace quantal {

/// Walks joint actions in the order of Gambit's and GameTracer's files, the first agent fastest, and knows the
/// row-major index of each.
class FileOrder {
 public:
  explicit FileOrder(const std::vector<int>& actions) {
    std::size_t stride = 1;
    for (std::size_t i = actions.size(); i-- > 0;) {
      const auto m = static_cast<std::size_t>(actions[i]);
      // An agent with one action never moves. Without those, a step is short however many agents there are.
      if (m > 1) wheels_.push_back({m, stride, 0});
      stride *= m;
    }
  }

  std::size_t index() const { return index_; }

  /// To the next joint action; from the last one to the first.
  void step() {
    for (std::size_t k = wheels_.size(); k-- > 0;) {
      Wheel& wheel = wheels_[k];
      index_ += wheel.stride;
      if (++wheel.action < wheel.actions) return;
      index_ -= wheel.stride * wheel.actions;
      wheel.action = 0;
    }
  }

 private:
  struct Wheel {
    std::size_t actions;
    std::size_t stride;
    std::size_t action;
  };
  std::vector<Wheel> wheels_;  // last agent first
  std::size_t index_ = 0;
};

}  // namespace quantal
