// What `dovetail check` prints.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "dovetail/cli/examine.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const ModelFinding& finding) {
  return fmt::format("{}: {}; {}\n", finding.id, printable(finding.text), finding.fix);
}

Json json_of(const ModelFinding& finding) { return {{"id", finding.id}, {"text", finding.text}, {"fix", finding.fix}}; }

std::string dump(const Json& object) { return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string round_trip_text(const ModelCheck& check) {
  if (check.round_trips == 0) {
    return check.round_trip_refusal.empty() ? "not tried" : "none: " + printable(check.round_trip_refusal);
  }
  return fmt::format("{} points to values and back, worst relative error {:.1e}", check.round_trips,
                     check.round_trip_error);
}

/// The first names, all where they are few.
std::string names_text(std::span<const std::string> names) {
  constexpr std::size_t kShown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + printable(names[i]);
  }
  return names.size() > kShown ? fmt::format("{} and {} more", text, names.size() - kShown) : text;
}

std::string speed_text(const CheckReport& report) {
  const std::string gradient = report.gradient_ns ? fmt::format(", {:.0f} ns per gradient", *report.gradient_ns) : "";
  return fmt::format("{:.0f} ns per evaluation{}", report.evaluation_ns, gradient);
}

}  // namespace

std::string report_text(const ModelDescription& about, const CheckReport& report) {
  const ModelCheck& check = report.check;
  std::string text =
      fmt::format("{}: {}\nsource: {}\n\n", printable(about.name), printable(about.summary), printable(about.source));
  const auto row = [&](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<14} {}\n", name, value);
  };
  row("coordinates", fmt::to_string(about.coordinates.size()));
  row("outputs", fmt::format("{}: {}", about.output_names.size(), names_text(about.output_names)));
  row("parts", about.parts ? "prior and likelihood apart: the evidence is that of the model"
                           : "one density: tempering needs a gaussian or variational reference");
  row("prior draws", about.prior_draws ? "yes" : "no");
  row("points", fmt::format("{} tried: {} finite, {} outside the support, {} errors", check.points, check.finite,
                            check.outside, check.errors));
  row("gradient", check.gradients == 0 ? std::string("none")
                                       : fmt::format("{} derivatives against differences, worst relative error {:.1e}",
                                                     check.gradients, check.gradient_error));
  row("round trip", round_trip_text(check));
  row("repeatable", check.pure ? "yes: the same point gives the same bits" : "NO");
  row("threads", !about.thread_safe        ? "one only, and runs use one: " + about.one_thread_because
                 : !report.same_on_threads ? "not tried"
                 : *report.same_on_threads ? "4 at once give the same bits"
                                           : "NO: threads disagree");
  row("speed", report.evaluation_ns == 0 ? "not measured" : speed_text(report));
  if (report.printed_bytes > 0) {
    row("prints",
        fmt::format("{} bytes to standard output, which a run sends to standard error", report.printed_bytes));
  }
  for (const ClosedForm& form : about.closed_forms) {
    row("known", fmt::format("{} = {}", form.quantity, shortest(form.value)));
  }
  text += "\n";
  for (const ModelFinding& finding : check.findings) text += text_of(finding);
  return text + (check.passed() ? "no problems detected\n" : "problems detected\n");
}

std::string report_json(const ModelDescription& about, const CheckReport& report) {
  const ModelCheck& check = report.check;
  Json findings = Json::array();
  for (const ModelFinding& finding : check.findings) findings.push_back(json_of(finding));
  const auto seconds = [](std::optional<double> ns) { return ns ? Json(*ns * 1e-9) : Json(nullptr); };
  return dump({{"model", about.name},
               {"coordinates", about.coordinates.size()},
               {"outputs", about.output_names.size()},
               {"names", about.output_names},
               {"parts", about.parts},
               {"prior_draws", about.prior_draws},
               {"points", check.points},
               {"finite", check.finite},
               {"outside", check.outside},
               {"errors", check.errors},
               {"derivatives", check.gradients},
               {"gradient_error", check.gradient_error},
               {"round_trips", check.round_trips},
               {"round_trip_error", check.round_trip_error},
               {"repeatable", check.pure},
               {"thread_safe", about.thread_safe},
               {"same_on_threads", or_null(report.same_on_threads)},
               {"evaluation_seconds", seconds(report.evaluation_ns)},
               {"gradient_seconds", seconds(report.gradient_ns)},
               {"bytes_per_evaluation", report.bytes_per_evaluation},
               {"printed_bytes", report.printed_bytes},
               {"findings", findings},
               {"passed", check.passed()}});
}

std::string end_text(const std::string& model, const ModelFinding& finding) {
  return fmt::format("{}\n\n{}problems detected\n", printable(model), text_of(finding));
}

std::string end_json(const std::string& model, const ModelFinding& finding) {
  return dump({{"model", model}, {"findings", Json::array({json_of(finding)})}, {"passed", false}});
}

}  // namespace dovetail::cli
