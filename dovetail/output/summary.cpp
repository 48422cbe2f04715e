#include "dovetail/output/summary.hpp"

#include <tuple>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/output/detail/json.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

using detail::Json;
using detail::JsonField;

/// The fields of a struct under their keys, in the order of the file. One list serves writing and reading.
template <class Struct>
constexpr std::tuple<> kFields{};

template <>
constexpr std::tuple kFields<Warning>{std::pair{"id", &Warning::id}, std::pair{"text", &Warning::text},
                                      std::pair{"fix", &Warning::fix}};

template <>
constexpr std::tuple kFields<ThereSummary>{std::pair{"share", &ThereSummary::share},
                                           std::pair{"mcse", &ThereSummary::mcse}};

template <>
constexpr std::tuple kFields<CountSummary>{std::pair{"count", &CountSummary::count},
                                           std::pair{"probability", &CountSummary::probability},
                                           std::pair{"mcse", &CountSummary::mcse}};

template <>
constexpr std::tuple kFields<ComponentsSummary>{std::pair{"by", &ComponentsSummary::by},
                                                std::pair{"counts", &ComponentsSummary::counts}};

template <>
constexpr std::tuple kFields<TransdimensionalSummary> = std::make_tuple(std::pair{
    "components", &TransdimensionalSummary::components});  // braces would take the pair apart

template <>
constexpr std::tuple kFields<ParameterSummary>{std::pair{"name", &ParameterSummary::name},
                                               std::pair{"mean", &ParameterSummary::mean},
                                               std::pair{"sd", &ParameterSummary::sd},
                                               std::pair{"mcse_mean", &ParameterSummary::mcse_mean},
                                               std::pair{"q5", &ParameterSummary::q5},
                                               std::pair{"q50", &ParameterSummary::q50},
                                               std::pair{"q95", &ParameterSummary::q95},
                                               std::pair{"ess_bulk", &ParameterSummary::ess_bulk},
                                               std::pair{"ess_tail", &ParameterSummary::ess_tail},
                                               std::pair{"rhat", &ParameterSummary::rhat},
                                               std::pair{"there", &ParameterSummary::there}};

template <>
constexpr std::tuple kFields<SamplingSummary>{std::pair{"chains", &SamplingSummary::chains},
                                              std::pair{"draws", &SamplingSummary::draws},
                                              std::pair{"warmup", &SamplingSummary::warmup},
                                              std::pair{"divergences", &SamplingSummary::divergences},
                                              std::pair{"density_evaluations", &SamplingSummary::density_evaluations},
                                              std::pair{"gradient_evaluations", &SamplingSummary::gradient_evaluations},
                                              std::pair{"seconds", &SamplingSummary::seconds}};

template <>
constexpr std::tuple kFields<TemperingSummary>{
    std::pair{"replicas", &TemperingSummary::replicas},
    std::pair{"copies", &TemperingSummary::copies},
    std::pair{"legs", &TemperingSummary::legs},
    std::pair{"rounds", &TemperingSummary::rounds},
    std::pair{"scans", &TemperingSummary::scans},
    std::pair{"log_evidence", &TemperingSummary::log_evidence},
    std::pair{"log_evidence_se", &TemperingSummary::log_evidence_se},
    std::pair{"log_evidence_forward", &TemperingSummary::log_evidence_forward},
    std::pair{"log_evidence_backward", &TemperingSummary::log_evidence_backward},
    std::pair{"global_barrier", &TemperingSummary::global_barrier},
    std::pair{"rejection_sum", &TemperingSummary::rejection_sum},
    std::pair{"restarts", &TemperingSummary::restarts},
    std::pair{"round_trips", &TemperingSummary::round_trips},
    std::pair{"swap_acceptance_min", &TemperingSummary::swap_acceptance_min},
    std::pair{"swap_acceptance_mean", &TemperingSummary::swap_acceptance_mean},
    std::pair{"schedule", &TemperingSummary::schedule},
    std::pair{"reference", &TemperingSummary::reference},
    std::pair{"kernel", &TemperingSummary::kernel}};

