// The summary as tables for people: parameters, evidence, warnings, verdict.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "dovetail/output/summary.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail {
namespace {

using Row = std::vector<std::string>;

std::string whole(const std::optional<double>& value) { return value ? fmt::format("{:.0f}", *value) : "-"; }

/// All figures of a row end at the decimal where the Monte Carlo error of the mean begins.
Row row_of(const ParameterSummary& p) {
  const auto figure = [&](double value) -> std::string {
    if (std::isnan(value)) return "-";
    return p.sd == 0 ? shortest(value) : up_to_error(value, p.mcse_mean);
  };
  return {printable(p.name),
          figure(p.mean),
          p.mcse_mean ? fmt::format("{:.2g}", *p.mcse_mean) : "-",
          figure(p.sd),
          figure(p.q5),
          figure(p.q50),
          figure(p.q95),
          whole(p.ess_bulk),
          whole(p.ess_tail),
          p.rhat ? fmt::format("{:.3f}", *p.rhat) : "-"};
}

void append_parameters(std::string& out, const std::vector<ParameterSummary>& parameters) {
  std::vector<Row> rows{{"parameter", "mean", "mcse", "sd", "q5", "q50", "q95", "ess_bulk", "ess_tail", "rhat"}};
  for (const ParameterSummary& parameter : parameters) rows.push_back(row_of(parameter));
  const bool come_and_go = std::any_of(parameters.begin(), parameters.end(), [](const auto& p) { return p.there; });
  if (come_and_go) {
    rows[0].emplace_back("there");
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto& there = parameters[i].there;
      rows[i + 1].push_back(there ? up_to_error(there->share, there->mcse) : "1");
    }
  }
  out += aligned_table(rows, {0});
}

void append_components(std::string& out, const TransdimensionalSummary& transdimensional) {
  for (const ComponentsSummary& components : transdimensional.components) {
    std::vector<Row> rows{{"components by " + printable(components.by), "probability", "mcse"}};
    for (const CountSummary& count : components.counts) {
      rows.push_back({fmt::to_string(count.count), up_to_error(count.probability, count.mcse),
                      count.mcse ? fmt::format("{:.2g}", *count.mcse) : "-"});
    }
    out += '\n';
    out += aligned_table(rows, {0});
  }
}

void append_tempering(std::string& out, const TemperingSummary& t) {
  if (t.log_evidence) {
    out += "log evidence    " + up_to_error(*t.log_evidence, t.log_evidence_se);
    if (t.log_evidence_se) out += fmt::format(" +- {:.2g}", *t.log_evidence_se);
    if (t.log_evidence_forward && t.log_evidence_backward) {
      out += " (forward " + up_to_error(*t.log_evidence_forward, t.log_evidence_se) + ", backward " +
             up_to_error(*t.log_evidence_backward, t.log_evidence_se) + ")";
    }
    out += '\n';
  }
  out += "global barrier  " + three_digits(t.global_barrier) + " (rejections sum to " + three_digits(t.rejection_sum) +
         ")\n";
  out += fmt::format("swap acceptance min {}, mean {}\n", three_digits(t.swap_acceptance_min),
                     three_digits(t.swap_acceptance_mean));
  out += fmt::format("restarts        {} (round trips {})\n", t.restarts, t.round_trips);
  out += fmt::format("replicas        {} on {} leg{}, {} cop{}; {} rounds, {} scans; kernel {}, reference {}\n",
                     t.replicas, t.legs, t.legs == 1 ? "" : "s", t.copies, t.copies == 1 ? "y" : "ies", t.rounds,
                     t.scans, printable(t.kernel), printable(t.reference));
}

/// The sites without which the answer would be another.
void append_influence(std::string& out, const EpSummary& ep) {
  constexpr std::size_t kShown = 3;
  std::vector<std::size_t> order(std::min(ep.influence.size(), ep.site_names.size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return ep.influence[a] > ep.influence[b]; });
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, order.size()); ++i) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", printable(ep.site_names[order[i]]),
                        three_digits(ep.influence[order[i]]));
  }
  if (!text.empty()) out += fmt::format("influence       nats that the answer moves with a site: {}\n", text);
}

void append_ep(std::string& out, const EpSummary& ep) {
  out += fmt::format("sites           {}, estimator {}, family {}\n", ep.sites, printable(ep.estimator),
                     printable(ep.family));
  out += fmt::format("rounds          {}, {}; the answer is the mean of {}\n", ep.rounds,
                     ep.converged != 0 ? "converged" : "not converged", std::max<std::uint32_t>(1, ep.averaged));
  out += fmt::format(
      "in nats         {} still to be moved in the last round, noise in it included; {} Monte Carlo error "
      "of the answer\n",
      three_digits(ep.distance), three_digits(ep.answer_noise));
  append_influence(out, ep);
  if (!ep.correction) return;
  const EpCorrectionSummary& c = *ep.correction;
  out += fmt::format("correction      {}: {} points, effective {}, k-hat {}; the approximation was {} nats away\n",
                     c.certified != 0 ? "certified" : "failed", c.points, three_digits(c.effective),
                     three_digits(c.k_hat), three_digits(c.bias));
  if (!c.log_evidence) return;
  out += "log evidence    " + up_to_error(*c.log_evidence, c.log_evidence_se);
  if (c.log_evidence_se) out += fmt::format(" +- {:.2g}", *c.log_evidence_se);
  out += '\n';
}

