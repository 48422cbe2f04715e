/// A connection to a server with a deadline for everything.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dovetail/store/descriptor.hpp"

namespace dovetail::detail {

using Deadline = std::chrono::steady_clock::time_point;
[[nodiscard]] Deadline deadline_in(double seconds);
[[nodiscard]] double seconds_to(Deadline deadline);

/// StoreError with the cause on any failure; the connection is then of no more use.
class Connection {
 public:
  static Connection to_socket(const std::string& path, Deadline deadline);
  /// Tries all addresses of the host. Its name is looked up by the system, which has time limits of its own.
  static Connection to_host(const std::string& host, std::uint16_t port, Deadline deadline);

  void send(std::string_view bytes, Deadline deadline);
  /// What has arrived, at least one byte.
  [[nodiscard]] std::string receive(Deadline deadline);

 private:
  explicit Connection(Descriptor socket) : socket_(std::move(socket)) {}
  Descriptor socket_;
};

}  // namespace dovetail::detail
