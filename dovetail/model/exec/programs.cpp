// Who answers which question, and what happens when nobody does.
#include "dovetail/model/exec/programs.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail::exec {
namespace {

constexpr int kKeptMax = 10;  ///< questions in files: more would tell the same story

std::string excerpt(std::string_view line) {
  constexpr std::size_t kShown = 120;
  std::string text(line.substr(0, kShown));
  std::replace(text.begin(), text.end(), '\0', '?');  // where a message would end
  return "\"" + text + (line.size() > kShown ? "...\"" : "\"");
}

std::string point_of(Point x) {
  constexpr std::size_t kShown = 8;
  std::string text = "(";
  for (std::size_t i = 0; i < x.size() && i < kShown; ++i) text += (i == 0 ? "" : ", ") + shortest(x[i]);
  return text + (x.size() > kShown ? ", ...)" : ")");
}

std::string place_of(const std::string& file) {
  return file.empty() ? "" : " (the question is kept in " + file + "; feed that to the program)";
}

void ignore_broken_pipes() {
  struct sigaction action = {};
  if (::sigaction(SIGPIPE, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) return;
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

}  // namespace

Programs::Programs(std::string command, ExecOptions options)
    : command_(std::move(command)), who_("the program of exec:" + command_ + " "), options_(std::move(options)) {
  ignore_broken_pipes();
  hello_ = hello_line(options_.data);
  auto first = std::make_unique<Program>(command_, keeper_);
  declaration_ = introduce(first->process);
  idle_.push_back(std::move(first));
}

Programs::~Programs() {
  for (const auto& program : idle_) program->process.close_input();  // all at once, then each is waited for
}

Programs::Loan Programs::ask(Point x, std::size_t points, bool gradient) {
  std::string file;
  std::string ending;
  for (int attempt = 1;; ++attempt) {
    Loan loan(*this, take());
    Program& program = *loan.program_;
    const Question question{++program.last_id, points, declaration_.values, gradient, declaration_.parts};
    write_question(question, x, program.line);
    const double seconds = options_.time_limit_s * static_cast<double>(points);
    const std::size_t bytes_max = answer_bytes_max(question);
    switch (program.process.exchange(program.line, seconds, bytes_max)) {
      case Exchange::answered:
        read(program, question);
        if (attempt > 1) pass_over(attempt - 1, ending, file);
        return loan;
      case Exchange::late:
        lose(who_ + "did not answer within " + shortest(seconds) + " s at " + point_of(x) +
             place_of(keep(program.line)) +
             ": it was stopped, and the run with it, whose result must not depend on the clock; mend the program, or "
             "give it more time with --model-timeout");
      case Exchange::too_long:
        lose(who_ + "wrote more than " + std::to_string(bytes_max) + " bytes where an answer belongs, beginning with " +
             excerpt(program.process.line()) + "; write one line for each question, and all else to stderr");
      case Exchange::ended:
        break;
    }
    if (points > 1) return {};
    if (attempt == 1) file = keep(program.line);
    ending = program.process.end_words();
    if (attempt == options_.tries) {
      throw ModelError("ended its program " + std::to_string(attempt) + " times out of " + std::to_string(attempt) +
                       ", last with " + ending + place_of(file));
    }
  }
}

std::unique_ptr<Program> Programs::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!lost_.empty()) throw ModelLost(lost_);
    if (!idle_.empty()) {
      auto program = std::move(idle_.back());
      idle_.pop_back();
      return program;
    }
  }
  std::string failure = who_ +
                        "declares another model than before when it is started again; it must be a function of "
                        "what it is asked alone";
  try {
    auto program = std::make_unique<Program>(command_, keeper_);
    if (introduce(program->process).text == declaration_.text) return program;
  } catch (const ModelError& error) {
    failure = error.what();
  }
  lose(failure);
}

void Programs::give_back(std::unique_ptr<Program> program) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(program));
}

void Programs::lose(const std::string& message) {
  const std::lock_guard lock(mutex_);
  if (lost_.empty()) lost_ = message;
  throw ModelLost(lost_);
}

Rejections Programs::rejections() const {
  const std::lock_guard lock(mutex_);
  return rejections_;
}

/// What a new process says it is.
Declaration Programs::introduce(Process& process) const {
  const std::string cure = R"(; try it by hand: echo '{"dovetail":1,"data":null}' | )" + command_;
  switch (process.exchange(hello_, options_.time_limit_s, kDeclarationBytesMax)) {
    case Exchange::answered:
      break;
    case Exchange::ended:
      throw ModelError(who_ + "ended with " + process.end_words() + " before it said what it is" +
                       (process.line().empty() ? "" : " (it wrote " + excerpt(process.line()) + ")") + cure);
    case Exchange::late:
      throw ModelError(who_ + "did not say what it is within " + shortest(options_.time_limit_s) +
                       " s; let it flush its output after each line, or give it more time with --model-timeout" + cure);
    case Exchange::too_long:
      throw ModelError(who_ + "declares itself in more than " + std::to_string(kDeclarationBytesMax) +
                       " bytes, beginning with " + excerpt(process.line()) + cure);
  }
  try {
    return read_declaration(process.line());
  } catch (const ProtocolError& error) {
    throw ModelError(who_ + "wrote " + excerpt(process.line()) + " where its declaration belongs: " + error.what() +
                     "; docs/exec.md shows one");
  }
}

void Programs::read(Program& program, const Question& question) {
  try {
    read_answer(program.process.line(), question, program.answer);
  } catch (const ProtocolError& error) {
    lose(who_ + "wrote " + excerpt(program.process.line()) + " where the answer to question " +
         std::to_string(question.id) + " belongs: " + error.what() +
         "; write answers alone to stdout, all else to stderr (docs/exec.md)");
  }
  const std::vector<PointError>& errors = program.answer.errors;
  if (errors.empty()) return;
  const std::lock_guard lock(mutex_);
  if (rejections_.count == 0) rejections_.first = errors.front().text;
  rejections_.count += errors.size();
}

/// A new process has answered what ended others: they are counted, and the first question of that kind stays in its
/// file.
void Programs::pass_over(int crashes, const std::string& ending, const std::string& file) {
  const std::lock_guard lock(mutex_);
  if (rejections_.crashes == 0) {
    rejections_.crash = ending + place_of(file);
  } else if (!file.empty() && ::unlink(file.c_str()) == 0) {
    --kept_;
  }
  rejections_.crashes += static_cast<std::uint64_t>(crashes);
}

/// Writes what a program was told last, as a file that can be fed to it; its name, or nothing where that failed.
std::string Programs::keep(const std::string& question) {
  {
    const std::lock_guard lock(mutex_);
    if (kept_ >= kKeptMax) return {};
    ++kept_;
  }
  std::string folder = options_.crash_folder;
  const char* given = std::getenv("TMPDIR");
  if (folder.empty()) folder = given != nullptr && *given != '\0' ? given : "/tmp";
  const std::string suffix = ".jsonl";
  std::string name = folder + "/dovetail-question-XXXXXX" + suffix;
  const int file = ::mkstemps(name.data(), static_cast<int>(suffix.size()));
  if (file < 0) return {};
  const std::string text = hello_ + question;
  const ssize_t count = ::write(file, text.data(), text.size());
  ::close(file);
  return count == static_cast<ssize_t>(text.size()) ? name : std::string();
}

}  // namespace dovetail::exec
