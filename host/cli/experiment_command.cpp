#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "commands.hpp"
#include "display_text.hpp"
#include "host/experiment/study.hpp"
#include "interrupt.hpp"
#include "message.hpp"
#include "output.hpp"
#include "progress_line.hpp"

namespace quantal::cli {

namespace {

constexpr std::size_t text_width = 100;

void print_table(Output& output, const experiment::Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& title : table.columns) widths.push_back(display_width(title));
  for (const std::vector<experiment::Cell>& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c)
      widths[c] = std::max(widths[c], display_width(experiment::to_text(row[c])));
  }
  const auto print_row = [&](const auto& text_of, const auto& is_number) {
    std::string line;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      const std::string text = text_of(c);
      const std::string padding(widths[c] - display_width(text), ' ');
      line += is_number(c) ? padding + text : text + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    output.print("{}\n", line);
  };
  const auto is_number = [&](std::size_t c) {
    return !table.rows.empty() && std::holds_alternative<double>(table.rows.front()[c]);
  };
  print_row([&](std::size_t c) { return table.columns[c]; }, is_number);
  for (const std::vector<experiment::Cell>& row : table.rows) {
    print_row([&](std::size_t c) { return experiment::to_text(row[c]); }, is_number);
  }
}

/// A word in front, the text beside it, broken between words.
void print_finding(Output& output, const experiment::Finding& finding) {
  constexpr std::size_t indent = 12;
  const std::string_view verdict = !finding.holds ? "measured" : *finding.holds ? "holds" : "DOES NOT";
  std::string line = fmt::format("{:<{}}", verdict, indent);
  std::string_view rest = finding.text;
  bool is_first = true;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (!is_first && display_width(line) + 1 + display_width(word) > text_width) {
      output.print("{}\n", line);
      line = std::string(indent, ' ');
      is_first = true;
    }
    line += fmt::format("{}{}", is_first ? "" : " ", word);
    is_first = false;
  }
  output.print("{}\n", line);
}

void print_study(const experiment::Experiment& experiment, const experiment::Study& study,
                 const std::filesystem::path& folder) {
  Output output("-");
  output.print("{}\n\n{}\n\n", experiment.name, experiment.shows);
  print_table(output, study.summary());
  output.print("\n");
  for (const experiment::Finding& finding : study.findings()) print_finding(output, finding);
  output.print("\n{}: {}\n\n", one_line(folder.string()), fmt::join(study.files(), ", "));
  output.finish();
}

}  // namespace

int run(const ExperimentOptions& options) {
  note_interrupts();
  std::size_t expected = 0;
  std::size_t failed = 0;
  for (const experiment::Experiment* each : options.chosen) {
    std::filesystem::path folder = options.output;
    if (options.chosen.size() > 1) folder /= each->name;
    ProgressLine progress_line(!options.quiet, 0);
    const auto stop = [&] {
      progress_line.erase();
      say(fmt::format("{}: interrupted; {} holds what had finished", each->name, folder.string()));
      return 128 + noted_interrupt();
    };
    experiment::Study study(*each, folder, options.study, options.words, [&](const Progress& progress) {
      progress_line.show(progress);
      return noted_interrupt() == 0;
    });
    try {
      each->run(study);
    } catch (const experiment::Interrupted&) {
      return stop();
    }
    progress_line.erase();
    study.finish();
    print_study(*each, study, folder);
    for (const experiment::Finding& finding : study.findings()) {
      expected += finding.holds ? 1 : 0;
      failed += finding.holds == false ? 1 : 0;
    }
    if (noted_interrupt() != 0 && each != options.chosen.back()) return stop();
  }
  if (failed > 0) say(fmt::format("{} of {} expectations do not hold", failed, expected));
  return 0;
}

}  // namespace quantal::cli
