// A signal of up to K known shapes, each there or not: a posterior over models whose coordinates come and go.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr std::size_t kMaxComponents = 10;
constexpr double kAmplitudeSd = 2;  // normal prior of an amplitude that is there; the noise has sd 1
constexpr std::size_t kSpacing = 4;
constexpr double kWidth = 3;
constexpr double kTrueAmplitude = 1.5;  // of components 1, 3, 5, ...; the others are not in the data

/// Shape c = 1..K at t: bumps 4 apart and 3 wide, so that neighbours explain each other's signal.
double shape(std::size_t c, std::size_t t) {
  const double z = (static_cast<double>(t) - static_cast<double>(kSpacing * c)) / kWidth;
  return math::exp(-0.5 * z * z);
}

/// One subset of components at a temperature: its weight, and the normal law of their amplitudes over 2.
struct Subset {
  double log_weight = 0;  ///< log of (prior of the subset * integral over its amplitudes), without constants
  double factor[kMaxComponents][kMaxComponents]{};  ///< lower Cholesky factor of the precision
  std::array<double, kMaxComponents> centre{};      ///< factor^{-1} * linear term
  std::size_t size = 0;
  std::array<std::size_t, kMaxComponents> member{};  ///< its components, increasing
};

/// x <- factor^{-T} x for the first `size` elements.
void solve_transposed(const Subset& s, std::array<double, kMaxComponents>& x) {
  for (std::size_t j = s.size; j-- > 0;) {
    for (std::size_t l = j + 1; l < s.size; ++l) x[j] -= s.factor[l][j] * x[l];
    x[j] /= s.factor[j][j];
  }
}

/// y_t = sum over active c of a_c h_c(t) + N(0, 1), t = 1..4K+4. The number k of active components is uniform on 0..K,
/// the subset uniform given k, a_c ~ N(0, 2^2) where active. The density is one on (S, a_S): its prior is
/// 1 / (K + 1) / C(K, k) times k normals. An amplitude that is not there is never read; draws put 0 in its place and
/// outputs say NaN. Coordinates: active[1..K] (0 or 1), amplitude[1..K].
class Nested final : public Builtin {
 public:
  explicit Nested(const ModelSettings& settings)
      : Builtin(settings, "which of K shapes are in a signal, and how strong each is",
                "own data, recipe in docs/models.md; figures by summing over the 2^K subsets"),
        components_(settings.count("K")),
        rows_(kSpacing * (components_ + 1)) {
    add_parameters("active", components_, integers(0, 1));
    add_switched_parameters("amplitude", components_, real(), 0, born_normal(0, kAmplitudeSd));
    add_outputs("effect", components_);
    add_output("count");
    for (std::size_t k = 0; k <= components_; ++k) add_output("count_is[" + std::to_string(k) + "]");
    description_.gradient = true;
    description_.exact_draws = true;
    const auto labels = static_cast<double>(components_);
    for (std::size_t k = 0; k <= components_; ++k) {
      const auto size = static_cast<double>(k);
      log_subset_prior_[k] =
          -math::log(labels + 1) + math::lgamma(size + 1) + math::lgamma(labels - size + 1) - math::lgamma(labels + 1);
    }
    simulate();
    add_closed_forms();
  }

