// Numbers and names as text.
#include "dovetail/output/text.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <limits>

#include "dovetail/core/rng.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

TEST(NumbersAsText, KnowNoLocale) {
  const char* const before = std::setlocale(LC_ALL, nullptr);
  const std::string kept = before;
  if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr) std::setlocale(LC_ALL, "");
  EXPECT_EQ(shortest(1.5), "1.5");
  EXPECT_EQ(three_digits(1.25), "1.25");
  EXPECT_EQ(up_to_error(1234.5, 0.1), "1234.5");
  std::setlocale(LC_ALL, kept.c_str());
}

TEST(AlignedTable, PutsWordsToTheLeftAndNumbersToTheRight) {
  EXPECT_EQ(aligned_table({{"name", "value", "note"}, {"a", "12", "long words"}, {"bcdefg", "3", ""}}, {0, 2}),
            "name    value  note\n"
            "a          12  long words\n"
            "bcdefg      3\n");
  EXPECT_EQ(aligned_table({{"\u00e4", "1"}, {"bb", "10"}}, {0}), "\u00e4    1\nbb  10\n");
  EXPECT_EQ(aligned_table({}, {}), "");
}

TEST(UpToError, TheErrorTouchesTheLastDigitAlone) {
  EXPECT_EQ(up_to_error(3.14159, 0.02), "3.14");
  EXPECT_EQ(up_to_error(3.14159, 0.0096), "3.14");  // nearly 0.01
  EXPECT_EQ(up_to_error(3.14159, 0.0094), "3.142");
  EXPECT_EQ(up_to_error(-3.14159, 0.5), "-3.1");
  EXPECT_EQ(up_to_error(20833.4, 34), "20830");
  EXPECT_EQ(up_to_error(20833.4, 1), "20833");
  EXPECT_EQ(up_to_error(0.0, 0.01), "0.00");
  EXPECT_EQ(up_to_error(9.999, 0.1), "10.0");
  EXPECT_EQ(up_to_error(1.23456e12, 1e9), "1.235e+12");
  EXPECT_EQ(up_to_error(1.23456e-8, 1e-10), "1.23e-08");
  EXPECT_EQ(up_to_error(3.0, 200.0), "3");
  EXPECT_EQ(up_to_error(1.23456, std::nullopt), "1.23");
  EXPECT_EQ(up_to_error(1.23456, 0.0), "1.23");
  EXPECT_EQ(up_to_error(std::nan(""), 0.1), "nan");
}

TEST(UpToError, KeepsTheValueWithinHalfAUnitOfTheErrorsDigit) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  for (int i = 0; i < 20'000; ++i) {
    const double scale = std::ldexp(1.0, static_cast<int>(rng.uniform() * 60) - 30);
    const double value = (rng.uniform() - 0.5) * scale;
    const double ratio = std::ldexp(1.0, -static_cast<int>(rng.uniform() * 20));
    const double error = std::fabs(value) * ratio;
    if (error == 0) continue;
    const auto shown = parse_number(up_to_error(value, error));
    ASSERT_TRUE(shown.has_value());
    // Half a unit of a digit that is at most the error, rounded to one digit (so at most error / 0.95).
    EXPECT_LE(std::fabs(*shown - value), 0.5 * error / 0.95 * (1 + 1e-12)) << value << " +- " << error;
  }
}

TEST(Printable, LetsNothingThroughThatATerminalObeys) {
  EXPECT_EQ(printable("plain [1,2] \"q\" = äβ"), "plain [1,2] \"q\" = äβ");
  EXPECT_EQ(printable("a\nb\tc\x1b[31m\x7f"), "a\\x0ab\\x09c\\x1b[31m\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");  // C1 control sequence introducer
  EXPECT_EQ(printable("\xff\xc0\x80\xed\xa0\x80\xf5"), "\\xff\\xc0\\x80\\xed\\xa0\\x80\\xf5");
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");                                                     // cut short
  EXPECT_EQ(printable("a\u202eb\u2066c\u200f"), "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c\\xe2\\x80\\x8f");  // turns direction
  EXPECT_EQ(printable("\u2013\u2026\u20ac\u2070"), "\u2013\u2026\u20ac\u2070");
  EXPECT_EQ(printable(std::string_view("\0x", 2)), "\\x00x");
}

TEST(ShellPath, IsQuotedWhereAShellWouldTakeItApart) {
  EXPECT_EQ(shell_path("runs/2026-11-21_a,b=c"), "runs/2026-11-21_a,b=c");
  EXPECT_EQ(shell_path("-x"), "./-x");
  EXPECT_EQ(shell_path("-x y"), "'./-x y'");
  EXPECT_EQ(shell_path(""), "''");
  EXPECT_EQ(shell_path("it's"), "'it'\\''s'");
  for (const char* path : {"a b", "~", "$HOME", "a;b", "a*", "a(b", "a#", "a\\b", "a\"b", "a&", "β"}) {
    EXPECT_EQ(shell_path(path), "'" + std::string(path) + "'");
  }
  EXPECT_EQ(shell_path("a\n1'\\\xff\x1b"), "$'a\\0121\\'\\\\\\377\\033'");
  EXPECT_EQ(printable(shell_path("a\n\x1b\xc2\x9b")), shell_path("a\n\x1b\xc2\x9b"));
}

TEST(ShellPath, ComesOutOfTheShellAsItWas) {
  const test::TemporaryFolder folder;
  for (const std::string path : {"a b", "it's", "a\n1", "tab\tq'\\", "\xff\xc2\x9b", "$(id)", "`id`", "!x"}) {
    test::write_plainly(folder / "script", "printf %s " + shell_path(path));
    FILE* shell = ::popen(("bash '" + (folder / "script").string() + "'").c_str(), "r");
    ASSERT_NE(shell, nullptr);
    std::string printed;
    for (int c = std::fgetc(shell); c != EOF; c = std::fgetc(shell)) printed += static_cast<char>(c);
    EXPECT_EQ(::pclose(shell), 0);
    EXPECT_EQ(printed, path);
  }
}

TEST(CsvField, IsQuotedWhenItMustBe) {
  EXPECT_EQ(csv_field("plain=1"), "plain=1");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
}

TEST(Alignment, CountsCodePoints) {
  EXPECT_EQ(right_aligned("β", 3), "  β");
  EXPECT_EQ(left_aligned("ab", 4), "ab  ");
  EXPECT_EQ(right_aligned("long", 2), "long");
}

}  // namespace
}  // namespace dovetail
