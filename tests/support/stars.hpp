/// Simulated stars of Vehtari et al. 2020, section 6.2: y_ij ~ N(alpha_j + beta x_ij, sigma^2) in 3,600 groups of 20
/// rows, alpha_j ~ N(mu, tau^2). alpha_j is integrated, so that every site's likelihood is exact.
#pragma once
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/divided.hpp"

namespace dovetail::test {

/// Shared: the logarithms of mu, tau, beta, sigma, each N(log 250, 1.5^2). Sites are runs of groups.
class Stars final : public DividedModel {
 public:
  static constexpr std::size_t kD = 4;

  Stars(std::size_t groups, std::size_t rows, std::size_t sites, std::uint64_t seed)
      : groups_(simulated(groups, rows, seed)), sites_(sites) {
    for (const char* name : {"log mu", "log tau", "log beta", "log sigma"}) {
      description_.output_names.emplace_back(name);
      description_.coordinates.push_back({.name = name});
    }
    description_.name = "stars";
    description_.parameter_count = kD;
    description_.gradient = true;
  }
  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] std::size_t shared() const override { return kD; }
  [[nodiscard]] std::span<const double> prior_mean() const override { return mean_; }
  [[nodiscard]] std::span<const double> prior_sd() const override { return sd_; }
  [[nodiscard]] std::size_t sites() const override { return sites_; }
  [[nodiscard]] std::string site_name(std::size_t site) const override { return "field " + std::to_string(site + 1); }
  [[nodiscard]] std::size_t locals(std::size_t) const override { return 0; }

  double site_gradient(std::size_t site, Point x, Point, PointOut in_shared, PointOut) const override {
    const double mu = math::exp(x[0]), w = math::exp(2 * x[1]), beta = math::exp(x[2]), v = math::exp(2 * x[3]);
    double log = 0;
    std::array<double, kD> d{};  // in mu, tau^2, beta, sigma^2
    for (std::size_t j = site * groups_.size() / sites_; j < (site + 1) * groups_.size() / sites_; ++j) {
      const Group& g = groups_[j];
      const double total = g.y - beta * g.x - g.n * mu;  // of residuals about mu + beta x; below their products
      const double with_x = g.xy - beta * g.xx - mu * g.x;
      const double squares =
          g.yy - 2 * beta * g.xy - 2 * mu * g.y + beta * beta * g.xx + 2 * beta * mu * g.x + g.n * mu * mu;
      const double whole = v + g.n * w;
      log -= 0.5 * ((g.n - 1) * math::log(v) + math::log(whole) + squares / v - w * total * total / (v * whole));
      d[0] += total / whole;
      d[1] += 0.5 * (total * total / whole - g.n) / whole;
      d[2] += (with_x - w * total * g.x / whole) / v;
      d[3] += 0.5 * ((squares - w * total * total * (whole + v) / (whole * whole)) / v - (g.n - 1) - v / whole) / v;
    }
    in_shared[0] = mu * d[0];
    in_shared[1] = 2 * w * d[1];
    in_shared[2] = beta * d[2];
    in_shared[3] = 2 * v * d[3];
    return log;
  }
  void site_score(std::size_t site, Point x, Point, PointOut score) const override {
    (void)site_gradient(site, x, {}, score, {});
  }
  [[nodiscard]] SiteMarginal site_log_marginal(std::size_t site, Point x) const override {
    std::array<double, kD> unused{};
    return {site_gradient(site, x, {}, unused, {}), 0};
  }
  [[nodiscard]] bool exact_scores() const override { return true; }
  [[nodiscard]] std::vector<std::string> site_outputs(std::size_t) const override { return {}; }
  void site_output_values(std::size_t, Point, Point, Rng&, PointOut) const override {}
  void output_values(Point x, Rng&, PointOut values) const override { std::copy(x.begin(), x.end(), values.begin()); }

 private:
  struct Group {
    double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;  ///< sums over rows
  };

  /// Values below 0 are drawn again, as the model ignores.
  static std::vector<Group> simulated(std::size_t groups, std::size_t rows, std::uint64_t seed) {
    Rng rng({seed, Purpose::test});
    const auto above_zero = [&rng](double mean, double sd) {
      double value = -1;
      while (value < 0) value = mean + sd * math::draw_normal(rng);
      return value;
    };
    std::vector<Group> all(groups);
    for (Group& g : all) {
      const double alpha = 270 + 148 * math::draw_normal(rng);
      for (std::size_t i = 0; i < rows; ++i) {
        const double x = above_zero(200, 100);
        const double y = above_zero(alpha + 250 * x, 490);
        g.n += 1;
        g.x += x;
        g.y += y;
        g.xx += x * x;
        g.xy += x * y;
        g.yy += y * y;
      }
    }
    return all;
  }

  static constexpr double kLog250 = 5.521460917862246;
  std::array<double, kD> mean_ = {kLog250, kLog250, kLog250, kLog250};
  std::array<double, kD> sd_ = {1.5, 1.5, 1.5, 1.5};
  std::vector<Group> groups_;
  std::size_t sites_;
  ModelDescription description_;
};

}  // namespace dovetail::test