  LogDensity log_density(Point x) const override {
    std::size_t k = 0;
    double square = 0;
    for (std::size_t c = 0; c < components_; ++c) {
      if (x[c] != 0 && x[c] != 1) return {-kInfinity, 0};
      if (x[c] == 0) continue;
      ++k;
      square += x[components_ + c] * x[components_ + c];
    }
    std::array<double, kRows> residual;
    fill_residuals(x, residual);
    return {log_subset_prior_[k] - log_slab_ * static_cast<double>(k) - 0.5 / (kAmplitudeSd * kAmplitudeSd) * square,
            log_noise_ - 0.5 * math::sum_of_squares(Point(residual).first(rows_))};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    std::array<double, kRows> residual;
    fill_residuals(x, residual);
    for (std::size_t c = 0; c < components_; ++c) {
      const std::size_t a = components_ + c;
      prior[c] = prior[a] = likelihood[c] = likelihood[a] = 0;
      if (x[c] != 1) continue;
      prior[a] = -x[a] / (kAmplitudeSd * kAmplitudeSd);
      likelihood[a] = math::dot(Point(shapes_[c]).first(rows_), Point(residual).first(rows_));
    }
    return log_density(x);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    auto left = static_cast<std::size_t>(math::draw_integer(rng, 0, static_cast<std::int64_t>(components_)));
    for (std::size_t c = 0; c < components_; ++c) {  // a uniform subset of `left` among the labels to come
      const bool in = rng.uniform() * static_cast<double>(components_ - c) < static_cast<double>(left);
      left -= in ? 1 : 0;
      x[c] = in ? 1 : 0;
      x[components_ + c] = in ? kAmplitudeSd * math::draw_normal(rng) : 0;
    }
  }

  void draw_exact(double beta, Rng& rng, PointOut x) const override {
    const std::size_t subsets = std::size_t{1} << components_;
    std::array<double, std::size_t{1} << kMaxComponents> weight;
    for (std::size_t g = 0; g < subsets; ++g) weight[g] = math::exp(subset(g, beta).log_weight);
    const Subset s = subset(math::draw_categorical(rng, Point(weight).first(subsets)), beta);
    std::array<double, kMaxComponents> z = s.centre;
    for (std::size_t j = 0; j < s.size; ++j) z[j] += math::draw_normal(rng);
    solve_transposed(s, z);
    for (double& value : x) value = 0;
    for (std::size_t j = 0; j < s.size; ++j) {
      x[s.member[j]] = 1;
      x[components_ + s.member[j]] = kAmplitudeSd * z[j];
    }
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    std::size_t k = 0;
    for (std::size_t c = 0; c < components_; ++c) {
      const bool in = x[c] == 1;
      k += in ? 1 : 0;
      values[c] = x[c];
      values[components_ + c] = in ? x[components_ + c] : std::numeric_limits<double>::quiet_NaN();
      values[2 * components_ + c] = in ? x[components_ + c] : 0;
    }
    values[3 * components_] = static_cast<double>(k);
    for (std::size_t i = 0; i <= components_; ++i) values[3 * components_ + 1 + i] = i == k ? 1 : 0;
  }

 private:
  static constexpr std::size_t kRows = kSpacing * (kMaxComponents + 1);

  void fill_residuals(Point x, std::array<double, kRows>& residual) const {
    residual = y_;
    for (std::size_t c = 0; c < components_; ++c) {
      if (x[c] != 1) continue;
      const double amplitude = x[components_ + c];
      for (std::size_t t = 0; t < rows_; ++t) residual[t] -= amplitude * shapes_[c][t];
    }
  }

  void simulate() {
    std::array<double, kRows> noise{};
    Rng rng = data_stream(SimulatedData::nested, components_);
    math::draw_normals(rng, std::span(noise).first(rows_));
    for (std::size_t t = 0; t < rows_; ++t) {
      y_[t] = noise[t];
      for (std::size_t c = 0; c < components_; ++c) {
        shapes_[c][t] = shape(c + 1, t + 1);
        if (c % 2 == 0) y_[t] += kTrueAmplitude * shapes_[c][t];
      }
    }
    for (std::size_t c = 0; c < components_; ++c) {
      linear_[c] = kAmplitudeSd * math::dot(shapes_[c], y_);
      for (std::size_t d = 0; d < components_; ++d) {
        gram_[c][d] = kAmplitudeSd * kAmplitudeSd * math::dot(shapes_[c], shapes_[d]);
      }
    }
    log_noise_ = -0.5 * kLogTwoPi * static_cast<double>(rows_);
  }

