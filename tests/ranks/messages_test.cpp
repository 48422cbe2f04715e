// Messages between ranks: rank_program asks for each promise.
#include <cstdlib>

#include "tests/ranks/launched.hpp"

namespace dovetail::test {
namespace {

/// The program, or the one with a mutant in it that takes its place.
std::string rank_program() {
  const char* mutant = std::getenv("DOVETAIL_MUTANT_PROGRAM");
  return mutant != nullptr ? mutant : DOVETAIL_RANK_PROGRAM;
}

class RanksMessages : public CommandTest {
 protected:
  [[nodiscard]] Ended ask(unsigned ranks, const std::string& check) const {
    Call call{.environment = launcher_environment()};
    call.shell = "exec " DOVETAIL_MPIRUN " -n " + std::to_string(ranks) + " '" + rank_program() + "' " + check;
    return run(call);
  }
};

TEST_F(RanksMessages, OfAnotherStepAreNotBelieved) {
  const Ended ended = ask(2, "other_steps");
  expect_code(ended, 1);
  EXPECT_NE(ended.err.find("lane.in.step == step.value"), std::string::npos) << ended.err;
}

TEST_F(RanksMessages, AreTakenInOrderOfRanksWhateverComesFirst) {
  const Ended ended = ask(3, "gather_late");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST_F(RanksMessages, AreHeldForOneRankAtATime) {
  for (const char* check : {"gather_much", "scatter_much"}) {
    const Ended ended = ask(5, check);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
  }
}

}  // namespace
}  // namespace dovetail::test
