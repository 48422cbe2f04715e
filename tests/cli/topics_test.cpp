// What is done with topics and to corpora: new documents, forms of other programs, many files, words left out.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "command.hpp"
#include "dovetail/cli/model.hpp"

namespace dovetail::test {
namespace {

using nlohmann::json;

class Topics : public CommandTest {
 protected:
  [[nodiscard]] CommandResult ask(const std::vector<std::string>& words) const { return run(CommandCall{words}); }
  [[nodiscard]] CommandResult ask_lda(std::vector<std::string> words) const {
    words.insert(words.begin(), {"lda"});
    words.insert(words.end(), {"--topics", "3", "--sweeps", "20", "--quiet"});
    return ask(words);
  }
  [[nodiscard]] std::string digest_of(const std::string& run) const { return ask({"digest", run}).out; }
  /// Document d has words of group d mod 3 alone, and a word of all.
  static std::string lines(int from, int to) {
    std::string text;
    for (int d = from; d < to; ++d) {
      text += "doc" + std::to_string(d) + "\tthe:" + std::to_string(2 + d % 2);
      for (int i = 0; i < 6; ++i) {
        text += "\t" + std::string(1, static_cast<char>('a' + d % 3)) + std::to_string((d + i * i) % 8) + ":" +
                std::to_string(1 + i % 3);
      }
      text += '\n';
    }
    return text;
  }
  void SetUp() override { write("corpus.tsv", lines(0, 45)); }
  void run_planted() const {
    const CommandResult ran = ask_lda({"corpus.tsv", "--alpha", "0.1", "--out", "run"});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
  }
};

std::vector<std::vector<std::string>> cells(const std::string& text, char separator) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    rows.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, separator);) rows.back().push_back(field);
  }
  return rows;
}

/// (topic, word) -> count, of topics.json.
std::map<std::pair<std::size_t, std::string>, std::uint64_t> counts_of(const json& topics) {
  std::map<std::pair<std::size_t, std::string>, std::uint64_t> counts;
  for (const json& topic : topics["topics"]) {
    for (const json& word : topic["words"]) counts[{topic["topic"], word[0]}] = word[1];
  }
  return counts;
}

std::uint64_t sum_of(const std::map<std::pair<std::size_t, std::string>, std::uint64_t>& counts) {
  std::uint64_t sum = 0;
  for (const auto& [key, count] : counts) sum += count;
  return sum;
}

// New documents

TEST_F(Topics, OfNewDocumentsAreThoseOfTheirWords) {
  run_planted();
  std::map<std::string, std::set<std::size_t>> topics_of;
  for (const auto& [key, count] : counts_of(json::parse(read("run/topics.json")))) {
    topics_of[key.second].insert(key.first);
  }
  std::vector<std::string> word_of(3);  // one that stands in this topic alone
  for (const auto& [word, topics] : topics_of) {
    if (topics.size() == 1) word_of[*topics.begin()] = word;
  }
  ASSERT_TRUE(!word_of[0].empty() && !word_of[1].empty());
  write("new.tsv", "x\t" + word_of[0] + ":6\nempty\ny\t" + word_of[1] + ":6\tnew:5\tother:1\nz\tonly:1\n");
  const CommandResult asked = ask({"lda", "infer", "run", "--data", "new.tsv", "--json"});
  ASSERT_EQ(asked.exit_code, 0) << asked.err;
  EXPECT_NE(asked.err.find("4 documents, 12 tokens; 7 tokens of 3 words that the topics do not know were left out"),
            std::string::npos)
      << asked.err;
  const json found = json::parse(asked.out);
  EXPECT_EQ(found["tokens"], 12);
  EXPECT_EQ(found["unknown_tokens"], 7);
  EXPECT_EQ(found["unknown_words"], 3);
  ASSERT_EQ(found["documents"].size(), 4U);
  std::vector<std::vector<double>> shares;
  for (const json& document : found["documents"]) {
    double sum = 0;
    shares.push_back(document["topics"]);
    for (const double share : shares.back()) sum += share;
    EXPECT_NEAR(sum, 1, 1e-12);
  }
  EXPECT_EQ(found["documents"][2]["unknown_tokens"], 6);
  EXPECT_EQ(shares[1], shares[3]) << "no known word is as good as no word";
  EXPECT_GT(shares[0][0], 0.9);  // 6.1 of 6.3 where all tokens have it
  EXPECT_GT(shares[2][1], 0.9);
}

