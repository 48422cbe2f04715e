// `dovetail ep MODEL --data FILE.csv --by COLUMN`.
#include "dovetail/cli/run.hpp"

namespace dovetail::cli {

Command ep_command() {
  return {"ep",
          "MODEL",
          0,
          1,
          "one posterior from data in many places, by expectation propagation",
          "dovetail ep builtin:hierarchical_logistic --data examples/ep/clinics.csv --by clinic --seed 1",
          TakesSettings::of_ep,
          {{"--config", 0, "FILE.toml", "settings from a file; flags win over it"}},
          [](const Arguments& arguments) { return begin_run(JobKind::ep, arguments); }};
}

}  // namespace dovetail::cli
