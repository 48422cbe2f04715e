/// What the record of a run must know of latent Dirichlet allocation.
#pragma once
#include <string>
#include <vector>

#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail {

[[nodiscard]] const char* word(Learn learn);

/// See the concept Recording. Keeps a reference.
class LdaRecording {
 public:
  using JobType = LdaJob;
  using Row = LdaRow;
  static constexpr bool kRowsInDigest = true;  // they hold the hash of the state

  /// `threads`: for the score of documents held out, which they do not change.
  explicit LdaRecording(const LdaJob& job, unsigned threads = 1) : job_(job), threads_(threads) {}
  [[nodiscard]] const LdaJob& job() const { return job_; }
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] Manifest manifest(const Layout& layout) const;
  [[nodiscard]] LdaRow last_row(const State<LdaJob>& state) const { return *state.shared.last; }
  [[nodiscard]] Round burn_in_before(const State<LdaJob>&) const { return Round(0); }
  [[nodiscard]] bool wants_looks() const { return false; }
  [[nodiscard]] bool is_enough(const State<LdaJob>&, const KeptDraws&) const { return false; }
  /// CheckpointError too: where counts are not those of the topics.
  void require_extends(const State<LdaJob>& state) const;
  void require_draws(const std::vector<LdaRow>&, const KeptDraws&, const std::string&) const {}
  [[nodiscard]] Summary summarise(const State<LdaJob>& state, const KeptDraws& draws) const;
  [[nodiscard]] std::string place(const State<LdaJob>& state) const;
  /// topics.json and doc_topics.tsv.
  void write_results(const State<LdaJob>& state, const RunFolder& folder) const;

 private:
  const LdaJob& job_;
  unsigned threads_;
  std::vector<std::string> columns_;  ///< none: no draws are kept
};

}  // namespace dovetail