TEST_F(Topics, OfADocumentDependOnItsNameAndWordsAlone) {
  run_planted();
  write("many.tsv", lines(45, 60) + "x\ta0:3\tc1:2\tunknown:1\n");
  write("one.tsv", "x\tc1:2\ta0:3\n");
  const std::vector<std::string> infer = {"infer", "run", "--quiet", "--data"};
  const auto ask_infer = [&](const std::string& file, const std::vector<std::string>& more) {
    std::vector<std::string> words = infer;
    words.push_back(file);
    words.insert(words.end(), more.begin(), more.end());
    const CommandResult asked = ask(words);
    EXPECT_EQ(asked.exit_code, 0) << asked.err;
    EXPECT_EQ(asked.err, "");
    return asked.out;
  };
  const std::string many = ask_infer("many.tsv", {"--threads", "1"});
  EXPECT_EQ(ask_infer("many.tsv", {"--threads", "3"}), many);
  EXPECT_EQ(ask({"lda", "infer", "run", "--data", "many.tsv", "--quiet"}).out, many);
  EXPECT_NE(ask_infer("many.tsv", {"--seed", "2"}), many);
  auto last = cells(many, '\t').back();
  auto alone = cells(ask_infer("one.tsv", {}), '\t').back();
  ASSERT_EQ(last.size(), 5U);  // number, name, three topics
  EXPECT_EQ(last[0], "15");
  EXPECT_EQ(alone[0], "0");
  last[0] = alone[0];
  EXPECT_EQ(last, alone);
}

TEST_F(Topics, ForeseeTheWordsOfNewDocumentsOfTheirKind) {
  run_planted();
  write("new.tsv", lines(45, 60));
  write("shuffled.tsv", "p\ta0:3\tb1:3\tc2:3\ta4:3\nq\tb0:3\tc1:3\ta2:3\tb4:3\n");
  const auto score = [&](const std::string& file, const std::string& method) {
    const CommandResult asked = ask({"infer", "run", "--data", file, "--json", "--score", method});
    EXPECT_EQ(asked.exit_code, 0) << asked.err;
    return json::parse(asked.out)["score"];
  };
  for (const char* method : {"completion", "left-to-right"}) {
    const json own = score("new.tsv", method);
    EXPECT_EQ(own["method"], method);
    EXPECT_NEAR(own["perplexity"].get<double>(), std::exp(-own["log_probability_per_token"].get<double>()), 1e-9);
    EXPECT_LT(own["perplexity"], 15) << "of 25 words, 9 in a topic";
    EXPECT_LT(own["perplexity"], score("shuffled.tsv", method)["perplexity"]) << method;
  }
  std::uint64_t tokens = 0;
  for (const auto& row : cells(lines(45, 60), '\t')) {
    for (std::size_t i = 1; i < row.size(); ++i) tokens += std::stoull(row[i].substr(row[i].find(':') + 1));
  }
  EXPECT_EQ(score("new.tsv", "left-to-right")["tokens"], tokens);
  EXPECT_LT(score("new.tsv", "completion")["tokens"], tokens);
}

