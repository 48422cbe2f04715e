#include "dovetail/store/connection.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <system_error>

#include "dovetail/core/error.hpp"

namespace dovetail::detail {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

[[noreturn]] void fail(const std::string& what, int error_number) {
  throw StoreError(what + ": " + std::generic_category().message(error_number));
}

/// Waits until the socket can do what `events` says.
void wait_until(int socket, short events, Deadline deadline, const GivesUp& gives_up, const char* what) {
  constexpr double kLook = 0.25;  // seconds between two questions whether to give up
  for (;;) {
    const double left = 1e3 * std::clamp(seconds_to(deadline), 0.0, kLook);
    struct pollfd waiting {
      socket, events, 0
    };
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::ceil(left)));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) fail(what, errno);
    if (seconds_to(deadline) <= 0) fail(what, ETIMEDOUT);
    if (ready == 0 && gives_up && gives_up()) fail(what, ECANCELED);
  }
}

Descriptor new_socket(int family) {
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.number() < 0) fail("a socket could not be made", errno);
  return socket;
}

void connect(const Descriptor& socket, const sockaddr* address, socklen_t size, Deadline deadline,
             const GivesUp& gives_up) {
  constexpr const char* kWhat = "it does not answer";
  if (::connect(socket.number(), address, size) == 0) return;
  if (errno != EINPROGRESS && errno != EINTR) fail(kWhat, errno);
  wait_until(socket.number(), POLLOUT, deadline, gives_up, kWhat);
  int error_number = 0;
  socklen_t length = sizeof error_number;
  ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error_number, &length);
  if (error_number != 0) fail(kWhat, error_number);
}

}  // namespace

Deadline deadline_in(double seconds) {
  using Clock = std::chrono::steady_clock;
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

double seconds_to(Deadline deadline) {
  return std::chrono::duration<double>(deadline - std::chrono::steady_clock::now()).count();
}

Connection Connection::to_socket(const std::string& path, Deadline deadline, const GivesUp& gives_up) {
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail("the path of the socket is too long", ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  Descriptor socket = new_socket(AF_UNIX);
  connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline, gives_up);
  return {std::move(socket), gives_up};
}

Connection Connection::to_host(const std::string& host, std::uint16_t port, Deadline deadline,
                               const GivesUp& gives_up) {
  struct addrinfo hints {};
  hints.ai_socktype = SOCK_STREAM;
  struct addrinfo* list = nullptr;
  const int problem = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (problem != 0) throw StoreError("the host " + host + " is not known: " + ::gai_strerror(problem));
  const std::unique_ptr<struct addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
  return to_first_of(list, deadline, gives_up);
}

Connection Connection::to_first_of(const struct addrinfo* list, Deadline deadline, const GivesUp& gives_up) {
  int left = 0;
  for (const struct addrinfo* at = list; at != nullptr; at = at->ai_next) ++left;
  for (const struct addrinfo* at = list;; at = at->ai_next, --left) {
    try {
      Descriptor socket = new_socket(at->ai_family);
      connect(socket, at->ai_addr, at->ai_addrlen, deadline_in(seconds_to(deadline) / left), gives_up);
      const int on = 1;
      ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return {std::move(socket), gives_up};
    } catch (const StoreError&) {
      if (at->ai_next == nullptr || seconds_to(deadline) <= 0 || (gives_up && gives_up())) throw;
    }
  }
}

void Connection::send(std::string_view bytes, Deadline deadline) {
  constexpr const char* kWhat = "it takes no commands";
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), std::min(bytes.size(), kPiece), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      wait_until(socket_.number(), POLLOUT, deadline, gives_up_, kWhat);
    } else if (errno != EINTR) {
      fail(kWhat, errno);
    }
    // A peer that takes a byte now and then must not hold us beyond the deadline either.
    if (!bytes.empty() && seconds_to(deadline) <= 0) fail(kWhat, ETIMEDOUT);
  }
}

std::string Connection::receive(Deadline deadline) {
  constexpr const char* kWhat = "it gives no answer";
  if (seconds_to(deadline) <= 0) fail(kWhat, ETIMEDOUT);
  std::array<char, kPiece> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  for (;;) {
    const ssize_t got = ::recv(socket_.number(), piece.data(), piece.size(), 0);
    if (got > 0) return {piece.data(), static_cast<std::size_t>(got)};
    if (got == 0) throw StoreError("it closed the connection");
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) fail(kWhat, errno);
    wait_until(socket_.number(), POLLIN, deadline, gives_up_, kWhat);
  }
}

}  // namespace dovetail::detail
