// A direction on the sky, measured once: a circle, a pole and the factor sin(polar) that both bring.
#include <algorithm>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

/// A polar angle from its coordinate u, measured from the nearer pole so that neither sine nor Jacobian loses digits.
struct Polar {
  explicit Polar(double u) {
    const double e = math::exp(-std::fabs(u));
    const double near = kPi * (e / (1 + e));
    far_share = 1 / (1 + e);
    from_south = u > 0;
    sine = math::sin(near);
    cosine = from_south ? -math::cos(near) : math::cos(near);
    angle = from_south ? kPi - near : near;
    near_angle = near;
    log_jacobian = math::log(kPi) - std::fabs(u) - 2 * math::log1p(e);
  }
  double angle, near_angle;
  double sine, cosine;
  double far_share;  ///< of pi, between the angle and the farther pole; d near_angle / d|u| = -near_angle far_share
  double log_jacobian;
  bool from_south;
};

/// Prior: all directions alike, sin(polar) / (4 pi) per angle. The likelihood is the von Mises-Fisher density of one
/// measured direction about the true one. Coordinates: azimuth on its circle, the logit of polar / pi.
class Sky final : public Builtin {
 public:
  explicit Sky(const ModelSettings& settings)
      : Builtin(settings, "a direction on the sphere, measured once",
                "Fisher (1953), Proceedings of the Royal Society A 217; figures elementary, see docs/models.md"),
        kappa_(settings.real("kappa")),
        azimuth_(settings.real("azimuth")),
        sine_(math::sin(settings.real("polar"))),
        cosine_(math::cos(settings.real("polar"))),
        log_prior_(-math::log(4 * kPi)),
        // kappa / (4 pi sinh kappa) exp(kappa)
        log_peak_(math::log(kappa_) - math::log(2 * kPi) - math::log(-math::expm1(-2 * kappa_))) {
    add_parameter("azimuth", cyclic(0, 2 * kPi));
    add_parameter("polar", between(0, kPi));
    add_output("cos_angle");
    description_.gradient = true;
    description_.exact_draws = true;
    // w = 1 - cos is exponential with rate kappa, cut off at 2
    const double e = math::exp(-2 * kappa_);
    const double cut = -math::expm1(-2 * kappa_);
    add_closed("log_evidence", log_prior_);
    add_closed("mean(cos_angle)", 1 - (1 / kappa_ - 2 * e / cut));
    add_closed("sd(cos_angle)", std::sqrt(1 / (kappa_ * kappa_) - 4 * e / (cut * cut)));
  }

  LogDensity log_density(Point x) const override { return evaluate(x[0], Polar(x[1])); }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const Polar p(x[1]);
    const double sign = p.from_south ? -1 : 1;  // of d angle / du near u = -inf, where the angle is near_angle
    const double tangent = p.near_angle > 0 ? p.near_angle * (math::cos(p.near_angle) / p.sine) : 1;
    const double away = x[0] - azimuth_;
    prior[0] = 0;
    prior[1] = sign * (tangent * p.far_share + (2 * p.far_share - 1));
    likelihood[0] = -kappa_ * p.sine * sine_ * math::sin(away);
    likelihood[1] = kappa_ * (p.cosine * sine_ * math::cos(away) - p.sine * cosine_) * (p.near_angle * p.far_share);
    return evaluate(x[0], p);
  }

  void draw_prior(Rng& rng, PointOut x) const override { draw_exact(0, rng, x); }

  /// Prior times likelihood^beta is the same law with concentration beta kappa.
  void draw_exact(double beta, Rng& rng, PointOut x) const override {
    const double k = beta * kappa_;
    const double u = rng.uniform_open();
    const double w = k > 0 ? -math::log1p(u * math::expm1(-2 * k)) / k : 2 * u;  // 1 - cos of the angle to the centre
    const double along = 1 - w;
    const double across = std::sqrt(w * (2 - w));
    const double turn = 2 * kPi * rng.uniform();
    const double east = across * math::sin(turn);
    const double south = across * math::cos(turn);
    // the centre lies on the meridian of azimuth 0, to be turned to its own afterwards
    const double z = along * cosine_ - south * sine_;
    const double meridian = along * sine_ + south * cosine_;
    const double angle = math::atan2(std::sqrt(meridian * meridian + east * east), z);
    double azimuth = azimuth_ + math::atan2(east, meridian);
    if (azimuth < 0) azimuth += 2 * kPi;
    if (azimuth >= 2 * kPi) azimuth -= 2 * kPi;
    x[0] = std::max(0.0, azimuth);
    x[1] = math::log(angle) - math::log(kPi - angle);
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    const Polar p(x[1]);
    values[0] = x[0];
    values[1] = p.angle;
    values[2] = cos_angle(x[0], p);
  }

 private:
  [[nodiscard]] double cos_angle(double azimuth, const Polar& p) const {
    return p.cosine * cosine_ + p.sine * sine_ * math::cos(azimuth - azimuth_);
  }
  [[nodiscard]] LogDensity evaluate(double azimuth, const Polar& p) const {
    if (!(p.sine > 0)) return {-kInfinity, 0};  // the pole itself, by rounding
    return {log_prior_ + math::log(p.sine) + p.log_jacobian, log_peak_ + kappa_ * (cos_angle(azimuth, p) - 1)};
  }

  double kappa_;
  double azimuth_, sine_, cosine_;  // of the measured direction
  double log_prior_, log_peak_;
};

constexpr ModelSetting kSettings[] = {{"kappa", 10, 0.01, 1e6, false, "concentration of the measurement"},
                                      {"azimuth", 0.1, 0, 6.28, false, "measured azimuth, radians; 0 is the seam"},
                                      {"polar", 0.4, 0, 3.14, false, "measured polar angle, radians; 0 is a pole"}};

}  // namespace

ModelEntry sky_entry() {
  return {"sky", "a direction on the sphere by two angles; evidence and moments in closed form", kSettings, make<Sky>};
}

}  // namespace dovetail::builtin
