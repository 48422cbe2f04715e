/// The processes of one model: as many as calls are under way at once, each borrowed by one call at a time.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/model/exec/exec_model.hpp"
#include "dovetail/model/exec/keeper.hpp"
#include "dovetail/model/exec/process.hpp"
#include "dovetail/model/exec/protocol.hpp"

namespace dovetail::exec {

/// A process with what belongs to its conversation.
struct Program {
  Program(const std::string& command, const Keeper& keeper) : process(command, keeper) {}
  Process process;
  std::uint64_t last_id = 0;
  std::string line{};  ///< the question
  Answer answer{};
};

/// Errors are those that exec_model.hpp announces. Taking a process from the list and putting it back is all that
/// threads have to agree on.
class Programs {
 public:
  /// A process that a call has for itself, with its answer, until this goes out of scope.
  class Loan {
   public:
    Loan() = default;
    Loan(Programs& owner, std::unique_ptr<Program> program) : owner_(&owner), program_(std::move(program)) {}
    ~Loan() {
      if (program_ && program_->process.is_alive()) owner_->give_back(std::move(program_));
    }
    Loan(Loan&&) = default;
    Loan& operator=(Loan&&) = delete;
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    explicit operator bool() const { return program_ != nullptr; }
    [[nodiscard]] const Answer& answer() const { return program_->answer; }

   private:
    friend class Programs;
    Programs* owner_ = nullptr;
    std::unique_ptr<Program> program_;
  };

  /// Starts the first process.
  Programs(std::string command, ExecOptions options);
  ~Programs();
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;

  [[nodiscard]] const Declaration& declaration() const { return declaration_; }

  /// The answer at `points` points, `x` their values row by row, all finite. Empty where a batch ended its process: its
  /// points must then be asked one by one. ModelError where a single point did so too often.
  [[nodiscard]] Loan ask(Point x, std::size_t points, bool gradient);

  /// Points that answers called errors, and crashes after which a new process answered.
  [[nodiscard]] Rejections rejections() const;

 private:
  [[nodiscard]] std::unique_ptr<Program> take();
  void give_back(std::unique_ptr<Program> program);
  [[nodiscard]] Declaration introduce(Process& process) const;
  void read(Program& program, const Question& question);
  [[noreturn]] void lose(const std::string& message);
  [[nodiscard]] std::string keep(const std::string& question);
  void pass_over(int crashes, const std::string& ending, const std::string& file);

  std::string command_;
  std::string who_;  ///< how messages begin
  ExecOptions options_;
  Keeper keeper_;  // before the processes, which it outlives
  std::string hello_;
  Declaration declaration_;
  mutable std::mutex mutex_;  ///< of what follows
  int kept_ = 0;              ///< questions in files
  Rejections rejections_;
  std::vector<std::unique_ptr<Program>> idle_;
  std::string lost_;  ///< why no more questions are put; empty: they are
};

}  // namespace dovetail::exec
