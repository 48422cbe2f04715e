#include "tests/pool/pool_command.hpp"

#include <array>
#include <filesystem>

namespace dovetail::test {

std::vector<PoolRun> pool_runs() {
  return {{"ep",
           {"ep", "builtin:hierarchical_logistic", "--data", "rows.csv", "--by", "clinic", "--draws", "80", "--warmup",
            "20", "--rounds", "4", "--tolerance", "1e-6", "--quiet"},
           {"--data", "rows.csv"}},
          {"private",
           {"ep", "builtin:hierarchical_logistic", "--sites", "sites.toml", "--by", "clinic", "--draws", "80",
            "--warmup", "20", "--rounds", "4", "--tolerance", "1e-6", "--min-rows", "20", "--quiet"},
           {"--data", "sites", "--min-rows", "20"},
           {"--data", "sites"}},
          {"sample", {"sample", "builtin:eight_schools", "--warmup", "100", "--draws", "200", "--quiet"}, {}},
          {"lda",
           {"lda", "corpus.tsv", "--topics", "5", "--shards", "4", "--sweeps", "12", "--round-sweeps", "3", "--quiet"},
           {"corpus.tsv"}}};
}

void write_sites(const std::filesystem::path& folder) {
  std::filesystem::create_directory(folder / "sites");
  std::vector<std::string> words = {"sites"};
  for (int k = 0; k < 3; ++k) {
    const std::string name = std::string("sites/") + std::array{"north", "south", "west"}[k] + ".csv";
    std::string rows = "clinic,y,dose\n";
    for (int i = 0; i < 24 + k; ++i) {
      rows += "c" + std::to_string(i % 2) + "," + (i * (k + 5) % 7 < 3 ? "1" : "0") + "," +
              std::to_string((i + k) % 11 - 5) + "e-1\n";
    }
    write_plainly(folder / name, rows);
    words.push_back(name);
  }
  words.insert(words.end(), {"--by", "clinic"});
  const Ended said = Process(folder, Call{words}).wait();
  ASSERT_EQ(said.exit_code, 0) << said.err;
  write_plainly(folder / "sites.toml", said.out);
}

void write_corpus(const std::filesystem::path& folder) {
  std::string lines;
  for (int d = 0; d < 60; ++d) {
    lines += "doc" + std::to_string(d);
    for (int i = 0; i < 8; ++i)
      lines += "\tw" + std::to_string((d * 7 + i * i * 3) % 41) + ":" + std::to_string(1 + i % 3);
    lines += '\n';
  }
  write_plainly(folder / "corpus.tsv", lines);
}

void PoolCommand::SetUp() {
  backend_ = make_backend(GetParam(), folder_.path().string());
  if (!backend_) GTEST_SKIP() << "redis-server is not installed";
  write_sites(folder_.path());
  write_corpus(folder_.path());
  std::string rows = "clinic,y,dose\n";
  for (int i = 0; i < 60; ++i) {
    rows +=
        "c" + std::to_string(i % 6) + "," + (i * 7 % 5 < 2 ? "1" : "0") + "," + std::to_string(i % 11 - 5) + "e-1\n";
  }
  write_plainly(folder_ / "rows.csv", rows);
}

std::string PoolCommand::undisturbed(const PoolRun& run) const {
  auto words = run.words;
  words.insert(words.end(), run.alone_words.begin(), run.alone_words.end());
  return undisturbed_digest(std::move(words));
}

Call PoolCommand::server(std::vector<std::string> words) const {
  words.insert(words.end(), {"--store", backend_->url()});
  return Call{std::move(words)};
}

Call PoolCommand::first(const PoolRun& run, const std::string& out) const {
  auto words = run.words;
  words.insert(words.end(), {"--out", out});
  return server(std::move(words));
}

Call PoolCommand::worker(const PoolRun& run, std::vector<std::string> more) const {
  std::vector<std::string> words = {"worker", "--store", backend_->url(), "--threads", "1", "--lease", "0.3s"};
  words.insert(words.end(), run.worker_words.begin(), run.worker_words.end());
  words.insert(words.end(), more.begin(), more.end());
  return Call{std::move(words)};
}

}  // namespace dovetail::test
