#include "option_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <system_error>
#include <utility>

#include "quantal/error.hpp"
#include "quantal/info.hpp"

namespace quantal::cli {

namespace {

/// An option's value, whole, and what should have stood there: what a complaint about any part of it must say.
struct Value {
  std::string_view option;
  std::string_view text;
  std::string_view expected;

  [[noreturn]] void reject(std::string_view part, std::string_view why) const {
    const std::string where = part == text || part.empty() ? std::string() : fmt::format(" in '{}'", text);
    throw InputError(
        fmt::format("{}: '{}'{} {}; expected {}", option, part.empty() ? text : part, where, why, expected));
  }

  double number(std::string_view part) const {
    if (part.empty()) reject(part, "has an empty entry");
    double number = 0;
    const char* const end = part.data() + part.size();
    const auto [stopped, error] = std::from_chars(part.data(), end, number);
    if (error == std::errc::invalid_argument || stopped != end) reject(part, "is not a number");
    if (error == std::errc::result_out_of_range) reject(part, "does not fit into a double");
    if (!std::isfinite(number)) reject(part, "is not a finite number");
    return number == 0 ? 0 : number;  // -0 is 0
  }

  double not_negative(std::string_view part) const {
    const double number = this->number(part);
    if (number < 0) reject(part, "is negative");
    return number;
  }

