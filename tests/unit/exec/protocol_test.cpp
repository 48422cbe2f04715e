// The lines of `exec:` as text: what is written reads back, what is read is exactly what was asked for.
#include "dovetail/model/exec/protocol.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::exec {
namespace {

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

Answer read(const std::string& line, const Question& question) {
  Answer answer;
  read_answer(line, question, answer);
  return answer;
}

/// The message of the ProtocolError that `call` meets, or "accepted".
template <class Call>
std::string complaint(Call&& call) {
  try {
    call();
  } catch (const ProtocolError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Question, NumbersReadBackAsTheSameBitsAndAsReals) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  std::vector<double> x = {0.0,
                           -0.0,
                           1,
                           -3,
                           1e22,
                           123456789,
                           0.1,
                           5e-324,
                           std::numeric_limits<double>::max(),
                           std::numeric_limits<double>::min()};
  while (x.size() < 10000) {
    const auto value = std::bit_cast<double>((std::uint64_t{rng.bits32()} << 32) | rng.bits32());
    if (std::isfinite(value)) x.push_back(value);
  }
  std::string line = "left over";
  write_question({7, x.size() / 10, 10, true, false}, x, line);
  ASSERT_TRUE(line.ends_with("\n"));
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object.size(), 3U);
  EXPECT_EQ(object["id"], 7);
  EXPECT_EQ(object["gradient"], true);
  ASSERT_EQ(object["x"].size(), 1000U);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto& value = object["x"][i / 10][i % 10];
    EXPECT_TRUE(value.is_number_float()) << value;
    EXPECT_EQ(bits(value.get<double>()), bits(x[i])) << value;
  }
}

TEST(Answer, NumbersReadBackAsTheSameBits) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  std::string text;
  std::vector<double> values;
  while (values.size() < 10000) {
    const auto value = std::bit_cast<double>((std::uint64_t{rng.bits32()} << 32) | rng.bits32());
    if (!std::isfinite(value)) continue;
    values.push_back(value);
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.17g", value);
    text += (text.empty() ? "" : ",") + std::string(digits);
  }
  const Answer answer = read("{\"id\":1,\"log_density\":[" + text + "]}", {1, values.size(), 1, false, false});
  ASSERT_EQ(answer.likelihood.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(bits(answer.likelihood[i]), bits(values[i]));
}

TEST(Answer, ReadsEveryFieldInAnyOrder) {
  const Question question{3, 2, 2, true, true};
  const Answer answer =
      read(R"( { "log_likelihood_gradient" : [[1,2],[3,4]], "log_prior":[-1,"-inf"], "log_prior_gradient":[[5,6],[]],)"
           R"("id":3 ,"log_likelihood":[0.5e1, {"error":"why"}]} )",
           question);
  EXPECT_EQ(answer.prior[0], -1);
  EXPECT_EQ(answer.prior[1], -kInfinity);
  EXPECT_EQ(answer.likelihood[0], 5);
  EXPECT_EQ(answer.likelihood[1], -kInfinity);
  EXPECT_EQ(answer.prior_gradient, (std::vector<double>{5, 6, 0, 0}));
  EXPECT_EQ(answer.likelihood_gradient, (std::vector<double>{1, 2, 3, 4}));
  ASSERT_EQ(answer.errors.size(), 1U);
  EXPECT_EQ(answer.errors[0].point, 1U);
  EXPECT_EQ(answer.errors[0].text, "why");
}

TEST(Answer, WithoutPartsAllIsLikelihood) {
  const Answer answer =
      read(R"({"id":1,"log_density":["-inf","inf","nan",2],"gradient":[[],[],[],[7]]})", {1, 4, 1, true, false});
  EXPECT_EQ(answer.prior, (std::vector<double>{0, 0, 0, 0}));
  EXPECT_EQ(answer.likelihood[0], -kInfinity);
  EXPECT_EQ(answer.likelihood[1], kInfinity);
  EXPECT_TRUE(std::isnan(answer.likelihood[2]));
  EXPECT_EQ(answer.likelihood[3], 2);
  EXPECT_EQ(answer.prior_gradient, (std::vector<double>{0, 0, 0, 0}));
  EXPECT_EQ(answer.likelihood_gradient, (std::vector<double>{0, 0, 0, 7}));
}

