// A program as a model: values, transforms, threads, and each way in which a program can fail.
#include "dovetail/model/exec/exec_model.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>
#include <thread>

#include "dovetail/core/error.hpp"
#include "dovetail/model/callable.hpp"
#include "dovetail/model/check.hpp"
#include "dovetail/model/path.hpp"
#include "dovetail/model/registry.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

const std::string kProgram = DOVETAIL_EXEC_PROGRAM;

class Exec : public ::testing::Test {
 protected:
  [[nodiscard]] ExecOptions options(double seconds = 60) const {
    return {.time_limit_s = seconds, .crash_folder = folder_.path().string()};
  }
  [[nodiscard]] ExecModel model(const std::string& behaviour, double seconds = 60) const {
    return ExecModel(kProgram + " " + behaviour, options(seconds));
  }
  /// The questions that were kept.
  [[nodiscard]] std::vector<std::string> kept() const {
    std::vector<std::string> texts;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return texts;
  }
  test::TemporaryFolder folder_;
};

/// The message of the `Wanted` error that `call` meets; other errors and none say so.
template <class Wanted, class Call>
std::string complaint(Call&& call) {
  try {
    call();
  } catch (const Wanted& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another kind of error: ") + error.what();
  }
  return "accepted";
}

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

TEST_F(Exec, IsWhatTheProgramDeclares) {
  const ExecModel model = this->model("gradient");
  const ModelDescription& about = model.description();
  EXPECT_EQ(about.name, "exec:" + kProgram + " gradient");
  EXPECT_EQ(about.identity, about.name + " version 3");
  EXPECT_EQ(about.output_names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(about.parameter_count, 2U);
  EXPECT_TRUE(about.gradient);
  EXPECT_FALSE(about.parts);
  EXPECT_TRUE(about.thread_safe);
  EXPECT_EQ(make_exec_model("exec:" + kProgram + " gradient")->dimension(), 2U);
}

TEST_F(Exec, AnswersAreThoseOfTheProgram) {
  const ExecModel model = this->model("gradient");
  std::vector<double> prior(2), likelihood(2);
  for (const double a : {0.1, -3.75, 1e-300, 1e100}) {
    const std::vector<double> x = {a, 0.3};
    const double expected = -0.5 * (a * a + 0.3 * 0.3);
    EXPECT_EQ(bits(model.log_density(x).likelihood), bits(expected));
    EXPECT_EQ(model.log_density(x).prior, 0);
    EXPECT_EQ(bits(model.log_density_gradient(x, prior, likelihood).likelihood), bits(expected));
    EXPECT_EQ(prior, (std::vector<double>{0, 0}));
    EXPECT_EQ(likelihood, (std::vector<double>{-a, -0.3}));
  }
}

TEST_F(Exec, PartsStayApart) {
  const ExecModel model = this->model("parts");
  EXPECT_TRUE(model.description().parts);
  const LogDensity value = model.log_density(std::vector<double>{2, 1});
  EXPECT_EQ(value.prior, -4);
  EXPECT_EQ(value.likelihood, -2.5);
}

TEST_F(Exec, BoundsAreThoseOfCallables) {
  const ExecModel model = this->model("positive");
  const auto twin = CallableModel(density({Parameter{"a"}, Parameter{"b", positive()}},
                                          [](Point x) { return -0.5 * (x[0] * x[0] + x[1] * x[1]); }));
  for (const double b : {-2.0, 0.0, 0.7, 700.0, 1000.0, -1000.0}) {
    const std::vector<double> u = {0.4, b};
    EXPECT_EQ(bits(model.log_density(u).likelihood), bits(twin.log_density(u).likelihood)) << b;
    EXPECT_EQ(bits(model.log_density(u).prior), bits(twin.log_density(u).prior)) << b;
  }
  std::vector<double> u(2);
  model.unconstrain(std::vector<double>{1, 2}, u);
  EXPECT_EQ(u[1], std::log(2));
  EXPECT_EQ(complaint<ModelError>([&] {
              model.unconstrain(std::vector<double>{1, -2}, u);
            }).find("parameter \"b\""),
            0U);
}

TEST_F(Exec, PointsThatJsonCannotHoldAreNotAsked) {
  const ExecModel model = this->model("crash_at 1");
  EXPECT_TRUE(
      std::isnan(model.log_density(std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()}).likelihood));
  EXPECT_EQ(model.log_density(std::vector<double>{kInfinity, 1}).prior, -kInfinity);
  EXPECT_TRUE(kept().empty());
}

LogDensity value_or_nan(const Model& model, Point u) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  try {
    return model.log_density(u);
  } catch (const ModelError&) {
    return {kNan, kNan};
  }
}

