// Redis as a store, over RESP2. Values by SETNX alone, so that an account may create and never replace. A lease is SET
// NX PX beside a counter, in one transaction: the counter's value is the fence. Renewal compares under WATCH. No
// scripts, no search but in drop_run().
#include <poll.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <utility>

#include "dovetail/store/connection.hpp"
#include "dovetail/store/members.hpp"
#include "dovetail/store/resp.hpp"

namespace dovetail {
namespace {

using detail::Connection;
using detail::Deadline;
using detail::deadline_in;
using detail::seconds_to;
using Kind = RespReply::Kind;

constexpr double kFirstPause = 0.1;  ///< seconds before another attempt; doubles
constexpr double kLongestPause = 10;
constexpr int kLookMs = 100;  ///< of a pause, between two questions whether to give up
constexpr std::size_t kItemsMax = 1024;
constexpr std::size_t kAnswerMax = std::size_t{1} << 20;  ///< of what is no value: INFO, or some hundred names

/// A refusal that no second attempt would change.
class Refused : public StoreError {
 public:
  using StoreError::StoreError;
};

bool says(const RespReply& reply, std::string_view code) {
  return reply.kind == Kind::error && reply.text.starts_with(code);
}

/// What its user can do about an error reply; empty where waiting may help.
std::string cure_of(const RespReply& reply) {
  constexpr std::array kCures{
      std::pair{"WRONGPASS", "user or password are wrong; check the address, and `ACL LIST` of the server"},
      std::pair{"NOAUTH", "it wants a password; give redis://USER:PASSWORD@HOST, or ?password-file=PATH"},
      std::pair{"NOPERM", "this account may not do that; see the accounts of docs/stores.md"},
      std::pair{"WRONGTYPE", "something else than Dovetail uses these names; take another database or run"},
      std::pair{"READONLY", "it is a replica; give the address of its master"},
      std::pair{"MOVED", "it is a cluster, which Dovetail does not use; give a single Redis"},
      std::pair{"ERR invalid password", "the password is wrong; check the address"},
      std::pair{"ERR AUTH", "it has no password set; leave it out of the address, or set one there"},
      std::pair{"ERR DB index", "it has no such database; give a lower number"},
  };
  for (const auto& [code, cure] : kCures) {
    if (says(reply, code)) return cure;
  }
  return {};
}

/// Throws what an error reply means: Refused, or a StoreError where waiting may help.
void check(const RespReply& reply) {
  if (reply.kind != Kind::error) return;
  if (const std::string cure = cure_of(reply); !cure.empty()) throw Refused(cure + " (it says: " + reply.text + ")");
  if (says(reply, "OOM")) {
    throw StoreError("its memory is full; raise maxmemory, or drop runs that have ended (it says: " + reply.text + ")");
  }
  if (says(reply, "MISCONF")) {
    throw StoreError("it cannot save to its disk; free some space there (it says: " + reply.text + ")");
  }
  throw StoreError("it says: " + reply.text);
}

/// The same of an answer to AUTH, whose words are not shown: they may repeat what it was sent.
void check_login(const RespReply& reply) {
  if (reply.kind != Kind::error) return;
  if (const std::string cure = cure_of(reply); !cure.empty()) throw Refused(cure);
  if (says(reply, "ERR unknown command")) {
    throw Refused("it knows no logins; leave user and password out of the address, or allow AUTH there");
  }
  throw StoreError("it refuses the login, in words that are not shown since they may repeat the password");
}

/// `name:value` of a line of INFO; empty where there is none.
std::string field(const std::string& info, const std::string& name) {
  const auto at = info.find("\n" + name + ":");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 2;
  return info.substr(begin, info.find_first_of("\r\n", begin) - begin);
}

std::string milliseconds(double seconds) { return std::to_string(static_cast<std::int64_t>(std::ceil(1e3 * seconds))); }

class RedisStore final : public Store {
 public:
  RedisStore(const StoreUrl& url, const std::string& run, const StoreLimits& limits)
      : Store(url.shown, limits), url_(url), prefix_("dt:{" + run + "}:"), life_(milliseconds(limits.life_s)) {
    patiently([](Session&) {});
  }

  void drop_run() override {
    std::string cursor = "0";
    do {
      patiently([&](Session& session) {
        const RespReply reply = session.ask({"SCAN", cursor, "MATCH", prefix_ + "*", "COUNT", "500"});
        check(reply);
        if (reply.kind != Kind::array || reply.items.size() != 2) throw StoreError("its answer to SCAN is none");
        std::vector<std::string> words{"UNLINK"};
        for (const RespReply& key : reply.items[1].items) words.push_back(key.text);
        if (words.size() > 1) check(session.ask(words));
        cursor = reply.items[0].text;
      });
    } while (cursor != "0");
  }