TEST(Answer, ErrorsOfBothPartsAreOneForEachPoint) {
  const Answer answer =
      read(R"({"id":1,"log_prior":[0,{"error":"a"},{"error":"b"}],"log_likelihood":[{"error":"c"},{"error":"d"},0]})",
           {1, 3, 1, false, true});
  ASSERT_EQ(answer.errors.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(answer.errors[i].point, i);
  EXPECT_EQ(answer.prior, (std::vector<double>{0, -kInfinity, -kInfinity}));
  EXPECT_EQ(answer.likelihood, (std::vector<double>{-kInfinity, -kInfinity, 0}));  // of a draw from the prior
  EXPECT_EQ(answer.errors[0].text, "c");
  EXPECT_EQ(answer.errors[1].text, "a");
  EXPECT_EQ(answer.errors[2].text, "b");
}

TEST(Answer, LongErrorsAreCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 700; ++i) text += "\xC3\xA9";
  const Answer answer = read("{\"id\":1,\"log_density\":[{\"error\":\"x" + text + "\"}]}", {1, 1, 1, false, false});
  EXPECT_EQ(answer.errors[0].text.size(), kErrorBytesMax - 1);
  EXPECT_TRUE(answer.errors[0].text.ends_with("\xC3\xA9"));
}

struct WrongLine {
  const char* line;
  const char* says;
};

TEST(Answer, NamesWhatIsWrongAndWhatIsExpected) {
  const Question question{4, 2, 3, true, false};
  const WrongLine wrong[] = {
      {"", "it is no JSON from character 1 on"},
      {"hello", "it is no JSON"},
      {"Infinity", "it is no JSON"},
      {"[]", "the line is a list; expected an object"},
      {"3", "the line is 3; expected an object"},
      {"{}", "\"id\" is missing; expected 4"},
      {R"({"id":4})", "\"log_density\" is missing; expected a list of 2 numbers, one for each point"},
      {R"({"id":5})", "\"id\" is 5; expected 4"},
      {R"({"id":4.0})", "\"id\" is 4.0; expected 4"},
      {R"({"id":-4})", "\"id\" is -4; expected 4"},
      {R"({"id":"4"})", "\"id\" is \"4\"; expected 4"},
      {R"({"id":4,"id":4})", "\"id\" is given twice"},
      {R"({"id":4,"log_density":[1,2],"log_density":[1,2]})", "\"log_density\" is given twice"},
      {R"({"id":4,"log_densty":[1,2]})",
       "\"log_densty\" was not asked for; did you mean log_density? (asked for: id, "},
      {R"({"id":4,"log_prior":[1,2]})", "\"log_prior\" was not asked for"},
      {R"({"id":4,"log_density":1})", "\"log_density\" is 1; expected a list of 2 numbers"},
      {R"({"id":4,"log_density":null})", "\"log_density\" is null; expected a list"},
      {R"({"id":4,"log_density":[1]})", "\"log_density\" has 1 entries; expected a list of 2"},
      {R"({"id":4,"log_density":[1,2,3]})", "\"log_density\" has more than 2 entries"},
      {R"({"id":4,"log_density":[1,2,{"error":"x"}]})", "\"log_density\" has more than 2 entries"},
      {R"({"id":4,"log_density":[1,null]})", "\"log_density[1]\" is null; expected a number, \"-inf\""},
      {R"({"id":4,"log_density":[1,true]})", "\"log_density[1]\" is true"},
      {R"({"id":4,"log_density":[1,"-Inf"]})", "\"log_density[1]\" is \"-Inf\""},
      {R"({"id":4,"log_density":[1,[2]]})", "\"log_density[1]\" is a list"},
      {R"({"id":4,"log_density":[1,NaN]})",
       "it is no JSON from character 26 on (NaN and Infinity are written \"nan\", \"inf\" or \"-inf\", in quotes)"},
      {R"({"id":4,"log_density":[1,-Infinity]})", "in quotes"},
      {R"({"id":4,"log_density":[1,Infinity]})", "in quotes"},
      {R"({"id":4,"log_density":[1,1e400]})", "a number is too large for a double"},
      {R"({"id":4,"log_density":[{"eror":"x"}]})", "\"log_density[0]\" is an object with \"eror\"; expected \"error\""},
      {R"({"id":4,"log_density":[{}]})", "\"log_density[0]\" is an empty object"},
      {R"({"id":4,"log_density":[{"error":1}]})", "\"log_density[0]\" is 1; expected a text"},
      {R"({"id":4,"log_density":[{"error":{}}]})", "\"log_density[0]\" is an object; expected a text"},
      {R"({"id":4,"log_density":[{"error":"x","at":1}]})", "\"log_density[0]\" has more than \"error\""},
      {R"({"id":4,"log_density":[1,2],"gradient":[1,2]})", "\"gradient[0]\" is 1; expected a list of numbers"},
      {R"({"id":4,"log_density":[1,2],"gradient":[[1,2,3]]})", "\"gradient\" has 1 entries"},
      {R"({"id":4,"log_density":[1,2],"gradient":[[1,2,3],[1,2]]})", "\"gradient[1]\" has 2 numbers; expected 3"},
      {R"({"id":4,"log_density":[1,2],"gradient":[[1,2,3,4]]})", "\"gradient[0]\" has more than 3 numbers"},
      {R"({"id":4,"log_density":[1,2],"gradient":[[1,2,{"error":"x"}]]})", "\"gradient[0]\" is an object"},
      {R"({"id":4,"log_density":[1,2],"gradient":[[1,2,[3]]]})", "\"gradient[0]\" is a list"},
      {R"({"id":4,"log_density":[1,2],"gradient":[[],[],[]]})", "\"gradient\" has more than 2 entries"},
      {R"({"id":4,"log_density":["-inf",2],"gradient":[[],[]]})", "a row of gradients is empty at point 1"},
      {R"({"id":4,"log_density":[1,2],"gradient":[[1,2,3],[1,2,3]]} {})", "it is no JSON"},
      {R"({"id":4,"log_density":[1,2],"gradient":[[1,2,3],[1,2,3]])", "it is no JSON"},
      {"{\"id\":4,\"log_density\":[1,{\"error\":\"\xff\"}]}", "it is no JSON"},
  };
  for (const auto& [line, says] : wrong) {
    EXPECT_NE(complaint([&, text = line] { (void)read(text, question); }).find(says), std::string::npos)
        << line << "\n"
        << complaint([&, text = line] { (void)read(text, question); });
  }
  const std::string deep(100000, '[');
  EXPECT_NE(complaint([&] { (void)read(deep, question); }), "accepted");
  EXPECT_NE(complaint([&] { (void)read("{\"id\":4,\"log_density\":" + deep, question); }), "accepted");
}

