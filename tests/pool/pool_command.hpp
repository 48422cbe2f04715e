/// A server and workers as processes, over a store of the test's own.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/faults/command.hpp"
#include "tests/store/backend.hpp"

namespace dovetail::test {

/// A small run that a pool serves.
struct PoolRun {
  const char* name;
  std::vector<std::string> words;          ///< of the server
  std::vector<std::string> worker_words;   ///< besides those of every worker
  std::vector<std::string> alone_words{};  ///< where one process does it all: where the rows are
};
[[nodiscard]] std::vector<PoolRun> pool_runs();

/// Rows of the sites north, south and west in `folder`/sites, 24 to 26 each, and sites.toml, which tells of them.
void write_sites(const std::filesystem::path& folder);

/// corpus.tsv in `folder`: 60 documents of 15 tokens, 41 words.
void write_corpus(const std::filesystem::path& folder);

/// A case for each store that several processes see.
class PoolCommand : public CommandTest, public ::testing::WithParamInterface<const char*> {
 protected:
  /// Writes rows.csv, and skips where the store cannot be tested.
  void SetUp() override;
  /// `words` with the store.
  [[nodiscard]] Call server(std::vector<std::string> words) const;
  /// The server's first start, in the folder `out`.
  [[nodiscard]] Call first(const PoolRun& run, const std::string& out) const;
  [[nodiscard]] Call worker(const PoolRun& run, std::vector<std::string> more = {}) const;
  /// Of the run without a store.
  [[nodiscard]] std::string undisturbed(const PoolRun& run) const;
  [[nodiscard]] std::unique_ptr<Process> start(const Call& call) const {
    return std::make_unique<Process>(folder_.path(), call);
  }

  std::unique_ptr<Backend> backend_;
};

}  // namespace dovetail::test
