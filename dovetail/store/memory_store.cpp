// Values and leases in this process, for its threads.
#include <chrono>
#include <map>
#include <mutex>

#include "dovetail/store/members.hpp"

namespace dovetail {
namespace {

using Clock = std::chrono::steady_clock;

struct Held {
  std::string holder;
  std::uint64_t fence = 0;
  Clock::time_point until;  ///< in the past: nobody has it
};

Clock::time_point after(double seconds) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(const StoreLimits& limits) : Store("memory", limits) {}

  void drop_run() override {
    const std::lock_guard lock(mutex_);
    values_.clear();
    leases_.clear();
  }

 private:
  std::optional<Bytes> do_get(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }
  bool do_create(const std::string& name, std::span<const std::byte> value) override {
    const std::lock_guard lock(mutex_);
    return values_.try_emplace(name, value.begin(), value.end()).second;
  }
  void do_drop(std::span<const std::string> names) override {
    const std::lock_guard lock(mutex_);
    for (const std::string& name : names) {
      values_.erase(name);
      leases_.erase(name);
    }
  }
  std::optional<Lease> do_claim(Lease wanted) override {
    const std::lock_guard lock(mutex_);
    Held& held = leases_[wanted.name];
    if (held.until > Clock::now()) return std::nullopt;
    held = {wanted.holder, held.fence + 1, after(wanted.seconds)};
    wanted.fence = held.fence;
    return wanted;
  }
  bool do_renew(const Lease& lease) override {
    const std::lock_guard lock(mutex_);
    Held& held = leases_[lease.name];
    if (held.holder != lease.holder || held.until <= Clock::now()) return false;
    held.until = after(lease.seconds);
    return true;
  }
  void do_release(const Lease& lease) override {
    const std::lock_guard lock(mutex_);
    Held& held = leases_[lease.name];
    if (held.holder == lease.holder) held.until = {};
  }

  std::mutex mutex_;
  std::map<std::string, Bytes> values_;
  std::map<std::string, Held> leases_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store(const StoreLimits& limits) { return std::make_unique<MemoryStore>(limits); }

}  // namespace dovetail
