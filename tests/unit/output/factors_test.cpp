// factors.json: read back bit for bit, and what is damaged is named.
#include "dovetail/output/factors.hpp"

#include <gtest/gtest.h>

#include <string>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

Factors two_sites() {
  return {
      {"mu", "log sigma"},
      {{"north", {2.0 / 3, -1e-300, -1e-300, 5e-324}, {0.1, -0.0}}, {"south", {-1, 0.1, 0.1, 1e300}, {1.0 / 7, 3}}}};
}

class FactorsFile : public testing::Test {
 protected:
  [[nodiscard]] std::string refusal(const std::string& text) const {
    replace_file(path(), text);
    try {
      static_cast<void>(read_factors(path()));
    } catch (const FileError& error) {
      return error.what();
    }
    return "";
  }
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "factors.json"; }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(FactorsFile, IsReadBackBitForBit) {
  const Factors written = two_sites();
  write_factors(path(), written);
  const Factors read = read_factors(path());
  EXPECT_EQ(read.parameters, written.parameters);
  EXPECT_EQ(pack(read.sites), pack(written.sites));
  EXPECT_EQ(sha256_of_factors(read.sites), sha256_of_factors(written.sites));
}

TEST_F(FactorsFile, EveryBitOfAFactorIsInItsHash) {
  Factors other = two_sites();
  other.sites[0].shift[1] = 0;  // was -0
  EXPECT_NE(sha256_of_factors(other.sites), sha256_of_factors(two_sites().sites));
  other = two_sites();
  other.sites[1].site = "west";
  EXPECT_NE(sha256_of_factors(other.sites), sha256_of_factors(two_sites().sites));
}

TEST_F(FactorsFile, WhatIsDamagedIsNamed) {
  const std::string head = R"({"parameters": ["a", "b"], "sites": [{"site": "s", )";
  EXPECT_NE(
      refusal(head + R"("shift": [1], "precision": [[1, 0], [0, 1]]}]})").find("site s has not a number for each"),
      std::string::npos);
  EXPECT_NE(refusal(head + R"("shift": [1, null], "precision": [[1, 0], [0, 1]]}]})").find("site s has a shift"),
            std::string::npos);
  EXPECT_NE(refusal(head + R"("shift": [1, 2], "precision": [[1, 0], [0.5, 1]]}]})").find("not symmetric"),
            std::string::npos);
  EXPECT_NE(refusal(head + R"("shift": [1, 2], "precision": [[null, 0], [0, 1]]}]})").find("not symmetric and finite"),
            std::string::npos);
  EXPECT_NE(refusal(head + R"("shift": [1, 2], "precision": [[1, 0], [0]]}]})").find("not square"), std::string::npos);
  const std::string site = R"({"site": "s", "shift": [1], "precision": [[1]]})";
  EXPECT_NE(refusal(R"({"parameters": ["a"], "sites": [)" + site + "," + site + "]}").find("site s is there twice"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"parameters": ["a"]})").find("sites"), std::string::npos);
  EXPECT_NE(refusal("{").find("factors.json"), std::string::npos);
}

}  // namespace
}  // namespace dovetail
