#include "dovetail/output/summary.hpp"

#include "dovetail/core/error.hpp"
#include "dovetail/output/detail/json.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

using detail::Json;
using detail::JsonField;
using detail::number;

Json to_json(const ParameterSummary& p) {
  return {{"name", p.name},
          {"mean", number(p.mean)},
          {"sd", number(p.sd)},
          {"mcse_mean", number(p.mcse_mean)},
          {"q5", number(p.q5)},
          {"q50", number(p.q50)},
          {"q95", number(p.q95)},
          {"ess_bulk", number(p.ess_bulk)},
          {"ess_tail", number(p.ess_tail)},
          {"rhat", number(p.rhat)}};
}

Json to_json(const SamplingSummary& s) {
  return {{"chains", s.chains},
          {"draws", s.draws},
          {"warmup", s.warmup},
          {"divergences", s.divergences},
          {"density_evaluations", s.density_evaluations},
          {"gradient_evaluations", s.gradient_evaluations},
          {"seconds", number(s.seconds)}};
}

Json to_json(const TemperingSummary& t) {
  Json schedule = Json::array();
  for (const double beta : t.schedule) schedule.push_back(number(beta));
  return {{"replicas", t.replicas},
          {"copies", t.copies},
          {"legs", t.legs},
          {"rounds", t.rounds},
          {"scans", t.scans},
          {"log_evidence", number(t.log_evidence)},
          {"log_evidence_se", number(t.log_evidence_se)},
          {"log_evidence_forward", number(t.log_evidence_forward)},
          {"log_evidence_backward", number(t.log_evidence_backward)},
          {"global_barrier", number(t.global_barrier)},
          {"rejection_sum", number(t.rejection_sum)},
          {"restarts", t.restarts},
          {"round_trips", t.round_trips},
          {"swap_acceptance_min", number(t.swap_acceptance_min)},
          {"swap_acceptance_mean", number(t.swap_acceptance_mean)},
          {"schedule", std::move(schedule)},
          {"reference", t.reference},
          {"kernel", t.kernel}};
}

ParameterSummary read_parameter(const JsonField& field) {
  ParameterSummary p;
  p.name = field.at("name").text();
  p.mean = field.at("mean").real();
  p.sd = field.at("sd").real();
  p.mcse_mean = field.at("mcse_mean").optional_real();
  p.q5 = field.at("q5").real();
  p.q50 = field.at("q50").real();
  p.q95 = field.at("q95").real();
  p.ess_bulk = field.at("ess_bulk").optional_real();
  p.ess_tail = field.at("ess_tail").optional_real();
  p.rhat = field.at("rhat").optional_real();
  return p;
}

SamplingSummary read_sampling(const JsonField& field) {
  SamplingSummary s;
  s.chains = field.at("chains").count();
  s.draws = field.at("draws").count();
  s.warmup = field.at("warmup").count();
  s.divergences = field.at("divergences").count();
  s.density_evaluations = field.at("density_evaluations").count();
  s.gradient_evaluations = field.at("gradient_evaluations").count();
  s.seconds = field.at("seconds").real();
  return s;
}

TemperingSummary read_tempering(const JsonField& field) {
  TemperingSummary t;
  t.replicas = field.at("replicas").small_count();
  t.copies = field.at("copies").small_count();
  t.legs = field.at("legs").small_count();
  t.rounds = field.at("rounds").small_count();
  t.scans = field.at("scans").count();
  t.log_evidence = field.at("log_evidence").optional_real();
  t.log_evidence_se = field.at("log_evidence_se").optional_real();
  t.log_evidence_forward = field.at("log_evidence_forward").optional_real();
  t.log_evidence_backward = field.at("log_evidence_backward").optional_real();
  t.global_barrier = field.at("global_barrier").real();
  t.rejection_sum = field.at("rejection_sum").real();
  t.restarts = field.at("restarts").count();
  t.round_trips = field.at("round_trips").count();
  t.swap_acceptance_min = field.at("swap_acceptance_min").real();
  t.swap_acceptance_mean = field.at("swap_acceptance_mean").real();
  for (const JsonField& beta : field.at("schedule").elements()) t.schedule.push_back(beta.real());
  t.reference = field.at("reference").text();
  t.kernel = field.at("kernel").text();
  return t;
}

Json content_of(const Summary& summary) {
  Json out = {{"command", summary.command},  {"model", summary.model},
              {"seed", summary.seed},        {"version", summary.version},
              {"status", summary.status},    {"status_reason", summary.status_reason},
              {"parameters", Json::array()}, {"sampling", to_json(summary.sampling)}};
  for (const ParameterSummary& parameter : summary.parameters) out["parameters"].push_back(to_json(parameter));
  if (summary.tempering) out["tempering"] = to_json(*summary.tempering);
  out["warnings"] = Json::array();
  for (const Warning& warning : summary.warnings) {
    out["warnings"].push_back({{"id", warning.id}, {"text", warning.text}, {"fix", warning.fix}});
  }
  out["notes"] = summary.notes;
  out["digest"] = summary.digest;
  return out;
}

/// SHA-256 over all but the times: equal runs have equal ones.
std::string checksum_of(Summary summary) {
  summary.sampling.seconds = 0;
  Hasher hasher;
  hasher.add(detail::json_text(content_of(summary), true));
  return to_hex(hasher.finish());
}

}  // namespace

std::string to_json(const Summary& summary) {
  Json out = content_of(summary);
  out["checksum"] = checksum_of(summary);
  return detail::json_text(out) + "\n";
}

Summary read_summary(const std::filesystem::path& file) {
  const Json document = detail::read_json(file);
  const JsonField all(document, file.string() + ": ");
  Summary summary;
  summary.command = all.at("command").text();
  summary.model = all.at("model").text();
  summary.seed = all.at("seed").count();
  summary.version = all.at("version").text();
  summary.status = all.at("status").text();
  summary.status_reason = all.at("status_reason").text();
  for (const JsonField& parameter : all.at("parameters").elements()) {
    summary.parameters.push_back(read_parameter(parameter));
  }
  summary.sampling = read_sampling(all.at("sampling"));
  if (all.has("tempering")) summary.tempering = read_tempering(all.at("tempering"));
  for (const JsonField& warning : all.at("warnings").elements()) {
    summary.warnings.push_back({warning.at("id").text(), warning.at("text").text(), warning.at("fix").text()});
  }
  for (const JsonField& note : all.at("notes").elements()) summary.notes.push_back(note.text());
  summary.digest = all.at("digest").text();
  if (all.at("checksum").text() != checksum_of(summary)) {
    throw CheckpointError(
        file.string() +
        " was edited after the run wrote it (its checksum is that of other figures); `dovetail resume " +
        shell_path(file.parent_path().string()) + "` writes it anew.");
  }
  return summary;
}

}  // namespace dovetail
