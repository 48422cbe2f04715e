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
  /// Other processes see it.
  [[nodiscard]] virtual bool is_shared() const { return true; }
  /// All that is there is lost.
  virtual void wipe() = 0;
  /// What is there is kept, to come back with restore(). False: this place has no memory of its own.
  virtual bool keep() { return false; }
  virtual void restore() {}
  /// The place takes no more. False: cannot be made here.
  virtual bool fill() { return false; }
  /// The place is gone. False: cannot go.
  virtual bool stop() { return false; }
  /// Puts something else in the place of a value. False: cannot be done.
  virtual bool plant_other(const std::string& /*name*/) { return false; }
  /// Puts these bytes there behind the store's back.
  virtual bool plant(const std::string& /*name*/, const std::string& /*bytes*/) { return false; }
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
