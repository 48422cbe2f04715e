// Two probabilities of which the data see only the product: a curved ridge with a closed-form evidence.
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

/// A probability on the logit scale: p = s(u), 1 - p = s(-u) without cancellation, and both logarithms.
struct Logit {
  explicit Logit(double u) {
    const double e = math::exp(-std::fabs(u));
    const double near = math::log1p(e);
    p = (u >= 0 ? 1 : e) / (1 + e);
    q = (u >= 0 ? e : 1) / (1 + e);
    log_p = u >= 0 ? -near : u - near;
    log_q = u >= 0 ? -u - near : -near;
  }
  double p, q, log_p, log_q;
};

/// p1, p2 ~ U(0, 1), y ~ Binomial(n, p1 p2), on the logit scale.
class Unid final : public Builtin {
 public:
  explicit Unid(const ModelSettings& settings)
      : Builtin(
            settings, "binomial data that see only the product of two probabilities",
            "Surjanovic, Biron-Lattes, Tiede, Syed, Campbell and Bouchard-Cote (2023), Pigeons.jl; closed forms from "
            "the density -log u of u = p1 p2, see docs/models.md"),
        n_(settings.real("n")),
        y_(settings.real("y")) {
    if (y_ > n_)
      throw ModelError("model " + settings.spec() + " has more successes y than trials n; lower y or raise n");
    log_choose_ = math::lgamma(n_ + 1) - math::lgamma(y_ + 1) - math::lgamma(n_ - y_ + 1);
    add_parameter("p1", between(0, 1));
    add_parameter("p2", between(0, 1));
    add_output("p1p2");
    description_.gradient = true;
    add_closed_forms();
  }

  LogDensity log_density(Point x) const override {
    const Logit a(x[0]), b(x[1]);
    return evaluate(a, b);
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const Logit a(x[0]), b(x[1]);
    prior[0] = a.q - a.p;
    prior[1] = b.q - b.p;
    const double miss = a.q + a.p * b.q;
    // (1 - p) / (1 - p1 p2); both are below the smallest number when both p are 1 to all digits
    const bool tiny = miss < kTiny;
    const double share_a = tiny ? Logit(x[1] - x[0]).p : a.q / miss;
    const double share_b = tiny ? Logit(x[0] - x[1]).p : b.q / miss;
    likelihood[0] = y_ * a.q - (n_ - y_) * a.p * b.p * share_a;
    likelihood[1] = y_ * b.q - (n_ - y_) * a.p * b.p * share_b;
    return evaluate(a, b);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    for (double& u : x) {
      const double p = rng.uniform_open();
      u = math::log(p) - math::log1p(-p);
    }
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    values[0] = Logit(x[0]).p;
    values[1] = Logit(x[1]).p;
    values[2] = values[0] * values[1];
  }

 private:
  static constexpr double kTiny = 1e-290;

  [[nodiscard]] LogDensity evaluate(const Logit& a, const Logit& b) const {
    const double miss = a.q + a.p * b.q;  // 1 - p1 p2, all terms positive
    const double log_miss = miss < kTiny ? math::log_add(a.log_q, a.log_p + b.log_q) : math::log(miss);
    return {(a.log_p + a.log_q) + (b.log_p + b.log_q), log_choose_ + y_ * (a.log_p + b.log_p) + (n_ - y_) * log_miss};
  }

  /// With D = psi(n + 2) - psi(y + 1): Z = D / (n + 1), and p1 given u = p1 p2 has density proportional to 1/p1 on (u,
  /// 1).
  void add_closed_forms() {
    const double difference = math::digamma(n_ + 2) - math::digamma(y_ + 1);
    const double mean = (n_ - y_ + 1) / (n_ + 2) / difference;
    const double square = 0.5 * (1 - (y_ + 1) * (y_ + 2) / ((n_ + 2) * (n_ + 3))) / difference;
    const double sd = std::sqrt(square - mean * mean);
    const double product = (y_ + 1) / (n_ + 2) * (math::digamma(n_ + 3) - math::digamma(y_ + 2)) / difference;
    add_closed("log_evidence", math::log(difference / (n_ + 1)));
    for (const char* name : {"p1", "p2"}) {
      add_closed("mean(" + std::string(name) + ")", mean);
      add_closed("sd(" + std::string(name) + ")", sd);
    }
    add_closed("mean(p1p2)", product);
  }

  double n_;
  double y_;
  double log_choose_;
};

constexpr ModelSetting kSettings[] = {{"n", 100, 1, 1e7, true, "trials"}, {"y", 50, 0, 1e7, true, "successes"}};

}  // namespace

ModelEntry unid_entry() {
  return {"unid", "two probabilities, data on their product alone; evidence and moments in closed form", kSettings,
          make<Unid>};
}

}  // namespace dovetail::builtin
