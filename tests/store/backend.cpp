#include "tests/store/backend.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "dovetail/store/connection.hpp"
#include "dovetail/store/members.hpp"
#include "tests/store/redis_server.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

class MemoryBackend final : public Backend {
 public:
  std::shared_ptr<Store> open(const StoreLimits& limits, const std::string& run) override {
    if (!store_ || run != "run" || limits.value_max != StoreLimits().value_max) {
      std::shared_ptr<Store> other = open_store("memory", run, limits);
      if (run != "run" || limits.value_max != StoreLimits().value_max) return other;
      store_ = other;
    }
    return store_;
  }
  void wipe() override { open({}, "run")->drop_run(); }

 private:
  std::shared_ptr<Store> store_;
};

class DirBackend final : public Backend {
 public:
  explicit DirBackend(const std::string& folder)
      : folder_(fs::path(folder) / "store"), kept_(fs::path(folder) / "kept") {}
  ~DirBackend() override {
    if (full_) ::setrlimit(RLIMIT_FSIZE, &limit_);
  }
  std::shared_ptr<Store> open(const StoreLimits& limits, const std::string& run) override {
    return open_store("dir:" + folder_.string(), run, limits);
  }
  [[nodiscard]] std::string url() const override { return "dir:" + folder_.string(); }
  void wipe() override {
    // Others may be at work there, so it goes as a whole.
    const fs::path gone = folder_.string() + std::to_string(++wipes_);
    std::error_code ignored;
    fs::rename(folder_, gone, ignored);
    fs::remove_all(gone, ignored);
  }
  void keep() override { fs::copy(folder_, kept_, fs::copy_options::recursive); }
  void restore() override {
    fs::remove_all(folder_);
    fs::copy(kept_, folder_, fs::copy_options::recursive);
  }
  void fill() override {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const struct rlimit small = {1000, limit_.rlim_max};
    full_ = ::setrlimit(RLIMIT_FSIZE, &small) == 0;
  }
  void stop() override {
    fs::remove_all(folder_);
    std::ofstream(folder_) << "a file";
  }
  void plant_other(const std::string& name) override { fs::create_directories(value(name)); }
  void plant(const std::string& name, const std::string& bytes) override { std::ofstream(value(name)) << bytes; }

 private:
  [[nodiscard]] fs::path value(const std::string& name) const { return folder_ / "dt-run" / "values" / name; }
  fs::path folder_, kept_;
  std::atomic<int> wipes_ = 0;
  struct rlimit limit_ {};
  bool full_ = false;
};

class RedisBackend final : public Backend {
 public:
  explicit RedisBackend(const std::string& folder) : server_(folder, {"--maxmemory", "8mb"}) {}
  std::shared_ptr<Store> open(const StoreLimits& limits, const std::string& run) override {
    return open_store(server_.url(), run, limits);
  }
  [[nodiscard]] std::string url() const override { return server_.url(); }
  void wipe() override {
    const std::lock_guard lock(mutex_);
    server_.kill();
    fs::remove(server_.file());
    server_.start();
  }
  void keep() override { server_.ask({"SAVE"}); }
  void restore() override {
    server_.kill();
    server_.start();
  }
  void fill() override { server_.ask({"CONFIG", "SET", "maxmemory", "1"}); }
  void stop() override { server_.kill(); }
  void plant_other(const std::string& name) override { server_.ask({"RPUSH", "dt:{run}:" + name, "x"}); }
  void plant(const std::string& name, const std::string& bytes) override {
    server_.ask({"SET", "dt:{run}:" + name, bytes});
  }

 private:
  std::mutex mutex_;
  RedisServer server_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(const std::string& name, const std::string& folder) {
  if (name == "memory") return std::make_unique<MemoryBackend>();
  if (name == "dir") return std::make_unique<DirBackend>(folder);
  return has_redis() ? std::make_unique<RedisBackend>(folder) : nullptr;
}

bool eventually(const std::function<bool()>& is_so) {
  const auto end = detail::deadline_in(10);
  while (!is_so()) {
    if (detail::seconds_to(end) <= 0) return false;
    ::usleep(1000);
  }
  return true;
}

}  // namespace dovetail::test