TEST(Answer, EveryDamagedLineIsReadOrRefused) {
  const Question question{4, 2, 2, true, true};
  const std::string good = R"({"id":4,"log_prior":[1,{"error":"x"}],"log_likelihood":["-inf",2.5e0],)"
                           R"("log_prior_gradient":[[1,2],[]],"log_likelihood_gradient":[[],[3,4]]})";
  EXPECT_EQ(complaint([&] { (void)read(good, question); }), "accepted");
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_NE(complaint([&] { (void)read(good.substr(0, i), question); }), "accepted") << i;
    for (int byte = 0; byte < 256; ++byte) {
      std::string damaged = good;
      damaged[i] = static_cast<char>(byte);
      Answer answer;
      if (complaint([&] { read_answer(damaged, question, answer); }) != "accepted") continue;
      EXPECT_EQ(answer.prior.size(), 2U) << damaged;
      EXPECT_EQ(answer.likelihood.size(), 2U) << damaged;
      EXPECT_EQ(answer.prior_gradient.size(), 4U) << damaged;
      EXPECT_EQ(answer.likelihood_gradient.size(), 4U) << damaged;
    }
  }
}

TEST(Answer, TheLongestFitsIntoItsLimit) {
  const Question question{4, 3, 2, true, true};
  const std::string number = "-1.7976931348623157e+308";
  const std::string row = "[" + number + ", " + number + "]";
  const std::string rows = "[" + row + ", " + row + ", " + row + "]";
  std::string error;
  for (std::size_t i = 0; i < kErrorBytesMax; ++i) error += "\\u0041";
  const std::string errors = "[{\"error\": \"" + error + "\"}, {\"error\": \"" + error + "\"}, " + number + "]";
  const std::string line = "{\"id\": 4, \"log_prior\": " + errors + ", \"log_likelihood\": " + errors +
                           ", \"log_prior_gradient\": " + rows + ", \"log_likelihood_gradient\": " + rows + "}";
  EXPECT_EQ(read(line, question).errors[1].text.size(), kErrorBytesMax);
  EXPECT_LE(line.size(), answer_bytes_max(question));
}

TEST(Hello, TellsThePathOfTheData) {
  EXPECT_EQ(hello_line(""), "{\"dovetail\":1,\"data\":null}\n");
  EXPECT_EQ(nlohmann::json::parse(hello_line("a \"b\"\n"))["data"], "a \"b\"\n");
  EXPECT_THROW((void)hello_line("\xff"), UsageError);
}

