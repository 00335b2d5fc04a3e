#include "host/report/report_page.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "host/figure/markup.hpp"
#include "host/report/page_files.hpp"

namespace quantal::report {
namespace {

/// JSON in a <script> element, which ends at the first "</script" whatever the JSON means by it. So no letter stands
/// there that means something to HTML: all is printable ASCII, without < > &.
class JsonBlock {
 public:
  void raw(std::string_view text) { out_ += text; }

  void string(std::string_view text) {
    constexpr std::size_t longest = 200;
    std::string cut(text.substr(0, longest));
    if (text.size() > longest) {
      while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80) cut.pop_back();
      if (!cut.empty() && static_cast<unsigned char>(cut.back()) >= 0xC0) cut.pop_back();
      cut += "..";
    }
    for (const char letter : nlohmann::json(cut).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)) {
      if (letter == '<' || letter == '>' || letter == '&' || letter == 0x7F) {
        format("\\u{:04x}", static_cast<unsigned>(letter));
      } else {
        out_ += letter;
      }
    }
  }

  template <typename... Args>
  void format(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  /// With the digits that a drawing or a tooltip can show; null: no finite number.
  void number(double value) {
    if (!std::isfinite(value)) return raw("null");
    format("{:.5g}", value);
  }

  /// All digits.
  void exact(double value) {
    if (!std::isfinite(value)) return raw("null");
    format("{}", value);
  }

  template <typename Values, typename Write>
  void list(const Values& values, Write&& write) {
    raw("[");
    bool first = true;
    for (const auto& value : values) {
      if (!std::exchange(first, false)) raw(",");
      write(value);
    }
    raw("]");
  }

  template <typename Values>
  void numbers(const Values& values) {
    list(values, [this](double value) { number(value); });
  }

  template <typename Values>
  void wholes(const Values& values) {
    list(values, [this](auto value) { format("{}", value); });
  }

  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void write_head(JsonBlock& json, const ReportData& data, const PageText& text) {
  const files::ResultsHead& head = data.head;
  json.raw("\"title\":");
  json.string(text.title);
  json.raw(",\"source\":");
  json.string(text.source);
  json.raw(",\"version\":");
  json.string(head.version);
  json.raw(",\"backend\":");
  json.string(head.backend);
  json.raw(",\"rule\":");
  json.string(head.rule);
  json.raw(",\"precision\":");
  json.string(head.precision);
  json.format(R"(,"by_lambda":{},"gap_tolerance":)", head.by_lambda);
  json.exact(head.gap_tolerance.value_or(std::nan("")));
  json.format(R"(,"max_iterations":{},"runs_asked":{},"solve_seconds":)", head.max_iterations, head.runs);
  json.number(head.solve_seconds);
  json.format(R"(,"runs":{},"games":{},"further_runs":{},"median_iterations":{},"most_iterations":{},"statuses":)",
              data.runs, data.games, data.further_temperatures_runs, data.median_iterations, data.most_iterations);
  json.wholes(data.statuses);
  json.raw(",\"worst_gap\":");
  json.number(data.worst_gap);
  json.raw(",\"status_words\":");
  std::array<Status, number_of_statuses> all{};
  for (std::size_t k = 0; k < all.size(); ++k) all[k] = static_cast<Status>(k);
  json.list(all, [&](Status status) { json.string(to_string(status)); });
}

void write_temperature(JsonBlock& json, const TemperatureSummary& summary) {
  json.raw("{\"tau\":");
  json.list(summary.tau, [&](double tau) { json.exact(tau); });
  json.format(R"(,"runs":{},"median_iterations":{},"most_iterations":{},"statuses":)", summary.runs,
              summary.median_iterations, summary.most_iterations);
  json.wholes(summary.statuses);
  json.raw(",\"worst_gap\":");
  json.number(summary.worst_gap);
  json.raw(",\"qre_gap\":");
  json.numbers(summary.qre_gap);
  json.raw(",\"nash_gap\":");
  json.numbers(summary.nash_gap);
  json.raw("}");
}

void write_curve(JsonBlock& json, const GapCurve& curve) {
  json.format(R"({{"temperature":{},"runs":{},"quantiles":[)", curve.temperature, curve.runs);
  for (std::size_t q = 0; q < quantile_shares.size(); ++q) {
    if (q > 0) json.raw(",");
    json.list(curve.gaps, [&](const Quantiles& gaps) { json.format("{:.3g}", std::isfinite(gaps[q]) ? gaps[q] : -1); });
  }
  json.raw("]}");
}

void write_run(JsonBlock& json, const ShownRun& shown, bool has_game) {
  const files::RunRecord& run = shown.record;
  json.format(R"({{"run":{},"game":{})", run.run, run.game);
  if (!has_game) {
    json.raw(",\"name\":");
    json.string(run.game_name);
    json.raw(",\"class\":");
    json.string(run.game_class);
  }
  json.raw(",\"tau\":");
  json.list(run.tau, [&](double tau) { json.exact(tau); });
  json.raw(",\"eta\":");
  json.number(run.eta);
  json.format(R"(,"start":{},"status":{},"iterations":{},"qre_gap":)", run.start, static_cast<int>(run.status),
              run.iterations);
  json.number(run.qre_gap);
  json.raw(",\"nash_gap\":");
  json.number(run.nash_gap);
  json.format(R"(,"in_game":{},"row":{},"states":{},"agents":{},"kept_states":{},"actions":)", has_game,
              (shown.is_slow ? 1 : 0) + (shown.is_worst ? 2 : 0) + (shown.is_sample ? 4 : 0), run.states, shown.agents,
              shown.states_kept);
  json.wholes(run.actions);
  json.raw(",\"policies\":");
  json.list(run.policies, [&](double share) {
    if (std::isfinite(share)) {
      json.format("{:.4g}", share);
    } else {
      json.raw("null");
    }
  });
  if (!run.history_iteration.empty()) {
    json.raw(",\"iteration\":");
    json.wholes(run.history_iteration);
    json.raw(",\"gap\":");
    json.list(run.history_gap, [&](double gap) { json.format("{:.4g}", std::isfinite(gap) ? gap : -1); });
  }
  json.raw("}");
}

std::string data_block(const ReportData& data, const PageText& text) {
  JsonBlock json;
  json.raw("{");
  write_head(json, data, text);
  json.raw(",\n\"temperatures\":");
  json.list(data.temperatures, [&](const TemperatureSummary& summary) { write_temperature(json, summary); });
  json.raw(",\n\"iterations\":");
  json.wholes(data.iterations);
  json.raw(",\n\"curves\":");
  json.list(data.curves, [&](const GapCurve& curve) { write_curve(json, curve); });
  json.raw(",\n\"histogram\":{\"bounds\":");
  json.wholes(data.histogram.bounds);
  json.raw(",\"counts\":");
  json.list(data.histogram.counts, [&](const std::vector<std::uint64_t>& counts) { json.wholes(counts); });
  json.raw("},\n\"shown_games\":");
  json.list(data.shown_games, [&](const ShownGame& game) {
    json.format(R"({{"number":{},"runs":{},"name":)", game.number, game.runs);
    json.string(game.name);
    json.raw(",\"class\":");
    json.string(game.game_class);
    json.raw("}");
  });
  json.raw(",\n\"shown_runs\":");
  json.list(data.shown_runs, [&](const ShownRun& run) { write_run(json, run, run.game < data.shown_games.size()); });
  json.raw("}");
  return json.take();
}

/// For browsers without scripts.
std::string summary_table(const ReportData& data) {
  std::string rows;
  const auto row = [&](const TemperatureSummary& summary) {
    std::string tau;
    for (const double each : summary.tau) tau += fmt::format("{}{:.6g}", tau.empty() ? "" : " / ", each);
    const auto converged = summary.statuses[static_cast<std::size_t>(Status::converged)];
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.2g}</td><td>{:.2g}</td></tr>\n", tau,
                        summary.runs, converged, summary.median_iterations, summary.worst_gap, summary.nash_gap[2]);
  };
  for (const TemperatureSummary& summary : data.temperatures) row(summary);
  return rows;
}