TEST_F(Topics, ThatCannotBeReadAreRefused) {
  run_planted();
  const auto says = [&](const std::vector<std::string>& words, int code, const char* text) {
    const CommandResult ran = ask(words);
    EXPECT_EQ(ran.exit_code, code) << ran.err;
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err;
  };
  says({"infer", "run"}, 2, "--data");
  says({"infer", "run", "--data", "none.tsv"}, 3, "none.tsv does not exist");
  says({"infer", "run", "--data", "corpus.tsv", "--sweeps", "0"}, 2, "--sweeps: \"0\"");
  says({"infer", "run", "--data", "corpus.tsv", "--score", "best"}, 2, "--score: \"best\" is unknown");
  says({"infer", "corpus.tsv", "--data", "corpus.tsv"}, 2, "corpus.tsv");
  says({"export", "run"}, 2, "--to netcdf");
  says({"export", "run", "--to", "pyldavi"}, 2, "did you mean pyldavis?");
  ASSERT_EQ(ask({"sample", "builtin:mvn", "--draws", "100", "--chains", "1", "--out", "chains", "--quiet"}).exit_code,
            0);
  says({"infer", "chains", "--data", "corpus.tsv"}, 2, "is a run of `dovetail sample`, which has no topics");
  says({"export", "chains", "--to", "pyldavis"}, 2, "is a run of `dovetail sample`, which has no topics");
  const std::string whole = read("run/topics.json");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = whole;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  for (const std::string& damaged :
       {std::string(), whole.substr(0, whole.size() / 2), with("\"tokens\": ", "\"tokens\": 1"),
        with("\"beta\": ", "\"beta\": -"), with("\"words\"", "\"sword\""), std::string("{\"topics\": []}")}) {
    write("run/topics.json", damaged);
    says({"infer", "run", "--data", "corpus.tsv"}, 7, "topics.json: ");
  }
}

// Forms of other programs

TEST_F(Topics, AreExportedForPyLDAvis) {
  run_planted();
  const CommandResult asked = ask({"export", "run", "--to", "pyldavis"});
  ASSERT_EQ(asked.exit_code, 0) << asked.err;
  const json arrays = json::parse(asked.out);
  ASSERT_EQ(arrays.size(), 5U);
  const json topics = json::parse(read("run/topics.json"));
  const std::size_t words = arrays["vocab"].size();
  ASSERT_EQ(arrays["term_frequency"].size(), words);
  ASSERT_EQ(arrays["topic_term_dists"].size(), 3U);
  ASSERT_EQ(arrays["doc_topic_dists"].size(), 45U);
  ASSERT_EQ(arrays["doc_lengths"].size(), 45U);
  const auto sum = [](const json& row) {
    double total = 0;
    for (const double value : row) total += value;
    return total;
  };
  for (const json& row : arrays["topic_term_dists"]) {
    EXPECT_EQ(row.size(), words);
    EXPECT_NEAR(sum(row), 1, 1e-12);
  }
  const auto documents = cells(read("run/doc_topics.tsv"), '\t');
  for (std::size_t d = 0; d < 45; ++d) {
    EXPECT_NEAR(sum(arrays["doc_topic_dists"][d]), 1, 1e-12);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(arrays["doc_topic_dists"][d][k], std::stod(documents[d][k + 2]));
    }
  }
  EXPECT_EQ(arrays["vocab"][0], "the") << "words by falling count";
  const std::uint64_t tokens = sum_of(counts_of(topics));
  EXPECT_EQ(sum(arrays["doc_lengths"]), static_cast<double>(tokens));
  EXPECT_EQ(sum(arrays["term_frequency"]), static_cast<double>(tokens));
  for (const json& topic : topics["topics"]) {
    for (const json& word : topic["words"]) {
      const auto at = std::find(arrays["vocab"].begin(), arrays["vocab"].end(), word[0]) - arrays["vocab"].begin();
      EXPECT_EQ(arrays["topic_term_dists"][topic["topic"].get<std::size_t>()][static_cast<std::size_t>(at)], word[2]);
    }
  }
}

TEST_F(Topics, AreExportedAsMalletWritesThem) {
  run_planted();
  const auto counts = counts_of(json::parse(read("run/topics.json")));
  const auto state = cells(ask({"export", "run", "--to", "mallet-state"}).out, ' ');
  ASSERT_GT(state.size(), 3U);
  EXPECT_EQ(state[0].front(), "#doc");
  EXPECT_EQ(state[1].size(), 5U) << "#alpha : and one for each topic";
  EXPECT_EQ(state[2][0], "#beta");
  auto recount = counts;
  for (auto& [key, count] : recount) count = 0;
  std::map<std::string, std::size_t> tokens_of;
  for (std::size_t i = 3; i < state.size(); ++i) {
    ASSERT_EQ(state[i].size(), 6U);
    EXPECT_EQ(state[i][1], "doc" + state[i][0]);
    EXPECT_EQ(state[i][2], std::to_string(tokens_of[state[i][0]]++));
    ++recount[{std::stoul(state[i][5]), state[i][4]}];
  }
  EXPECT_EQ(recount, counts);
  const auto weights = cells(ask({"export", "run", "--to", "mallet-weights"}).out, '\t');
  EXPECT_EQ(weights.size(), 25U * 3);
  for (const auto& row : weights) {
    const auto found = counts.find({std::stoul(row[0]), row[1]});
    EXPECT_NEAR(std::stod(row[2]), 0.01 + (found == counts.end() ? 0 : static_cast<double>(found->second)), 1e-9);
  }
}

