/// The seed of a test: a function of its name, so that nobody picks one after seeing a result.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace dovetail::test {

/// 64-bit FNV-1a of "Suite.Name#index": seeds need to differ and to be unchosen, not to be secret.
inline std::uint64_t seed_from_name(std::uint64_t index = 0) {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string name = std::string(info->test_suite_name()) + "." + info->name() + "#" + std::to_string(index);
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

}  // namespace dovetail::test
