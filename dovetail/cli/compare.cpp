// `dovetail compare RUN RUN`: do two runs draw from the same law, as far as their errors can tell?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/comparison.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/diagnose/wording.hpp"
#include "dovetail/jobs/compare.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Two runs and what was found.
struct Compared {
  ComparedRun first, second;
  RunComparison found;
  std::optional<LogBayesFactor> factor;

  [[nodiscard]] std::size_t differences() const { return count_differences(found.comparison); }
};

Compared compare(const std::string& first, const std::string& second) {
  Compared c{compared_run(first), compared_run(second), {}, std::nullopt};
  c.found = compare_runs(RunFolder::open(c.first.folder), RunFolder::open(c.second.folder));
  c.factor = log_bayes_factor(c.first, c.second);
  return c;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kNamesMax = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesMax); ++i)
    text += (i == 0 ? "" : ", ") + printable(names[i]);
  return names.size() <= kNamesMax ? text : fmt::format("{} and {} more", text, names.size() - kNamesMax);
}

std::vector<std::string> head_of(const char* which, const ComparedRun& run) {
  const Summary& s = run.summary;
  return {which,
          printable(run.folder),
          fmt::format("{} {}", printable(s.command), printable(s.model)),
          fmt::format("seed {}", s.seed),
          fmt::format("{} x {} draws", s.sampling.chains, s.sampling.draws),
          printable(s.status)};
}

std::string table_of(const diagnose::Comparison& comparison) {
  std::vector<std::vector<std::string>> rows{
      {"quantity", "figure", "first", "second", "difference", "se", "z", "p (Holm)"}};
  for (const diagnose::ComparedFigure& f : comparison.figures) {
    const diagnose::Difference& d = f.difference;
    rows.push_back({printable(f.quantity), f.figure, up_to_error(f.first.value, f.first.se),
                    up_to_error(f.second.value, f.second.se), three_digits(d.value), three_digits(d.se),
                    diagnose::fixed(d.z, 2), three_digits(f.p_adjusted)});
  }
  return aligned_table(rows, {0, 1});
}

std::string verdict_of(const Compared& c) {
  const auto& figures = c.found.comparison.figures;
  const auto furthest = std::max_element(figures.begin(), figures.end(), [](const auto& a, const auto& b) {
    return std::fabs(a.difference.z) < std::fabs(b.difference.z);
  });
  const std::string found =
      c.differences() == 0
          ? "no difference found in " + diagnose::counted(figures.size(), "figure")
          : fmt::format("{} of {} differ", c.differences(), diagnose::counted(figures.size(), "figure"));
  return fmt::format("{} (largest |z| {}: {} of {}, adjusted p {}; below {} it is a difference)\n", found,
                     diagnose::fixed(std::fabs(furthest->difference.z), 2), furthest->figure,
                     printable(furthest->quantity), three_digits(furthest->p_adjusted),
                     three_digits(diagnose::threshold::kDifferenceLevel));
}

std::string text_of(const Compared& c) {
  std::string text = aligned_table({head_of("first", c.first), head_of("second", c.second)}, {0, 1, 2, 3, 4, 5});
  text += "\n" + table_of(c.found.comparison);
  if (c.factor) {
    text += fmt::format("\nlog evidence {} and {}: log Bayes factor {}{}\n",
                        up_to_error(*c.first.log_evidence, c.first.log_evidence_se),
                        up_to_error(*c.second.log_evidence, c.second.log_evidence_se),
                        up_to_error(c.factor->value, c.factor->se),
                        c.factor->se ? " +- " + three_digits(*c.factor->se) : ", without error");
  }
  text += "\n";
  if (!c.found.same_model) text += "note: the models differ, so log densities are not compared\n";
  for (const std::string& note : c.found.notes) text += "note: " + printable(note) + "\n";
  for (const diagnose::NotCompared& n : c.found.comparison.not_compared) {
    text += fmt::format("note: {} is not compared: {}\n", printable(n.quantity), n.reason);
  }
  if (!c.found.only_first.empty()) text += "note: in the first run alone: " + listed(c.found.only_first) + "\n";
  if (!c.found.only_second.empty()) text += "note: in the second run alone: " + listed(c.found.only_second) + "\n";
  return text + verdict_of(c);
}

Json json_of(const ComparedRun& run) {
  const Summary& s = run.summary;
  return {{"run", run.folder},
          {"command", s.command},
          {"model", s.model},
          {"seed", s.seed},
          {"digest", s.digest},
          {"status", s.status},
          {"chains", s.sampling.chains},
          {"draws", s.sampling.draws}};
}

Json json_of(const diagnose::ComparedFigure& f) {
  return {{"quantity", f.quantity},
          {"figure", f.figure},
          {"first", f.first.value},
          {"first_se", f.first.se},
          {"second", f.second.value},
          {"second_se", f.second.se},
          {"difference", f.difference.value},
          {"se", f.difference.se},
          {"z", f.difference.z},
          {"p", f.difference.p},
          {"p_adjusted", f.p_adjusted}};
}

std::string json_text(const Compared& c) {
  Json figures = Json::array();
  for (const auto& f : c.found.comparison.figures) figures.push_back(json_of(f));
  Json not_compared = Json::array();
  for (const auto& n : c.found.comparison.not_compared) {
    not_compared.push_back({{"quantity", n.quantity}, {"reason", n.reason}});
  }
  Json factor;
  if (c.factor) {
    factor = {{"value", c.factor->value}, {"se", c.factor->se ? Json(*c.factor->se) : Json(nullptr)}};
  }
  const Json all = {{"first", json_of(c.first)},
                    {"second", json_of(c.second)},
                    {"same_model", c.found.same_model},
                    {"level", diagnose::threshold::kDifferenceLevel},
                    {"differences", c.differences()},
                    {"figures", figures},
                    {"not_compared", not_compared},
                    {"only_first", c.found.only_first},
                    {"only_second", c.found.only_second},
                    {"log_bayes_factor", factor},
                    {"notes", c.found.notes}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ExitCode run(const Arguments& arguments) {
  const Compared c = compare(arguments.positionals[0], arguments.positionals[1]);
  print_result(arguments.has("--json") ? json_text(c) : text_of(c));
  return arguments.has("--strict") && c.differences() > 0 ? ExitCode::diagnostics : ExitCode::done;
}

}  // namespace

Command compare_command() {
  return {"compare",
          "RUN RUN",
          2,
          2,
          "say whether two runs draw from the same law, figure by figure, as far as their errors can tell",
          "dovetail compare dovetail-runs/latest another-run",
          TakesSettings::none,
          {{"--json", 0, "", "as JSON"}, {"--strict", 0, "", "exit with 4 when a figure differs"}},
          run};
}

}  // namespace dovetail::cli
