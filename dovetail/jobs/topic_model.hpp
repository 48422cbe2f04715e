/// A corpus as what a run is about: its identity, and the words that summaries are written in.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "dovetail/lda/corpus.hpp"
#include "dovetail/lda/selection.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {

/// Of words, names and counts: what tells corpora apart, whatever files they came from.
[[nodiscard]] Sha256 corpus_sha256(const lda::Corpus& corpus);

/// As a Model it has no coordinates, so its density is 1: what is drawn of a corpus, topics of tokens, is the job's
/// own.
class TopicModel final : public Model {
 public:
  /// `name`: as given, for people. The identity of a run holds the corpus itself, whatever file it came from.
  /// `left_out`: what `corpus` lacks of its files.
  TopicModel(std::string name, lda::Corpus corpus, const lda::LeftOut& left_out = {});
  [[nodiscard]] const lda::Corpus& corpus() const { return corpus_; }
  [[nodiscard]] const lda::LeftOut& left_out() const { return left_out_; }

  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] LogDensity log_density(Point) const override { return {}; }
  void output_values(Point, Rng&, PointOut) const override {}

 private:
  lda::Corpus corpus_;
  lda::LeftOut left_out_;
  ModelDescription description_;
};

}  // namespace dovetail
