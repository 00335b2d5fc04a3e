#include "host/experiment/study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "host/figure/svg.hpp"
#include "host/files/partial_file.hpp"
#include "host/files/results_source.hpp"
#include "host/report/report_data.hpp"
#include "host/report/report_page.hpp"

namespace quantal::experiment {

namespace {

files::ResultsFileHead head_of(const std::vector<std::string>& words, const std::string& backend, const Sweep& sweep,
                               std::size_t runs) {
  files::ResultsFileHead head;
  head.arguments = nlohmann::json(words).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  head.backend = backend;
  head.runs_asked = runs;
  for (const std::vector<double>& tau : sweep.tau) {
    std::vector<double>& lambda = head.lambda.emplace_back();
    for (const double each : tau) lambda.push_back(1 / each);
  }
  return head;
}

}  // namespace

std::vector<std::size_t> Batch::runs_at(std::size_t tau) const {
  std::vector<std::size_t> runs;
  for (std::size_t game = 0; game < games.size(); ++game) {
    for (std::size_t start = 0; start < starts; ++start) runs.push_back(run(game, tau, start));
  }
  return runs;
}

Study::Study(const Experiment& experiment, std::filesystem::path folder, const StudyOptions& options,
             std::vector<std::string> words, ProgressCallback progress)
    : experiment_(experiment),
      folder_(std::move(folder)),
      options_(options),
      words_(std::move(words)),
      progress_(std::move(progress)) {
  std::error_code failure;
  std::filesystem::create_directories(folder_, failure);
  if (!std::filesystem::is_directory(folder_)) {
    throw InputError(fmt::format("--output {}: expected a folder, or a place for one{}", folder_.string(),
                                 failure ? ": " + failure.message() : ""));
  }
  // Whether files can be made there is asked now, before the work.
  const files::PartialFile trial((folder_ / "results.h5").string(), "--output " + folder_.string());
}

std::size_t Study::games(std::size_t usual, std::size_t quick) const {
  return options_.games.value_or(options_.quick ? quick : usual);
}

std::size_t Study::starts(std::size_t usual, std::size_t quick) const {
  return options_.starts.value_or(options_.quick ? quick : usual);
}

void Study::begin(Sweep sweep, const Settings& settings, std::size_t games, std::string name) {
  results_.reset();
  sweep_ = std::move(sweep);
  settings_ = settings;
  settings_.seed = options_.seed;
  settings_.threads = options_.threads;
  games_asked_ = games;
  games_solved_ = 0;
  results_name_ = std::move(name);
}

Batch Study::solve(std::vector<Game> games) {
  Batch batch{std::move(games), {}, sweep_.tau.size(), sweep_.number_of_starts()};
  settings_.first_game = games_solved_;
  const std::size_t runs_before = games_solved_ * sweep_.runs_per_game();
  const std::size_t runs_asked = games_asked_ * sweep_.runs_per_game();
  batch.results = quantal::solve(batch.games, sweep_, settings_, [&](const Progress& of_batch) {
    Progress progress = of_batch;
    progress.runs = runs_asked;
    progress.finished += runs_before;
    return !progress_ || progress_(progress);
  });

  const Results& results = batch.results;
  const std::size_t count = files::results_in_front(results);
  const files::ResultsSlab slab{games_solved_, batch.games, runs_before, results, count};
  games_solved_ += batch.games.size();
  const bool is_cut = count < results.size();
  if (results_) {
    results_->append(slab);
  } else if (count > 0) {
    const std::string file = results_name_ + ".h5";
    results_.emplace((folder_ / file).string(), head_of(words_, results.backend, sweep_, runs_asked), sweep_, settings_,
                     slab);
    results_written_.push_back(results_name_);
    files_.push_back(file);
  }
  if (results_ && (is_cut || games_solved_ == games_asked_)) results_->finish(!is_cut);
  if (!results.failure.empty()) throw BackendError(results.failure);
  if (is_cut) throw Interrupted{};
  return batch;
}

void Study::draw(std::string_view name, const figure::Figure& figure) {
  write_file(std::string(name) + ".svg", figure::write_svg(figure));
}

void Study::write_file(const std::string& name, std::string_view content) {
  const std::string path = (folder_ / name).string();
  files::PartialFile file(path, path);
  file.append(content);
  file.finish();
  files_.push_back(name);
}

void Study::finish() {
  Table findings{{"finding", "holds"}, {}};
  for (const Finding& finding : findings_) {
    findings.rows.push_back({finding.text, std::string(!finding.holds ? "" : *finding.holds ? "yes" : "no")});
  }
  write_file("summary.csv", to_csv(summary_));
  write_file("findings.csv", to_csv(findings));
  for (const std::string& name : results_written_) {
    const std::string path = (folder_ / (name + ".h5")).string();
    const report::ReportData data = report::gather_report([&] { return files::open_results(path); });
    const report::PageText text = {fmt::format("Experiment {}", experiment_.name), name + ".h5"};
    write_file((name == "results" ? "report" : name) + ".html", report::write_page(data, text));
  }
}

}  // namespace quantal::experiment
