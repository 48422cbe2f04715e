// The Ising model on a periodic square lattice: integer states, a phase transition, an exact evidence.
#include <algorithm>
#include <cmath>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr double kCritical = 0.44068679350977151262;  // log(1 + sqrt 2) / 2
constexpr std::size_t kEnumerated = 4;                // sides up to this are summed over all states

/// log(2 cosh y) and log(2 |sinh y|) without overflow.
double log_two_cosh(double y) { return std::fabs(y) + math::log1p(math::exp(-2 * std::fabs(y))); }
double log_two_sinh(double y) {
  return y == 0 ? -kInfinity : std::fabs(y) + math::log(-math::expm1(-2 * std::fabs(y)));
}

/// log Z of the L x L torus at coupling K > 0, each bond once: Kaufman (1949), Physical Review 76.
double kaufman_log_partition(std::size_t side, double coupling) {
  const auto length = static_cast<double>(side);
  const double e = math::exp(2 * coupling);
  const double sinh2 = 0.5 * (e - 1 / e);
  const auto gamma = [&](std::size_t l) {
    if (l == 0)
      return 2 * coupling + math::log(math::tanh(coupling));  // signed: negative above the critical temperature
    // cosh g = cosh(2K) coth(2K) - cos(pi l / L); its excess over 1 without cancellation near the critical point
    const double half_sine = math::sin(0.5 * kPi * static_cast<double>(l) / length);
    const double excess = (1 - sinh2) * (1 - sinh2) / sinh2 + 2 * half_sine * half_sine;
    return math::log1p(excess + std::sqrt(excess * (excess + 2)));
  };
  double log_term[4] = {0, 0, 0, 0};  // products of 2 cosh and 2 sinh over odd, then over even l
  for (std::size_t r = 0; r < side; ++r) {
    const double odd = 0.5 * length * gamma(2 * r + 1);
    const double even = 0.5 * length * gamma(2 * r);
    log_term[0] += log_two_cosh(odd);
    log_term[1] += log_two_sinh(odd);
    log_term[2] += log_two_cosh(even);
    log_term[3] += log_two_sinh(even);
  }
  const double sign = gamma(0) < 0 ? -1 : 1;
  const double highest = *std::max_element(log_term, log_term + 4);
  const double sum = math::exp(log_term[0] - highest) + math::exp(log_term[1] - highest) +
                     math::exp(log_term[2] - highest) + sign * math::exp(log_term[3] - highest);
  return math::log(0.5) + 0.5 * length * length * math::log(2 * sinh2) + highest + math::log(sum);
}

/// Prior: all 2^(L^2) states alike; likelihood exp(coupling * sum of s s' over bonds). Coordinates 0 and 1 stand for
/// spins -1 and 1.
class Ising final : public Builtin {
 public:
  explicit Ising(const ModelSettings& settings)
      : Builtin(settings, "spins on a periodic square lattice",
                "Onsager (1944), Physical Review 65; evidence: Kaufman (1949), Physical Review 76; moments of L = 3, 4 "
                "by enumeration"),
        side_(settings.count("L")),
        coupling_(settings.real("beta")) {
    const std::size_t sites = side_ * side_;
    log_prior_ = -static_cast<double>(sites) * math::log(2.0);
    for (std::size_t i = 1; i <= side_; ++i) {
      for (std::size_t j = 1; j <= side_; ++j) {
        const std::string site = std::to_string(i) + "," + std::to_string(j);
        add_own_parameter("spin[" + site + "]");
        description_.coordinates.push_back(coordinate_of(integers(0, 1), "spin." + site));
      }
    }
    add_output("energy");
    add_output("abs_magnetisation");
    add_closed("log_evidence", coupling_ == 0 ? 0 : kaufman_log_partition(side_, coupling_) + log_prior_);
    if (side_ <= kEnumerated) add_moments();
  }

  LogDensity log_density(Point x) const override {
    const double stray = math::sum_lanes(x.size(), [&](std::size_t i) { return std::fabs(x[i] * (x[i] - 1)); });
    if (!(stray == 0)) return {-kInfinity, 0};
    return {log_prior_, coupling_ * bonds(x)};
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    for (double& value : x) value = static_cast<double>(rng.bits32() >> 31);
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    for (std::size_t i = 0; i < x.size(); ++i) values[i] = 2 * x[i] - 1;
    values[x.size()] = -bonds(x);
    values[x.size() + 1] = std::fabs(math::sum(Point(values.first(x.size()))));
  }

  void unconstrain(Point values, PointOut x) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::fabs(values[i]) != 1) {
        throw ModelError("parameter \"" + description_.output_names[i] +
                         "\" is no spin (the density is 0 there); "
                         "give it -1 or 1");
      }
      x[i] = values[i] > 0 ? 1 : 0;
    }
  }

 private:
  /// Sum of s s' over the 2 L^2 bonds, s = 2 x - 1: with P = sum of x x' it is 4 P - 8 sum(x) + 2 L^2, since every site
  /// has four bonds. Whole numbers, so exact in any order.
  [[nodiscard]] double bonds(Point x) const {
    const std::size_t sites = x.size();
    // Sites in one line: neighbours are 1 and L places ahead; then the ends of rows and of columns are joined.
    double pairs = math::dot(x.first(sites - 1), x.subspan(1)) + math::dot(x.first(sites - side_), x.subspan(side_)) +
                   math::dot(x.last(side_), x.first(side_));
    for (std::size_t end = side_ - 1; end < sites; end += side_) {
      const double wrong = end + 1 < sites ? x[end + 1] : 0;
      pairs += x[end] * (x[end + 1 - side_] - wrong);
    }
    return 4 * pairs - 8 * math::sum(x) + 2 * static_cast<double>(sites);
  }

  /// Means and standard deviations by summing over all states, one of each pair x, 1 - x.
  void add_moments() {
    const std::size_t sites = side_ * side_;
    DOVETAIL_REQUIRE(sites >= 1 && sites <= 32);  // a state is the bits of a word
    std::vector<double> x(sites);
    double total = 0, energy = 0, energy2 = 0, magnetisation = 0, magnetisation2 = 0;
    for (std::uint32_t state = 0; state < (1U << (sites - 1)); ++state) {
      double m = 0;
      for (std::size_t i = 0; i < sites; ++i) {
        x[i] = static_cast<double>(state >> i & 1U);
        m += 2 * x[i] - 1;
      }
      const double e = -bonds(x);
      // relative to the ground state, so that strong couplings do not overflow
      const double weight = math::exp(-coupling_ * (e + 2 * static_cast<double>(sites)));
      total += weight;
      energy += weight * e;
      energy2 += weight * e * e;
      magnetisation += weight * std::fabs(m);
      magnetisation2 += weight * m * m;
    }
    const double mean_e = energy / total;
    const double mean_m = magnetisation / total;
    add_closed("mean(energy)", mean_e);
    add_closed("sd(energy)", std::sqrt(energy2 / total - mean_e * mean_e));
    add_closed("mean(abs_magnetisation)", mean_m);
    add_closed("sd(abs_magnetisation)", std::sqrt(magnetisation2 / total - mean_m * mean_m));
  }

  std::size_t side_;
  double coupling_;
  double log_prior_;
};

constexpr ModelSetting kSettings[] = {
    {"L", 8, 3, 256, true, "side of the lattice; from 3, since with 2 every bond counts twice"},
    {"beta", kCritical, 0, 10, false, "coupling; the default is the critical one"}};

}  // namespace

ModelEntry ising_entry() {
  return {"ising", "spins on an L x L torus; evidence in closed form", kSettings, make<Ising>};
}

}  // namespace dovetail::builtin