/// Defects of dist_lda as its users know them: its most frequent word, number 0, was never counted, names of documents
/// were, and zero counts stayed.
TEST_F(Topics, AreExportedAsDistLdaShouldHaveWrittenThem) {
  run_planted();
  const json dump = json::parse(ask({"export", "run", "--to", "dist-lda"}).out);
  EXPECT_EQ(dump["topics"], 3);
  EXPECT_EQ(dump["iterations"], 20);
  EXPECT_EQ(dump["beta"], 0.01);
  EXPECT_EQ(dump["lookup"]["0"], "the");
  EXPECT_EQ(dump["lookup"].size(), 25U);
  for (const json& word : dump["lookup"]) EXPECT_NE(word.get<std::string>().substr(0, 3), "doc");
  const auto counts = counts_of(json::parse(read("run/topics.json")));
  std::map<std::pair<std::size_t, std::string>, std::uint64_t> found;
  std::uint64_t in_documents = 0;
  std::uint64_t of_word_zero = 0;
  for (const auto& [topic, words] : dump["w"].items()) {
    for (const auto& [id, count] : words.items()) {
      found[{std::stoul(topic), dump["lookup"][id]}] = count;
      EXPECT_GT(count, 0);
      if (id == "0") of_word_zero += count.get<std::uint64_t>();
    }
  }
  for (const auto& [topic, documents] : dump["d"].items()) {
    for (const auto& [document, count] : documents.items()) {
      EXPECT_GT(count, 0);
      in_documents += count.get<std::uint64_t>();
    }
  }
  EXPECT_EQ(found, counts);
  EXPECT_EQ(in_documents, sum_of(counts));
  EXPECT_EQ(of_word_zero, 23U * 2 + 22 * 3);
}

