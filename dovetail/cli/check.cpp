// `dovetail check MODEL`: values, gradient, purity, threads and speed of a model, before a run is spent on it.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/help.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/model/check.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

constexpr std::size_t kPoints = 64;
constexpr unsigned kThreads = 4;
constexpr std::chrono::milliseconds kTimingBudget{100};

/// Points as a run might start from: prior draws, or uniform on (-2, 2) where the model cannot draw. Row-major.
std::vector<double> start_points(const Model& model, std::uint64_t seed) {
  const std::size_t d = model.dimension();
  std::vector<double> points(kPoints * d);
  for (std::size_t p = 0; p < kPoints; ++p) {
    Rng rng({seed, Purpose::check, ItemId(static_cast<std::uint32_t>(p)), Step(1)});
    const PointOut x = std::span(points).subspan(p * d, d);
    if (model.description().prior_draws) {
      model.draw_prior(rng, x);
    } else {
      for (double& value : x) value = 4 * rng.uniform() - 2;
    }
  }
  return points;
}

/// Both parts as bits; a throw counts as a value of its own, since it is one for a kernel.
std::pair<std::uint64_t, std::uint64_t> value_bits(const Model& model, Point x) {
  try {
    const LogDensity value = model.log_density(x);
    return {std::bit_cast<std::uint64_t>(value.prior), std::bit_cast<std::uint64_t>(value.likelihood)};
  } catch (const std::exception&) {
    return {~std::uint64_t{0}, ~std::uint64_t{0}};
  }
}

/// Whether several threads that evaluate the same points at once get the bits that one gets.
bool same_on_threads(const Model& model, const std::vector<double>& points) {
  const std::size_t d = model.dimension();
  const auto evaluate_all = [&] {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> bits;
    for (std::size_t p = 0; p < kPoints; ++p) bits.push_back(value_bits(model, std::span(points).subspan(p * d, d)));
    return bits;
  };
  const auto alone = evaluate_all();
  std::vector<char> same(kThreads, 1);
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int repeat = 0; repeat < 20; ++repeat) same[t] = same[t] != 0 && evaluate_all() == alone ? 1 : 0;
      });
    }
  }
  return std::all_of(same.begin(), same.end(), [](char c) { return c != 0; });
}

/// Nanoseconds per call, over the points again and again for about a tenth of a second.
template <class Call>
double time_calls(const std::vector<double>& points, std::size_t d, Call&& call) {
  using Clock = std::chrono::steady_clock;
  std::uint64_t calls = 0;
  const auto start = Clock::now();
  auto now = start;
  while (now - start < kTimingBudget) {
    for (std::size_t p = 0; p < kPoints; ++p) {
      try {
        call(std::span(points).subspan(p * d, d));
      } catch (const std::exception&) {  // counted by check_model; here only the time matters
        ++calls;
        continue;
      }
      ++calls;
    }
    now = Clock::now();
  }
  return std::chrono::duration<double, std::nano>(now - start).count() / static_cast<double>(calls);
}

struct CheckReport {
  ModelCheck check;
  std::optional<bool> same_on_threads;  ///< empty: the model says that it serves one thread only
  double evaluation_ns = 0;
  std::optional<double> gradient_ns;
  [[nodiscard]] bool passed() const { return check.passed() && same_on_threads.value_or(true); }
};

CheckReport examine(const Model& model, const ModelCheckOptions& options) {
  CheckReport report{check_model(model, options), std::nullopt, 0, std::nullopt};
  const ModelDescription& about = model.description();
  const std::size_t d = model.dimension();
  const std::vector<double> points = start_points(model, options.seed);
  if (about.thread_safe) report.same_on_threads = same_on_threads(model, points);
  report.evaluation_ns = time_calls(points, d, [&](Point x) { static_cast<void>(model.log_density(x)); });
  if (about.gradient) {
    std::vector<double> prior(d), likelihood(d);
    report.gradient_ns =
        time_calls(points, d, [&](Point x) { static_cast<void>(model.log_density_gradient(x, prior, likelihood)); });
  }
  return report;
}

