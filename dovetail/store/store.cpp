#include "dovetail/store/store.hpp"

#include <poll.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "dovetail/store/members.hpp"
#include "dovetail/store/url.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kNameMax = 200;
constexpr std::size_t kRunMax = 64;
constexpr double kLeaseMax = 86400;

bool is_word(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string checked(std::string_view name) {
  if (!is_store_name(name)) {
    throw UsageError("a store has no names like '" + std::string(name.substr(0, kNameMax)) +
                     "': they are words of a-z, 0-9, - and _, joined by colons, and do not begin with lease.");
  }
  return std::string(name);
}

std::string new_holder() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw StoreError("the system gives no random bytes for a lease; check /dev/urandom.");
  }
  std::string text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

}  // namespace

bool is_store_name(std::string_view name) {
  if (name.size() > kNameMax || name == "lease" || name.starts_with("lease:")) return false;
  for (;;) {
    const auto colon = name.find(':');
    if (!is_word(name.substr(0, colon))) return false;
    if (colon == std::string_view::npos) return true;
    name.remove_prefix(colon + 1);
  }
}

Store::Store(std::string place, const StoreLimits& limits) : place_(std::move(place)), limits_(limits) {}

std::optional<Bytes> Store::get(std::string_view name) { return do_get(checked(name)); }

Put Store::put_if_absent(std::string_view name, std::span<const std::byte> value) {
  const std::string key = checked(name);
  if (value.size() > limits_.value_max) {
    throw UsageError("a value of " + std::to_string(value.size()) + " bytes for " + key + " exceeds the " +
                     std::to_string(limits_.value_max) + " that a store takes.");
  }
  // A value that was there and is gone by the time it is compared was lost or dropped: then ours is put.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (do_create(key, value)) return Put::created;
    const std::optional<Bytes> there = do_get(key);
    if (!there) continue;
    if (std::equal(there->begin(), there->end(), value.begin(), value.end())) return Put::was_there;
    throw StoreConflict(
        "two processes gave " + key + " in " + place_ +
        " different bytes, where all should compute the same: look for different builds, models or data.");
  }
  throw StoreError(place_ + " loses " + key + " as soon as it has it; look at what else uses this store.");
}

std::optional<Bytes> Store::wait_for(std::string_view name, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr double kLongestPause = 50;  // milliseconds
  const std::string key = checked(name);
  const auto begin = Clock::now();
  for (double pause = 1;; pause = std::min(kLongestPause, 1.5 * pause)) {
    if (auto value = do_get(key)) return value;
    const double left = 1e3 * (seconds - std::chrono::duration<double>(Clock::now() - begin).count());
    if (left <= 0) return std::nullopt;
    ::poll(nullptr, 0, 1 + static_cast<int>(std::min(left, pause)));
  }
}

void Store::keep(std::span<const std::string> names) {
  for (const std::string& name : names) static_cast<void>(checked(name));
  if (!names.empty()) do_keep(names);
}

void Store::drop(std::span<const std::string> names) {
  for (const std::string& name : names) static_cast<void>(checked(name));
  if (!names.empty()) do_drop(names);
}

std::optional<Lease> Store::claim(std::string_view name, double seconds) {
  if (!(seconds >= 0.001 && seconds <= kLeaseMax)) {
    throw UsageError("a lease is for 0.001 to 86400 seconds, not " + std::to_string(seconds) + ".");
  }
  return do_claim({checked(name), new_holder(), 0, seconds});
}

bool Store::renew(const Lease& lease) {
  static_cast<void>(checked(lease.name));
  return do_renew(lease);
}

void Store::release(const Lease& lease) {
  static_cast<void>(checked(lease.name));
  do_release(lease);
}

void require_run_name(std::string_view run) {
  if (!is_word(run) || run.size() > kRunMax) {
    throw UsageError("a run in a store is named by 1 to 64 characters of a-z, 0-9, - and _, not '" +
                     std::string(run.substr(0, kRunMax)) + "'.");
  }
}

std::unique_ptr<Store> open_store(std::string_view url, std::string_view run, const StoreLimits& limits) {
  require_run_name(run);
  const StoreUrl parsed = parse_store_url(url);
  switch (parsed.kind) {
    case StoreKind::memory:
      return make_memory_store(limits);
    case StoreKind::dir:
      return make_dir_store(parsed, std::string(run), limits);
    case StoreKind::redis:
      break;
  }
  return make_redis_store(parsed, std::string(run), limits);
}

}  // namespace dovetail