TEST_F(Exec, BatchesAreTheSameAsSinglePoints) {
  for (const char* behaviour :
       {"good", "parts", "positive", "nan_where 1", "outside_where 1", "error_where 1", "crash_where 29"}) {
    const ExecModel model = this->model(behaviour);
    constexpr std::size_t kPoints = 2500;  // more than one batch
    std::vector<double> u;
    for (std::size_t i = 0; i < kPoints; ++i) u.insert(u.end(), {30.0 * static_cast<double>(i) / kPoints, 0.5});
    std::vector<LogDensity> together(kPoints);
    model.log_densities(u, together);
    for (std::size_t i = 0; i < kPoints; i += 50) {
      const LogDensity alone = value_or_nan(model, Point(u).subspan(2 * i, 2));
      EXPECT_EQ(std::isnan(alone.likelihood), std::isnan(together[i].likelihood)) << behaviour << i;
      if (std::isnan(alone.likelihood)) continue;
      EXPECT_EQ(bits(alone.likelihood), bits(together[i].likelihood)) << behaviour << i;
      EXPECT_EQ(bits(alone.prior), bits(together[i].prior)) << behaviour << i;
    }
  }
}

TEST_F(Exec, APointLeftAloneInItsBatchIsNoError) {
  for (const std::size_t points : {1U, 1025U}) {  // a batch has 1024 at most
    const ExecModel model = this->model("crash_where 1");
    std::vector<double> u(2 * points, 0.5);
    u[2 * (points - 1)] = 2;
    std::vector<LogDensity> values(points);
    model.log_densities(u, values);
    EXPECT_TRUE(std::isnan(values.back().likelihood));
    if (points == 1) continue;
    EXPECT_EQ(values.front().likelihood, -0.25);
  }
}

TEST_F(Exec, ManyThreadsGetTheSameBits) {
  const ExecModel model = this->model("gradient");
  const auto values = [&] {
    std::vector<std::uint64_t> found;
    std::vector<double> prior(2), likelihood(2);
    for (int i = 0; i < 500; ++i) {
      const std::vector<double> x = {0.1 * i, 1.0 / (1 + i)};
      found.push_back(bits(model.log_density(x).likelihood));
      (void)model.log_density_gradient(x, prior, likelihood);
      found.push_back(bits(likelihood[0]));
    }
    return found;
  };
  const auto alone = values();
  std::vector<std::vector<std::uint64_t>> found(5);
  {
    std::vector<std::jthread> threads;
    for (auto& each : found) threads.emplace_back([&] { each = values(); });
  }
  for (const auto& each : found) EXPECT_EQ(each, alone);
  EXPECT_EQ(values(), alone);  // threads that have ended took no program with them
}

TEST_F(Exec, PointsThatTheProgramCallsErrorsAreOutsideAndCounted) {
  const ExecModel model = this->model("error_where 1");
  ModelFaults faults;
  const PriorPath path(model, faults);
  EXPECT_EQ(path.evaluate(std::vector<double>{1, 0}).energy, -0.5);
  EXPECT_EQ(model.rejections().count, 0U);
  EXPECT_EQ(path.evaluate(std::vector<double>{2, 0}).energy, -kInfinity);
  std::vector<LogDensity> values(3);
  model.log_densities(std::vector<double>{3, 0, 0, 0, 4, 0}, values);
  EXPECT_EQ(values[0].likelihood, -kInfinity);
  EXPECT_EQ(values[1].likelihood, 0);
  EXPECT_EQ(model.rejections().count, 3U);
  EXPECT_EQ(model.rejections().first, "no decomposition");
  EXPECT_FALSE(faults.first());
}

TEST_F(Exec, WordsForNumbersAreNumbers) {
  EXPECT_TRUE(std::isnan(model("nan_where 1").log_density(std::vector<double>{2, 0}).likelihood));
  EXPECT_EQ(model("outside_where 1").log_density(std::vector<double>{2, 0}).likelihood, -kInfinity);
}

TEST_F(Exec, AProgramThatDiesNowAndThenChangesNothing) {
  const ExecModel model = this->model("crash_at 3");
  for (int i = 0; i < 20; ++i) {
    const std::vector<double> x = {0.5 * i, 1};
    EXPECT_EQ(model.log_density(x).likelihood, -0.5 * (x[0] * x[0] + 1)) << i;
  }
  // the third, fifth, seventh ... question took a process with it; the first of them is kept
  const Rejections passed = model.rejections();
  EXPECT_EQ(passed.count, 0U);
  EXPECT_EQ(passed.crashes, 9U);
  EXPECT_EQ(passed.crash.find("exit code 139 (signal 11, Segmentation fault) (the question is kept in "), 0U)
      << passed.crash;
  EXPECT_EQ(kept(), std::vector<std::string>{
                        "{\"dovetail\":1,\"data\":null}\n{\"id\":3,\"x\":[[1.0,1.0]],\"gradient\":false}\n"});
}

