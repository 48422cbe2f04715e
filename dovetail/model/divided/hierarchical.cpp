#include "dovetail/model/divided/hierarchical.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/transform.hpp"

namespace dovetail::divided {
namespace {

constexpr double kLogTwoPi = 1.8378770664093454836;
constexpr int kNewtonMax = 50;
constexpr double kNewtonEnough = 1e-10;  ///< squared length of a Newton step, in prior standard deviations

/// Rows that share local parameters.
struct Group {
  std::string name;
  std::size_t rows = 0;
  std::vector<double> design;   ///< row-major rows x p, ones first
  std::vector<double> outcome;  ///< rows
};

/// Logarithm of the law of one outcome given its linear predictor, with the first derivative and minus the second.
struct RowLaw {
  double log, score, curvature;
};
class Law {
 public:
  explicit Law(double sd) : sd_(sd), constant_(sd > 0 ? -0.5 * kLogTwoPi - math::log(sd) : 0) {}
  [[nodiscard]] bool is_bernoulli() const { return sd_ == 0; }
  [[nodiscard]] RowLaw at(double y, double predictor) const {
    if (!is_bernoulli()) {
      const double z = (y - predictor) / sd_;
      return {constant_ - 0.5 * z * z, z / sd_, 1 / (sd_ * sd_)};
    }
    const double tail = math::exp(-std::fabs(predictor));
    const double rare = tail / (1 + tail);  // probability of the unlikelier outcome
    const double p = predictor > 0 ? 1 - rare : rare;
    const double miss = (predictor > 0) == (y > 0) ? 0 : std::fabs(predictor);
    return {-miss - math::log1p(tail), y > 0 ? (predictor > 0 ? rare : 1 - rare) : -p, rare * (1 - rare)};
  }

 private:
  double sd_;  ///< 0: Bernoulli
  double constant_;
};

/// What rows of a group say at one (x, u), as functions of the group's u.
struct Local {
  double log = 0;                 ///< log p(rows, u | x)
  std::vector<double> score;      ///< p: of the rows' log likelihood in theta
  std::vector<double> curvature;  ///< p x p: minus the Hessian of log p(rows, u | x) in u
};

class Hierarchical final : public DividedModel {
 public:
  Hierarchical(const ModelSettings& settings, const DividedEntry& entry, const Table& table, const Division& division);

  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] std::size_t shared() const override { return 2 * columns_.size(); }
  [[nodiscard]] std::span<const double> prior_mean() const override { return prior_mean_; }
  [[nodiscard]] std::span<const double> prior_sd() const override { return prior_sd_; }
  [[nodiscard]] std::size_t sites() const override { return sites_.size(); }
  [[nodiscard]] std::string site_name(std::size_t site) const override {
    const auto& groups = sites_[site];
    return groups.size() == 1 ? groups.front().name : groups.front().name + ".." + groups.back().name;
  }
  [[nodiscard]] std::size_t locals(std::size_t site) const override { return sites_[site].size() * columns_.size(); }
  double site_gradient(std::size_t site, Point x, Point u, PointOut in_shared, PointOut in_local) const override;
  void site_score(std::size_t site, Point x, Point u, PointOut score) const override;
  void output_values(Point x, Rng&, PointOut values) const override;

 private:
  void read_columns(const Table& table, const Division& division);
  void describe(const ModelSettings& settings, const DividedEntry& entry);
  [[nodiscard]] Group group_of(const Table& table, const RowGroup& rows) const;
  [[nodiscard]] double rows_score(const Group& group, Point theta, PointOut score) const;
  [[nodiscard]] Local look(const Group& group, Point x, Point sigma, Point u) const;
  [[nodiscard]] std::vector<double> mode(const Group& group, Point x, Point sigma, Point from) const;
  void add_score(const Group& group, Point x, Point sigma, Point u, PointOut score) const;
  [[nodiscard]] std::vector<double> sigmas(Point x) const;

