// `dovetail lda` as a process: from files of every format to topics, and files that cannot be meant.
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "command.hpp"

namespace dovetail::test {
namespace {

using nlohmann::json;

class LdaCommand : public CommandTest {
 protected:
  [[nodiscard]] CommandResult ask(const std::vector<std::string>& words) const { return run(CommandCall{words}); }
  [[nodiscard]] CommandResult ask_lda(std::vector<std::string> words) const {
    words.insert(words.begin(), {"lda"});
    words.insert(words.end(), {"--topics", "3", "--sweeps", "20"});
    return ask(words);
  }
  void SetUp() override {
    std::string lines;
    for (int d = 0; d < 40; ++d) {
      lines += "doc" + std::to_string(d);
      for (int i = 0; i < 12; ++i)
        lines += "\tw" + std::to_string(d % 4 * 5 + (i * i + d) % 7) + ":" + std::to_string(1 + i % 3);
      lines += '\n';
    }
    write("corpus.tsv", lines);
  }
};

TEST_F(LdaCommand, GoesFromACorpusToTopicsThatOtherCommandsKnow) {
  const CommandResult ran = ask_lda({"corpus.tsv", "--shards", "3", "--out", "run", "--json", "--threads", "2"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json summary = json::parse(ran.out);
  EXPECT_EQ(summary["command"], "lda");
  EXPECT_EQ(summary["model"], "corpus.tsv");
  EXPECT_EQ(summary["lda"]["documents"], 40);
  EXPECT_EQ(summary["lda"]["scheme"], "ring");
  EXPECT_EQ(summary["lda"]["table"].size(), 3U);
  std::uint64_t tokens = 0;
  for (const json& topic : summary["lda"]["table"]) tokens += topic["tokens"].get<std::uint64_t>();
  EXPECT_EQ(summary["lda"]["tokens"], tokens);
  EXPECT_EQ(ask({"verify", "run"}).exit_code, 0);
  EXPECT_EQ(ask({"status", "run"}).exit_code, 0);
  const CommandResult words = ask({"summary", "run"});
  EXPECT_EQ(words.exit_code, 0);
  EXPECT_NE(words.out.find("ring, 3 shards; 3 topics, 20 sweeps"), std::string::npos) << words.out;
  const json topics = json::parse(read("run/topics.json"));
  EXPECT_EQ(topics["topics"].size(), 3U);
  std::uint64_t in_words = 0;
  for (const json& topic : topics["topics"]) {
    for (const json& word : topic["words"]) in_words += word[1].get<std::uint64_t>();
  }
  EXPECT_EQ(in_words, tokens);
  for (const char* executor : {"serial", "threads"}) {
    const CommandResult other = ask_lda({"corpus.tsv", "--shards", "3", "--out", executor, "--executor", executor});
    ASSERT_EQ(other.exit_code, 0) << other.err;
    EXPECT_EQ(ask({"digest", executor}).out, ask({"digest", "run"}).out);
    EXPECT_EQ(read(std::string(executor) + "/doc_topics.tsv"), read("run/doc_topics.tsv"));
  }
  ASSERT_EQ(ask_lda({"corpus.tsv", "--shards", "1", "--out", "exact"}).exit_code, 0);
  EXPECT_NE(ask({"digest", "exact"}).out, ask({"digest", "run"}).out);
}

TEST_F(LdaCommand, MoreSweepsAreThoseOfARunThatWasAskedForThemAtOnce) {
  ASSERT_EQ(ask_lda({"corpus.tsv", "--out", "twenty"}).exit_code, 0);
  ASSERT_EQ(ask({"lda", "corpus.tsv", "--topics", "3", "--sweeps", "10", "--out", "ten"}).exit_code, 0);
  const CommandResult uneven = ask({"resume", "ten", "--sweeps", "+3"});
  EXPECT_EQ(uneven.exit_code, 2);
  EXPECT_NE(uneven.err.find("--sweeps 13 is no multiple of the 10 sweeps of a round"), std::string::npos) << uneven.err;
  EXPECT_EQ(ask({"resume", "ten", "--rounds", "+3"}).exit_code, 2);
  const CommandResult resumed = ask({"resume", "ten", "--sweeps", "+10"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(ask({"digest", "ten"}).out, ask({"digest", "twenty"}).out);
}

TEST_F(LdaCommand, AnotherCorpusIsAnotherRun) {
  ASSERT_EQ(ask_lda({"corpus.tsv", "--out", "run"}).exit_code, 0);
  write("corpus.tsv", "a\tx:1\ty:2\n");
  const CommandResult resumed = ask({"resume", "run", "--sweeps", "+20"});
  EXPECT_EQ(resumed.exit_code, 7) << resumed.err;
  EXPECT_NE(resumed.err.find("corpus.tsv has changed since the run began"), std::string::npos) << resumed.err;
}

TEST_F(LdaCommand, EveryFormatHoldsTheSameCorpus) {
  write("bag", "1\tb:2\ta:1\n2\n3\ta:1\tc:1\tc:1\n");
  write("uci", "3\n3\n4\n1 2 2\n1 1 1\n3 1 1\n3 3 2\n");
  write("ldac", "2 1:2 0:1\r\n0\r\n2 0:1 2:2");
  write("words", "a\nb\nc\n");
  write("text", "B, a b.\n12\nc3C a\n");
  write("mallet", "1 en b a b\n2 en\n3 de a c\tC\n");
  const auto digest_of = [&](const std::string& file, const std::vector<std::string>& more) {
    std::vector<std::string> words = {file, "--out", "run-" + file, "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    const CommandResult ran = ask_lda(words);
    EXPECT_EQ(ran.exit_code, 0) << file << ": " << ran.err;
    return ask({"digest", "run-" + file}).out;
  };
  const std::string wanted = digest_of("bag", {});
  EXPECT_EQ(digest_of("uci", {"--vocabulary", "words"}), wanted);
  EXPECT_EQ(digest_of("ldac", {"--vocabulary", "words"}), wanted);
  EXPECT_EQ(digest_of("text", {"--format", "text"}), wanted);
  EXPECT_EQ(digest_of("mallet", {"--format", "mallet"}), wanted);
}

TEST_F(LdaCommand, CompressedCorporaAreTheSameUnlessTheyAreDamaged) {
  const std::string file = (folder() / "corpus.tsv").string();
  ASSERT_EQ(std::system(("gzip -k '" + file + "'").c_str()), 0);
  ASSERT_EQ(ask_lda({"corpus.tsv", "--out", "plain"}).exit_code, 0);
  ASSERT_EQ(ask_lda({"corpus.tsv.gz", "--out", "compressed"}).exit_code, 0);
  EXPECT_EQ(ask({"digest", "compressed"}).out, ask({"digest", "plain"}).out);
  const std::string bytes = read("corpus.tsv.gz");
  write("cut.gz", bytes.substr(0, bytes.size() - 9));
  const CommandResult cut = ask_lda({"cut.gz", "--out", "cut"});
  EXPECT_EQ(cut.exit_code, 3) << cut.err;
  EXPECT_NE(cut.err.find("cut.gz:"), std::string::npos) << cut.err;
  EXPECT_NE(cut.err.find("the compressed file ends too early"), std::string::npos) << cut.err;
  EXPECT_FALSE(std::filesystem::exists(folder() / "cut"));
}

TEST_F(LdaCommand, TheBinaryFormIsTheSameCorpus) {
  write("more.tsv", "more\tw1:2\tnew:1\n");
  write("stop", "w3\n");
  const std::vector<std::string> selection = {"--stop-words", "stop", "--min-count", "2"};
  const auto with = [&](std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const CommandResult made = ask(with({"corpus", "corpus.tsv", "more.tsv", "-o", "corpus.dlc"}, selection));
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.out, "");
  EXPECT_NE(made.err.find("corpus.dlc: 41 documents, "), std::string::npos) << made.err;
  EXPECT_NE(made.err.find("; 2 words with "), std::string::npos) << made.err;
  ASSERT_EQ(ask_lda(with({"corpus.tsv", "more.tsv", "--out", "text"}, selection)).exit_code, 0);
  const CommandResult ran = ask_lda({"corpus.dlc", "--out", "binary"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ask({"digest", "binary"}).out, ask({"digest", "text"}).out);
  EXPECT_EQ(read("binary/doc_topics.tsv"), read("text/doc_topics.tsv"));
  EXPECT_EQ(read("binary/topics.json"), read("text/topics.json"));
  EXPECT_EQ(ask({"verify", "binary"}).exit_code, 0);
  EXPECT_EQ(ask({"resume", "binary", "--sweeps", "+20"}).exit_code, 0);
  ASSERT_EQ(ask({"corpus", "corpus.tsv", "more.tsv", "-o", "whole.dlc", "--quiet"}).exit_code, 0);
  ASSERT_EQ(ask_lda(with({"whole.dlc", "--out", "selected", "--format", "binary"}, selection)).exit_code, 0);
  EXPECT_EQ(ask({"digest", "selected"}).out, ask({"digest", "text"}).out);
  EXPECT_EQ(ask({"infer", "text", "--data", "whole.dlc"}).exit_code, 0);
}

TEST_F(LdaCommand, ABinaryFormThatCannotBeMeantIsRefused) {
  const auto says = [&](const std::vector<std::string>& words, int code, const char* text) {
    const CommandResult ran = ask(words);
    EXPECT_EQ(ran.exit_code, code) << ran.err;
    EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err;
  };
  says({"corpus", "corpus.tsv"}, 2, "name it with --out");
  says({"corpus", "corpus.tsv", "--out", "."}, 2, "is a folder");
  says({"corpus", "none.tsv", "--out", "corpus.dlc"}, 3, "none.tsv does not exist");
  ASSERT_EQ(ask({"corpus", "corpus.tsv", "--out", "corpus.dlc"}).exit_code, 0);
  says({"corpus", "corpus.tsv", "--out", "corpus.dlc"}, 2, "exists already; give another name, or --force");
  EXPECT_EQ(ask({"corpus", "corpus.tsv", "--out", "corpus.dlc", "--force"}).exit_code, 0);
  says({"lda", "corpus.dlc", "corpus.tsv", "--topics", "3"}, 2,
       "corpus.dlc is a corpus in binary form, which stands alone");
  says({"lda", "corpus.tsv", "corpus.dlc", "--topics", "3"}, 3, "corpus.dlc:1: holds a NUL byte");
  says({"lda", "corpus.tsv", "--topics", "3", "--format", "binary"}, 3,
       "corpus.tsv: byte 0: this is no corpus in binary form");
  says({"lda", "corpus.dlc", "--topics", "3", "--vocabulary", "corpus.tsv"}, 2,
       "--vocabulary is for corpora of numbers");
  const std::string bytes = read("corpus.dlc");
  write("cut.dlc", bytes.substr(0, bytes.size() - 1));
  says({"lda", "cut.dlc", "--topics", "3", "--out", "cut"}, 3,
       "it was cut; copy it, or make it anew with `dovetail corpus`");
  EXPECT_FALSE(std::filesystem::exists(folder() / "cut"));
}

struct WrongCorpus {
  const char* name;
  const char* format;
  const char* text;
  const char* says;
};

class WrongFile : public LdaCommand, public ::testing::WithParamInterface<WrongCorpus> {};

TEST_P(WrongFile, IsNamedByFileLineAndCure) {
  write("words", "a\nb\n");
  write("corpus", GetParam().text);
  std::vector<std::string> words = {"corpus", "--format", GetParam().format, "--out", "run"};
  if (std::string(GetParam().format) == "uci" || std::string(GetParam().format) == "ldac") {
    words.insert(words.end(), {"--vocabulary", "words"});
  }
  const CommandResult ran = ask_lda(words);
  EXPECT_EQ(ran.exit_code, 3) << ran.err;
  EXPECT_NE(ran.err.find(GetParam().says), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(folder() / "run")) << "a wrong file leaves no run";
}

INSTANTIATE_TEST_SUITE_P(
    Files, WrongFile,
    ::testing::Values(
        WrongCorpus{"Empty", "auto", "", "corpus:1: the file is empty"},
        WrongCorpus{"Unknown", "auto", "once upon a time\n", "corpus:1: the format cannot be told"},
        WrongCorpus{"NoTokens", "bag", "a\nb\n", "the corpus has no tokens"},
        WrongCorpus{"Negative", "bag", "a\tx:1\nb\tx:-1\n", "corpus:2: a count is \"-1\""},
        WrongCorpus{"Zero", "bag", "a\tx:0\n", "corpus:1: a count is \"0\""},
        WrongCorpus{"Fraction", "bag", "a\tx:1.5\n", "corpus:1: a count is \"1.5\""},
        WrongCorpus{"Huge", "bag", "a\tx:99999999999999999999\n", "corpus:1: a count is \"99999999999999999999\""},
        WrongCorpus{"LongDocument", "bag", "a\tx:4194303\ty:1\n",
                    "corpus:1: the document has more than 4194303 tokens"},
        WrongCorpus{"NoCount", "bag", "a\tx\n", "corpus:1: \"x\" is not word:count"},
        WrongCorpus{"NoWord", "bag", "a\t:3\n", "corpus:1: \":3\" is not word:count"},
        WrongCorpus{"NoName", "bag", "\tx:3\n", "corpus:1: the document has no name"},
        WrongCorpus{"TwoNames", "bag", "a\tx:3\nb\na\ty:1\n", "corpus:3: there is a document named \"a\" already"},
        WrongCorpus{"BlankLine", "bag", "a\tx:3\n\n", "corpus:2: the line is empty"},
        WrongCorpus{"NotUtf8", "bag", "a\tx\xff:3\n", "corpus:1: is not UTF-8"},
        WrongCorpus{"UciHeader", "uci", "2\nx\n", "corpus:2: the number of words is \"x\""},
        WrongCorpus{"UciShort", "uci", "2\n", "corpus:1: the file ends before the number of words"},
        WrongCorpus{"UciWords", "uci", "2\n3\n1\n1 1 1\n", "corpus:3: the header has 3 words and the vocabulary 2"},
        WrongCorpus{"UciWord", "uci", "2\n2\n1\n1 3 1\n",
                    "corpus:4: the word is \"3\"; it must be a whole number from 1 to 2"},
        WrongCorpus{"UciDocument", "uci", "2\n2\n1\n3 1 1\n", "corpus:4: the document is \"3\""},
        WrongCorpus{"UciOrder", "uci", "2\n2\n2\n2 1 1\n1 1 1\n", "corpus:5: documents must come by rising number"},
        WrongCorpus{"UciMore", "uci", "2\n2\n1\n1 1 1\n2 1 1\n", "corpus:5: there are more lines than the 1"},
        WrongCorpus{"UciCut", "uci", "2\n2\n3\n1 1 1\n", "corpus:4: the file ends after 1 of 3 entries"},
        WrongCorpus{"UciField", "uci", "2\n2\n1\n1 1 1 1\n", "corpus:4: there is more after"},
        WrongCorpus{"LdacId", "ldac", "1 2:1\n", "corpus:1: the id of a word is \"2\""},
        WrongCorpus{"LdacPairs", "ldac", "2 1:1\n", "corpus:1: the line has 1 pairs and says 2"},
        WrongCorpus{"LdacField", "ldac", "1 1\n", "corpus:1: \"1\" is not id:count"},
        WrongCorpus{"MalletName", "mallet", "a en x\n\n", "corpus:2: the line is empty"}),
    [](const auto& named) { return std::string(named.param.name); });

TEST_F(LdaCommand, WhatIsMissingIsAskedFor) {
  const auto says = [&](const std::vector<std::string>& words, int code, const char* text) {
    const CommandResult ran = ask(words);
    EXPECT_EQ(ran.exit_code, code) << ran.err;
    EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err;
  };
  says({"lda", "corpus.tsv"}, 2, "--topics");
  says({"lda", "--topics", "3"}, 2, "no CORPUS is given");
  says({"lda", "none.tsv", "--topics", "3"}, 3, "none.tsv does not exist");
  says({"lda", "corpus.tsv", "--topics", "5000"}, 2, "--topics");
  says({"lda", "corpus.tsv", "--topics", "3", "--beta", "0"}, 2, "--beta is not a number above 0");
  says({"lda", "corpus.tsv", "--topics", "3", "--alpha", "1048577"}, 2,
       "--alpha is not a number above 0, at most 1048576");
  says({"lda", "corpus.tsv", "--topics", "3", "--vocabulary", "corpus.tsv"}, 2,
       "--vocabulary is for corpora of numbers");
  says({"lda", "corpus.tsv", "--topics", "3", "--sweeps", "12", "--round-sweeps", "5"}, 2,
       "no multiple of the 5 sweeps");
}

}  // namespace
}  // namespace dovetail::test
