#include "tests/ranks/launched.hpp"

#include <algorithm>
#include <fstream>

namespace dovetail::test {

std::vector<std::pair<std::string, std::string>> launcher_environment() {
  return {{"OMPI_ALLOW_RUN_AS_ROOT", "1"},
          {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
          {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
          {"OMPI_MCA_hwloc_base_binding_policy", "none"}};
}

Call launched(unsigned ranks, const std::vector<std::string>& words) {
  Call call;
  call.environment = launcher_environment();
  call.shell = "exec " DOVETAIL_MPIRUN " -n " + std::to_string(ranks) + " \"$DOVETAIL\"";
  for (const std::string& word : words) call.shell += " '" + word + "'";
  return call;
}

std::vector<pid_t> children_of(pid_t parent) {
  const std::string id = std::to_string(parent);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  std::sort(children.begin(), children.end());
  return children;
}

}  // namespace dovetail::test
