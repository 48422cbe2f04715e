#include "dovetail/store/url.hpp"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>

#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr std::string_view kForms =
    "`memory`, `dir:PATH[?shared=group]`, `redis://[USER:PASSWORD@]HOST[:PORT][/DB]` or `redis+unix:///PATH/TO/SOCKET`";

[[noreturn]] void refuse(const std::string& shown, const std::string& what) {
  throw UsageError("cannot use the store '" + shown + "': " + what);
}

/// Takes what stands before the first `mark` off `text`; all of it where there is none.
std::string_view take_before(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  const std::string_view before = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
  return before;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<unsigned> hexadecimal(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

/// %3A is a colon, and so on (RFC 3986, section 2.1).
std::string without_escapes(std::string_view text, const std::string& shown) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hexadecimal(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? hexadecimal(text[i + 2]) : std::nullopt;
    if (!high || !low) refuse(shown, "a % is not followed by two hexadecimal digits; write %25 for a % itself.");
    plain += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return plain;
}

/// By its number: what a name such as 127.example.org leads to is for others to say.
bool is_loopback(std::string_view host) {
  struct in_addr address {};
  const bool is_number = ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
  return host == "localhost" || host == "::1" || (is_number && host.starts_with("127."));
}

/// Whether a ? stands before the @ that ends a login, as one does in a password that was not escaped: then all of it
/// may be a secret. A file's name alone may have an @.
bool hides_login(std::string_view url) {
  std::string_view query = url.substr(std::min(url.find('?'), url.size()));
  if (query.starts_with('?')) query.remove_prefix(1);
  while (!query.empty()) {
    const std::string_view piece = take_before(query, "&");
    if (piece.find('@') != std::string_view::npos && !piece.starts_with("password-file=")) return true;
  }
  return false;
}

std::string password_in(const std::string& path, const std::string& shown) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077U) != 0) {
    refuse(shown, "others than its owner may use the password file " + path + "; run `chmod 600 " + path + "`.");
  }
  std::string text = read_text(path, 4096, Links::follow);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) refuse(shown, "the password file " + path + " is empty.");
  return text;
}

/// `db=1&insecure=yes`.
void read_query(std::string_view query, StoreUrl& url, bool& insecure) {
  while (!query.empty()) {
    std::string_view value = take_before(query, "&");
    const std::string key(take_before(value, "="));
    if (key == "db" && number<std::uint32_t>(value)) {
      url.database = *number<std::uint32_t>(value);
    } else if (key == "insecure" && value == "yes") {
      insecure = true;
    } else if (key == "password-file" && !value.empty()) {
      url.password = password_in(without_escapes(value, url.shown), url.shown);
    } else {
      refuse(url.shown, "'" + key + "' is not `db=NUMBER`, `password-file=PATH` or `insecure=yes`.");
    }
  }
}

void read_host(std::string_view place, StoreUrl& url) {
  if (place.starts_with('[')) {  // IPv6
    place.remove_prefix(1);
    url.host = take_before(place, "]");
    if (place.starts_with(':')) place.remove_prefix(1);
  } else {
    url.host = take_before(place, ":");
  }
  if (url.host.empty()) refuse(url.shown, "it names no host; write redis://127.0.0.1:6379/0, for example.");
  if (place.empty()) return;
  const auto port = number<std::uint16_t>(place);
  if (!port || *port == 0) refuse(url.shown, "'" + std::string(place) + "' is no port; give a number up to 65535.");
  url.port = *port;
}

StoreUrl parse_redis(std::string_view scheme, std::string_view rest) {
  StoreUrl url;
  url.kind = StoreKind::redis;
  const auto query_at = rest.find('?');
  const std::string_view query = query_at == std::string_view::npos ? std::string_view() : rest.substr(query_at + 1);
  rest = rest.substr(0, query_at);
  std::string_view login;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    login = rest.substr(0, at);
    rest = rest.substr(at + 1);
  }
  url.shown = std::string(scheme) + "://" + std::string(rest);
  url.user = without_escapes(take_before(login, ":"), url.shown);
  url.password = without_escapes(login, url.shown);
  bool insecure = false;
  if (scheme == "redis+unix") {
    url.path = without_escapes(rest, url.shown);
    if (!url.path.starts_with('/'))
      refuse(url.shown, "a socket is given by its whole path: redis+unix:///run/redis.sock.");
    read_query(query, url, insecure);
  } else {
    read_host(take_before(rest, "/"), url);
    if (!rest.empty()) {
      const auto database = number<std::uint32_t>(rest);
      if (!database)
        refuse(url.shown, "'" + std::string(rest) + "' is no number of a database; write /0, for example.");
      url.database = *database;
    }
    read_query(query, url, insecure);
    if (!is_loopback(url.host) && !insecure) {
      refuse(
          url.shown,
          "the way to " + url.host +
              " is not encrypted, so anybody on it reads passwords and values; run stunnel here and give redis+unix:// "
              "with its socket (docs/stores.md), or add ?insecure=yes on a network that you trust.");
    }
  }
  if (!url.user.empty() && url.password.empty()) {
    refuse(url.shown, "it names a user and no password; add ?password-file=PATH.");
  }
  return url;
}

}  // namespace

std::string without_login(std::string_view url) {
  const auto begin = url.find("://");
  const auto at = (hides_login(url) ? url : url.substr(0, url.find('?'))).rfind('@');
  if (begin == std::string_view::npos || at == std::string_view::npos || at < begin) return std::string(url);
  return std::string(url.substr(0, begin + 3)) + std::string(url.substr(at + 1));
}

StoreUrl parse_store_url(std::string_view url) {
  if (url == "memory") return {};
  if (url.starts_with("dir:")) {
    StoreUrl parsed;
    parsed.kind = StoreKind::dir;
    parsed.shown = url;
    std::string_view rest = url.substr(4);
    parsed.path = take_before(rest, "?");
    parsed.shared = rest == "shared=group";
    if (url.find('?') != std::string_view::npos && !parsed.shared) {
      refuse(parsed.shown, "after a ? only shared=group is understood; name a folder without a ?.");
    }
    if (parsed.path.empty()) refuse(parsed.shown, "it names no folder; write dir:/shared/dovetail, for example.");
    return parsed;
  }
  std::string_view rest = url;
  const std::string_view scheme = take_before(rest, "://");
  if (scheme == "rediss") {
    refuse("rediss://...",
           "this program does not encrypt by itself; run stunnel here, which does, and give redis+unix:// with its "
           "socket (docs/stores.md).");
  }
  if (hides_login(rest)) {
    refuse("redis://...", "a ? stands before the @; write %3F for a ? in a password, and %40 for an @ after a ?.");
  }
  if (scheme != "redis" && scheme != "redis+unix") {
    // what stands before an @ may be a password
    refuse(std::string(url.substr(url.rfind('@') == std::string_view::npos ? 0 : url.rfind('@') + 1)),
           "an address is " + std::string(kForms) + ".");
  }
  return parse_redis(scheme, rest);
}

}  // namespace dovetail