  Law law_;
  std::string outcome_;
  std::vector<std::string> columns_;  ///< p: "intercept", then names of the table
  std::vector<std::vector<Group>> sites_;
  std::vector<double> prior_mean_, prior_sd_;
  ModelDescription description_;
};

Hierarchical::Hierarchical(const ModelSettings& settings, const DividedEntry& entry, const Table& table,
                           const Division& division)
    : law_(entry.name == normal_entry().name ? settings.real("sd") : 0), outcome_(division.outcome) {
  const auto groups = groups_of(table, division.by);
  read_columns(table, division);
  for (const auto& members : divide(groups, division.sites_max)) {
    auto& site = sites_.emplace_back();
    for (const std::size_t g : members) site.push_back(group_of(table, groups[g]));
  }
  prior_mean_.assign(shared(), 0);
  prior_sd_.assign(columns_.size(), settings.real("mu_sd"));
  prior_sd_.resize(shared(), settings.real("log_sigma_sd"));
  describe(settings, entry);
  // how rows are divided is part of what the model is
  description_.identity += " by=" + division.by + " outcome=" + division.outcome + " sites=" + std::to_string(sites());
  description_.data_sha256 = division.data_sha256;
}

void Hierarchical::read_columns(const Table& table, const Division& division) {
  const TableColumn& y = table.column(outcome_);
  if (!y.numeric) {
    throw ModelError(table.file + ": column \"" + outcome_ +
                     "\" holds texts, but it is the outcome; name another with "
                     "--outcome");
  }
  for (std::size_t row = 0; row < table.rows && law_.is_bernoulli(); ++row) {
    if (y.numbers[row] == 0 || y.numbers[row] == 1) continue;
    throw ModelError(table.file + ":" + std::to_string(row + 2) + ": " + outcome_ + " is " + shortest(y.numbers[row]) +
                     ", and a logistic model explains 0 and 1 only; mend the row, or name another column with "
                     "--outcome");
  }
  columns_.emplace_back("intercept");
  for (const TableColumn& column : table.columns) {
    if (column.name == division.by || column.name == outcome_) continue;
    if (!column.numeric) {
      throw ModelError(table.file + ": column \"" + column.name +
                       "\" holds texts, and slopes need numbers; leave the column out, or code it as numbers");
    }
    columns_.push_back(column.name);
  }
}

Group Hierarchical::group_of(const Table& table, const RowGroup& rows) const {
  Group group{rows.name, rows.rows.size(), {}, {}};
  for (const std::size_t row : rows.rows) {
    group.design.push_back(1);
    for (std::size_t c = 1; c < columns_.size(); ++c) {
      group.design.push_back(table.column(columns_[c]).numbers[row]);
    }
    group.outcome.push_back(table.column(outcome_).numbers[row]);
  }
  return group;
}

void Hierarchical::describe(const ModelSettings& settings, const DividedEntry& entry) {
  description_.name = settings.spec();
  description_.identity = settings.identity();
  description_.summary = entry.summary;
  description_.source = "own, see docs/ep.md";
  description_.parts = true;
  description_.gradient = true;
  for (const std::string& c : columns_) {
    description_.coordinates.push_back({.name = "mu[" + c + "]"});
    description_.output_names.push_back("mu[" + c + "]");
  }
  for (const std::string& c : columns_) {
    description_.coordinates.push_back({.lower = 0, .name = "sigma[" + c + "]"});
    description_.output_names.push_back("sigma[" + c + "]");
  }
  for (const auto& site : sites_) {
    for (const Group& group : site) {
      for (const std::string& c : columns_) {
        description_.coordinates.push_back({.name = "theta[" + group.name + "," + c + "].u"});
        description_.output_names.push_back("theta[" + group.name + "," + c + "]");
      }
    }
  }
  description_.parameter_count = description_.output_names.size();
}

std::vector<double> Hierarchical::sigmas(Point x) const {
  std::vector<double> sigma(x.begin() + static_cast<std::ptrdiff_t>(columns_.size()),
                            x.begin() + static_cast<std::ptrdiff_t>(shared()));
  for (double& s : sigma) s = math::exp(s);
  return sigma;
}

/// log likelihood of the rows, and its gradient in theta.
double Hierarchical::rows_score(const Group& group, Point theta, PointOut score) const {
  const std::size_t p = columns_.size();
  std::fill(score.begin(), score.end(), 0.0);
  double log = 0;
  for (std::size_t i = 0; i < group.rows; ++i) {
    const auto design = std::span(group.design).subspan(i * p, p);
    const RowLaw law = law_.at(group.outcome[i], math::dot(design, theta));
    log += law.log;
    for (std::size_t c = 0; c < p; ++c) score[c] += law.score * design[c];
  }
  return log;
}

double Hierarchical::site_gradient(std::size_t site, Point x, Point u, PointOut in_shared, PointOut in_local) const {
  const std::size_t p = columns_.size();
  const std::vector<double> sigma = sigmas(x);
  std::vector<double> theta(p);
  std::vector<double> score(p);
  std::fill(in_shared.begin(), in_shared.end(), 0.0);
  double log = -0.5 * (math::sum_of_squares(u) + static_cast<double>(u.size()) * kLogTwoPi);
  for (std::size_t g = 0; g < sites_[site].size(); ++g) {
    const Point own = u.subspan(g * p, p);
    for (std::size_t c = 0; c < p; ++c) theta[c] = x[c] + sigma[c] * own[c];
    log += rows_score(sites_[site][g], theta, score);
    for (std::size_t c = 0; c < p; ++c) {
      in_shared[c] += score[c];
      in_shared[p + c] += score[c] * sigma[c] * own[c];
      in_local[g * p + c] = score[c] * sigma[c] - own[c];
    }
  }
  return log;
}

Local Hierarchical::look(const Group& group, Point x, Point sigma, Point u) const {
  const std::size_t p = columns_.size();
  Local local{-0.5 * math::sum_of_squares(u), std::vector<double>(p), std::vector<double>(p * p)};
  std::vector<double> theta(p);
  std::vector<double> scaled(p);
  for (std::size_t c = 0; c < p; ++c) theta[c] = x[c] + sigma[c] * u[c];
  for (std::size_t i = 0; i < group.rows; ++i) {
    const auto design = std::span(group.design).subspan(i * p, p);
    const RowLaw law = law_.at(group.outcome[i], math::dot(design, theta));
    local.log += law.log;
    for (std::size_t c = 0; c < p; ++c) {
      local.score[c] += law.score * design[c];
      scaled[c] = design[c] * sigma[c];
    }
    for (std::size_t c = 0; c < p; ++c) {
      for (std::size_t e = 0; e <= c; ++e) local.curvature[c * p + e] += law.curvature * scaled[c] * scaled[e];
    }
  }
  for (std::size_t c = 0; c < p; ++c) local.curvature[c * (p + 1)] += 1;
  return local;
}

/// The mode of log p(rows, u | x) in u, which is concave with curvature of at least 1: Newton steps, halved while they
/// lead down. A mode that is not quite met costs noise, not truth: any reference point leaves the score unbiased.
std::vector<double> Hierarchical::mode(const Group& group, Point x, Point sigma, Point from) const {
  const std::size_t p = columns_.size();
  std::vector<double> u(from.begin(), from.end());
  Local here = look(group, x, sigma, u);
  for (int newton = 0; newton < kNewtonMax; ++newton) {
    const auto l = math::cholesky(here.curvature, p);
    if (!l) break;
    std::vector<double> move(p);
    for (std::size_t c = 0; c < p; ++c) move[c] = here.score[c] * sigma[c] - u[c];
    math::solve_factored(*l, move);
    const double length = math::sum_of_squares(move);
    if (!(length > kNewtonEnough)) break;
    double share = 1;
    std::vector<double> next(p);
    Local there;
    do {
      for (std::size_t c = 0; c < p; ++c) next[c] = u[c] + share * move[c];
      there = look(group, x, sigma, next);
      share /= 2;
    } while (!(there.log >= here.log) && share > kNewtonEnough);
    if (!(there.log >= here.log)) break;
    u = std::move(next);
    here = std::move(there);
  }
  return u;
}

/// The score with theta held fixed, less its expansion about the mode of u: what is left of it has no noise where u
/// given x is normal, and the same mean everywhere, by Stein's identity. docs/maths/ep.md section 6.
void Hierarchical::add_score(const Group& group, Point x, Point sigma, Point u, PointOut score) const {
  const std::size_t p = columns_.size();
  const std::vector<double> top = mode(group, x, sigma, std::vector<double>(p));  // a function of x alone
  const auto l = math::cholesky(look(group, x, sigma, top).curvature, p);
  DOVETAIL_ENSURE(l.has_value());  // at least the unit matrix
  std::vector<double> pull(p);     // H^{-1} times the gradient in u
  const Local here = look(group, x, sigma, u);
  for (std::size_t c = 0; c < p; ++c) pull[c] = here.score[c] * sigma[c] - u[c];
  math::solve_factored(*l, pull);
  std::vector<double> unit(p);
  for (std::size_t c = 0; c < p; ++c) {
    std::fill(unit.begin(), unit.end(), 0.0);
    unit[c] = 1;
    math::solve_lower(*l, unit);
    const double spread = math::sum_of_squares(unit);  // element c of the diagonal of H^{-1}
    score[c] += (u[c] + pull[c]) / sigma[c];
    score[p + c] += u[c] * u[c] - 1 + 2 * top[c] * pull[c] + (u[c] - top[c]) * pull[c] + spread;
  }
}

void Hierarchical::site_score(std::size_t site, Point x, Point u, PointOut score) const {
  const std::size_t p = columns_.size();
  const std::vector<double> sigma = sigmas(x);
  std::fill(score.begin(), score.end(), 0.0);
  for (std::size_t g = 0; g < sites_[site].size(); ++g) {
    add_score(sites_[site][g], x, sigma, u.subspan(g * p, p), score);
  }
}

void Hierarchical::output_values(Point x, Rng&, PointOut values) const {
  const std::size_t p = columns_.size();
  const std::vector<double> sigma = sigmas(x);
  for (std::size_t c = 0; c < p; ++c) {
    values[c] = x[c];
    values[p + c] = sigma[c];
  }
  for (std::size_t i = 2 * p; i < x.size(); ++i) values[i] = x[i % p] + sigma[i % p] * x[i];
}

constexpr double kFar = 1e6;
constexpr ModelSetting kLogistic[] = {
    {"mu_sd", 4, 1e-6, kFar, false, "prior standard deviation of every mean mu"},
    {"log_sigma_sd", 2, 1e-6, kFar, false, "prior standard deviation of every log sigma"}};
constexpr ModelSetting kNormal[] = {
    {"mu_sd", 4, 1e-6, kFar, false, "prior standard deviation of every mean mu"},
    {"log_sigma_sd", 1, 1e-6, kFar, false, "prior standard deviation of every log sigma"},
    {"sd", 1, 1e-6, kFar, false, "standard deviation of an outcome about its group's line, known"}};

}  // namespace

DividedEntry logistic_entry() {
  return {"hierarchical_logistic", "0 or 1 from numeric columns, intercept and slopes of their own for every group",
          kLogistic};
}
DividedEntry normal_entry() {
  return {"hierarchical_normal", "a number from numeric columns, intercept and slopes of their own for every group",
          kNormal};
}

std::unique_ptr<DividedModel> make_hierarchical(const ModelSettings& settings, const DividedEntry& entry,
                                                const Table& table, const Division& division) {
  return std::make_unique<Hierarchical>(settings, entry, table, division);
}

}  // namespace dovetail::divided
