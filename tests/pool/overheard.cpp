#include "tests/pool/overheard.hpp"

#include <cstring>
#include <string_view>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/store/resp.hpp"

namespace dovetail::test {
namespace {

/// What MONITOR writes of an argument, as the bytes that it was: \\x41, \\n, ...
std::string unescaped(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      bytes += text[i];
      continue;
    }
    const char c = text[++i];
    const std::string known = "nrtab", stands = "\n\r\t\a\b";
    if (c == 'x' && i + 2 < text.size()) {
      bytes += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else if (const auto at = known.find(c); at != std::string::npos) {
      bytes += stands[at];
    } else {
      bytes += c;
    }
  }
  return bytes;
}

}  // namespace

std::string bits(double value) {
  std::string text(sizeof value, '\0');
  std::memcpy(text.data(), &value, sizeof value);
  return text;
}

Overheard::Overheard(const RedisServer& redis)
    : connection_(detail::Connection::to_socket(redis.socket(), detail::deadline_in(10))) {
  const std::vector<std::string_view> words = {"MONITOR"};
  connection_.send(resp_command(words), detail::deadline_in(10));
  text_ = connection_.receive(detail::deadline_in(10));
  thread_ = std::thread([this] {
    try {
      for (;;) text_ += connection_.receive(detail::deadline_in(60));
    } catch (const StoreError&) {  // Redis is gone
    }
  });
}

std::string Overheard::all(RedisServer& redis) {
  redis.kill();
  thread_.join();
  return unescaped(text_);
}

}  // namespace dovetail::test
