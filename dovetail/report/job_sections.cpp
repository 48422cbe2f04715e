// What a report shows of each job besides its draws: ladders, sites, topics.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/read_topics.hpp"
#include "dovetail/jobs/recorded_ladder.hpp"
#include "dovetail/jobs/swap_history.hpp"
#include "dovetail/report/detail/sections.hpp"
#include "dovetail/report/topic_map.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::report::detail {
namespace {

/// Of one leg, from its reference to its target.
Json leg_of(const LegFigures& leg) {
  return {{"reference", leg.which == tempering::Leg::fixed ? "fixed" : "variational"},
          {"schedule", numbers(leg.schedule)},
          {"rejections", numbers(leg.rejections)},
          {"cumulative", numbers(barrier_of(leg).cumulative)}};
}

/// The first scans of the last round's first copy: by replica, the rung that it explored. Nothing without
/// --swap-history.
Json index_process(const ReportedRun& run) {
  if (run.draws() == 0 || run.option("swap_history") != "true") return nullptr;
  constexpr std::size_t kScansMost = 400;
  constexpr std::size_t kPointsMost = 24000;
  const auto copies = static_cast<std::uint32_t>(run.chains());
  const auto legs = static_cast<std::uint32_t>(run.option("legs") == "2" ? 2 : 1);
  const auto history = replicas_by_rung(run.kept(), run.round(), 0, copies, legs);
  const std::size_t scans = std::min({history.front().size(), kScansMost, kPointsMost / history.size()});
  std::map<std::uint32_t, std::vector<std::size_t>> rungs;  // by replica
  for (std::size_t k = 0; k < history.size(); ++k) {
    for (std::size_t t = 0; t < scans; ++t) {
      auto& path = rungs[history[k][t]];
      path.resize(scans);
      path[t] = k;
    }
  }
  Json paths = Json::array();
  for (const auto& [replica, path] : rungs) paths.push_back(path);
  return {{"round", run.round().value}, {"paths", std::move(paths)}};
}

/// history.csv: by parameter, mean and sd after every round.
struct History {
  std::vector<std::string> names;
  std::vector<std::vector<double>> means, sds;
};

/// The fields of the record that begins at `at`, which moves behind it (RFC 4180: quoted fields may hold anything).
std::vector<std::string> next_record(std::string_view text, std::size_t& at) {
  std::vector<std::string> fields(1);
  for (bool quoted = false; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"' && quoted && at + 1 < text.size() && text[at + 1] == '"') {
      fields.back() += text[at++];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c == '\n' && !quoted) {
      ++at;
      break;
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

History read_history(const std::filesystem::path& file) {
  History history;
  std::map<std::string, std::size_t> place;
  const std::string text = read_text(file);
  std::size_t at = 0;
  static_cast<void>(next_record(text, at));  // the names of the columns
  for (std::size_t record = 2; at < text.size(); ++record) {
    const std::vector<std::string> fields = next_record(text, at);
    const auto mean = fields.size() == 4 ? parse_number(fields[2]) : std::nullopt;
    const auto sd = fields.size() == 4 ? parse_number(fields[3]) : std::nullopt;
    if (!mean || !sd) {
      throw FileError(
          fmt::format("{}: record {} is not `round,parameter,mean,sd` (the file was cut or edited); "
                      "`dovetail resume` of the run writes it anew.",
                      file.string(), record));
    }
    const auto [found, is_new] = place.emplace(fields[1], history.names.size());
    if (is_new) {
      history.names.push_back(fields[1]);
      history.means.emplace_back();
      history.sds.emplace_back();
    }
    history.means[found->second].push_back(*mean);
    history.sds[found->second].push_back(*sd);
  }
  return history;
}

Json correction_of(const EpCorrectionSummary& c) {
  return {{"certified", c.certified != 0},
          {"points", c.points},
          {"effective", number(c.effective)},
          {"k_hat", number(c.k_hat)},
          {"bias", number(c.bias)},
          {"log_evidence", figure(c.log_evidence)},
          {"log_evidence_se", number(c.log_evidence_se)}};
}

Json correlations_of(const std::vector<double>& covariance, std::size_t d) {
  constexpr std::size_t kMost = 40;
  if (d < 2 || d > kMost || covariance.size() != d * d) return nullptr;
  Json rows = Json::array();
  for (std::size_t i = 0; i < d; ++i) {
    Json row = Json::array();
    for (std::size_t j = 0; j < d; ++j) {
      const double scale = std::sqrt(covariance[i * (d + 1)] * covariance[j * (d + 1)]);
      const double correlation = scale > 0 ? covariance[i * d + j] / scale : 0;
      row.push_back(number(std::floor(correlation * 1000 + 0.5) / 1000));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// A topic's words, heaviest first: (id, count).
using TopicWords = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

std::vector<TopicWords> words_by_topic(const lda::FixedTopics& topics) {
  std::vector<TopicWords> by_topic(topics.topics());
  for (std::uint32_t word = 0; word < topics.words(); ++word) {
    const auto entries = topics.entries(word);
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) by_topic[entries[i]].emplace_back(word, entries[i + 1]);
  }
  return by_topic;
}

/// Of the largest topics: their numbers, and a point of the plane for each.
Json map_of(const lda::FixedTopics& topics, const std::vector<TopicWords>& by_topic) {
  constexpr std::size_t kTopicsMost = 100;  // the time goes with their number squared
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < by_topic.size(); ++k) {
    if (topics.totals()[k] > 0) order.push_back(k);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return topics.totals()[a] > topics.totals()[b]; });
  order.resize(std::min(order.size(), kTopicsMost));
  const std::size_t n = order.size();
  std::vector<WordCounts> laws;
  for (const std::size_t k : order) laws.push_back({by_topic[k], topics.priors().beta, topics.words()});
  std::vector<double> squares(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) squares[i * n + j] = squares[j * n + i] = jensen_shannon(laws[i], laws[j]);
  }
  const Plane plane = classical_scaling(squares, n);
  return {{"topics", order}, {"x", numbers(plane.x)}, {"y", numbers(plane.y)}, {"kept", number(plane.kept)}};
}

}  // namespace

Json tempering_section(const ReportedRun& run) {
  Json section;
  const RecordedLadder ladder = recorded_ladder(run.folder(), run.manifest().identity);
  Json legs = Json::array();
  if (ladder.shared && ladder.shared->last) {
    for (const LegFigures& leg : ladder.shared->last->legs) legs.push_back(leg_of(leg));
    section["round"] = ladder.shared->last->row.round;
  }
  section["legs"] = std::move(legs);
  section["index_process"] = index_process(run);
  if (!run.summary() || !run.summary()->tempering) return section;
  const TemperingSummary& t = *run.summary()->tempering;
  section["replicas"] = t.replicas;
  section["copies"] = t.copies;
  section["rounds"] = t.rounds;
  section["scans"] = t.scans;
  section["log_evidence"] = figure(t.log_evidence);
  section["log_evidence_se"] = number(t.log_evidence_se);
  section["log_evidence_forward"] = figure(t.log_evidence_forward);
  section["log_evidence_backward"] = figure(t.log_evidence_backward);
  section["barrier"] = number(t.global_barrier);
  section["restarts"] = t.restarts;
  section["round_trips"] = t.round_trips;
  section["swap_acceptance_min"] = number(t.swap_acceptance_min);
  section["swap_acceptance_mean"] = number(t.swap_acceptance_mean);
  section["reference"] = t.reference;
  section["kernel"] = t.kernel;
  return section;
}

Json ep_section(const ReportedRun& run) {
  Json section;
  section["tolerance"] = number(parse_number(run.option("tolerance")));
  // While a run goes on, and where it was killed, the file is that of an earlier stop.
  if (run.summary() && std::filesystem::exists(run.folder().history())) {
    constexpr std::size_t kParametersMost = 100;
    const History history = read_history(run.folder().history());
    Json of_parameters = Json::array();
    for (std::size_t j = 0; j < std::min(kParametersMost, history.names.size()); ++j) {
      of_parameters.push_back(
          {{"name", history.names[j]}, {"mean", numbers(history.means[j])}, {"sd", numbers(history.sds[j])}});
    }
    section["history"] = std::move(of_parameters);
    section["history_left_out"] = history.names.size() - std::min(kParametersMost, history.names.size());
  }
  if (!run.summary() || !run.summary()->ep) return section;
  const EpSummary& ep = *run.summary()->ep;
  section["sites"] = ep.sites;
  section["rounds"] = ep.rounds;
  section["converged"] = ep.converged != 0;
  section["estimator"] = ep.estimator;
  section["family"] = ep.family;
  section["distance"] = number(ep.distance);
  section["answer_noise"] = number(ep.answer_noise);
  section["averaged"] = ep.averaged;
  section["names"] = ep.names;
  const bool corrected = ep.correction && ep.correction->certified != 0;
  section["correlations"] = correlations_of(corrected ? ep.correction->covariance : ep.covariance, ep.names.size());
  section["correction"] = ep.correction ? correction_of(*ep.correction) : Json(nullptr);
  constexpr std::size_t kSitesMost = 1000;
  std::vector<std::size_t> order(std::min(ep.influence.size(), ep.site_names.size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return ep.influence[a] > ep.influence[b]; });
  Json influence = Json::array();
  for (std::size_t i = 0; i < std::min(kSitesMost, order.size()); ++i) {
    influence.push_back({ep.site_names[order[i]], number(ep.influence[order[i]])});
  }
  section["influence"] = std::move(influence);
  return section;
}

Json lda_section(const ReportedRun& run) {
  Json section;
  if (!run.summary() || !run.summary()->lda) return section;
  const LdaSummary& lda = *run.summary()->lda;
  section = {{"documents", lda.documents}, {"words", lda.words},
             {"tokens", lda.tokens},       {"topics", lda.topics},
             {"sweeps", lda.sweeps},       {"log_joint_per_token", number(lda.log_joint_per_token)},
             {"beta", number(lda.beta)},   {"umass", number(lda.umass)},
             {"npmi", number(lda.npmi)}};
  constexpr std::size_t kWordsOfATopic = 30;
  constexpr std::size_t kTopicsWithWords = 200;
  const ReadTopics read = read_topics(run.folder().path() / "topics.json");
  std::vector<TopicWords> by_topic = words_by_topic(read.topics);
  section["map"] = map_of(read.topics, by_topic);
  std::vector<std::uint64_t> in_corpus(read.topics.words(), 0);
  for (const TopicWords& topic : by_topic) {
    for (const auto& [word, count] : topic) in_corpus[word] += count;
  }
  Json table = Json::array();
  for (const TopicSummary& topic : lda.table) {
    Json words = Json::array();
    if (topic.topic < by_topic.size() && table.size() < kTopicsWithWords) {
      TopicWords& own = by_topic[topic.topic];
      std::stable_sort(own.begin(), own.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
      for (std::size_t i = 0; i < std::min(kWordsOfATopic, own.size()); ++i) {
        words.push_back({read.words[own[i].first], own[i].second, in_corpus[own[i].first]});
      }
    }
    table.push_back({{"topic", topic.topic},
                     {"tokens", topic.tokens},
                     {"alpha", number(topic.alpha)},
                     {"umass", number(topic.umass)},
                     {"npmi", number(topic.npmi)},
                     {"heaviest", topic.words},
                     {"words", std::move(words)}});
  }
  section["table"] = std::move(table);
  return section;
}

}  // namespace dovetail::report::detail
