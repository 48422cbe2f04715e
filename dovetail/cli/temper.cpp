// `dovetail temper MODEL`.
#include "dovetail/cli/run.hpp"

namespace dovetail::cli {

Command temper_command() {
  return {"temper",
          "MODEL",
          0,
          1,
          "draw from a posterior and compute its evidence by non-reversible parallel tempering",
          "dovetail temper builtin:galaxies,k=3 --rounds 10 --seed 1",
          TakesSettings::of_temper,
          {{"--config", 0, "FILE.toml", "settings from a file; flags and DOVETAIL_* variables win over it"}},
          [](const Arguments& arguments) { return begin_run(JobKind::temper, arguments); }};
}

}  // namespace dovetail::cli
