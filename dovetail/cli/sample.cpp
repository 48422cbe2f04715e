// `dovetail sample MODEL`.
#include "dovetail/cli/run.hpp"

namespace dovetail::cli {

Command sample_command() {
  return {"sample",
          "MODEL",
          0,
          1,
          "draw from a posterior with many independent chains of one kernel",
          "dovetail sample builtin:eight_schools --chains 4 --seed 1",
          TakesSettings::of_sample,
          {{"--config", 0, "FILE.toml", "settings from a file, with its [[proposal]] tables; flags win over it"}},
          [](const Arguments& arguments) { return begin_run(JobKind::sample, arguments); }};
}

}  // namespace dovetail::cli