TEST_F(Exec, APointThatKillsEveryProcessIsAnEvent) {
  const ExecModel model = this->model("crash_where 1");
  const auto at = [&](double a) {
    return complaint<ModelError>([&] { (void)model.log_density(std::vector<double>{a, 0.25}); });
  };
  const std::string message = at(1.5);
  EXPECT_EQ(message.find("ended its program 3 times out of 3, last with exit code 139 (signal 11, Segmentation fault) "
                         "(the question is "
                         "kept in " +
                         folder_.path().string()),
            0U)
      << message;
  EXPECT_EQ(kept(), std::vector<std::string>{
                        "{\"dovetail\":1,\"data\":null}\n{\"id\":1,\"x\":[[1.5,0.25]],\"gradient\":false}\n"});
  EXPECT_EQ(at(0.5), "accepted");
}

TEST_F(Exec, KeepsTenQuestionsAndNoMore) {
  ExecOptions once = options();
  once.tries = 1;
  const ExecModel model(kProgram + " crash_where 1", once);
  for (int i = 0; i < 12; ++i) EXPECT_THROW((void)model.log_density(std::vector<double>{2.0 + i, 0}), ModelError);
  EXPECT_EQ(kept().size(), 10U);
}

TEST_F(Exec, AProgramThatClosesItsOutputHasEnded) {
  const ExecModel model("exec " + kProgram + " closes_output_at 2", options());  // a shell would keep it open
  for (const double a : {1.0, 2.0, 3.0}) {
    EXPECT_EQ(model.log_density(std::vector<double>{a, 0}).likelihood, -0.5 * a * a);
  }
  EXPECT_EQ(model.rejections().crashes, 2U);
}

TEST_F(Exec, SignalsAreNamed) {
  const ExecModel model("exec " + kProgram + " crash_where 1", options());
  EXPECT_NE(complaint<ModelError>([&] {
              (void)model.log_density(std::vector<double>{2, 2});
            }).find("last with signal 11, Segmentation fault (the question"),
            std::string::npos);
}

TEST_F(Exec, AnExitCodeIsNamed) {
  const ExecModel model = this->model("exit_at 1");
  EXPECT_NE(complaint<ModelError>([&] {
              (void)model.log_density(std::vector<double>{1, 2});
            }).find("exit code 3"),
            std::string::npos);
}

struct Lost {
  const char* behaviour;
  double seconds;
  const char* says;
};

TEST_F(Exec, WhatIsNoAnswerEndsTheRunAndIsNamed) {
  const Lost lost[] = {
      {"hang_at 2", 0.3, "did not answer within 0.3 s at (0.5, 2) (the question is kept in "},
      {"prints_at 2", 60, "wrote \"iteration 1\" where the answer to question 2 belongs: it is no JSON"},
      {"wrong_id_at 2", 60, "\"id\" is 77; expected 2"},
      {"answers_twice", 60, "\"id\" is 1; expected 2"},
      {"one_too_many", 60, "\"log_density\" has more than 1 entries; expected a list of 1 numbers"},
      {"endless_line_at 2", 60, "bytes where an answer belongs, beginning with \"    "},
  };
  for (const auto& [behaviour, seconds, says] : lost) {
    const ExecModel model = this->model(behaviour, seconds);
    const auto twice = [&] {
      (void)model.log_density(std::vector<double>{0.5, 1});
      (void)model.log_density(std::vector<double>{0.5, 2});
    };
    const std::string message = complaint<ModelLost>(twice);
    EXPECT_NE(message.find(says), std::string::npos) << behaviour << "\n" << message;
    EXPECT_EQ(message.find("the program of exec:" + kProgram), 0U);
    EXPECT_EQ(complaint<ModelLost>(twice), message) << "now and at every later call";
    ModelFaults faults;
    EXPECT_THROW((void)PriorPath(model, faults).evaluate(std::vector<double>{0.5, 1}), ModelLost) << "no mere event";
    EXPECT_EQ(check_model(model).findings.at(0).id, "lost");
  }
}

