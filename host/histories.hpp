#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace quantal {

/// The gap histories of a chunk's runs, while they grow: arrays of their own, or, where it is known how long they get
/// at most, places in one array. Different threads may work on different runs.
class Histories {
 public:
  void start(std::size_t runs) {
    length_.assign(runs, 0);
    own_.assign(runs, {});
  }
  /// Run r's gaps, `each` at most, go to all + r * each.
  void start(std::size_t runs, double* all, std::size_t each) {
    length_.assign(runs, 0);
    all_ = all;
    each_ = each;
  }

  /// Whether there are any.
  bool kept() const { return !length_.empty(); }
  /// Whether they are in one array.
  bool in_place() const { return all_ != nullptr; }

  /// gap(0), .., gap(count - 1) after the gaps of run r; as many as there is room for.
  template <class Gap>
  void append(std::size_t r, std::size_t count, const Gap& gap) {
    const std::size_t length = length_[r];
    if (in_place()) count = std::min(count, each_ - length);
    double* to = all_ + r * each_;
    if (!in_place()) {
      own_[r].resize(length + count);
      to = own_[r].data();
    }
    for (std::size_t k = 0; k < count; ++k) to[length + k] = gap(k);
    length_[r] = length + count;
  }

  /// Leaves the first `length` gaps of run r, if it has more.
  void cut(std::size_t r, std::size_t length) { length_[r] = std::min(length_[r], length); }

  std::span<const double> of(std::size_t r) const {
    return {in_place() ? all_ + r * each_ : own_[r].data(), length_[r]};
  }

  void drop(std::size_t r) {
    length_[r] = 0;
    if (!in_place()) own_[r] = {};
  }

 private:
  std::vector<std::size_t> length_;
  std::vector<std::vector<double>> own_;
  double* all_ = nullptr;
  std::size_t each_ = 0;
};

/// Makes an array `size` long, in large pages where it must move and is large.
void grow(std::vector<double>& array, std::size_t size);

}  // namespace quantal
