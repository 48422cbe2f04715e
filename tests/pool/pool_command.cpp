#include "tests/pool/pool_command.hpp"

namespace dovetail::test {

std::vector<PoolRun> pool_runs() {
  return {{"ep",
           {"ep", "builtin:hierarchical_logistic", "--data", "rows.csv", "--by", "clinic", "--draws", "80", "--warmup",
            "20", "--rounds", "4", "--tolerance", "1e-6", "--quiet"},
           {"--data", "rows.csv"}},
          {"sample", {"sample", "builtin:eight_schools", "--warmup", "100", "--draws", "200", "--quiet"}, {}}};
}

void PoolCommand::SetUp() {
  backend_ = make_backend(GetParam(), folder_.path().string());
  if (!backend_) GTEST_SKIP() << "redis-server is not installed";
  std::string rows = "clinic,y,dose\n";
  for (int i = 0; i < 60; ++i) {
    rows +=
        "c" + std::to_string(i % 6) + "," + (i * 7 % 5 < 2 ? "1" : "0") + "," + std::to_string(i % 11 - 5) + "e-1\n";
  }
  write_plainly(folder_ / "rows.csv", rows);
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
