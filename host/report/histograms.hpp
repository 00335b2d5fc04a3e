#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace quantal::report {

/// How many gaps there were of each size, in bins of a 64th of a decade from 1e-40 to 1e10: what is known of any number
/// of gaps in bounded memory. Gaps below that count as 0, what is above or no finite number as infinity.
class GapHistogram {
 public:
  static constexpr int bins_per_decade = 64;
  static constexpr int first_decade = -40;
  static constexpr int last_decade = 10;

  static int bin_of(double gap);
  /// The middle of a bin on the logarithmic axis.
  static double gap_of(int bin);

  void add(double gap) { add_to(bin_of(gap)); }
  void add_to(int bin);

  std::uint64_t count() const { return count_; }

  /// The smallest gap, to its bin, that is not exceeded by at least `share` of all. There must be some.
  double quantile(double share) const;

 private:
  std::vector<std::uint32_t> counts_;  // of the bins from first_ on
  int first_ = 0;
  std::uint64_t count_ = 0;
};

/// How often each number of iterations occurred, exactly up to 2047 and to 11 significant bits above.
class IterationCounts {
 public:
  static std::int64_t rounded(std::int64_t iterations);

  void add(std::int64_t iterations);
  std::uint64_t count() const { return count_; }
  std::int64_t quantile(double share) const;
  std::int64_t most() const { return most_; }

 private:
  std::map<std::int64_t, std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::int64_t most_ = 0;
};

}  // namespace quantal::report