TEST(Declaration, SaysParametersWithTheirDomains) {
  const Declaration all = read_declaration(
      R"({"dovetail":1,"name":"N","version":"V","gradient":true,"parts":true,"parameters":["a",{"name":"b","size":3,)"
      R"("lower":0},{"name":"c","upper":1.5},{"name":"d","lower":-1,"upper":2},{"name":"k","domain":"integer","lower":0,)"
      R"("upper":9},{"name":"t","domain":"cyclic","lower":0,"upper":360},{"name":"s","size":4,"domain":"simplex"}]})");
  EXPECT_EQ(all.name, "N");
  EXPECT_EQ(all.version, "V");
  EXPECT_TRUE(all.gradient);
  EXPECT_TRUE(all.parts);
  EXPECT_EQ(all.values, 12U);
  ASSERT_EQ(all.parameters.size(), 7U);
  const Constraint constraints[] = {Constraint::real,    Constraint::lower,  Constraint::upper,  Constraint::interval,
                                    Constraint::integer, Constraint::cyclic, Constraint::simplex};
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(all.parameters[i].domain.constraint, constraints[i]) << i;
  EXPECT_EQ(all.parameters[1].size, 3U);
  EXPECT_EQ(all.parameters[3].domain.lower, -1);
  EXPECT_EQ(all.parameters[3].domain.upper, 2);
  const Declaration least = read_declaration(R"({"parameters":["a"],"dovetail":1})");
  EXPECT_FALSE(least.gradient || least.parts);
  EXPECT_EQ(least.text, read_declaration(R"( {"dovetail" : 1, "parameters":["a"]})").text);
  EXPECT_NE(least.text, all.text);
}

TEST(Declaration, NamesWhatIsWrongAndWhatIsExpected) {
  const WrongLine wrong[] = {
      {"", "it is no JSON"},
      {"Python 3.11.2", "it is no JSON"},
      {"[1]", "it is no JSON object"},
      {"{}", "\"dovetail\" is missing; expected 1"},
      {R"({"dovetail":2})", "\"dovetail\" is 2; expected 1"},
      {R"({"dovetail":"1"})", "\"dovetail\" is \"1\"; expected 1"},
      {R"({"dovetail":1,"dovetail":1})", "\"dovetail\" is given twice"},
      {R"({"dovetail":1})", "\"parameters\" is no list"},
      {R"({"dovetail":1,"parameters":[]})", "\"parameters\" is no list"},
      {R"({"dovetail":1,"parameters":{"a":1}})", "\"parameters\" is no list"},
      {R"({"dovetail":1,"parametrs":["a"]})", "\"parametrs\" is unknown; did you mean parameters?"},
      {R"({"dovetail":1,"parameters":["a",1]})", "\"parameters[1]\" is 1; expected a name"},
      {R"({"dovetail":1,"parameters":[{}]})", "\"parameters[0].name\" is missing"},
      {R"({"dovetail":1,"parameters":[{"name":1}]})", "\"parameters[0].name\" is 1; expected a text"},
      {R"({"dovetail":1,"parameters":[{"name":"a","lower":"0"}]})",
       "\"parameters[0].lower\" is \"0\"; expected a number"},
      {R"({"dovetail":1,"parameters":[{"name":"a","min":0}]})", "\"parameters[0].min\" is unknown"},
      {R"({"dovetail":1,"parameters":[{"name":"a","size":0}]})",
       "\"parameters[0].size\" is 0; expected a whole number"},
      {R"({"dovetail":1,"parameters":[{"name":"a","size":-1}]})", "\"parameters[0].size\" is -1"},
      {R"({"dovetail":1,"parameters":[{"name":"a","size":1.5}]})", "\"parameters[0].size\" is 1.5"},
      {R"({"dovetail":1,"parameters":[{"name":"a","size":1000001}]})", "\"parameters[0].size\" is 1000001"},
      {R"({"dovetail":1,"parameters":[{"name":"a","size":1000000},"b"]})", "more than 1000000 values together"},
      {R"({"dovetail":1,"parameters":[{"name":"a","domain":"int"}]})",
       "\"parameters[0].domain\" is \"int\"; expected one"},
      {R"({"dovetail":1,"parameters":[{"name":"a","size":3,"domain":"simplex","lower":0}]})", "takes no \"lower\""},
      {R"({"dovetail":1,"parameters":["a"],"gradient":1})", "\"gradient\" is 1; expected true or false"},
      {R"({"dovetail":1,"parameters":["a"],"parts":"no"})", "\"parts\" is \"no\"; expected true or false"},
      {R"({"dovetail":1,"parameters":["a"],"name":7})", "\"name\" is 7; expected a text"},
      {R"({"dovetail":1,"parameters":[[[[[[[[[[["a"]]]]]]]]]]})", "nested more than 8 deep"},
  };
  for (const auto& [line, says] : wrong) {
    const auto call = [text = line] { (void)read_declaration(text); };
    EXPECT_NE(complaint(call).find(says), std::string::npos) << line << "\n" << complaint(call);
  }
  EXPECT_NE(complaint([] { (void)read_declaration(std::string(100000, '[')); }), "accepted");
}

}  // namespace
}  // namespace dovetail::exec