TEST_F(Topics, ForeseeDocumentsHeldOutAsInferDoes) {
  run_planted();
  write("held.tsv", lines(45, 60) + "x\tunknown:3\n");
  const CommandResult ran =
      ask_lda({"corpus.tsv", "--alpha", "0.1", "--seed", "5", "--held-out", "held.tsv", "--out", "scored"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_NE(ran.out.find("\nheld out        16 documents: perplexity "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("; 3 tokens of unknown words\n"), std::string::npos) << ran.out;
  const auto held_out = [&] { return json::parse(read("scored/summary.json"))["lda"]["held_out"]; };
  const auto infer = [&] {
    return json::parse(ask({"lda", "infer", "scored", "--data", "held.tsv", "--seed", "5", "--json"}).out)["score"];
  };
  for (const char* name : {"tokens", "log_probability_per_token", "perplexity"}) {
    EXPECT_EQ(held_out()[name], infer()[name]) << name;
  }
  EXPECT_EQ(held_out()["unknown_tokens"], 3);
  // It is no part of the run, which goes on from any folder, with it or without.
  ASSERT_EQ(ask_lda({"corpus.tsv", "--alpha", "0.1", "--seed", "5", "--out", "plain"}).exit_code, 0);
  EXPECT_EQ(digest_of("scored"), digest_of("plain"));
  EXPECT_FALSE(json::parse(read("plain/summary.json"))["lda"].contains("held_out"));
  ASSERT_EQ(ask({"resume", "scored", "--sweeps", "+20", "--quiet"}).exit_code, 0);
  EXPECT_EQ(held_out()["perplexity"], infer()["perplexity"]);
  std::filesystem::remove(folder() / "held.tsv");
  EXPECT_EQ(ask({"verify", "scored", "--quiet"}).exit_code, 0) << "a replay needs no score";
  const CommandResult gone = ask({"resume", "scored", "--sweeps", "+20", "--quiet"});
  EXPECT_EQ(gone.exit_code, 3) << gone.err;
  EXPECT_NE(gone.err.find("held.tsv does not exist"), std::string::npos) << gone.err;
  ASSERT_EQ(ask({"resume", "scored", "--sweeps", "+20", "--held-out", "none", "--quiet"}).exit_code, 0);
  EXPECT_TRUE(held_out().is_null());
  write("bad.tsv", "a\tword:-1\n");
  EXPECT_EQ(ask_lda({"corpus.tsv", "--held-out", "bad.tsv", "--out", "never"}).exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(folder() / "never"));
}

TEST_F(Topics, ForeseeDocumentsOfAPatternWhateverTheFolderIsCalled) {
  const std::filesystem::path before = std::filesystem::current_path();
  for (const std::string name : {"plain", "a[1]", "*", "what?", "b\\c"}) {
    std::filesystem::create_directories(folder() / name);
    write(name + "/held_1.tsv", lines(0, 2));
    write(name + "/held_2.tsv", lines(2, 5));
    cli::RunSettings settings;
    settings.held_out = "held_*.tsv";
    std::filesystem::current_path(folder() / name);
    cli::read_held_out(settings);
    EXPECT_EQ(settings.lda.held_out->documents(), 5U) << name;
    std::filesystem::current_path(before);  // as `resume` may be called from anywhere
    cli::read_held_out(settings);
    EXPECT_EQ(settings.lda.held_out->documents(), 5U) << name;
  }
}

TEST_F(Topics, HaveACoherenceInSummaryAndFile) {
  run_planted();
  const json summary = json::parse(read("run/summary.json"))["lda"];
  const json topics = json::parse(read("run/topics.json"))["topics"];
  double npmi = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(summary["table"][k]["npmi"], topics[k]["npmi"]);
    EXPECT_EQ(summary["table"][k]["umass"], topics[k]["umass"]);
    EXPECT_LE(summary["table"][k]["npmi"], 1);
    npmi += summary["table"][k]["npmi"].get<double>() / 3;
  }
  EXPECT_NEAR(summary["npmi"].get<double>(), npmi, 1e-12);
  EXPECT_NE(ask({"summary", "run"}).out.find("\ncoherence       NPMI "), std::string::npos);
}

// Corpora

TEST_F(Topics, OfSeveralFilesAreThoseOfTheFilesAsOne) {
  ASSERT_EQ(ask_lda({"corpus.tsv", "--out", "whole"}).exit_code, 0);
  std::filesystem::create_directory(folder() / "parts");
  write("parts/2.tsv", lines(20, 45));
  write("parts/1.tsv", lines(0, 20));
  ASSERT_EQ(ask_lda({"parts/1.tsv", "parts/2.tsv", "--out", "named"}).exit_code, 0);
  ASSERT_EQ(ask_lda({"parts/*.tsv", "--out", "pattern"}).exit_code, 0);
  ASSERT_EQ(ask_lda({"parts/2.tsv", "parts/1.tsv", "--out", "turned"}).exit_code, 0);
  EXPECT_EQ(digest_of("named"), digest_of("whole"));
  EXPECT_EQ(digest_of("pattern"), digest_of("whole"));
  EXPECT_NE(digest_of("turned"), digest_of("whole")) << "documents have an order";
  write("run.toml", "model = [\"parts/1.tsv\", \"parts/2.tsv\"]\n");
  ASSERT_EQ(ask_lda({"run.toml", "--out", "list"}).exit_code, 0);
  EXPECT_EQ(digest_of("list"), digest_of("whole"));
  for (const char* text : {"1", "2"}) write(std::string("parts/") + text + ".txt", "one two\nthree two\n");
  write("all.txt", "one two\nthree two\none two\nthree two\n");
  ASSERT_EQ(ask_lda({"parts/*.txt", "--format", "text", "--out", "texts"}).exit_code, 0);
  ASSERT_EQ(ask_lda({"all.txt", "--format", "text", "--out", "text"}).exit_code, 0);
  EXPECT_EQ(digest_of("texts"), digest_of("text")) << "numbered through";
  // A file that comes later is none of the run's.
  write("parts/3.tsv", lines(45, 50));
  const CommandResult resumed = ask({"resume", "pattern", "--sweeps", "+20", "--quiet"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  write("parts/2.tsv", lines(21, 45));
  EXPECT_EQ(ask({"resume", "pattern", "--sweeps", "+20", "--quiet"}).exit_code, 7);
  const auto says = [&](const std::vector<std::string>& words, int code, const char* text) {
    const CommandResult ran = ask_lda(words);
    EXPECT_EQ(ran.exit_code, code) << ran.err;
    EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err;
  };
  says({"parts/*.bag"}, 3, "parts/*.bag fits no file");
  says({"parts/1.tsv", "parts/1.tsv"}, 3, "parts/1.tsv:1: there is a document named \"doc0\" already");
  says({"run.toml", "parts/1.tsv"}, 2, "run.toml is a file of settings and stands alone");
}

TEST_F(Topics, OfACorpusWithoutSomeWordsAreThoseOfTheWordsLeft) {
  write("stop", "the\r\n\n a1\nnowhere\n");
  std::string without;  // the, which is in every document, and a1
  for (const auto& row : cells(read("corpus.tsv"), '\t')) {
    without += row[0];
    for (std::size_t i = 1; i < row.size(); ++i) {
      if (!row[i].starts_with("the:") && !row[i].starts_with("a1:")) without += "\t" + row[i];
    }
    without += '\n';
  }
  write("without.tsv", without);
  ASSERT_EQ(ask_lda({"without.tsv", "--out", "without"}).exit_code, 0);
  const CommandResult ran = ask_lda({"corpus.tsv", "--stop-words", "stop", "--out", "stopped"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(digest_of("stopped"), digest_of("without"));
  EXPECT_NE(ran.out.find("note: 2 words with "), std::string::npos) << ran.out;
  EXPECT_EQ(ask({"verify", "stopped", "--quiet"}).exit_code, 0);
  write("a1", "a1\n");
  ASSERT_EQ(ask_lda({"corpus.tsv", "--stop-words", "a1", "--max-share", "0.9", "--out", "share"}).exit_code, 0);
  EXPECT_EQ(digest_of("share"), digest_of("without"));

  const CommandResult asked = ask({"resume", "stopped", "--min-count", "2"});
  EXPECT_EQ(asked.exit_code, 2);
  EXPECT_NE(asked.err.find("--min-count cannot change when a run goes on"), std::string::npos) << asked.err;
  write("stop", "the\n");
  const CommandResult resumed = ask({"resume", "stopped", "--sweeps", "+20", "--quiet"});
  EXPECT_EQ(resumed.exit_code, 7);
  EXPECT_NE(resumed.err.find("or the words left out of it"), std::string::npos) << resumed.err;
  std::string config = read("share/config.toml");
  config.replace(config.find("max_share = 0.9"), 15, "max_share = 1.0");
  write("share/config.toml", config);
  EXPECT_EQ(ask({"resume", "share", "--sweeps", "+20", "--quiet"}).exit_code, 7);

  ASSERT_EQ(ask_lda({"corpus.tsv", "--min-count", "1000"}).exit_code, 3) << "nothing is left";
  write("stop", "two words\n");
  EXPECT_NE(ask_lda({"corpus.tsv", "--stop-words", "stop"}).err.find("stop:1: there is more than one word"),
            std::string::npos);
  for (const char* share : {"0", "1.5", "x"}) EXPECT_EQ(ask_lda({"corpus.tsv", "--max-share", share}).exit_code, 2);
}

TEST_F(Topics, MustBeGivenANumber) {
  const std::string help = ask({"help", "lda"}).out;
  EXPECT_NE(help.find("how many topics there are (must be given)"), std::string::npos) << help;
  const CommandResult asked = ask({"lda", "corpus.tsv", "--topics", "5000"});
  EXPECT_EQ(asked.err.find("default"), std::string::npos) << asked.err;
}

}  // namespace
}  // namespace dovetail::test
