/// What every job does when a model fails: count it, say it, or end the run.
#pragma once
#include <string>

#include "dovetail/jobs/recording.hpp"
#include "dovetail/kernel/kernel.hpp"
#include "dovetail/model/path.hpp"

namespace dovetail {

/// "model NAME said WHAT at POINT": of the first fault where one was noted, else at `x`.
[[nodiscard]] std::string fault_words(const Model& model, const ModelFaults& faults, Point x);

/// "; it refuses points, and said of one of them: WORDS"; nothing when it refused none in words. Without a number: how
/// many other threads had asked for by then is chance.
[[nodiscard]] std::string rejection_words(const Model& model);

/// The outputs at `x` into `values`; NaN, a note and an error event in `record` where the model throws.
void compute_outputs(const Model& model, ModelFaults& faults, Point x, Rng& rng, KernelRecord& record, PointOut values);

/// Throws ModelError when the model failed and the user wants to stop then.
void stop_on_error(OnError on_error, const Model& model, const ModelFaults& faults, const KernelRecord& record);

/// Asks the model again for the density at `x`, which is known. ModelLost when it is another now (but for rounding: a
/// model may compute it in another order beside its gradient): a density that depends on more than its point, on how
/// often or by how many threads it was asked, makes every chain wrong. One evaluation, counted by nobody.
void require_same_density(const Model& model, Point x, const Potential& known);

}  // namespace dovetail
