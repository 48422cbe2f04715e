#include "tests/store/proxy.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <utility>

namespace dovetail::test {
namespace {

/// With SO_LINGER of zero, close() sends a reset.
void reset(int socket) {
  const struct linger now = {1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

bool send_all(int to, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(to, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

Proxy::Proxy(std::string socket, std::uint64_t seed)
    : socket_(std::move(socket)), state_(seed), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  struct sockaddr_in address {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_.number(), reinterpret_cast<const sockaddr*>(&address), size);
  ::listen(listener_.number(), 64);
  ::getsockname(listener_.number(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { work(); });
}

Proxy::~Proxy() {
  ends_ = true;
  thread_.join();
}

bool Proxy::drawn(unsigned one_in) {
  state_ = state_ * 6364136223846793005U + 1442695040888963407U;
  return (state_ >> 33U) % one_in == 0;
}

void Proxy::work() {
  while (!ends_) {
    std::vector<struct pollfd> sockets = {{listener_.number(), POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      sockets.push_back({pair.client.number(), POLLIN, 0});
      sockets.push_back({pair.server.number(), POLLIN, 0});
    }
    if (::poll(sockets.data(), sockets.size(), 5) <= 0) continue;
    for (std::size_t p = pairs_.size(); p-- > 0;) {
      const int client = pairs_[p].client.number();
      const int server = pairs_[p].server.number();
      const bool asks = sockets[1 + 2 * p].revents != 0;
      const bool answers = sockets[2 + 2 * p].revents != 0;
      if ((asks && !pass(client, server)) || (answers && !pass(server, client))) {
        pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(p));
      }
    }
    if (sockets[0].revents == 0) continue;
    detail::Descriptor client(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    detail::Descriptor server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_.c_str(), sizeof address.sun_path - 1);
    if (::connect(server.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) continue;
    pairs_.push_back({std::move(client), std::move(server)});
  }
}

bool Proxy::pass(int from, int to) {
  std::array<char, 4096> piece{};
  const ssize_t got = ::recv(from, piece.data(), piece.size(), 0);
  if (got <= 0) return false;
  auto size = static_cast<std::size_t>(got);
  const Weather weather = weather_;
  const bool any = weather == Weather::anything;
  constexpr unsigned kOften = 50;  // an attempt of some ten pieces mostly passes
  if (weather == Weather::silence) {
    ++faults_;
    return true;
  }
  if (weather == Weather::drip) {
    ++faults_;
    for (std::size_t i = 0; i < size && !ends_; ++i) {
      if (!send_all(to, &piece[i], 1)) return false;
      ::poll(nullptr, 0, 100);
    }
    return true;
  }
  if ((any || weather == Weather::resets) && drawn(kOften)) {
    ++faults_;
    reset(from);
    reset(to);
    return false;
  }
  if ((any || weather == Weather::cuts) && drawn(kOften)) {
    ++faults_;
    send_all(to, piece.data(), size / 2);
    return false;
  }
  if ((any || weather == Weather::delays) && drawn(kOften)) {
    ++faults_;
    ::poll(nullptr, 0, 20);
  }
  if (weather == Weather::noise && drawn(3)) {
    ++faults_;
    piece[size / 2] = '\xff';
    piece[0] = '!';
  }
  return send_all(to, piece.data(), size);
}

}  // namespace dovetail::test