/// What the page's policy lets run: the script that was written here, not one that a name could bring. It is made from
/// the data, so that the same results give the same page.
std::string nonce_for(std::string_view data) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char letter : data) hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211U;
  return fmt::format("{:016x}", hash);
}

}  // namespace

std::string write_page(const ReportData& data, const PageText& text) {
  const std::string block = data_block(data, text);
  const std::string title = figure::markup(text.title);
  const std::string nonce = nonce_for(block);
  const std::string summary = summary_table(data);
  const std::string head_line = fmt::format("{} runs of {} games, {} of them converged", data.runs, data.games,
                                            data.statuses[static_cast<std::size_t>(Status::converged)]);

  std::string page;
  page.reserve(block.size() + summary.size() + page_html.size() + page_css.size() + page_js.size());
  // What is put in is not looked at again, so that it may hold marks of its own.
  std::string_view rest = page_html;
  while (true) {
    const std::size_t mark = rest.find("{{");
    page += rest.substr(0, mark);
    if (mark == std::string_view::npos) return page;
    rest.remove_prefix(mark + 2);
    const std::size_t end = rest.find("}}");
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (name == "title") page += title;
    if (name == "nonce") page += nonce;
    if (name == "style") page += page_css;
    if (name == "script") page += page_js;
    if (name == "data") page += block;
    if (name == "summary") page += summary;
    if (name == "head line") page += head_line;
  }
}

}  // namespace quantal::report
