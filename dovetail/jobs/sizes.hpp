/// Whether what other processes computed can be what kernels make: the sizes that they rely on, and numbers at points.
/// Values are the sampler's own affair; these are asked before anything is used, so that none reads beyond an end.
#pragma once
#include <cstddef>
#include <vector>

#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

[[nodiscard]] bool all_finite(const std::vector<double>& values);
/// A point of `d` numbers, its potential no NaN, its gradients of d numbers each or, where they are not valid, none.
[[nodiscard]] bool is_state(const ChainState& state, std::size_t d);
/// Of the kernel and the point that `like` is of, adapted however far.
[[nodiscard]] bool is_tuning(const Tuning& tuning, const Tuning& like);
/// Of kernels with that tuning at points of `d` numbers, after any steps or none.
[[nodiscard]] bool is_record(const KernelRecord& record, std::size_t d, const Tuning& tuning);

}  // namespace dovetail