  /// Subset `g` (bit c: component c is in) of prior * likelihood^beta: with z = a / 2 ~ N(0, I) the precision is
  /// I + beta G and the linear term beta b.
  [[nodiscard]] Subset subset(std::size_t g, double beta) const {
    Subset s;
    for (std::size_t c = 0; c < components_; ++c) {
      if ((g >> c & 1U) != 0) s.member[s.size++] = c;
    }
    s.log_weight = log_subset_prior_[s.size];
    for (std::size_t j = 0; j < s.size; ++j) {
      for (std::size_t k = 0; k <= j; ++k) {
        double sum = (j == k ? 1 : 0) + beta * gram_[s.member[j]][s.member[k]];
        for (std::size_t l = 0; l < k; ++l) sum -= s.factor[j][l] * s.factor[k][l];
        s.factor[j][k] = j == k ? std::sqrt(sum) : sum / s.factor[k][k];
      }
      double sum = beta * linear_[s.member[j]];
      for (std::size_t l = 0; l < j; ++l) sum -= s.factor[j][l] * s.centre[l];
      s.centre[j] = sum / s.factor[j][j];
      s.log_weight += 0.5 * s.centre[j] * s.centre[j] - math::log(s.factor[j][j]);
    }
    return s;
  }

  void add_closed_forms() {
    std::array<double, kMaxComponents> active{}, mean{}, square{};
    std::array<double, kMaxComponents + 1> count{};
    double total = 0;
    for (std::size_t g = 0; g < std::size_t{1} << components_; ++g) {
      const Subset s = subset(g, 1);
      const double weight = math::exp(s.log_weight);
      total += weight;
      count[s.size] += weight;
      std::array<double, kMaxComponents> centre = s.centre;
      solve_transposed(s, centre);
      for (std::size_t j = 0; j < s.size; ++j) {
        std::array<double, kMaxComponents> unit{};  // factor^{-1} e_j by forward substitution: its square is a variance
        for (std::size_t i = 0; i < s.size; ++i) {
          unit[i] = i == j ? 1 : 0;
          for (std::size_t l = 0; l < i; ++l) unit[i] -= s.factor[i][l] * unit[l];
          unit[i] /= s.factor[i][i];
        }
        const double variance = math::sum_of_squares(unit);
        active[s.member[j]] += weight;
        mean[s.member[j]] += weight * kAmplitudeSd * centre[j];
        square[s.member[j]] += weight * kAmplitudeSd * kAmplitudeSd * (variance + centre[j] * centre[j]);
      }
    }
    const auto add = [&](const std::string& name, double first, double second) {
      add_closed("mean(" + name + ")", first);
      add_closed("sd(" + name + ")", std::sqrt(std::max(0.0, second - first * first)));
    };
    add_closed("log_evidence", math::log(total) + log_noise_ - 0.5 * math::sum_of_squares(y_));
    for (std::size_t c = 0; c < components_; ++c) {
      const std::string index = "[" + std::to_string(c + 1) + "]";
      add("active" + index, active[c] / total, active[c] / total);
      add("amplitude" + index, mean[c] / active[c], square[c] / active[c]);  // over the draws where it is there
      add("effect" + index, mean[c] / total, square[c] / total);
    }
    double first = 0, second = 0;
    for (std::size_t k = 0; k <= components_; ++k) {
      const double p = count[k] / total;
      const auto size = static_cast<double>(k);
      add("count_is[" + std::to_string(k) + "]", p, p);
      first += size * p;
      second += size * size * p;
    }
    add("count", first, second);
  }

  std::size_t components_;
  std::size_t rows_;
  std::array<double, kRows> y_{};
  std::array<std::array<double, kRows>, kMaxComponents> shapes_{};
  double gram_[kMaxComponents][kMaxComponents]{};  // of the shapes, times 2^2
  std::array<double, kMaxComponents> linear_{};    // shapes times data, times 2
  std::array<double, kMaxComponents + 1> log_subset_prior_{};
  double log_slab_ = 0.5 * kLogTwoPi + math::log(kAmplitudeSd);
  double log_noise_ = 0;
};

constexpr ModelSetting kSettings[] = {{"K", 3, 1, kMaxComponents, true, "components that may be there"}};

}  // namespace

ModelEntry nested_entry() {
  return {"nested", "which of K shapes are in a signal; coordinates come and go, every figure in closed form",
          kSettings, make<Nested>};
}

}  // namespace dovetail::builtin
