#include "dovetail/jobs/topic_model.hpp"

#include "dovetail/core/codec.hpp"

namespace dovetail {

Sha256 corpus_sha256(const lda::Corpus& corpus) {
  Hasher hasher;
  hasher.add(pack(corpus.words));
  hasher.add(pack(corpus.names));
  for (std::size_t d = 0; d < corpus.documents(); ++d) {
    Writer document;
    document(static_cast<std::uint64_t>(corpus.document(d).size()));
    for (const lda::WordCount& entry : corpus.document(d)) {
      document(entry.word);
      document(entry.count);
    }
    hasher.add(document.out);
  }
  return hasher.finish();
}

TopicModel::TopicModel(std::string name, lda::Corpus corpus, const lda::LeftOut& left_out)
    : corpus_(std::move(corpus)), left_out_(left_out) {
  description_.name = std::move(name);
  description_.identity = "corpus";
  description_.summary = std::to_string(corpus_.documents()) + " documents, " + std::to_string(corpus_.words.size()) +
                         " words, " + std::to_string(corpus_.tokens) + " tokens";
  description_.source = "Blei, Ng and Jordan 2003; Griffiths and Steyvers 2004";
  description_.kind = "corpus";
  description_.data_sha256 = to_hex(corpus_sha256(corpus_));
}

}  // namespace dovetail
