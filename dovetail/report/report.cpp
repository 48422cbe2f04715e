#include "dovetail/report/report.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "dovetail/core/embedded_file.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/report/detail/sections.hpp"
#include "dovetail/report/page.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail::report {
namespace {

using detail::Json;

Json pairs(const std::vector<std::pair<std::string, std::string>>& all) {
  Json list = Json::array();
  for (const auto& [name, value] : all) list.push_back({name, value});
  return list;
}

Json run_section(const ReportedRun& run) {
  const ManifestIdentity& identity = run.manifest().identity;
  const RunEnvironment& environment = run.manifest().environment;
  Json section = {{"command", identity.command},
                  {"model", identity.model},
                  {"seed", std::to_string(identity.seed)},  // a script's numbers end at 2^53
                  {"version", identity.version},
                  {"folder", run.folder().path().filename().string()},
                  {"status", run.standing().status},
                  {"reason", run.standing().reason},
                  {"digest", run.summary() ? run.summary()->digest : ""},
                  {"seconds", detail::number(environment.seconds)},
                  {"finished_rounds", run.rows().size()}};
  if (run.summary()) {
    const SamplingSummary& s = run.summary()->sampling;
    section["warmup"] = s.warmup;
    section["divergences"] = s.divergences;
    section["density_evaluations"] = s.density_evaluations;
    section["gradient_evaluations"] = s.gradient_evaluations;
  }
  section["identity"] = pairs(fields_of(identity));
  section["environment"] = {{"host", environment.host},         {"processor", environment.processor},
                            {"executor", environment.executor}, {"threads", environment.threads},
                            {"processes", environment.ranks},   {"started", environment.started},
                            {"finished", environment.finished}, {"resumes", environment.resumes}};
  section["exceptions"] = pairs(run.manifest().exceptions);
  return section;
}

std::string_view page_file(std::string_view name) {
  for (const EmbeddedFile& file : page_files()) {
    if (file.name.ends_with(name)) return file.text;
  }
  DOVETAIL_REQUIRE(!"a part of the page");
  return {};
}

std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      word = word << 8 | (i + j < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += i + j <= bytes.size() ? kDigits[word >> (18 - 6 * j) & 63U] : '=';
    }
  }
  return text;
}

/// As a policy names a script or style: by the hash of its text.
std::string source_of(std::string_view text) {
  return "'sha256-" + base64(sha256(std::as_bytes(std::span(text)))) + "'";
}

std::string without_markup(const std::string& json) {
  std::string text;
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else if (c == '>') {
      text += "\\u003e";
    } else if (c == '&') {
      text += "\\u0026";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string report_json(const ReportedRun& run, const Words& words) {
  namespace threshold = diagnose::threshold;
  Json all;
  all["report"] = {{"version", build().version}};
  all["run"] = run_section(run);
  all["limits"] = {{"rhat", threshold::kRHatMax},
                   {"ess_per_chain", threshold::kEssPerChainMin},
                   {"swap_acceptance", threshold::kSwapAcceptanceMin},
                   {"k_hat", threshold::kKHatMax}};
  all["draws"] = detail::draws_section(run);
  all["rounds"] = detail::rounds_section(run);
  if (run.command() == "temper") all["tempering"] = detail::tempering_section(run);
  if (run.command() == "ep") all["ep"] = detail::ep_section(run);
  if (run.command() == "lda") all["lda"] = detail::lda_section(run);
  all["commands"] = pairs(words.commands);
  all["config"] = words.config;
  return all.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string report_page(const std::string& json) {
  const std::string style = std::string(page_file("uPlot.min.css")) + std::string(page_file("report.css"));
  const std::string_view charts = page_file("uPlot.iife.min.js");
  std::string script;
  for (const char* part : {"elements.js", "charts.js", "draws.js", "jobs.js", "report.js"}) script += page_file(part);
  const std::string policy = "default-src 'none'; base-uri 'none'; form-action 'none'; script-src " +
                             source_of(charts) + " " + source_of(script) + "; style-src " + source_of(style);
  const std::string data = without_markup(json);
  const std::array<std::pair<std::string_view, std::string_view>, 6> parts = {{{"@policy@", policy},
                                                                               {"@style@", style},
                                                                               {"@licence@", page_file("LICENSE")},
                                                                               {"@charts@", charts},
                                                                               {"@data@", data},
                                                                               {"@script@", script}}};
  const std::string_view frame = page_file("report.html");
  std::string page;
  std::size_t at = 0;
  for (const auto& [mark, text] : parts) {  // in the order in which they stand in the frame
    const std::size_t found = frame.find(mark, at);
    DOVETAIL_REQUIRE(found != std::string_view::npos);
    page += frame.substr(at, found - at);
    page += text;
    at = found + mark.size();
  }
  page += frame.substr(at);
  return page;
}

}  // namespace dovetail::report
