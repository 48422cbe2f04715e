// A proxy on 127.0.0.1 that does to a connection what networks do, by seed.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "dovetail/store/descriptor.hpp"

namespace dovetail::test {

/// What may happen to a piece of bytes on its way; one of those allowed is drawn for each piece.
enum class Weather : std::uint8_t {
  fair,      ///< nothing
  silence,   ///< from now on nothing passes, and nothing closes
  drip,      ///< a byte at a time, slowly
  resets,    ///< the connection is reset, now and then
  cuts,      ///< a part passes, then the connection closes, now and then
  delays,    ///< some milliseconds, now and then
  noise,     ///< some bytes are others, now and then
  anything,  ///< resets, cuts, delays
};

class Proxy {
 public:
  /// To a server's unix socket.
  Proxy(std::string socket, std::uint64_t seed);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  void set(Weather weather) { weather_ = weather; }
  /// Pieces that did not pass as they came.
  [[nodiscard]] int faults() const { return faults_; }

 private:
  struct Pair {
    detail::Descriptor client, server;
  };
  void work();
  bool pass(int from, int to);
  bool drawn(unsigned one_in);

  std::string socket_;
  std::uint64_t state_;
  detail::Descriptor listener_;
  std::uint16_t port_ = 0;
  std::atomic<Weather> weather_ = Weather::fair;
  std::atomic<int> faults_ = 0;
  std::atomic<bool> ends_ = false;
  std::vector<Pair> pairs_;
  std::thread thread_;
};

}  // namespace dovetail::test