  std::uint64_t whole(std::string_view part, std::uint64_t first, std::uint64_t last) const {
    std::uint64_t number = 0;
    const char* const end = part.data() + part.size();
    const auto [stopped, error] = std::from_chars(part.data(), end, number);
    if (error == std::errc::invalid_argument || stopped != end) reject(part, "is not a whole number");
    if (error == std::errc::result_out_of_range || number < first || number > last) reject(part, "is out of range");
    return number;
  }
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

constexpr std::uint64_t most_of_a_range = 1'000'000;

/// x to so many significant digits.
double rounded(double x, int digits) {
  const std::string text = fmt::format("{:.{}e}", x, digits - 1);
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// "0.01:10:log25", "0:1:lin11" or "1:0.01:inv50": numbers from the first to the second, at equal ratios, at equal
/// distances, or with inverses at equal distances. They have few digits, so that they read well and are the same
/// everywhere: as many as keep their distances to a thousandth.
std::vector<double> parse_spaced(const Value& value, std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ':');
  const std::string_view count_text = parts.size() == 3 ? parts[2] : std::string_view();
  const std::string_view spacing = count_text.substr(0, 3);
  if (spacing != "log" && spacing != "lin" && spacing != "inv") {
    value.reject(text, "is no range FROM:TO:logN, FROM:TO:linN or FROM:TO:invN");
  }
  const double from = value.not_negative(parts[0]);
  const double to = value.not_negative(parts[1]);
  const std::uint64_t count = value.whole(count_text.substr(3), 2, most_of_a_range);
  if (spacing != "lin" && (from == 0 || to == 0)) {
    value.reject(text, spacing == "log" ? "has an end at 0, which no ratio leads to" : "has an end without an inverse");
  }
  if (from == to) value.reject(text, "has equal ends");

  std::vector<double> exact;
  for (std::uint64_t k = 0; k < count; ++k) {
    const double share = static_cast<double>(k) / static_cast<double>(count - 1);
    if (spacing == "log") exact.push_back(std::exp(std::log(from) + share * (std::log(to) - std::log(from))));
    if (spacing == "lin") exact.push_back(from + share * (to - from));
    if (spacing == "inv") exact.push_back(from * to / (to + share * (from - to)));
  }
  std::vector<double> numbers;
  for (int digits = 6; digits <= 17; ++digits) {
    bool is_close = true;
    numbers = {rounded(exact.front(), digits)};
    for (std::size_t k = 1; k < exact.size(); ++k) {
      numbers.push_back(rounded(exact[k], digits));
      is_close = is_close && std::fabs(numbers[k] - exact[k]) <= std::fabs(exact[k] - exact[k - 1]) / 1000;
    }
    if (is_close) break;
  }
  numbers.front() = from;
  numbers.back() = to;
  return numbers;
}

/// Where "0.5x40" says how often, or nowhere; "0x28" is none.
std::size_t repeat_at(std::string_view entry) {
  const std::size_t at = entry.rfind('x');
  const bool is_one = at != std::string_view::npos && at > 0 && at + 1 < entry.size() && entry.substr(0, at) != "0";
  return is_one ? at : std::string_view::npos;
}

/// A list whose ranges and repetitions are written out.
std::vector<std::string> entries_of(const Value& value, std::string_view list) {
  std::vector<std::string> entries;
  for (const std::string_view entry : split(list, ',')) {
    if (const std::size_t at = repeat_at(entry); at != std::string_view::npos) {
      entries.insert(entries.end(), value.whole(entry.substr(at + 1), 1, most_of_a_range),
                     std::string(entry.substr(0, at)));
      continue;
    }
    if (entry.find(':') == std::string_view::npos) {
      entries.emplace_back(entry);
      continue;
    }
    for (const double number : parse_spaced(value, entry)) entries.push_back(fmt::format("{}", number));
  }
  return entries;
}

}  // namespace

std::vector<Temperature> parse_temperatures(std::string_view tau_list) {
  const Value value{"--tau", tau_list,
                    "temperatures >= 0 such as 1,0.5 or 0.01:10:log25, or 1/0.5 for one per agent (--lambda 0 is an "
                    "infinite one)"};
  std::vector<Temperature> temperatures;
  for (const std::string& entry : entries_of(value, tau_list)) {
    Temperature temperature{entry, {}, {}};
    for (const std::string_view part : split(entry, '/')) {
      const double tau = value.not_negative(part);
      temperature.tau.push_back(tau);
      temperature.lambda.push_back(1 / tau);
    }
    temperatures.push_back(std::move(temperature));
  }
  return temperatures;
}

std::vector<Temperature> parse_rationalities(std::string_view lambda_list) {
  const Value value{
      "--lambda", lambda_list,
      "numbers >= 0 such as 0.5,1,10 or 0.1:10:log20, or 1/10 for one per agent (--tau 0 is an infinite one)"};
  std::vector<Temperature> temperatures;
  for (const std::string& entry : entries_of(value, lambda_list)) {
    Temperature temperature{entry, {}, {}};
    const std::vector<std::string_view> parts = split(entry, '/');
    for (const std::string_view part : parts) {
      const double lambda = value.not_negative(part);
      if (lambda == 0 && parts.size() > 1) value.reject(entry, "holds a 0, which only all agents together can have");
      if (lambda != 0 && !std::isfinite(1 / lambda))
        value.reject(part, "is too small: 1/lambda does not fit into a double");
      temperature.lambda.push_back(lambda);
      temperature.tau.push_back(1 / lambda);
    }
    temperatures.push_back(std::move(temperature));
  }
  return temperatures;
}

std::vector<std::optional<double>> parse_step_sizes(std::string_view eta_list) {
  const Value value{"--eta", eta_list, "step sizes > 0 such as 0.5,1 or 0.1:1:lin10, or auto"};
  std::vector<std::optional<double>> etas;
  for (const std::string& entry : entries_of(value, eta_list)) {
    if (entry == "auto") {
      etas.emplace_back();
      continue;
    }
    const double eta = value.not_negative(entry);
    if (eta == 0) value.reject(entry, "is zero");
    etas.emplace_back(eta);
  }
  return etas;
}

double parse_number(std::string_view option, std::string_view text) {
  return Value{option, text, "a number"}.number(text);
}

double parse_not_negative(std::string_view option, std::string_view text) {
  return Value{option, text, "a number >= 0"}.not_negative(text);
}

std::vector<double> parse_not_negatives(std::string_view option, std::string_view text) {
  const Value value{option, text, "numbers >= 0 such as 1 or 1,0.5"};
  std::vector<double> numbers;
  for (const std::string_view part : split(text, ',')) numbers.push_back(value.not_negative(part));
  return numbers;
}

std::uint64_t parse_whole(std::string_view option, std::string_view text, std::uint64_t first, std::uint64_t last) {
  const std::string expected = fmt::format("a whole number from {} to {}", first, last);
  return Value{option, text, expected}.whole(text, first, last);
}

std::vector<int> parse_whole_numbers(std::string_view option, std::string_view text, int first, int last) {
  const std::string expected = fmt::format("whole numbers from {} to {} such as 2 or 2,3", first, last);
  const Value value{option, text, expected};
  std::vector<int> numbers;
  for (const std::string_view part : split(text, ',')) {
    if (part.empty()) value.reject(part, "has an empty entry");
    numbers.push_back(
        static_cast<int>(value.whole(part, static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last))));
  }
  return numbers;
}

std::vector<int> parse_devices(std::string_view text) {
  if (text != "all") return parse_whole_numbers("--devices", text, 0, 1023);
  const Capabilities have = capabilities();
  if (have.cuda_devices.empty()) {
    throw BackendError(fmt::format("--devices all: no CUDA device answers: {}", have.cuda_unavailable));
  }
  std::vector<int> devices(have.cuda_devices.size());
  std::iota(devices.begin(), devices.end(), 0);
  return devices;
}

std::pair<double, double> parse_range(std::string_view option, std::string_view text) {
  const Value value{option, text, "two numbers LOW:HIGH such as -1:1"};
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() != 2) value.reject(text, "is no range");
  return {value.number(parts[0]), value.number(parts[1])};
}

std::size_t parse_word(std::string_view option, std::string_view text, std::string_view words) {
  const std::vector<std::string_view> choices = split(words, '|');
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == text) return i;
  }
  Value{option, text, fmt::format("one of {}", fmt::join(choices, ", "))}.reject(text, "is not known");
}

}  // namespace quantal::cli