template <>
constexpr std::tuple kFields<EpCorrectionSummary>{std::pair{"certified", &EpCorrectionSummary::certified},
                                                  std::pair{"rounds", &EpCorrectionSummary::rounds},
                                                  std::pair{"points", &EpCorrectionSummary::points},
                                                  std::pair{"effective", &EpCorrectionSummary::effective},
                                                  std::pair{"k_hat", &EpCorrectionSummary::k_hat},
                                                  std::pair{"integral_doubt", &EpCorrectionSummary::integral_doubt},
                                                  std::pair{"bias", &EpCorrectionSummary::bias},
                                                  std::pair{"log_evidence", &EpCorrectionSummary::log_evidence},
                                                  std::pair{"log_evidence_se", &EpCorrectionSummary::log_evidence_se},
                                                  std::pair{"mean", &EpCorrectionSummary::mean},
                                                  std::pair{"covariance", &EpCorrectionSummary::covariance}};

template <>
constexpr std::tuple kFields<EpSummary>{std::pair{"sites", &EpSummary::sites},
                                        std::pair{"rounds", &EpSummary::rounds},
                                        std::pair{"converged", &EpSummary::converged},
                                        std::pair{"estimator", &EpSummary::estimator},
                                        std::pair{"family", &EpSummary::family},
                                        std::pair{"distance", &EpSummary::distance},
                                        std::pair{"answer_noise", &EpSummary::answer_noise},
                                        std::pair{"averaged", &EpSummary::averaged},
                                        std::pair{"names", &EpSummary::names},
                                        std::pair{"mean", &EpSummary::mean},
                                        std::pair{"covariance", &EpSummary::covariance},
                                        std::pair{"site_names", &EpSummary::site_names},
                                        std::pair{"influence", &EpSummary::influence},
                                        std::pair{"correction", &EpSummary::correction}};

template <>
constexpr std::tuple kFields<TopicSummary>{
    std::pair{"topic", &TopicSummary::topic}, std::pair{"tokens", &TopicSummary::tokens},
    std::pair{"alpha", &TopicSummary::alpha}, std::pair{"umass", &TopicSummary::umass},
    std::pair{"npmi", &TopicSummary::npmi},   std::pair{"words", &TopicSummary::words}};

template <>
constexpr std::tuple kFields<HeldOutSummary>{
    std::pair{"documents", &HeldOutSummary::documents}, std::pair{"tokens", &HeldOutSummary::tokens},
    std::pair{"unknown_tokens", &HeldOutSummary::unknown_tokens},
    std::pair{"log_probability_per_token", &HeldOutSummary::log_probability_per_token},
    std::pair{"perplexity", &HeldOutSummary::perplexity}};

template <>
constexpr std::tuple kFields<LdaSummary>{
    std::pair{"documents", &LdaSummary::documents}, std::pair{"words", &LdaSummary::words},
    std::pair{"tokens", &LdaSummary::tokens},       std::pair{"topics", &LdaSummary::topics},
    std::pair{"sweeps", &LdaSummary::sweeps},       std::pair{"scheme", &LdaSummary::scheme},
    std::pair{"shards", &LdaSummary::shards},       std::pair{"log_joint_per_token", &LdaSummary::log_joint_per_token},
    std::pair{"beta", &LdaSummary::beta},           std::pair{"umass", &LdaSummary::umass},
    std::pair{"npmi", &LdaSummary::npmi},           std::pair{"table", &LdaSummary::table},
    std::pair{"held_out", &LdaSummary::held_out}};

template <>
constexpr std::tuple kFields<RanksSummary>{std::pair{"ranks", &RanksSummary::ranks},
                                           std::pair{"idle", &RanksSummary::idle},
                                           std::pair{"threads", &RanksSummary::threads},
                                           std::pair{"messages_per_step", &RanksSummary::messages_per_step},
                                           std::pair{"bytes_per_step", &RanksSummary::bytes_per_step},
                                           std::pair{"lead_bytes_per_step", &RanksSummary::lead_bytes_per_step}};

