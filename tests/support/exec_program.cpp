// A program for `exec:` that can misbehave: exec_program BEHAVIOUR [N]. Its density is a standard normal in the plane,
// up to a constant. Behaviours that take N do so at the N-th question of a process, counted from 1, or at values of x1
// above N where their name ends in _where.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

std::string behaviour;
double argument = 0;

bool is(const char* name) { return behaviour == name; }

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

std::string digits(double value) {
  if (std::isinf(value)) return value < 0 ? "\"-inf\"" : "\"inf\"";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.17g", value);
  return text.data();
}

struct Question {
  std::string id;
  std::vector<std::vector<double>> points;
  bool gradient = false;
};

Question read(const std::string& line) {
  Question question;
  const std::size_t id = line.find(':') + 1;
  question.id = line.substr(id, line.find(',') - id);
  question.gradient = line.find("\"gradient\":true") != std::string::npos;
  for (const char* c = line.c_str() + line.find("[[") + 1; *c == '[' || *c == ',';) {
    c += *c == ',' ? 1 : 0;
    std::vector<double> point;
    while (*c != ']') {
      char* after = nullptr;
      point.push_back(std::strtod(c + 1, &after));
      c = after;
    }
    question.points.push_back(point);
    ++c;
  }
  return question;
}

std::string list(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) text += (text.empty() ? "" : ",") + entry;
  return "[" + text + "]";
}

double half_square(const std::vector<double>& x) { return -0.5 * (x[0] * x[0] + x[1] * x[1]); }

/// The log density of a point, or what stands in its place.
std::string entry(const std::vector<double>& x) {
  if (is("error_where") && x[0] > argument) return "{\"error\":\"no decomposition\"}";
  if (is("nan_where") && x[0] > argument) return "\"nan\"";
  if (is("outside_where") && x[0] > argument) return "\"-inf\"";
  if (is("crash_where") && x[0] > argument) std::raise(SIGSEGV);
  return digits(half_square(x));
}

std::string answer(const Question& question) {
  std::vector<std::string> densities, zeros, gradients;
  for (const auto& x : question.points) {
    densities.push_back(entry(x));
    zeros.push_back(digits(-x[0] * x[0]));
    gradients.push_back(list({digits(-x[0]), digits(-x[1])}));
  }
  std::string text = "{\"id\":" + question.id;
  if (is("parts")) {
    text += ",\"log_likelihood\":" + list(densities) + ",\"log_prior\":" + list(zeros);
  } else {
    text += ",\"log_density\":" + list(densities);
  }
  if (question.gradient) text += ",\"gradient\":" + list(gradients);
  return text + "}";
}

/// Empty lines on the standard error, more than any reader passes on in a second: each costs it a call.
void flood() {
  constexpr int kBlocks = 1 << 7;
  constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
  ::fcntl(STDERR_FILENO, F_SETPIPE_SZ, 1 << 20);  // so that its reader never finds it empty
  const std::string block(kBlockBytes, '\n');
  for (int i = 0; i < kBlocks; ++i) {
    if (::write(STDERR_FILENO, block.data(), block.size()) < 0) return;
  }
}

/// What happens in place of an answer, or before it.
void misbehave(std::uint64_t count) {
  if (is("notes")) std::fputs("a note\nand a half", stderr);
  if (is("colours")) std::fputs("\x1b[31mred\x7f\n", stderr);
  if (static_cast<double>(count) != argument) return;
  if (is("crash_at") || is("changes")) std::raise(SIGSEGV);
  if (is("exit_at")) std::exit(3);
  if (is("hang_at") || is("spawn_and_hang")) ::pause();
  if (is("floods_stderr_at")) flood();
  if (is("prints_at")) std::puts("iteration 1");
  if (is("closes_output_at")) {
    ::close(STDOUT_FILENO);
    ::pause();
  }
  if (is("endless_line_at")) {
    for (const std::string block(4096, ' ');;) std::fputs(block.c_str(), stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  behaviour = argc > 1 ? argv[1] : "good";
  argument = argc > 2 ? std::strtod(argv[2], nullptr) : 0;
  std::array<char, 1 << 16> read_line{};
  if (is("exits_at_once")) return 7;
  if (is("slow_start")) ::usleep(200'000);
  if (std::fgets(read_line.data(), read_line.size(), stdin) == nullptr) return 0;
  if (is("greets")) std::puts("Welcome to the program");
  if (is("silent")) ::pause();
  if (is("spawn_and_hang") && ::fork() == 0) ::pause();
  const std::string more = is("gradient") ? ",\"gradient\":true" : is("parts") ? ",\"parts\":true" : "";
  const std::string parameters = is("positive") ? R"(["a",{"name":"b","lower":0}])" : R"(["a","b"])";
  // another declaration from each process
  const std::string version = is("changes") ? std::to_string(::getpid()) : "3";
  say("{\"dovetail\":1,\"version\":\"" + version + "\",\"parameters\":" + parameters + more + "}");
  for (std::uint64_t count = 1; std::fgets(read_line.data(), read_line.size(), stdin) != nullptr; ++count) {
    Question question = read(read_line.data());
    misbehave(count);
    if (is("wrong_id_at") && static_cast<double>(count) == argument) question.id = "77";
    if (is("one_too_many")) question.points.push_back({0, 0});
    if (is("counts") && count > 1) question.points[0][0] += static_cast<double>(count);  // remembers its questions
    const std::string line = answer(question);
    say(is("answers_twice") ? line + "\n" + line : line);  // both in one write
  }
  while (is("ignores_the_end")) ::pause();
  return 0;
}
