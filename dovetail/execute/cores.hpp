/// How many threads are worth starting.
#pragma once

namespace dovetail {

/// Cores that this process may run on: those of the machine, or fewer where a launcher, a batch system or taskset bound
/// it to some. At least 1.
[[nodiscard]] unsigned usable_cores();

/// Of those, what is for one of `ranks_here` processes that share the machine: no more than an even part of it.
[[nodiscard]] unsigned share_of_cores(unsigned ranks_here);

}  // namespace dovetail
