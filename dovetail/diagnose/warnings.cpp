// The registry of warnings. Its texts are the help topics; docs/diagnostics.md has a row for each.
#include "dovetail/diagnose/warnings.hpp"

#include <array>

namespace dovetail::diagnose {

namespace {
constexpr std::array<WarningKind, 32> kKinds{{
    {warning::kRHat, "R-hat above 1.01",
     "R-hat compares the variance between chains, and between the halves of each chain, with the variance within them. "
     "It "
     "is computed on ranks: once for location (bulk), once for distance from the median (tail), and the larger one "
     "counts. "
     "At 1 the chains agree. Above 1.01 they tell different stories, usually because some have not reached, or not yet "
     "left, a part of the distribution; averages over them are then not averages over the posterior. Run longer; if it "
     "stays, "
     "the posterior has modes that the kernel cannot cross: use `dovetail temper` with more replicas."},
    {warning::kBulkEss, "Bulk ESS below 100 per chain",
     "The bulk effective sample size is the number of independent draws that would tell as much about the centre of "
     "the "
     "distribution. Below 100 per chain, means and medians are uncertain, and R-hat and the standard errors themselves "
     "cannot be relied on. More rounds or draws raise it in proportion; a better kernel or a reparameterised model "
     "raises "
     "it more."},
    {warning::kTailEss, "Tail ESS below 100 per chain",
     "The tail effective sample size is the smaller of those of the 5 % and the 95 % quantile. Below 100 per chain the "
     "ends "
     "of intervals are uncertain although the centre may be well known. It is low when chains stay long in a tail once "
     "they "
     "are there. Run longer, or look for a heavy tail or a funnel in the model and reparameterise it."},
    {warning::kMcse, "Monte Carlo error of a mean above 5 % of its standard deviation",
     "The mean of the draws differs from the posterior mean by about one Monte Carlo standard error. When that is more "
     "than "
     "5 % of the posterior's own standard deviation (400 effective draws), fewer digits of the mean can be trusted "
     "than are often "
     "printed. More rounds or draws lower it with the square root of their number."},
    {warning::kNonFinite, "Draws that are not finite",
     "An output of the model was NaN or infinite in some kept draws. No mean, quantile or diagnostic is printed for "
     "it, since "
     "leaving these draws out silently would change what is estimated. The sampler itself saw only the density, which "
     "was finite. Look "
     "at the expression of that output for 0/0, the logarithm of a negative number or an overflow."},
    {warning::kTooFewDraws, "Too few draws for diagnostics",
     "R-hat, effective sample sizes and standard errors need at least 8 draws in each chain, and some hundreds to mean "
     "anything. Nothing is known about the quality of this run's draws."},
    {warning::kDivergences, "Divergent transitions",
     "The simulated Hamiltonian path left the energy level it should have kept, so the step size is too coarse for the "
     "curvature where it happened. The draws then avoid that region and are biased, however many there are. Raise the "
     "target "
     "acceptance, or reparameterise: divergences gather where a scale parameter is near zero."},
    {warning::kEBfmi, "E-BFMI below 0.3",
     "The energy fraction of missing information compares how far the energy moves in one step with how far it varies "
     "in "
     "all. Below 0.3 the momentum refresh moves too little to explore the energy, and heavy tails are visited too "
     "rarely. "
     "Reparameterise so that tails are lighter, or use a kernel without momentum."},
    {warning::kDepthHits, "Trajectories met the cap on their length",
     "A trajectory of NUTS or AAPS goes on until it turns, and is cut short where it would need more steps than "
     "max_depth allows. The draws stay exact, but neighbouring ones are more alike, so each costs more than it is "
     "worth. It "
     "happens where steps are far smaller than the posterior is wide: strong correlations, very different scales, or a "
     "warm-up that was too short to learn them. Use a longer warm-up or a dense metric, then a larger max_depth."},
    {warning::kAcceptance, "Acceptance far below its target",
     "Warm-up chooses step sizes so that trajectories are accepted as often as adapt_delta says. A chain that falls "
     "more "
     "than 0.1 short of that afterwards meets places where its steps are too coarse, which warm-up did not see: it may "
     "stay there for long, or not enter them at all. Use a longer warm-up, a larger adapt_delta, or reparameterise. An "
     "acceptance above the target is only noted: steps are then shorter than they need be, and nothing else."},
    {warning::kStepRatio, "Step sizes of the chains differ by more than a factor of 4",
     "Each chain chooses the step size that suits where it is. If these are far apart, chains live in places of "
     "different "
     "curvature: in different modes, or some in the neck of a funnel, or one has not left its starting point. Look at "
     "R-hat "
     "and at the chain with the smallest steps. Use a longer warm-up; if it stays, reparameterise, or use `dovetail "
     "temper`, "
     "which crosses between modes."},
    {warning::kNothingMoved, "Nothing moved",
     "Every quantity has one and the same value in all draws. Unless the posterior is a single point, no proposal was "
     "ever accepted: jumps are far too large, or the start lies where every step is refused. The draws say nothing "
     "about the posterior, and no figure can show it, since all are of spreads. Let the kernel adapt its jumps, choose "
     "other starting points, or another kernel."},
    {warning::kGoalMissed, "Fewer effective draws than were asked for",
     "The run was to end when every bulk and tail ESS had reached the number given with --until-ess. It ended at the "
     "most draws that it was allowed, --draws, before that. Its draws are as good as they are many; go on with more of "
     "them, or with a kernel that moves further."},
    {warning::kReplicas, "Fewer replicas than twice the barrier",
     "The global barrier Lambda measures how hard it is to travel from the reference to the target. With about 2 "
     "Lambda + 1 "
     "replicas round trips cost least; with fewer than 2 Lambda swaps are rejected so often that states rarely arrive. "
     "The "
     "measured barrier is then itself too low, so the right number may be larger than it suggests."},
    {warning::kNoRestart, "No restart",
     "A restart is a fresh draw from the reference that has travelled up the ladder to the target. Without a single "
     "one the "
     "target's draws all descend from the starting points, and tempering has not shown that it found all modes. Each "
     "round has "
     "twice the scans of the one before: add rounds, or replicas if swaps are rejected."},
    {warning::kEnergyAutocorrelation, "Energy autocorrelation above 0.9",
     "Between two swaps the kernel should move the log likelihood of each replica enough to forget its value. A "
     "correlation "
     "above 0.9 before and after exploration means it hardly does; round trips are then slower than theory says, and "
     "the barrier and "
     "evidence converge slowly. Use a kernel that moves further, or more steps of it per scan."},
    {warning::kEvidenceGap, "Stepping stones stray from the bridge",
     "The headline evidence is a bridge estimate, whose terms are bounded. Stepping stones from the reference to the "
     "target and back give two cruder estimates, one biased down and one up. One that strays by more than 1, and by "
     "more than 4 standard errors of the bridge, means that neighbouring rungs overlap too little or the run is too "
     "short: do not use this evidence. Add replicas, then rounds."},
    {warning::kPairRejection, "A pair of rungs rejects more than 90 % of swaps",
     "The ladder is too coarse at that place. The barrier is then only known from below, so the number of replicas it "
     "suggests is too small as well. Use more replicas, or let their number be chosen (--replicas auto)."},
    {warning::kErrorEvents, "The model failed at some points",
     "The density was NaN or +inf, or the model threw an exception. Such proposals were rejected and counted. That is "
     "exact "
     "when the point lies outside the support, and hides an error of the model otherwise: a density of zero should be "
     "-inf, not NaN. "
     "`dovetail check MODEL` looks for such points."},
    {warning::kNoEvidenceSe, "No standard error of the evidence",
     "The last round was too short to estimate how uncertain the log evidence is, so the number must not be compared "
     "with "
     "that of another model. From 64 scans on there is a standard error; add rounds, or use several copies."},
    {warning::kSwapAcceptance, "A pair of rungs accepts less than 5 % of swaps",
     "States hardly pass that pair: the ladder is cut in two there, and the upper part is sampled as if there were no "
     "tempering. The barrier is only known from below. Use clearly more replicas."},
    {warning::kLegsDisagree, "Two legs disagree about the evidence",
     "With two legs the evidence is estimated along two paths, from the variational and from the fixed reference. They "
     "should agree within their standard errors. If they do not, one reference misses a part of the posterior (a "
     "fitted "
     "Gaussian has lighter tails, or fewer modes), or one leg has not settled yet. Add rounds; if it stays, use the "
     "prior "
     "as the only reference."},
    {warning::kReversible, "Steps fail the reversibility check",
     "autoMALA chooses a step size at each point and has to reject where the way back would have chosen another. If "
     "fewer "
     "than half of the steps pass, much work is lost, and regions with quickly changing scale are visited slowly. Use "
     "the "
     "slice kernel, or reparameterise the model."},
    {warning::kVariationalAlone, "A variational reference stands alone",
     "The reference is a Gaussian fitted to the target's draws of the rounds before. If those missed a mode, the "
     "reference "
     "misses it too, and nothing brings states from elsewhere: the draws and the evidence may then look settled and be "
     "wrong. A second leg from a fixed reference guards against that: use --legs 2, the default."},
    {warning::kEpNotConverged, "Rounds of expectation propagation ended before they had arrived",
     "A round says how far the approximation is from where its targets point, and how much of that Monte Carlo "
     "error explains. Rounds end by themselves when two in a row are within three times that error, and the "
     "error of their mean is below the tolerance. These rounds came to their limit first: the answer is that of "
     "the last one. Give more rounds where the distance still falls, more draws where the noise is what is left "
     "of it; a distance that goes up and down asks for a smaller step."},
    {warning::kEpNoise, "Targets of sites are noisy",
     "The Monte Carlo error of one round, summed over sites, is expected to move the approximation by more than "
     "one nat. No step mends that: smaller ones only average longer. Moment matching has an error that grows "
     "with the number of sites whatever they hold; regression of scores has not. Use that estimator, more "
     "draws, or fewer and larger sites."},
    {warning::kEpSilentSites, "Sites without a usable target",
     "A factor is not taken from draws that are too few, span no volume, or hold numbers that are not finite. "
     "Such a site keeps the factor it had, so that its rows still count as they did, or not at all when it "
     "never had one. Look for rows that the model cannot explain, and give more draws."},
    {warning::kEpDoubtfulSites, "Draws of a site miss Stein's identity",
     "Under the distribution that a site draws from, the mean of the gradient of its log density is nought. "
     "Here it is not, by more than six of its standard errors: chains have not yet met (give longer warm-up and "
     "more draws), or gradients of the model are wrong, or mass piles up at a bound. Such a site keeps the factor it "
     "had, and the round does not count as one that arrived."},
    {warning::kEpStuck, "Rounds in which nothing could move",
     "No step along the targets kept the approximation and all cavities proper, so the factors stayed as they "
     "were. Targets are then far too noisy, or sites contradict each other. Give more draws, a smaller step, or "
     "fewer and larger sites."},
    {warning::kEpDivergences, "Divergent trajectories at sites",
     "Trajectories of a site left their energy level, so its draws avoid some region and its target is biased. "
     "Raise adapt_delta or the warm-up. They gather where a scale is near zero."},
    {warning::kEpSkewedScales, "Scales whose posterior is likely to be skewed",
     "The approximation is normal in the logarithm of a scale. Where few groups say little about a scale, its "
     "posterior has a long tail towards zero, which normal cavities cut: means stay right, but the standard "
     "deviation comes out too small, by more than a third in bad cases. More draws or rounds change nothing, "
     "since it is what expectation propagation itself converges to. Correct the answer (--correct 0.05), or compare "
     "with a run of `dovetail sample` on all rows."},
    {warning::kEpNotCorrected, "The correction of the answer failed",
     "Points were drawn where the approximation, and then the points before them, said that the posterior is, and "
     "weighted by prior and likelihood. Their weights were too uneven to be trusted: the Pareto shape k-hat of their "
     "tail is above its limit, or too few effective points came of all rounds. Or the weights are even, but made of "
     "integrals over local parameters whose errors, summed over sites, differ too much from point to point: they were "
     "compared with better ones at draws of the answer. So the answer is still that of expectation propagation, with "
     "its own bias. With many shared parameters no number of points may suffice; a larger --correct asks for fewer, "
     "and for less of the integrals."},
}};
}  // namespace

std::span<const WarningKind> warning_kinds() { return kKinds; }

const WarningKind* find_warning(std::string_view id) {
  for (const WarningKind& kind : kKinds) {
    if (kind.id == id) return &kind;
  }
  return nullptr;
}

}  // namespace dovetail::diagnose
