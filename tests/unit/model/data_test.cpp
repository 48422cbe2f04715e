// The data reader: what CmdStan's JSON means, and what is wrong with a text that is not that.
#include "dovetail/model/data.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace dovetail {
namespace {

using Reals = std::vector<double>;
using Shape = std::vector<std::size_t>;

constexpr double kInf = std::numeric_limits<double>::infinity();

DataVariable only(std::string_view value) {
  const auto variables = read_data("{\"y\": " + std::string(value) + "}", "d.json");
  EXPECT_EQ(variables.size(), 1U);
  return variables.at("y");
}

/// What is said of `text`; "" when it is read.
std::string complaint(std::string_view text, Tuples tuples = Tuples::refuse) {
  try {
    (void)read_data(text, "d.json", tuples);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}
std::string complaint_of(const std::string& value) { return complaint("{\"N\": 1,\n \"y\": " + value + "\n}"); }

TEST(Data, ReadsNumbersAndArraysRowByRow) {
  const auto variables =
      read_data("\xEF\xBB\xBF {\"N\": 2,\r\n\"x\": [[1, 2, 3],\n [4, 5, 6]], \"s\": -0.5e1}\n", "d.json");
  ASSERT_EQ(variables.size(), 3U);
  EXPECT_EQ(variables.at("N").shape, Shape{});
  EXPECT_EQ(variables.at("N").integers, (std::vector<std::int32_t>{2}));
  EXPECT_EQ(variables.at("x").shape, (Shape{2, 3}));
  EXPECT_EQ(variables.at("x").integers, (std::vector<std::int32_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(variables.at("s").reals, Reals{-5});
  EXPECT_TRUE(read_data("{}", "d.json").empty());
}

TEST(Data, KnowsTheLineOfAVariableAndThePlaceOfANumber) {
  const std::string text = "{\n\"N\": 2,\n\n  \"prior_only\" : 0\n}";
  const auto variables = read_data(text, "d.json");
  EXPECT_EQ(variables.at("N").line, 2U);
  EXPECT_EQ(variables.at("prior_only").line, 4U);
  EXPECT_EQ(variables.at("N").number_at, text.find('2'));
  EXPECT_EQ(variables.at("prior_only").number_at, text.find('0'));
}

TEST(Data, KeepsIntegersApartFromReals) {
  EXPECT_TRUE(only("3").whole);
  EXPECT_FALSE(only("3.0").whole);
  EXPECT_FALSE(only("3e0").whole);
  const DataVariable mixed = only("[1, -2, 3.5, 4]");
  EXPECT_FALSE(mixed.whole);
  EXPECT_TRUE(mixed.integers.empty());
  EXPECT_EQ(mixed.reals, (Reals{1, -2, 3.5, 4}));
  EXPECT_EQ(mixed.size(), 4U);
  EXPECT_EQ(only("[1, 2]").as_reals(), (Reals{1, 2}));
}

TEST(Data, IntegersBeyondAnIntAreRealWhenNoDigitIsLost) {
  EXPECT_TRUE(only("[2147483647, -2147483648]").whole);
  EXPECT_EQ(only("2147483648").reals, Reals{2147483648.0});
  EXPECT_EQ(only("[1, -2147483649]").reals, (Reals{1, -2147483649.0}));
  EXPECT_EQ(only("100000000000000000000").reals, Reals{1e20});
  EXPECT_EQ(complaint_of("[1, 9007199254740993]"),
            "d.json:2: y[2] is 9007199254740993, a whole number that no double holds exactly (digits would be lost); "
            "write it with a point if a rounded value will do");
  EXPECT_EQ(only("9007199254740993.0").reals, Reals{9007199254740992.0});
}

TEST(Data, ReadsNumbersToTheLastBit) {
  EXPECT_EQ(only("0.1").reals, Reals{0.1});
  EXPECT_EQ(only("4.9e-324").reals, Reals{std::numeric_limits<double>::denorm_min()});
  EXPECT_EQ(only("1.7976931348623157e308").reals, Reals{std::numeric_limits<double>::max()});
  EXPECT_EQ(only("0.0e-999").reals, Reals{0});
  EXPECT_TRUE(std::signbit(only("-0.0").reals.front()));
}

TEST(Data, TextsStandForWhatJsonHasNoNumbersFor) {
  const DataVariable y = only("[\"NaN\", \"Inf\", \"-Infinity\", \"+inf\", 1]");
  ASSERT_EQ(y.reals.size(), 5U);
  EXPECT_TRUE(std::isnan(y.reals[0]));
  EXPECT_EQ(y.reals[1], kInf);
  EXPECT_EQ(y.reals[2], -kInf);
  EXPECT_EQ(y.reals[3], kInf);
  EXPECT_EQ(complaint_of("\"many\""),
            "d.json:2: y is the text \"many\" where a number belongs; write a number without quotes; only \"NaN\", "
            "\"Inf\" and \"-Inf\" are texts");
}

TEST(Data, EmptyArraysHaveAShape) {
  EXPECT_EQ(only("[]").shape, Shape{0});
  EXPECT_EQ(only("[[], []]").shape, (Shape{2, 0}));
  EXPECT_EQ(only("[[[]]]").shape, (Shape{1, 1, 0}));
  EXPECT_EQ(only("[]").size(), 0U);
}

TEST(Data, NamesWhatIsNotRectangular) {
  const std::string tail =
      " (arrays must be rectangular); pad the shorter ones, or give their lengths in a variable of their own";
  EXPECT_EQ(complaint_of("[[1, 2],\n[3]]"), "d.json:3: y[2] has 1 elements and y[1] has 2" + tail);
  EXPECT_EQ(complaint_of("[[1], [3, 4]]"), "d.json:2: y[2] has 2 elements and y[1] has 1" + tail);
  EXPECT_EQ(complaint_of("[[], [1]]"), "d.json:2: y[2] has 1 elements and y[1] has 0" + tail);
  EXPECT_EQ(complaint_of("[[[1], [2]], [[1], []]]"), "d.json:2: y[2][2] has 0 elements and y[1][1] has 1" + tail);
  const std::string brackets = " (arrays must be rectangular); check the brackets";
  EXPECT_EQ(complaint_of("[1, [2]]"), "d.json:2: y[2] is an array where others are numbers or empty" + brackets);
  EXPECT_EQ(complaint_of("[[1], 2]"), "d.json:2: y[2] is a number where others are arrays" + brackets);
  EXPECT_EQ(complaint_of("[[[1]], [2]]"), "d.json:2: y[2][1] is a number where others are arrays" + brackets);
  EXPECT_EQ(complaint_of("[[[]], [2]]"), "d.json:2: y[2][1] is a number where others are arrays" + brackets);
  EXPECT_EQ(complaint_of("[[1], [[]]]"), "d.json:2: y[2][1] is an array where others are numbers or empty" + brackets);
  EXPECT_EQ(complaint_of("[[], [[]]]"), "d.json:2: y[2][1] is an array where others are numbers or empty" + brackets);
}

TEST(Data, ReadsSixteenDimensionsAndNoMore) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + "1" + std::string(depth, ']'); };
  EXPECT_EQ(only(nested(kDataDepthMax)).shape, Shape(kDataDepthMax, 1));
  EXPECT_NE(complaint_of(nested(kDataDepthMax + 1)).find("within 16 others"), std::string::npos);
  EXPECT_NE(complaint_of(std::string(1000000, '[')).find("within 16 others"), std::string::npos);
}

TEST(Data, NamesNumbersThatADoubleCannotHold) {
  EXPECT_EQ(complaint_of("[[1, 2], [3, -1e400]]"),
            "d.json:2: y[2][2] is -1e400, beyond the largest double, 1.8e308; change its unit, or write \"Inf\"");
  EXPECT_EQ(complaint_of("1e-400"),
            "d.json:2: y is 1e-400, which a double cannot tell from 0; write 0, or change its unit");
}

TEST(Data, NamesValuesOfAnotherKind) {
  EXPECT_EQ(complaint_of("[1, null]"), "d.json:2: y[2] is null; leave the variable out, or give its value");
  EXPECT_EQ(complaint_of("true"), "d.json:2: y is true; write 1 or 0");
  EXPECT_EQ(complaint_of("[1, {\"a\": 1}]"),
            "d.json:2: y[1] is an object (tuples are not read); give each part a variable of its own");
}

TEST(Data, NamesAVariableThatIsGivenTwice) {
  EXPECT_EQ(complaint("{\"y\": 1,\n\"N\": 1,\n\"y\": 2}"),
            "d.json:3: y is given twice (first in line 1); remove one of the two");
}

TEST(Data, NamesTokensThatAreNotJson) {
  EXPECT_EQ(complaint_of("[1,\n NaN]"), "d.json:3: y[2] is NaN without quotes, which is not JSON; write \"NaN\"");
  EXPECT_EQ(complaint_of("-Infinity"), "d.json:2: y is -Infinity without quotes, which is not JSON; write \"-Inf\"");
  EXPECT_EQ(complaint_of("inf"), "d.json:2: y is inf without quotes, which is not JSON; write \"Inf\"");
}

TEST(Data, NamesLineAndReasonOfBrokenText) {
  const auto said = [](const std::string& text) {
    return complaint(text).substr(0, complaint(text).find("; correct"));
  };
  EXPECT_EQ(said("{\"y\": [1,\n2,\n]}"),
            "d.json:3: this is not JSON in or after y: unexpected ']'; expected '[', '{', or a literal");
  EXPECT_EQ(said("{\"y\": [1,\n2"), "d.json:2: this is not JSON in or after y: unexpected end of input; expected ']'");
  EXPECT_EQ(said("{\"y\": 1}\n x"), "d.json:2: this is not JSON in or after y: invalid literal; expected end of input");
  EXPECT_EQ(said("{\"y\": 1}{}"), "d.json:1: this is not JSON in or after y: unexpected '{'; expected end of input");
  EXPECT_EQ(said("{\"y\": 01}"), "d.json:1: this is not JSON in or after y: unexpected number literal; expected '}'");
  EXPECT_EQ(said("{y: 1}"), "d.json:1: this is not JSON: invalid literal; expected string literal");
  EXPECT_EQ(said("{\"\xff\": 1}"),
            "d.json:1: this is not JSON: invalid string: ill-formed UTF-8 byte; expected string literal");
  EXPECT_EQ(said(std::string("{\"a\0b\": 1}", 10)).substr(0, 45), "d.json:1: this is not JSON: invalid string: c");
}

TEST(Data, NamesTextsThatAreNoObject) {
  EXPECT_EQ(complaint(""), "d.json: is empty; data are an object such as {\"N\": 2, \"y\": [1.5, 2]}");
  EXPECT_EQ(complaint(" \n\t"), complaint(""));
  EXPECT_EQ(
      complaint("\n[1, 2]"),
      "d.json:2: begins with \"[1, 2]\" and not with { (data are a JSON object); write {\"N\": 2, \"y\": [1.5, 2]}");
  EXPECT_EQ(
      complaint("\x7f"
                "ELF\x02\x01\x01"),
      "d.json:1: begins with \"?ELF???\" and not with { (data are a JSON object); write {\"N\": 2, \"y\": [1.5, 2]}");
}

TEST(Data, HoldsItsLimits) {
  EXPECT_NE(complaint("{\"" + std::string(kDataNameMax + 1, 'a') + "\": 1}").find("4097 bytes (at most 4096)"),
            std::string::npos);
  EXPECT_EQ(complaint("{\"" + std::string(kDataNameMax, 'a') + "\": 1}"), "");
  const std::string long_text(kDataBytesMax + 1, ' ');
  EXPECT_NE(complaint(long_text).find("268435457 bytes"), std::string::npos);
}

TEST(Data, LeavesTuplesOutWhenAsked) {
  const auto variables = read_data("{\"N\": 1, \"t\": [{\"1\": 2, \"2\": [3, null]}, {\"1\": true}], \"y\": [1.5]}",
                                   "d.json", Tuples::leave_out);
  EXPECT_EQ(variables.size(), 2U);
  EXPECT_EQ(variables.at("N").integers.front(), 1);
  EXPECT_EQ(variables.at("y").reals, Reals{1.5});
  EXPECT_NE(complaint("{\"t\": {\"1\": 2}, \"y\": [1, [2]]}", Tuples::leave_out).find("y[2] is an array"),
            std::string::npos);
}

TEST(Data, ShowsForeignTextAsPlainCharacters) {
  EXPECT_NE(complaint("{\"\\u001b[31m\": null}").find("d.json:1: ?[31m is null"), std::string::npos);
  const std::string forged =
      complaint("{\"y\": {\"0\":\"'; expected \xc5{\x01", Tuples::leave_out);  // looks like the parser's own words
  EXPECT_EQ(std::count_if(forged.begin(), forged.end(), [](char c) { return c < ' ' || c > '~'; }), 0) << forged;
}

}  // namespace
}  // namespace dovetail
