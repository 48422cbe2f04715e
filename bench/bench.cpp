// `make bench`: how far runs are from their floors, and from others. Arguments choose parts by name.
#include "bench/bench.hpp"

#include <cstdio>
#include <string_view>
#include <utility>

#include "dovetail/jobs/environment.hpp"

namespace dovetail::bench {

void print_ratio(const std::string& what, double ratio, const std::string& goal) {
  std::printf("%-78s %7.3f   %s\n", what.c_str(), ratio, goal.c_str());
  std::fflush(stdout);
}

void print_note(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

TemperResult quiet_run(const Model& model, const TemperOptions& options, const Layout& layout) {
  TemperObserver observer;
  return temper(model, options, layout, observer);
}

}  // namespace dovetail::bench

int main(int count, char** words) {
  using namespace dovetail;
  const std::pair<std::string_view, void (*)()> parts[] = {{"overhead", bench::overhead},
                                                           {"scaling", bench::scaling},
                                                           {"ranks", bench::ranks},
                                                           {"workers", bench::workers},
                                                           {"metropolis", bench::metropolis},
                                                           {"chains", bench::chains},
                                                           {"library", bench::library},
                                                           {"warm_up", bench::warm_up},
                                                           {"programs", bench::programs},
                                                           {"rstan", bench::rstan},
                                                           {"ep", bench::ep},
                                                           {"lda", bench::lda}};
  if (count == 2 && std::string_view(words[1]) == "answer_questions") return bench::answer_questions();
  if (count > 1 && std::string_view(words[1]) == "be_rank") return bench::be_rank(count - 2, words + 2);
  std::printf("dovetail %s, %s; %s, %u cores\n\n", std::string(build().version).c_str(),
              std::string(build().compiler).c_str(), machine().processor.c_str(), machine().cores);
  const std::vector<std::string_view> wanted(words + 1, words + count);
  for (const auto& [name, run] : parts) {
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end()) run();
  }
  return 0;
}