constexpr std::size_t kTopicsShown = 20;

void append_lda(std::string& out, const LdaSummary& lda, double seconds) {
  std::vector<TopicSummary> table = lda.table;
  std::stable_sort(table.begin(), table.end(), [](const auto& a, const auto& b) { return a.tokens > b.tokens; });
  std::vector<Row> rows{{"topic", "tokens", "alpha", "npmi", "heaviest words"}};
  for (std::size_t i = 0; i < std::min(kTopicsShown, table.size()); ++i) {
    std::string words;
    for (const std::string& word : table[i].words) words += (words.empty() ? "" : " ") + printable(word);
    rows.push_back({fmt::to_string(table[i].topic), fmt::to_string(table[i].tokens), three_digits(table[i].alpha),
                    table[i].npmi ? fmt::format("{:.2f}", *table[i].npmi) : "-", words});
  }
  out += aligned_table(rows, {4});
  if (table.size() > kTopicsShown) {
    out += fmt::format("and {} lighter ones: topics.json has all\n", table.size() - kTopicsShown);
  }
  out += fmt::format("\ncorpus          {} documents, {} words, {} tokens\n", lda.documents, lda.words, lda.tokens);
  out += fmt::format("sampler         {}, {} shard{}; {} topics, {} sweeps", printable(lda.scheme), lda.shards,
                     lda.shards == 1 ? "" : "s", lda.topics, lda.sweeps);
  if (seconds > 0) {
    const double draws = static_cast<double>(lda.tokens) * lda.sweeps;
    out += fmt::format("; {} million tokens a second", three_digits(draws / seconds * 1e-6));
  }
  out +=
      fmt::format("\nlog joint       {:.4f} nats a token; beta {}\n", lda.log_joint_per_token, three_digits(lda.beta));
  if (lda.npmi && lda.umass) {
    out += fmt::format(
        "coherence       NPMI {:.3f}, UMass {}: means over topics, of their heaviest words in this corpus\n", *lda.npmi,
        three_digits(*lda.umass));
  }
  if (!lda.held_out) return;
  const HeldOutSummary& held_out = *lda.held_out;
  out += fmt::format("held out        {} documents: ", held_out.documents);
  if (held_out.perplexity && held_out.log_probability_per_token) {
    out += fmt::format("perplexity {}, {:.4f} nats a token of {} foreseen by completion",
                       three_digits(*held_out.perplexity), *held_out.log_probability_per_token, held_out.tokens);
  } else {
    out += "no token to foresee";
  }
  if (held_out.unknown_tokens > 0) out += fmt::format("; {} tokens of unknown words", held_out.unknown_tokens);
  out += '\n';
}

void append_ranks(std::string& out, const RanksSummary& r, bool shards) {
  out += fmt::format(
      "ranks           {} of {} thread{}; {} messages, {} bytes between neighbours a step\n"
      "                {} bytes a step to and from rank 0\n",
      r.ranks, r.threads, r.threads == 1 ? "" : "s", three_digits(r.messages_per_step), three_digits(r.bytes_per_step),
      three_digits(r.lead_bytes_per_step));
  if (r.idle > 0) {
    out += fmt::format("                {} of them had nothing to do: there are more than {}\n", r.idle,
                       shards ? "shards (a run with a larger --shards is another run)"
                              : "chains or replicas (--chains and --copies make more)");
  }
}

std::string verdict(const Summary& summary) {
  if (summary.status == "incomplete") return "incomplete: " + printable(summary.status_reason);
  if (summary.warnings.empty()) return "no problems detected";
  return fmt::format("{} warning{}", summary.warnings.size(), summary.warnings.size() == 1 ? "" : "s");
}

/// What every job's summary ends with.
std::string rest_of(const Summary& summary) {
  std::string out;
  if (summary.ranks) append_ranks(out, *summary.ranks, summary.lda.has_value());
  if (!summary.notes.empty()) out += '\n';
  for (const std::string& note : summary.notes) out += "note: " + printable(note) + "\n";
  if (!summary.warnings.empty()) out += '\n';
  for (const Warning& warning : summary.warnings) {
    out += printable(warning.id) + "  " + printable(warning.text) + "\n      " + printable(warning.fix) + "\n";
  }
  out += '\n' + verdict(summary) + '\n';
  return out;
}

}  // namespace

std::string to_text(const Summary& summary) {
  std::string out = fmt::format("{} {}, seed {}, Dovetail {}\n", printable(summary.command), printable(summary.model),
                                summary.seed, printable(summary.version));
  if (summary.lda) {
    out += '\n';
    append_lda(out, *summary.lda, summary.sampling.seconds);
    return out + rest_of(summary);
  }
  out += fmt::format("{} chain{} of {} draws after {} steps of warm-up{}\n\n", summary.sampling.chains,
                     summary.sampling.chains == 1 ? "" : "s", summary.sampling.draws, summary.sampling.warmup,
                     summary.ep ? ", at each site in each round" : "");
  append_parameters(out, summary.parameters);
  if (summary.transdimensional) append_components(out, *summary.transdimensional);
  if (summary.tempering) {
    out += '\n';
    append_tempering(out, *summary.tempering);
  }
  if (summary.ep) {
    out += '\n';
    append_ep(out, *summary.ep);
  }
  return out + rest_of(summary);
}

}  // namespace dovetail
