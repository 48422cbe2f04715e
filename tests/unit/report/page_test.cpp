// The page around the data: what may run in it, and that no text of a run becomes markup.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <span>

#include "dovetail/report/detail/json.hpp"
#include "dovetail/report/report.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail::report {
namespace {

using detail::Json;

std::vector<std::string> between(const std::string& text, const std::string& from, const std::string& to) {
  std::vector<std::string> found;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    at += from.size();
    found.push_back(text.substr(at, text.find(to, at) - at));
  }
  return found;
}

std::string hex_of_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : text) {
    if (c == '=') continue;
    for (int bit = 5; bit >= 0; --bit) bits += (digits.find(c) >> bit & 1U) != 0 ? '1' : '0';
  }
  std::string hex;
  for (std::size_t i = 0; i + 4 <= bits.size(); i += 4)
    hex += "0123456789abcdef"[std::stoul(bits.substr(i, 4), nullptr, 2)];
  return hex.substr(0, 64);
}

std::string sha256_hex(const std::string& text) { return to_hex(sha256(std::as_bytes(std::span(text)))); }

TEST(Page, LetsNothingRunButItsOwnScriptsByTheirHashes) {
  const std::string page = report_page("{}");
  const auto policy = between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
  ASSERT_EQ(policy.size(), 1U);
  EXPECT_EQ(policy[0].find("unsafe"), std::string::npos);
  EXPECT_TRUE(policy[0].starts_with("default-src 'none';"));
  const auto hashes = between(policy[0], "'sha256-", "'");
  const auto scripts = between(page, "<script>", "</script>");
  const auto styles = between(page, "<style>", "</style>");
  ASSERT_EQ(scripts.size(), 2U);
  ASSERT_EQ(styles.size(), 1U);
  ASSERT_EQ(hashes.size(), 3U);
  EXPECT_EQ(hex_of_base64(hashes[0]), sha256_hex(scripts[0]));
  EXPECT_EQ(hex_of_base64(hashes[1]), sha256_hex(scripts[1]));
  EXPECT_EQ(hex_of_base64(hashes[2]), sha256_hex(styles[0]));
}

TEST(Page, LoadsNothing) {
  const std::string page = report_page("{}");
  for (const char* way :
       {" src=", "<link", "<img", "<iframe", "@import", "url(", "fetch(", "XMLHttpRequest", "WebSocket", "import(",
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
    EXPECT_EQ(page.find(way), std::string::npos) << way;
  }
}

TEST(Page, TextOfTheRunStaysData) {
  const std::string hostile =
      "</script><script>alert(1)</script><!--&amp;\xe2\x80\xa8\xf0\x9f\x98\x80\"'`,@script@@data@";
  const std::string json = Json{{"name", hostile}}.dump(-1, ' ', true);
  const std::string page = report_page(json);
  const auto data = between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
  ASSERT_EQ(data.size(), 1U);
  EXPECT_EQ(data[0].find_first_of("<>&"), std::string::npos);
  EXPECT_TRUE(std::all_of(data[0].begin(), data[0].end(), [](char c) { return c >= ' ' && c < 127; }));
  EXPECT_EQ(Json::parse(data[0])["name"], hostile);
  EXPECT_EQ(between(page, "<script", ">").size(), 3U);
}

TEST(Numbers, HaveSixDigitsAndNoInfinity) {
  EXPECT_EQ(detail::number(1.0 / 3).dump(), "0.333333");
  EXPECT_EQ(detail::number(-1234567.0).dump(), "-1234570");
  EXPECT_EQ(detail::number(1e300).dump(), "1e+300");
  EXPECT_TRUE(detail::number(std::numeric_limits<double>::infinity()).is_null());
  EXPECT_TRUE(detail::number(std::nullopt).is_null());
}

TEST(Figures, KeepAllDigitsWhatPicturesRound) {
  EXPECT_EQ(detail::figure(1234567.8911).dump(), "1234567.8911");
  EXPECT_EQ(detail::number(1234567.8911).dump(), "1234570");
  EXPECT_TRUE(detail::figure(std::nan("")).is_null() && detail::figure(std::nullopt).is_null());
}

TEST(Levels, AreWithinHalfALevelOfTheirValues) {
  const std::vector<std::vector<double>> lines{{-2, 0.1, std::nan("")}, {3, 1, 2.5}};
  const Json packed = detail::levels(lines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t j = 0; j < lines[i].size(); ++j) {
      const Json& level = packed["lines"][i][j];
      if (std::isnan(lines[i][j])) {
        EXPECT_TRUE(level.is_null());
      } else {
        EXPECT_NEAR(-2 + 5.0 * level.get<double>() / 9999, lines[i][j], 0.5 * 5.0 / 9999 + 1e-12);
      }
    }
  }
}

TEST(Levels, DoNotOverflowWhereTheRangeDoes) {
  const Json packed = detail::levels({{-1.5e308, 1.5e308, 0}});
  EXPECT_EQ(packed["lines"][0], Json({0, 9999, 5000}));
  EXPECT_EQ(detail::levels({{7, 7}})["lines"][0], Json({0, 0}));
}

// What is vendored is what its makers published: these are the files of the archive `npm pack uplot@1.6.32`.
TEST(Vendored, FilesHaveTheHashesThatTheDocumentationNames) {
  const std::string root = DOVETAIL_SOURCE;
  std::ifstream page(root + "/docs/third-party.md", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  for (const char* name : {"uPlot.iife.min.js", "uPlot.min.css", "LICENSE"}) {
    const std::string hash = to_hex(sha256_of_file(root + "/third_party/uplot/" + name));
    EXPECT_NE(text.find("| `" + std::string(name) + "` | `" + hash + "` |"), std::string::npos) << name << " " << hash;
  }
}

}  // namespace
}  // namespace dovetail::report
