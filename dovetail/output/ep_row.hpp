/// One row per round of expectation propagation.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace dovetail {

struct EpRow {
  std::uint32_t round = 0;
  std::string phase;  ///< "ep"; of a correction "marginals", "importance" or "draws"
  std::uint32_t sites = 0;
  std::uint32_t answered = 0;      ///< sites whose target could be used; the others kept their factor
  std::uint32_t doubtful = 0;      ///< sites whose draws miss an identity that they should meet by 6 standard errors
  std::uint32_t by_gradients = 0;  ///< sites whose target is of gradients, which had less noise than model's scores
  double wanted_step = 0;          ///< 1: undamped
  double step = 0;                 ///< as made, short enough to keep everything proper; 0: nothing moved
  std::optional<double> moved;     ///< KL(this round's approximation || that before), nats
  double distance = 0;             ///< R: half the squared size of all that is still to be moved, nats
  double noise = 0;                ///< N: KL that the Monte Carlo error of this round's targets makes, nats
  double noisiest_site = 0;        ///< the largest part of it that one site makes
  double answer_noise = 0;         ///< of the averaged answer so far
  std::uint32_t averaged = 0;      ///< rounds that the answer averages
  std::uint64_t draws = 0;         ///< of all sites
  std::uint64_t divergences = 0;
  std::uint64_t depth_hits = 0;
  std::uint64_t gradient_evaluations = 0;  ///< of a site's rows
  std::uint64_t error_events = 0;
  std::uint64_t points = 0;         ///< of a correction, all sites at each: where integrals were evaluated
  std::optional<double> effective;  ///< (sum w)^2 / sum w^2 of all points so far
  std::optional<double> k_hat;      ///< of their weights
  std::string state_sha256;         ///< of the state after the round, as in the checkpoint; `verify` compares it
  double seconds = 0;

  template <class Self, class Visit>
  static void visit(Self& row, Visit&& visit) {
    visit("round", row.round);
    visit("phase", row.phase);
    visit("sites", row.sites);
    visit("answered", row.answered);
    visit("doubtful", row.doubtful);
    visit("by_gradients", row.by_gradients);
    visit("wanted_step", row.wanted_step);
    visit("step", row.step);
    visit("moved", row.moved);
    visit("distance", row.distance);
    visit("noise", row.noise);
    visit("noisiest_site", row.noisiest_site);
    visit("answer_noise", row.answer_noise);
    visit("averaged", row.averaged);
    visit("draws", row.draws);
    visit("divergences", row.divergences);
    visit("depth_hits", row.depth_hits);
    visit("gradient_evaluations", row.gradient_evaluations);
    visit("error_events", row.error_events);
    visit("points", row.points);
    visit("effective", row.effective);
    visit("k_hat", row.k_hat);
    visit("state_sha256", row.state_sha256);
    visit("seconds", row.seconds);
  }
  template <class Archive>
  void describe(Archive& archive) {
    visit(*this, [&](const char*, auto& value) { archive(value); });
  }
};

/// The table of rounds for the terminal: a header and one line per round, of equal widths, each with a line feed.
[[nodiscard]] std::string ep_table_header();
[[nodiscard]] std::string table_line(const EpRow& row);

}  // namespace dovetail
