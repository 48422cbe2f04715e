/// One row per round of latent Dirichlet allocation.
#pragma once
#include <cstdint>
#include <string>

namespace dovetail {

struct LdaRow {
  std::uint32_t round = 0;
  std::uint32_t sweeps = 0;        ///< so far
  double log_joint_per_token = 0;  ///< ln p(words, topics) / tokens, with the priors of this round's draws
  double moved = 0;                ///< share of draws that changed a token's topic
  double alpha_sum = 0;            ///< of this round's draws
  double beta = 0;
  std::uint32_t topics = 0;  ///< that have a token
  std::uint64_t error_events = 0;
  std::string state_sha256;  ///< of the state after the round, as in the checkpoint; `verify` compares it
  double seconds = 0;

  template <class Self, class Visit>
  static void visit(Self& row, Visit&& visit) {
    visit("round", row.round);
    visit("sweeps", row.sweeps);
    visit("log_joint_per_token", row.log_joint_per_token);
    visit("moved", row.moved);
    visit("alpha_sum", row.alpha_sum);
    visit("beta", row.beta);
    visit("topics", row.topics);
    visit("error_events", row.error_events);
    visit("state_sha256", row.state_sha256);
    visit("seconds", row.seconds);
  }
  template <class Archive>
  void describe(Archive& archive) {
    visit(*this, [&](const char*, auto& value) { archive(value); });
  }
};

/// The table of rounds for the terminal: a header and one line per round, of equal widths, each with a line feed.
[[nodiscard]] std::string lda_table_header();
[[nodiscard]] std::string table_line(const LdaRow& row);

}  // namespace dovetail
