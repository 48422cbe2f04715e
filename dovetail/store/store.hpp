/// The Store seam: where processes of a run meet. Values under names, each written once, and leases.
///
/// A store may lose everything at any moment: it carries work, it is no record. Values are bytes whose meaning is the
/// caller's, and what comes out may be what anybody put in: decode with store/message.hpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail {

/// A name was put twice with different bytes: two processes that should compute the same do not.
class StoreConflict : public StoreError {
 public:
  using StoreError::StoreError;
};

/// Its user was told to stop while the store was out of reach.
class StoreStopped : public StoreError {
 public:
  using StoreError::StoreError;
};

struct StoreLimits {
  std::size_t value_max = std::size_t{64} << 20;  ///< bytes of a value, checked before anything is allocated
  double connect_s = 5;                           ///< for one attempt to connect
  double command_s = 10;                          ///< for one exchange with a server
  double patience_s = 30;                         ///< after which any call ends: with its answer or a StoreError
  double life_s = 7 * 86400.0;                    ///< after which a server forgets what a run has put
  /// Whether to give up, with StoreStopped, a place that does not answer; empty: never. Asked after failures and during
  /// waits, by any thread that calls.
  std::function<bool()> should_stop{};
};

/// The right to a piece of work for some time. It saves double work; that a value is written once does not hang on it.
struct Lease {
  std::string name;
  std::string holder;       ///< unforeseeable, of this claim alone
  std::uint64_t fence = 0;  ///< higher for every later holder of the name
  double seconds = 0;       ///< from the claim or the last renewal, by the store's clock
};

enum class Put : std::uint8_t { created, was_there };

/// Of one run: runs in one place do not see each other. Names are words of a-z, 0-9, - and _, joined by colons, of up
/// to 200 characters in all; the first word is not "lease". Any thread may call.
/// Errors: UsageError for a name or a size that the caller chose wrongly, else StoreError.
class Store {
 public:
  virtual ~Store() = default;

  /// Empty: the name has no value (now: it may never have had, or the store lost it).
  [[nodiscard]] std::optional<Bytes> get(std::string_view name);
  /// Gives `name` its value, for good. Equal bytes a second time change nothing; other bytes are a StoreConflict.
  Put put_if_absent(std::string_view name, std::span<const std::byte> value);
  /// get(), as soon as there is a value; empty when there was none for `seconds`.
  [[nodiscard]] std::optional<Bytes> wait_for(std::string_view name, double seconds);
  /// Values that these names have now stay for limits().life_s more, where the place forgets at all. What an account
  /// put that may not say so itself stays for good until then.
  void keep(std::span<const std::string> names);
  /// Removes values and leases, for names that nobody will use again. Names that have none are no error.
  void drop(std::span<const std::string> names);
  /// Removes all that the run put, and its leases. For the end of a run: it searches.
  virtual void drop_run() = 0;

  /// Takes the lease of `name` for `seconds`, unless somebody else has it. Names of leases are apart from values'.
  [[nodiscard]] std::optional<Lease> claim(std::string_view name, double seconds);
  /// Has it for lease.seconds more; false: it has run out or is somebody else's.
  [[nodiscard]] bool renew(const Lease& lease);
  /// Gives it back early; nothing when it is not ours any more.
  void release(const Lease& lease);

  [[nodiscard]] const StoreLimits& limits() const { return limits_; }
  /// Kind and place, without user and password.
  [[nodiscard]] const std::string& place() const { return place_; }

 protected:
  Store(std::string place, const StoreLimits& limits);

 private:
  // Names and sizes are checked by then.
  virtual std::optional<Bytes> do_get(const std::string& name) = 0;
  /// False: it has a value, which is not looked at.
  virtual bool do_create(const std::string& name, std::span<const std::byte> value) = 0;
  virtual void do_keep(std::span<const std::string> /*names*/) {}
  virtual void do_drop(std::span<const std::string> names) = 0;
  virtual std::optional<Lease> do_claim(Lease wanted) = 0;
  virtual bool do_renew(const Lease& lease) = 0;
  virtual void do_release(const Lease& lease) = 0;

  std::string place_;
  StoreLimits limits_;
};

/// `memory` (this process alone), `dir:PATH[?shared=group]` (a folder, also of a network file system),
/// `redis://[USER:PASSWORD@]HOST[:PORT][/DB]` or `redis+unix://[USER:PASSWORD@]/PATH/TO/SOCKET[?db=N]`, see
/// docs/stores.md. `run`: 1 to 64 characters of a-z, 0-9, - and _. UsageError names what is wrong with an address;
/// StoreError: it cannot be reached, or would forget values silently. FileError: a folder cannot be used, or is
/// others'.
[[nodiscard]] std::unique_ptr<Store> open_store(std::string_view url, std::string_view run,
                                                const StoreLimits& limits = {});

/// UsageError where open_store() would not take `run`.
void require_run_name(std::string_view run);

/// Whether open_store would take `name` as a value's or lease's.
[[nodiscard]] bool is_store_name(std::string_view name);

}  // namespace dovetail
