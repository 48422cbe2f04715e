// Names that a terminal, a CSV file or a JSON file might take amiss.
#include "animal.hpp"

struct StrangeNames : zoo::Animal {
  static constexpr const char* kNames = "a\"\x1b[31m\n,=b\xff";
};
ZOO(StrangeNames);
