// A redis-server of the test's own, on a private socket.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace dovetail::test {

/// Whether redis-server is installed.
bool has_redis();

class RedisServer {
 public:
  /// In `folder`, with `options` on its command line; answers when this returns.
  explicit RedisServer(std::filesystem::path folder, std::vector<std::string> options = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  void start();
  void kill();  ///< SIGKILL: nothing is saved
  void pause() const;
  void go_on() const;
  std::string socket() const { return (folder_ / "redis.sock").string(); }
  std::string url() const { return "redis+unix://" + socket(); }
  std::filesystem::path file() const { return folder_ / "dump.rdb"; }
  /// The answer to a command, by a connection of its own; the text of an array's last item.
  std::string ask(const std::vector<std::string>& words) const;
  /// Whose connections those are from now on.
  void ask_as(std::string user, std::string password) { login_ = {"AUTH", std::move(user), std::move(password)}; }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> options_;
  std::vector<std::string> login_;
  pid_t pid_ = -1;
};

}  // namespace dovetail::test
