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

bool is_at_work(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(") ");
  return name_end != std::string::npos && text[name_end + 2] != 'Z';
}

void expect_code(const Ended& ended, int code) {
#ifdef DOVETAIL_MPICH
  EXPECT_TRUE(ended.exit_code == code || ended.exit_code == 9 || ended.exit_code == 15) << ended.err;
#else
  EXPECT_EQ(ended.exit_code, code) << ended.err;
#endif
}

void expect_stopped(const Ended& ended) {
#ifdef DOVETAIL_MPICH
  EXPECT_TRUE(ended.exit_code == 75 || ended.exit_code == 0) << ended.exit_code << ended.err;
#else
  EXPECT_EQ(ended.exit_code, 75) << ended.err;
#endif
  EXPECT_NE(ended.err.find("good checkpoint"), std::string::npos) << ended.err;
}

bool is_at_work_in(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const auto link = entry.path() / "cwd";
    if (std::filesystem::read_symlink(link, error) == folder && !error) return true;
  }
  return false;
}

std::vector<pid_t> ranks_of(pid_t launcher) {
  // as the system keeps it; a mutant's is another
  const std::string own_name = std::filesystem::path(program()).filename().string().substr(0, 15);
  const std::string id = std::to_string(launcher);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> ranks;
  for (pid_t child = 0; file >> child;) {
    std::string name;
    std::getline(std::ifstream("/proc/" + std::to_string(child) + "/comm"), name);
    if (name == own_name) {
      ranks.push_back(child);
    } else {
      for (const pid_t rank : ranks_of(child)) ranks.push_back(rank);
    }
  }
  std::sort(ranks.begin(), ranks.end());
  return ranks;
}

}  // namespace dovetail::test
