/// A connection to a server with a deadline for everything.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "dovetail/store/descriptor.hpp"

struct addrinfo;

namespace dovetail::detail {

using Deadline = std::chrono::steady_clock::time_point;
[[nodiscard]] Deadline deadline_in(double seconds);
[[nodiscard]] double seconds_to(Deadline deadline);

/// Whether who waits should give up: asked a few times a second, in waits that are longer. Empty: never.
using GivesUp = std::function<bool()>;

/// StoreError with the cause on any failure; the connection is then of no more use.
class Connection {
 public:
  static Connection to_socket(const std::string& path, Deadline deadline, const GivesUp& gives_up = {});
  /// Tries all addresses of the host. Its name is looked up by the system before, outside the deadline: resolv.conf
  /// says for how long (`timeout`, `attempts`).
  static Connection to_host(const std::string& host, std::uint16_t port, Deadline deadline,
                            const GivesUp& gives_up = {});
  /// The first of a list, not empty, that answers; each has an equal part of the time that is left.
  static Connection to_first_of(const struct addrinfo* list, Deadline deadline, const GivesUp& gives_up = {});

  void send(std::string_view bytes, Deadline deadline);
  /// What has arrived, at least one byte.
  [[nodiscard]] std::string receive(Deadline deadline);

 private:
  Connection(Descriptor socket, GivesUp gives_up) : socket_(std::move(socket)), gives_up_(std::move(gives_up)) {}
  Descriptor socket_;
  GivesUp gives_up_;
};

}  // namespace dovetail::detail
