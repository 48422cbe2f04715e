/// A Stan program of today in the language of Stan 2.21 (2019), which Debian 12 packages.
///
/// What only the spelling differs in is rewritten; what 2.21 cannot do is named. Lines keep their numbers, so that the
/// translator's messages fit the user's file.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dovetail {

/// Something that Stan 2.21 lacks.
struct NewerConstruct {
  int line = 0;           ///< from 1
  std::string construct;  ///< as written: "reduce_sum"
  std::string cure;       ///< what a program for 2.21 does instead; empty: nothing does
};

struct StanProgram {
  std::string text;                   ///< for Stan 2.21
  std::vector<NewerConstruct> newer;  ///< in order of lines; empty: 2.21 may be asked
  std::vector<std::string> includes;  ///< files that the program includes, as written
};

/// Rewrites `program`, line by line:
///   array[N] real x;        real x[N];              sized arrays, with bounds, sizes and initialisers
///   array[,] int f(...)     int[,] f(...)           arguments and results of functions
///   real a, b = 1;          real a; real b = 1;     several names in one declaration
///   x = 1; real y;          x = 1; { real y; }      a declaration after statements, in the model and in inner blocks
///   profile("p") { ... }    { ... }
///   normal_lupdf            normal_lpdf             differs by a constant, which Dovetail's densities keep
/// Comments and strings stay as they are. A program that is no Stan comes back with few changes or none.
[[nodiscard]] StanProgram for_stan_2_21(std::string_view program);

}  // namespace dovetail