/// Nothing reaches the standard error of this process while one of these lives.
class Silence {
 public:
  Silence() : kept_(::dup(STDERR_FILENO)) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    ::close(nowhere);
  }
  ~Silence() {
    ::dup2(kept_, STDERR_FILENO);
    ::close(kept_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int kept_;
};

TEST_F(Exec, AFloodOfNotesBuysNoTime) {
  const Silence silence;
  const ExecModel model = this->model("floods_stderr_at 2", 0.5);
  (void)model.log_density(std::vector<double>{0.5, 1});
  const std::string message = complaint<ModelLost>([&] { (void)model.log_density(std::vector<double>{0.5, 2}); });
  EXPECT_NE(message.find("did not answer within 0.5 s at (0.5, 2)"), std::string::npos) << message;
}

TEST_F(Exec, AProgramThatCannotStartSaysWhy) {
  const Lost wrong[] = {
      {"exits_at_once", 60, "ended with exit code 7 before it said what it is; try it by hand: echo '{\"dovetail\":1"},
      {"silent", 0.3, "did not say what it is within 0.3 s"},
      {"greets", 60, "wrote \"Welcome to the program\" where its declaration belongs: it is no JSON"},
  };
  for (const auto& [behaviour, seconds, says] : wrong) {
    const std::string message = complaint<ModelError>([&, s = seconds, b = behaviour] { (void)model(b, s); });
    EXPECT_NE(message.find(says), std::string::npos) << message;
  }
  const auto start = [this](const char* command) { (void)ExecModel(command, options()); };
  EXPECT_NE(complaint<ModelError>([&] { start("/no/such/program"); }).find("exit code 127"), std::string::npos);
  EXPECT_NE(complaint<UsageError>([&] { start(" "); }).find("names no program"), std::string::npos);
  EXPECT_NE(complaint<ModelError>([&] { start("echo '{\"dovetail\":1,\"parameters\":[\"a\",\"a\"]}'"); }).find("\"a\""),
            std::string::npos);
}

TEST_F(Exec, AProgramThatStartsSlowlyIsWaitedFor) {
  EXPECT_EQ(model("slow_start").log_density(std::vector<double>{1, 1}).likelihood, -1);
}

TEST_F(Exec, AnotherDeclarationAtARestartEndsTheRun) {
  const ExecModel model = this->model("changes 2");
  (void)model.log_density(std::vector<double>{1, 1});
  EXPECT_NE(complaint<ModelLost>([&] {
              (void)model.log_density(std::vector<double>{1, 1});
            }).find("declares another model than before"),
            std::string::npos);
}

TEST_F(Exec, CheckFindsAProgramThatRemembers) {
  const ModelCheck check = check_model(model("counts"));
  EXPECT_FALSE(check.pure);
  EXPECT_TRUE(check_model(model("gradient")).passed());
  EXPECT_TRUE(check_model(model("parts")).passed());
}

TEST_F(Exec, NotesReachTheErrorOutputByLines) {
  ::testing::internal::CaptureStderr();
  {
    const ExecModel model = this->model("notes");
    (void)model.log_density(std::vector<double>{1, 1});
    (void)model.log_density(std::vector<double>{1, 1});
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "program: a note\nprogram: and a halfa note\nprogram: and a half\n");
}

TEST_F(Exec, NotesHoldNoControlCharacters) {
  ::testing::internal::CaptureStderr();
  { (void)model("colours").log_density(std::vector<double>{1, 1}); }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "program: ?[31mred?\n");
}

/// Open descriptors of this process.
std::size_t descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST_F(Exec, NothingIsLeftOpenAndNoProcessBehind) {
  const std::size_t before = descriptors();
  for (const char* behaviour : {"good", "crash_at 2", "ignores_the_end"}) {
    const ExecModel model = this->model(behaviour);
    for (int i = 0; i < 10; ++i) (void)model.log_density(std::vector<double>{1, 1});
  }
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

TEST_F(Exec, ProgramsGetNoDescriptorButTheirThree) {
  const int leak = ::dup(STDIN_FILENO);  // as a careless library might have one, without O_CLOEXEC
  ::testing::internal::CaptureStderr();
  { const ExecModel lists("ls /proc/self/fd >&2; exec " + kProgram + " good", options()); }
  // 0, 1, 2 and the one by which ls reads the folder
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "program: 0\nprogram: 1\nprogram: 2\nprogram: 3\n");
  ::close(leak);
}

/// Whether anybody still has the writing end of the pipe `end`: reading says so by blocking, or by the end.
bool is_at_end(int end) {
  char byte = 0;
  return ::read(end, &byte, 1) == 0;
}

TEST_F(Exec, ProgramsEndWithTheProcessThatAsksThem) {
  // The writing end goes to the program and to what it starts by the shell's redirection of a named pipe.
  const std::string pipe = (folder_.path() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int guard = ::open(pipe.c_str(), O_RDWR);  // so that no open blocks
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(guard);
    const ExecModel model("exec 9>" + pipe + "; " + kProgram + " spawn_and_hang 1", ExecOptions());
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const int reader = ::open(pipe.c_str(), O_RDONLY);
  ::close(guard);
  EXPECT_TRUE(is_at_end(reader)) << "blocks for ever where a program is left";
  ::close(reader);
}

}  // namespace
}  // namespace dovetail
