/// The benchmarks print ratios measured in one run, since absolute times of a shared machine are noise.
#pragma once
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "dovetail/jobs/temper.hpp"
#include "dovetail/run/pace.hpp"

namespace dovetail::bench {

/// One line of the report: `what` is `ratio` times its floor; `goal` is what the project asks for.
void print_ratio(const std::string& what, double ratio, const std::string& goal);
void print_note(const std::string& text);

/// Median of what each task returns over `repeats` turns that take the tasks in rotation, so that a slow spell of the
/// machine hits all of them alike.
[[nodiscard]] inline std::vector<double> medians(int repeats, const std::vector<std::function<double()>>& tasks) {
  std::vector<std::vector<double>> seconds(tasks.size());
  for (int r = 0; r < repeats; ++r) {
    for (std::size_t i = 0; i < tasks.size(); ++i) seconds[i].push_back(tasks[i]());
  }
  std::vector<double> result;
  for (auto& s : seconds) {
    std::sort(s.begin(), s.end());
    result.push_back(s[s.size() / 2]);
  }
  return result;
}

/// A run in memory with nothing printed.
TemperResult quiet_run(const Model& model, const TemperOptions& options, const Layout& layout);

void overhead();    ///< tempering against a hand-written loop
void scaling();     ///< tempering on two threads
void ranks();       ///< tempering on two processes of mpirun
void workers();     ///< a second worker of a pool
void library();     ///< a model in a shared library beside its own functions
void metropolis();  ///< Metropolis-Hastings per second, and emcee's
void warm_up();     ///< effective draws per gradient, and those of Stan's warm-up
void rstan();       ///< effective draws per gradient and per second, and rstan's on the same generated code
void chains();      ///< Hamiltonian chains: what the gradient does not cost; two threads

void ep();        ///< expectation propagation: nats by number of sites and method
void lda();       ///< topics of a corpus: tokens per second, memory
void programs();  ///< densities of programs over a pipe

/// Is such a program: answers questions about builtin:banana until its input ends. Returns an exit code.
int answer_questions();

/// Is one rank of a launch by ranks(); `words` say what it measures. Returns an exit code.
int be_rank(int count, char** words);

/// A child process that keeps one core busy until it goes out of scope.
class ForeignLoad {
 public:
  ForeignLoad();
  ~ForeignLoad();
  ForeignLoad(const ForeignLoad&) = delete;
  ForeignLoad& operator=(const ForeignLoad&) = delete;

 private:
  int child_;
};

}  // namespace dovetail::bench
