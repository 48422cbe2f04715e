#include "dovetail/kernel/hmc.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"

namespace dovetail {
namespace {

/// `leapfrogs` steps and a decision. One uniform is drawn whatever happens.
double draw_static(detail::Hamiltonian& hamiltonian, double step_size, std::uint64_t leapfrogs, Rng& rng,
                   Workspace& workspace, KernelRecord& record) {
  const std::size_t d = hamiltonian.dimension();
  const std::size_t m = hamiltonian.moving();
  detail::Rows rows(workspace.row(0, 3 * d + 2 * m));
  detail::Candidate end = rows.candidate(d);
  detail::PhasePoint place{end.x, rows.take(m), rows.take(m)};

  hamiltonian.start(place, rng);
  const double u = rng.uniform();
  const double start = hamiltonian.joint_at_start(place);
  StepFigures& figures = record.last;
  figures.energy = -start;
  double gain = 0;
  for (std::uint64_t n = 0; n < leapfrogs && std::isfinite(gain); ++n) {
    gain = hamiltonian.leapfrog(place, step_size, end) - start;
    ++figures.leapfrogs;
    figures.divergent = figures.divergent || !(gain >= -detail::kEnergyErrorMax);
  }
  figures.acceptance = std::isfinite(gain) ? math::exp(std::min(0.0, gain)) : 0;
  if (u < figures.acceptance) hamiltonian.move_to(end);
  return figures.acceptance;
}

}  // namespace

HmcKernel::HmcKernel(unsigned leapfrogs, double target) : HamiltonianKernel(target), leapfrogs_(leapfrogs) {
  if (leapfrogs == 0) throw UsageError("leapfrogs is 0 (a trajectory without steps goes nowhere); 1 or more");
}

double HmcKernel::draw(detail::Hamiltonian& hamiltonian, double step_size, Rng& rng, Workspace& workspace,
                       KernelRecord& record) const {
  const auto length = static_cast<std::uint64_t>(math::draw_integer(rng, 1, 2 * std::int64_t{leapfrogs_}));
  return draw_static(hamiltonian, step_size, length, rng, workspace, record);
}

double MalaKernel::draw(detail::Hamiltonian& hamiltonian, double step_size, Rng& rng, Workspace& workspace,
                        KernelRecord& record) const {
  return draw_static(hamiltonian, step_size, 1, rng, workspace, record);
}

}  // namespace dovetail