 private:
  /// One connection, logged in.
  class Session {
   public:
    Session(Connection connection, const StoreLimits& limits, Deadline deadline)
        : connection_(std::move(connection)),
          reader_({std::max(limits.value_max, kAnswerMax), kItemsMax}),
          deadline_(deadline) {}
    void set_deadline(Deadline deadline) { deadline_ = deadline; }

    RespReply ask(const std::vector<std::string>& words) {
      send({words});
      return reply();
    }
    /// Several commands in one go.
    void send(const std::vector<std::vector<std::string>>& commands) {
      std::string bytes;
      for (const auto& words : commands)
        bytes += resp_command(std::vector<std::string_view>(words.begin(), words.end()));
      connection_.send(bytes, deadline_);
    }
    RespReply reply() {
      for (;;) {
        if (auto whole = reader_.next()) return std::move(*whole);
        reader_.add(connection_.receive(deadline_));
      }
    }

   private:
    Connection connection_;
    RespReader reader_;
    Deadline deadline_;
  };

  /// Does f with a session, anew after a failure of the connection or of the server, until the patience is at its end.
  template <class F>
  auto patiently(F&& f) -> decltype(f(std::declval<Session&>())) {
    const Deadline end = deadline_in(limits().patience_s);
    std::unique_lock lock(mutex_, std::defer_lock);
    if (!lock.try_lock_until(end)) throw StoreError("the store " + place() + " keeps another thread waiting.");
    for (double pause = kFirstPause;; pause = std::min(kLongestPause, 2 * pause)) {
      try {
        if (!session_) connect(end);
        session_->set_deadline(std::min(end, deadline_in(limits().command_s)));
        return f(*session_);
      } catch (const Refused& error) {
        session_.reset();
        throw StoreError("the store " + place() + " cannot be used: " + error.what() + ".");
      } catch (const StoreError& error) {
        session_.reset();  // whatever it may still answer belongs to an old question
        if (should_stop()) {
          throw StoreStopped("told to stop while the store " + place() + " was out of reach: " + error.what() + ".");
        }
        if (seconds_to(end) <= pause) {
          throw StoreError("the store " + place() + " is out of reach or does not work (for " +
                           std::to_string(static_cast<int>(std::ceil(limits().patience_s))) + " s): " + error.what() +
                           "; check that Redis runs there, then start again: a run goes on from its checkpoint.");
        }
      } catch (...) {
        session_.reset();
        throw;
      }
      const Deadline again = deadline_in(pause);
      while (seconds_to(again) > 0 && !should_stop()) ::poll(nullptr, 0, kLookMs);
    }
  }

  [[nodiscard]] bool should_stop() const { return limits().should_stop && limits().should_stop(); }

  void connect(Deadline end) {
    const Deadline soon = std::min(end, deadline_in(limits().connect_s));
    Session session(url_.host.empty() ? Connection::to_socket(url_.path, soon, limits().should_stop)
                                      : Connection::to_host(url_.host, url_.port, soon, limits().should_stop),
                    limits(), soon);
    if (!url_.password.empty()) {
      std::vector<std::string> words{"AUTH"};
      if (!url_.user.empty()) words.push_back(url_.user);
      words.push_back(url_.password);
      check_login(session.ask(words));
    }
    if (url_.database != 0) check(session.ask({"SELECT", std::to_string(url_.database)}));
    require_keeps_values(session);
    session_.emplace(std::move(session));
  }

  /// A value that vanishes while its run goes on costs work, and a replica answers what was true once.
  static void require_keeps_values(Session& session) {
    const RespReply reply = session.ask({"INFO"});
    // An account that may not ask is a worker's: the server of its run has asked.
    if (says(reply, "NOPERM")) return check(session.ask({"PING"}));
    check(reply);
    const std::string policy = field(reply.text, "maxmemory_policy");
    if (policy != "noeviction") {
      throw Refused("it would silently forget values when its memory is full (maxmemory-policy " + policy +
                    "); set `maxmemory-policy noeviction` in redis.conf");
    }
    if (field(reply.text, "role") != "master") throw Refused("it is a replica; give the address of its master");
    if (field(reply.text, "cluster_enabled") == "1") {
      throw Refused("it is a cluster, which Dovetail does not use; give a single Redis");
    }
  }

  [[nodiscard]] std::string value_key(const std::string& name) const { return prefix_ + name; }
  [[nodiscard]] std::string lease_key(const std::string& name) const { return prefix_ + "lease:" + name; }
  /// No name of a store has a dot.
  [[nodiscard]] std::string fence_key(const std::string& name) const { return prefix_ + "lease:fence." + name; }

  std::optional<Bytes> do_get(const std::string& name) override {
    return patiently([&](Session& session) -> std::optional<Bytes> {
      const RespReply reply = value_of(session, name);
      check(reply);
      if (reply.kind == Kind::nil) return std::nullopt;
      if (reply.kind != Kind::bulk) throw StoreError("its answer to GET is none");
      if (reply.text.size() > limits().value_max) throw Refused(too_large(name));
      const auto bytes = std::as_bytes(std::span(reply.text.data(), reply.text.size()));
      return Bytes(bytes.begin(), bytes.end());
    });
  }