std::string report_text(const ModelDescription& about, const CheckReport& report) {
  const ModelCheck& check = report.check;
  std::string text = fmt::format("{}: {}\nsource: {}\n\n", printable(about.name), about.summary, about.source);
  const auto row = [&](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<14} {}\n", name, value);
  };
  row("coordinates", fmt::to_string(about.coordinates.size()));
  row("outputs", fmt::to_string(about.output_names.size()));
  row("parts", about.parts ? "prior and likelihood apart: the evidence is that of the model"
                           : "one density: tempering needs a gaussian or variational reference");
  row("prior draws", about.prior_draws ? "yes" : "no");
  row("points", fmt::format("{} tried: {} finite, {} outside the support, {} errors", check.points, check.finite,
                            check.outside, check.errors));
  row("gradient", check.gradients == 0 ? std::string("none")
                                       : fmt::format("{} derivatives against differences, worst relative error {:.1e}",
                                                     check.gradients, check.gradient_error));
  row("repeatable", check.pure ? "yes: the same point gives the same bits" : "NO");
  row("threads", !report.same_on_threads   ? "the model says: one thread only"
                 : *report.same_on_threads ? fmt::format("{} at once give the same bits", kThreads)
                                           : "NO: threads disagree");
  row("speed", fmt::format("{:.0f} ns per evaluation{}", report.evaluation_ns,
                           report.gradient_ns ? fmt::format(", {:.0f} ns per gradient", *report.gradient_ns) : ""));
  for (const ClosedForm& form : about.closed_forms) {
    row("known", fmt::format("{} = {}", form.quantity, shortest(form.value)));
  }
  text += "\n";
  for (const ModelFinding& finding : check.findings) {
    text += wrapped(fmt::format("{}: {}; {}", finding.id, printable(finding.text), finding.fix), 0);
  }
  if (!report.same_on_threads.value_or(true)) {
    text +=
        "threads: several threads at once get other values than one; make log_density a function of its point alone\n";
  }
  return text + (report.passed() ? "no problems detected\n" : "problems detected\n");
}

std::string report_json(const ModelDescription& about, const CheckReport& report) {
  using Json = nlohmann::ordered_json;
  Json findings = Json::array();
  for (const ModelFinding& finding : report.check.findings) {
    findings.push_back({{"id", finding.id}, {"text", finding.text}, {"fix", finding.fix}});
  }
  const Json object = {{"model", about.name},
                       {"coordinates", about.coordinates.size()},
                       {"outputs", about.output_names.size()},
                       {"parts", about.parts},
                       {"prior_draws", about.prior_draws},
                       {"points", report.check.points},
                       {"finite", report.check.finite},
                       {"outside", report.check.outside},
                       {"errors", report.check.errors},
                       {"derivatives", report.check.gradients},
                       {"gradient_error", report.check.gradient_error},
                       {"repeatable", report.check.pure},
                       {"same_on_threads", report.same_on_threads ? Json(*report.same_on_threads) : Json(nullptr)},
                       {"evaluation_seconds", report.evaluation_ns * 1e-9},
                       {"gradient_seconds", report.gradient_ns ? Json(*report.gradient_ns * 1e-9) : Json(nullptr)},
                       {"findings", findings},
                       {"passed", report.passed()}};
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ExitCode run(const Arguments& arguments) {
  RunSettings settings;
  apply_flags(settings, arguments.options);  // those that are declared below
  const auto data = arguments.options.find("--data");
  ModelSource source;
  source.called = arguments.positionals.front();
  source.spec = library_of(source.called, [](const std::string& line) { print_note(printable(line) + "\n"); });
  if (data != arguments.options.end()) source.data = data->second;
  source.parts = Parts::apart;
  source.time_limit_s = settings.model_timeout_s;
  const auto model = open_model(source);
  ModelCheckOptions options;
  options.seed = settings.temper.seed;
  const CheckReport report = examine(*model, options);
  print_result(arguments.has("--json") ? report_json(model->description(), report)
                                       : report_text(model->description(), report));
  return report.passed() ? ExitCode::done : ExitCode::model;
}

}  // namespace

Command check_command() {
  return {"check",
          "MODEL",
          1,
          1,
          "look a model over: values, gradient against differences, threads, speed",
          "dovetail check builtin:galaxies",
          TakesSettings::none,
          {{"--data", 0, "FILE.json", "data of a library or a program"},
           {"--seed", 0, "N", "seed of the points [1]"},
           {"--model-timeout", 0, "TIME", "longest evaluation of a program (exec:) [60s]"},
           {"--json", 0, "", "as JSON"}},
          run};
}

}  // namespace dovetail::cli
