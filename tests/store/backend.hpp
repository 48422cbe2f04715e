// The members of the Store seam under test, each with the ways in which its place can fail.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dovetail/store/store.hpp"
#include "tests/support/folder.hpp"

namespace dovetail::test {

class Backend {
 public:
  virtual ~Backend() = default;
  /// One more user of the same place.
  virtual std::shared_ptr<Store> open(const StoreLimits& limits = {}, const std::string& run = "run") = 0;
  /// All that is there is lost.
  virtual void wipe() = 0;

  // What happens to places outside this process, and to no other.
  virtual void keep() { never(); }     ///< what is there now, to come back with restore()
  virtual void restore() { never(); }  ///< what was there at keep()
  virtual void fill() { never(); }     ///< the place takes no more
  virtual void stop() { never(); }     ///< the place is gone
  /// Puts something else in the place of a value.
  virtual void plant_other(const std::string& /*name*/) { never(); }
  /// Puts these bytes there behind the store's back.
  virtual void plant(const std::string& /*name*/, const std::string& /*bytes*/) { never(); }
  /// Its address; empty where other processes do not see it.
  [[nodiscard]] virtual std::string url() const { return {}; }

 private:
  static void never() { ADD_FAILURE() << "a store in memory has no place of its own"; }
};

/// "memory", "dir" or "redis"; empty where the member cannot be tested here.
std::unique_ptr<Backend> make_backend(const std::string& name, const std::string& folder);

inline Bytes bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

/// Asks until it is so, for at most ten seconds.
bool eventually(const std::function<bool()>& is_so);

/// A case for each member, in a folder of its own.
class StoreTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    backend_ = make_backend(GetParam(), folder_.path().string());
    if (!backend_) GTEST_SKIP() << "redis-server is not installed";
  }
  TemporaryFolder folder_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace dovetail::test
