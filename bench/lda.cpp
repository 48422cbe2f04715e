// Topics of a corpus: tokens per second of exact and ring sampling on one thread and two, what the ring costs in log
// joint, memory per token; beside gensim, where it is installed.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/bench.hpp"
#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/jobs/read_corpus.hpp"
#include "dovetail/run/run.hpp"

namespace dovetail::bench {
namespace {

constexpr std::uint64_t kTokensMax = 2'000'000;
constexpr double kDistLda =
    12'700;  ///< tokens/s and core, K = 100, as measured with its Python 3 port on the AP corpus
/// Tokens/s and core that the products and loads of a draw would allow if nothing else took time, as estimated for a
/// processor of 2.6 GHz with AVX-512.
constexpr double kBoundNarrow = 55e6;
constexpr double kBoundWide = 26e6;

class NoDraws final : public Sink {
 public:
  void begin(std::span<const std::string>) override {}
  void write(const DrawBlock&) override {}
  [[nodiscard]] std::uint64_t commit() override { return 0; }
  void rewind(std::uint64_t) override {}
  void drop_before(Round) override {}
};

struct Course {
  double per_processor_second = 0;  ///< tokens, in the best round
  double per_second = 0;            ///< likewise, by the clock
  std::vector<double> log_joint;    ///< per token, by round
  double words_bytes = 0;           ///< of counts of words and topics, in the state
};

constexpr std::uint32_t kRoundSweeps = 5;

Course sample_topics(const TopicModel& model, std::uint32_t topics, std::uint32_t shards, unsigned threads,
                     std::uint32_t sweeps) {
  LdaOptions options;
  options.topics = topics;
  options.shards = shards;
  options.sweeps = sweeps;
  options.round_sweeps = kRoundSweeps;
  options.learn = Learn::none;
  const LdaJob job(model, resolved(options, model.corpus()));
  const auto executor = threads == 1 ? make_serial_executor() : make_threads_executor(threads);
  NoDraws sink;
  Observer quiet;
  Course course;
  const double tokens = static_cast<double>(model.corpus().tokens) * kRoundSweeps;
  auto state = begin(job, *executor);
  std::clock_t before = std::clock();
  const auto round_ended = [&](const State<LdaJob>& at, double seconds) {
    const std::clock_t now = std::clock();
    const double processor = static_cast<double>(now - before) / CLOCKS_PER_SEC;
    before = now;
    course.per_processor_second = std::max(course.per_processor_second, tokens / processor);
    course.per_second = std::max(course.per_second, tokens / seconds);
    course.log_joint.push_back(at.shared.last->log_joint_per_token);
    course.words_bytes = 0;
    for (const auto& rows : at.shared.slices) course.words_bytes += 4 * static_cast<double>(rows.size());
  };
  run(job, state, Surroundings<LdaJob>{*executor, sink, quiet, round_ended, {}, 0});
  return course;
}

/// Of this process, in bytes; 0 where the system does not say.
double memory(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kibibytes = 0;
    if (word == what + ":" && status >> kibibytes) return 1024 * kibibytes;
  }
  return 0;
}

/// The first documents, as many as have kTokensMax tokens.
lda::Corpus beginning_of(const lda::Corpus& all) {
  lda::CorpusBuilder builder;
  for (std::size_t d = 0; d < all.documents() && builder.tokens() < kTokensMax; ++d) {
    builder.begin_document(all.names[d]);
    for (const lda::WordCount& entry : all.document(d)) builder.add(all.words[entry.word], entry.count);
  }
  return builder.finish();
}

void report(std::uint32_t topics, std::uint32_t sweeps, const TopicModel& model, const char* goal, double bound) {
  const std::string what = fmt::format("K = {}: ", topics);
  const Course exact = sample_topics(model, topics, 1, 1, sweeps);
  print_ratio(what + "exact, million tokens per second of processor time", exact.per_processor_second / 1e6, goal);
  print_ratio(what + "the same, share of an estimated bound", exact.per_processor_second / bound, "");
  print_ratio(what + "the same, over dist_lda's 12,700", exact.per_processor_second / kDistLda, "at least 1000");
  const Course ring = sample_topics(model, topics, 8, 1, sweeps);
  print_ratio(what + "ring of 8 over exact, one thread", ring.per_processor_second / exact.per_processor_second,
              "at least 0.85");
  const Course two = sample_topics(model, topics, 8, 2, sweeps);
  print_ratio(what + "ring of 8, two threads over one, by the clock", two.per_second / ring.per_second,
              "at least 1.7, on two idle cores");
  if (sweeps < 50) return;
  double largest = 0;
  for (std::size_t r = 50 / kRoundSweeps - 1; r < exact.log_joint.size(); ++r) {
    largest = std::max(largest, std::abs(ring.log_joint[r] - exact.log_joint[r]));
  }
  print_ratio(what + "log joint per token, ring off exact from sweep 50 on", largest, "at most 0.02");
}

void compare_with_gensim(const std::string& file) {
  const std::string command = "/usr/bin/python3 " DOVETAIL_BENCH_FOLDER "/gensim_speed.py '" + file + "' 2>/dev/null";
  double rate = 0;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return;
  if (std::fscanf(pipe, "%lf", &rate) != 1) rate = 0;
  pclose(pipe);
  if (rate == 0) {
    print_note("    no comparison with gensim: /usr/bin/python3 cannot import it (Debian: python3-gensim)");
    return;
  }
  print_ratio("K = 100: gensim's LdaModel, a pass of online variational Bayes, million tokens/s", rate / 1e6, "");
}

}  // namespace

void lda() {
  const char* const given = std::getenv("DOVETAIL_CORPUS");
  const std::string file = given != nullptr ? given : "corpus/small.gz";
  if (!std::filesystem::exists(file)) {
    print_note("\nno corpus for lda: make it by scripts/make-corpus.sh corpus, or name one by DOVETAIL_CORPUS");
    return;
  }
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak counts from here
  const double before = memory("VmRSS");
  const auto whole = std::make_unique<TopicModel>(file, read_corpus({file}, {}).corpus);
  const auto tokens = static_cast<double>(whole->corpus().tokens);
  print_note(fmt::format("\n{}: {} documents, {} words, {} tokens; speed is that of the first {} or so", file,
                         whole->corpus().documents(), whole->corpus().words.size(), tokens, kTokensMax));
  const Course course = sample_topics(*whole, 100, 8, 1, kRoundSweeps);
  print_ratio("K = 100, ring of 8: peak bytes a token, reading included", (memory("VmHWM") - before) / tokens,
              "at most 12 and the next line");
  print_ratio("    counts of words and topics, bytes a token", course.words_bytes / tokens, "");
  const TopicModel model(file, beginning_of(whole->corpus()));
  report(100, 60, model, "at least 25", kBoundNarrow);
  report(1000, 20, model, "at least 8", kBoundWide);
  compare_with_gensim(file);
}

}  // namespace dovetail::bench
