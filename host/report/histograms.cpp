#include "host/report/histograms.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace quantal::report {
namespace {

// Bin 0 is that of zeros, the last one that of infinities.
constexpr int finite_bins = GapHistogram::bins_per_decade * (GapHistogram::last_decade - GapHistogram::first_decade);
constexpr int last_bin = finite_bins + 1;

/// How many of `count` are at most the quantile.
std::uint64_t rank_of(double share, std::uint64_t count) {
  const double rank = std::ceil(share * static_cast<double>(count));
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(rank, 1.0)), 1, count);
}

}  // namespace

int GapHistogram::bin_of(double gap) {
  if (!std::isfinite(gap)) return last_bin;
  if (gap <= 0) return 0;
  const double position = (std::log10(gap) - first_decade) * bins_per_decade;
  if (position < 0) return 0;
  return position >= finite_bins ? last_bin : 1 + static_cast<int>(position);
}

double GapHistogram::gap_of(int bin) {
  if (bin <= 0) return 0;
  if (bin >= last_bin) return std::numeric_limits<double>::infinity();
  return std::pow(10.0, first_decade + (bin - 0.5) / bins_per_decade);
}

void GapHistogram::add_to(int bin) {
  ++count_;
  if (counts_.empty()) first_ = bin;
  if (bin < first_) {
    counts_.insert(counts_.begin(), static_cast<std::size_t>(first_ - bin), 0);
    first_ = bin;
  }
  const auto place = static_cast<std::size_t>(bin - first_);
  if (place >= counts_.size()) counts_.resize(place + 1);
  ++counts_[place];
}

double GapHistogram::quantile(double share) const {
  const std::uint64_t rank = rank_of(share, count_);
  std::uint64_t below = 0;
  int bin = first_;
  for (const std::uint32_t here : counts_) {
    below += here;
    if (below >= rank) break;
    ++bin;
  }
  return gap_of(bin);
}

std::int64_t IterationCounts::rounded(std::int64_t iterations) {
  constexpr int significant_bits = 11;
  const auto bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(iterations)));
  if (bits <= significant_bits) return iterations;
  const int cut = bits - significant_bits;
  return iterations >> cut << cut;
}

void IterationCounts::add(std::int64_t iterations) {
  ++counts_[rounded(iterations)];
  ++count_;
  most_ = std::max(most_, iterations);
}

std::int64_t IterationCounts::quantile(double share) const {
  const std::uint64_t rank = rank_of(share, count_);
  std::uint64_t below = 0;
  for (const auto& [iterations, here] : counts_) {
    below += here;
    if (below >= rank) return iterations;
  }
  return most_;
}

}  // namespace quantal::report
