#include "analysis_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "report.hpp"

namespace quantal::cli {

void AnalysisSummary::add(const RunAnalysis& analysis, std::size_t run) {
  ++runs_;
  ++guaranteed_[static_cast<std::size_t>(analysis.guarantee)];
  if (analysis.guarantee != Guarantee::none) {
    largest_bound_ = std::max(largest_bound_, analysis.distance_bound);
  }
  if (analysis.local) {
    ++tested_;
    stable_ += analysis.local->stable ? 1 : 0;
    isolated_ += analysis.local->isolated ? 1 : 0;
  }
  if (analysis.diagnosis == Diagnosis::none) return;
  Diagnosed& diagnosed = diagnosed_[static_cast<std::size_t>(analysis.diagnosis)];
  if (diagnosed.runs++ > 0) return;
  diagnosed.first = run;
  diagnosed.advice = analysis.advice;
}

std::string AnalysisSummary::text() const {
  if (runs_ == 0) return {};
  std::string text;
  const auto line = std::back_inserter(text);
  const std::size_t zero_sum = guaranteed_[static_cast<std::size_t>(Guarantee::zero_sum)];
  const std::size_t certified = guaranteed_[static_cast<std::size_t>(Guarantee::contraction)] + zero_sum;
  const std::string how = zero_sum > 0 ? fmt::format(" ({} as zero-sum games)", zero_sum) : "";
  fmt::format_to(line, "certified    {} of {} runs: one QRE, to which NPG converges linearly{}\n", certified, runs_,
                 how);
  if (certified > 0) {
    fmt::format_to(line, "distance     of these, at most {} from it in total variation\n", gap_text(largest_bound_));
  }
  fmt::format_to(line, "local test   {} of {} stable at their step size, {} isolated; {} not tested\n", stable_,
                 tested_, isolated_, runs_ - tested_);
  for (std::size_t k = 0; k < diagnosed_.size(); ++k) {
    const auto& [runs, first, advice] = diagnosed_[k];
    if (runs == 0) continue;
    fmt::format_to(line, "diagnosis    {} {}; run {}:\n             {}\n", runs, to_string(static_cast<Diagnosis>(k)),
                   first, advice);
  }
  return text;
}

}  // namespace quantal::cli
