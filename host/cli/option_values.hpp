#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "options.hpp"

namespace quantal::cli {

/// The values of options, read strictly: the whole text counts, nan and infinity are no numbers. All throw an
/// InputError that names the option, the text and what was expected.

std::vector<Temperature> parse_temperatures(std::string_view tau_list);
std::vector<Temperature> parse_rationalities(std::string_view lambda_list);
std::vector<std::optional<double>> parse_step_sizes(std::string_view eta_list);

/// A finite number.
double parse_number(std::string_view option, std::string_view text);

/// A finite number >= 0.
double parse_not_negative(std::string_view option, std::string_view text);

/// Finite numbers >= 0, with commas between them.
std::vector<double> parse_not_negatives(std::string_view option, std::string_view text);

/// A whole number from first to last.
std::uint64_t parse_whole(std::string_view option, std::string_view text, std::uint64_t first, std::uint64_t last);

/// Whole numbers from first to last, with commas between them.
std::vector<int> parse_whole_numbers(std::string_view option, std::string_view text, int first, int last);

/// CUDA devices: their numbers with commas between them, or `all` that answer.
std::vector<int> parse_devices(std::string_view text);

/// "LOW:HIGH", two finite numbers.
std::pair<double, double> parse_range(std::string_view option, std::string_view text);

/// In the order of UpdateRule.
constexpr std::string_view update_rule_words =
    "npg|optimistic|predictive|magnetic|logit-response|policy-gradient|replicator|alternating|anderson";

/// The word's place in `words`, which are separated by `|`.
std::size_t parse_word(std::string_view option, std::string_view text, std::string_view words);

}  // namespace quantal::cli
