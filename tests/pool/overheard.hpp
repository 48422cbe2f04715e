/// Everything that clients of a Redis write, as the bytes that it was.
#pragma once
#include <string>
#include <thread>

#include "dovetail/store/connection.hpp"
#include "tests/store/redis_server.hpp"

namespace dovetail::test {

/// The eight bytes of a number.
[[nodiscard]] std::string bits(double value);

/// Everything that any client of a Redis writes while this lives.
class Overheard {
 public:
  explicit Overheard(const RedisServer& redis);
  /// Kills the Redis.
  [[nodiscard]] std::string all(RedisServer& redis);

 private:
  detail::Connection connection_;
  std::string text_;
  std::thread thread_;
};

}  // namespace dovetail::test