template <>
constexpr std::tuple kFields<Summary>{std::pair{"command", &Summary::command},
                                      std::pair{"model", &Summary::model},
                                      std::pair{"seed", &Summary::seed},
                                      std::pair{"version", &Summary::version},
                                      std::pair{"status", &Summary::status},
                                      std::pair{"status_reason", &Summary::status_reason},
                                      std::pair{"parameters", &Summary::parameters},
                                      std::pair{"sampling", &Summary::sampling},
                                      std::pair{"tempering", &Summary::tempering},
                                      std::pair{"ep", &Summary::ep},
                                      std::pair{"lda", &Summary::lda},
                                      std::pair{"transdimensional", &Summary::transdimensional},
                                      std::pair{"ranks", &Summary::ranks},
                                      std::pair{"warnings", &Summary::warnings},
                                      std::pair{"notes", &Summary::notes},
                                      std::pair{"rounds_sha256", &Summary::rounds_sha256},
                                      std::pair{"digest", &Summary::digest}};

template <class Struct>
concept Listed = std::tuple_size_v<decltype(kFields<Struct>)> >
0;

Json json_of(std::uint32_t value) { return value; }
Json json_of(std::uint64_t value) { return value; }
Json json_of(double value) { return detail::number(value); }
Json json_of(const std::optional<double>& value) { return detail::number(value); }
Json json_of(const std::string& value) { return value; }
template <Listed Struct>
Json json_of(const Struct& value);

template <class Element>
Json json_of(const std::vector<Element>& values) {
  Json array = Json::array();
  for (const Element& value : values) array.push_back(json_of(value));
  return array;
}

template <class Value>
void write(Json& object, const char* key, const Value& value) {
  object[key] = json_of(value);
}
/// A part that the run did not have is left out.
template <Listed Struct>
void write(Json& object, const char* key, const std::optional<Struct>& value) {
  if (value) object[key] = json_of(*value);
}

template <Listed Struct>
Json json_of(const Struct& value) {
  Json object = Json::object();
  std::apply([&](const auto&... field) { (write(object, field.first, value.*field.second), ...); }, kFields<Struct>);
  return object;
}

void read(const JsonField& field, std::uint32_t& value) { value = field.small_count(); }
void read(const JsonField& field, std::uint64_t& value) { value = field.count(); }
void read(const JsonField& field, double& value) { value = field.real(); }
void read(const JsonField& field, std::optional<double>& value) { value = field.optional_real(); }
void read(const JsonField& field, std::string& value) { value = field.text(); }
template <Listed Struct>
void read(const JsonField& object, Struct& value);

template <class Element>
void read(const JsonField& array, std::vector<Element>& values) {
  for (const JsonField& element : array.elements()) read(element, values.emplace_back());
}

template <class Value>
void read_at(const JsonField& object, const char* key, Value& value) {
  read(object.at(key), value);
}
template <Listed Struct>
void read_at(const JsonField& object, const char* key, std::optional<Struct>& value) {
  if (object.has(key)) read(object.at(key), value.emplace());
}

template <Listed Struct>
void read(const JsonField& object, Struct& value) {
  std::apply([&](const auto&... field) { (read_at(object, field.first, value.*field.second), ...); }, kFields<Struct>);
}

/// SHA-256 over all but times and ranks: equal runs have equal ones.
std::string checksum_of(Summary summary) {
  summary.sampling.seconds = 0;
  summary.ranks.reset();
  Hasher hasher;
  hasher.add(detail::json_text(json_of(summary), true));
  return to_hex(hasher.finish());
}

}  // namespace

std::string to_json(const Summary& summary) {
  Json out = json_of(summary);
  out["checksum"] = checksum_of(summary);
  return detail::json_text(out) + "\n";
}

Summary read_summary(const std::filesystem::path& file) {
  const Json document = detail::read_json(file);
  const JsonField all(document, file.string() + ": ");
  Summary summary;
  read(all, summary);
  if (all.at("checksum").text() != checksum_of(summary)) {
    throw CheckpointError(
        file.string() +
        " was edited after the run wrote it (its checksum is that of other figures); `dovetail resume " +
        shell_path(file.parent_path().string()) + "` writes it anew.");
  }
  return summary;
}

}  // namespace dovetail
