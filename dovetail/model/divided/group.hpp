/// One group of a hierarchical regression: its rows, and coefficients of its own, theta = mu + sigma u, u ~ N(0, I).
///
/// What moves is v, not u: u = v + w h(x, v) with w = sigma * (mean row), which gives the one combination of u that
/// rows pin down, w.u, about unit variance and mean 0 at any shared x. Exact whatever the rows are; chosen for rows
/// whose log likelihood is about -kappa (mean row . theta - centre)^2 / 2. docs/maths/ep.md section 6. Pure; thread
/// safe; nothing in gradient() allocates.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/model/divided.hpp"
#include "dovetail/model/divided/row_law.hpp"

namespace dovetail::divided {

/// The shared parameters as groups read them; each has one number per column.
struct Common {
  Point mu, sigma;
};

/// log of the integral over u.
struct LogMarginal {
  double log = 0;
  double next_order = 0;  ///< |what the second order of Laplace's expansion adds|; 0 where none is needed
};

class Group {
 public:
  /// `design`: row-major rows x p, ones first; `outcome`: one per row.
  Group(std::string name, std::vector<double> design, std::vector<double> outcome, const Law& law);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::size_t columns() const { return mean_row_.size(); }

  /// u of v.
  void locals_at(const Common& x, Point v, PointOut u) const;
  /// log p(rows, v | x). Adds the gradients in mu and log sigma, v held fixed, and writes that in v.
  double gradient(const Common& x, Point v, PointOut in_mu, PointOut in_log_sigma, PointOut in_v) const;
  /// Adds a vector whose mean over v given x is the gradient of log_marginal() in mu and log sigma, with no noise where
  /// u given x is normal.
  void add_score(const Common& x, Point v, PointOut in_mu, PointOut in_log_sigma) const;
  /// log p(rows | x): exact where u given x is normal, by quadrature where it is one number, else by Laplace's
  /// expansion to second order.
  [[nodiscard]] LogMarginal log_marginal(const Common& x) const;
  /// How far that is from the truth: by quadrature twice as fine, or by importance sampling about the mode.
  [[nodiscard]] IntegralError integral_error(const Common& x, Rng& rng) const;

 private:
  /// h(x, v) = slope w.v + shift, and what its derivatives need.
  struct Frame {
    double stretch;       ///< R = sqrt(1 + kappa |w|^2): w.u has the prior's sd divided by that
    double slope, shift;  ///< of h
  };

  /// What rows say at one (x, u).
  struct Look {
    std::vector<double> u;          ///< p
    double log = 0;                 ///< log p(rows, u | x), without the constant of N(u; 0, I)
    std::vector<double> score;      ///< p: of the rows' log likelihood in theta
    std::vector<double> curvature;  ///< p x p: minus the Hessian of log p(rows, u | x) in u
    std::vector<double> factor{};   ///< p x p, of a mode alone: L, L L' = curvature
  };

  [[nodiscard]] std::size_t rows() const { return outcome_.size(); }
  [[nodiscard]] Point row(std::size_t i) const { return std::span(design_).subspan(i * columns(), columns()); }
  [[nodiscard]] Frame frame(const Common& x, PointOut w) const;
  double rows_score(Point theta, PointOut score) const;
  [[nodiscard]] Look look(const Common& x, std::vector<double> u) const;
  [[nodiscard]] Look mode(const Common& x) const;
  [[nodiscard]] std::vector<double> factor(const Common& x, const Look& at) const;
  [[nodiscard]] LogMarginal laplace(const Common& x, const Look& top) const;
  [[nodiscard]] std::pair<double, double> logs_beside(const Common& x, const Look& top, Point predictors,
                                                      Point away) const;
  [[nodiscard]] double integral_over_one(const Common& x, const Look& top, double fineness) const;

  std::string name_;
  std::vector<double> design_, outcome_;
  std::vector<double> mean_row_;
  Law law_;
  Law::Pull pull_;
};

}  // namespace dovetail::divided
