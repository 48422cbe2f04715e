// The page that explains the warnings has a row for each of them.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "dovetail/diagnose/warnings.hpp"

namespace dovetail::diagnose {
namespace {

TEST(Warnings, EveryIdIsDocumentedWithItsTitle) {
  std::ifstream file(DOVETAIL_DOCS "/diagnostics.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const WarningKind& kind : warning_kinds()) {
    const std::string row = "| " + std::string(kind.id) + " | " + std::string(kind.title) + " |";
    EXPECT_NE(text.find(row), std::string::npos) << "docs/diagnostics.md lacks the row: " << row;
  }
}

}  // namespace
}  // namespace dovetail::diagnose