  [[nodiscard]] std::string too_large(const std::string& name) const {
    return name + " has more than the " + std::to_string(limits().value_max) +
           " bytes that a value may have, so something else than Dovetail put it; take another database or run";
  }
  RespReply value_of(Session& session, const std::string& name) {
    try {
      return session.ask({"GET", value_key(name)});
    } catch (const RespTooLarge&) {
      throw Refused(too_large(name));
    }
  }

  bool do_create(const std::string& name, std::span<const std::byte> value) override {
    const std::string text(reinterpret_cast<const char*>(value.data()), value.size());
    return patiently([&](Session& session) {
      session.send({{"SETNX", value_key(name), text}, {"PEXPIRE", value_key(name), life_}});
      const RespReply created = session.reply();
      const RespReply expires = session.reply();
      check(created);
      // Accounts of workers may not set life times; those of servers do.
      if (!says(expires, "NOPERM")) check(expires);
      if (created.kind != Kind::integer) throw StoreError("its answer to SETNX is none");
      return created.integer == 1;
    });
  }

  /// In pieces, each with the time of an exchange: a run of many stretches has many names.
  void do_keep(std::span<const std::string> names) override {
    constexpr std::size_t kNamesAtOnce = 1000;
    for (; !names.empty(); names = names.subspan(std::min(names.size(), kNamesAtOnce))) {
      std::vector<std::vector<std::string>> commands;
      for (const std::string& name : names.first(std::min(names.size(), kNamesAtOnce))) {
        commands.push_back({"PEXPIRE", value_key(name), life_});
      }
      patiently([&](Session& session) {
        session.send(commands);
        for (std::size_t i = 0; i < commands.size(); ++i) check(session.reply());
      });
    }
  }

  void do_drop(std::span<const std::string> names) override {
    std::vector<std::string> words{"UNLINK"};
    for (const std::string& name : names) {
      words.insert(words.end(), {value_key(name), lease_key(name), fence_key(name)});
    }
    patiently([&](Session& session) { check(session.ask(words)); });
  }

  /// The answers to the commands, all done at once or, where what is watched has changed, none: then empty.
  static std::vector<RespReply> transaction(Session& session, std::vector<std::vector<std::string>> commands) {
    commands.insert(commands.begin(), {"MULTI"});
    commands.push_back({"EXEC"});
    session.send(commands);
    for (std::size_t i = 0; i + 1 < commands.size(); ++i) check(session.reply());
    RespReply all = session.reply();
    check(all);
    if (all.kind == Kind::nil) return {};
    if (all.kind != Kind::array || all.items.size() != commands.size() - 2)
      throw StoreError("its answer to EXEC is none");
    for (const RespReply& reply : all.items) check(reply);
    return std::move(all.items);
  }

  std::optional<Lease> do_claim(Lease wanted) override {
    const std::string key = lease_key(wanted.name);
    const std::string fence = fence_key(wanted.name);
    return patiently([&](Session& session) -> std::optional<Lease> {
      // GET, since an attempt whose answer was lost may have taken it for us.
      const auto replies = transaction(session, {{"SET", key, wanted.holder, "NX", "PX", milliseconds(wanted.seconds)},
                                                 {"GET", key},
                                                 {"INCR", fence},
                                                 {"PEXPIRE", fence, life_}});
      if (replies.empty()) throw StoreError("a transaction was dropped");
      if (replies[1].text != wanted.holder) return std::nullopt;
      wanted.fence = static_cast<std::uint64_t>(replies[2].integer);
      return wanted;
    });
  }

  /// Runs `command` where the lease is still this holder's; says whether it was.
  bool if_held(const Lease& lease, const std::vector<std::string>& command) {
    return patiently([&](Session& session) {
      check(session.ask({"WATCH", lease_key(lease.name)}));
      const RespReply holder = session.ask({"GET", lease_key(lease.name)});
      check(holder);
      if (holder.text == lease.holder) {
        const auto replies = transaction(session, {command});
        return !replies.empty() && replies[0].integer == 1;
      }
      check(session.ask({"UNWATCH"}));
      return false;
    });
  }

  bool do_renew(const Lease& lease) override {
    return if_held(lease, {"PEXPIRE", lease_key(lease.name), milliseconds(lease.seconds)});
  }
  void do_release(const Lease& lease) override { if_held(lease, {"DEL", lease_key(lease.name)}); }

  StoreUrl url_;
  std::string prefix_;
  std::string life_;
  std::timed_mutex mutex_;
  std::optional<Session> session_;
};

}  // namespace

std::unique_ptr<Store> make_redis_store(const StoreUrl& url, const std::string& run, const StoreLimits& limits) {
  return std::make_unique<RedisStore>(url, run, limits);
}

}  // namespace dovetail
