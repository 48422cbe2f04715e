// Disasters in British coal mines year by year, and how often their rate changed: a count of change points, each with
// the year in which it came and the rate from then on.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

// Explosions with ten or more dead, 1851 to 1962, 191 in all: Jarrett (1979), Biometrika 66, as the dates of R's
// boot::coal give them (other printings move one of 1942 to 1941).
constexpr std::array<int, 112> kDisasters = {
    4, 5, 4, 1, 0, 4, 3, 4, 0, 6, 3, 3, 4, 0, 2, 6, 3, 3, 5, 4, 5, 3, 1, 4, 4, 1, 5, 5, 3, 4, 2, 5, 2, 2, 3, 4, 2, 1,
    3, 2, 2, 1, 1, 1, 1, 3, 0, 0, 1, 0, 1, 1, 0, 0, 3, 1, 0, 3, 2, 2, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 2, 1, 0, 0, 0,
    1, 1, 0, 2, 3, 3, 1, 1, 2, 1, 1, 1, 1, 2, 3, 3, 0, 0, 0, 1, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1};
constexpr std::size_t kYears = kDisasters.size();
constexpr double kFirstYear = 1851;
constexpr double kPlaces = kYears - 1;  // a change may come with any year but the first
constexpr std::size_t kMaxChanges = 10;
// Prior of every rate: gamma, mean 2 a year.
constexpr double kShape = 2;
constexpr double kRate = 1;
constexpr std::array<std::size_t, 6> kShown = {1855, 1875, 1895, 1915, 1935, 1955};

/// Coordinates: the count of changes, the logarithm of the first rate, then for each change its year and the logarithm
/// of the rate from that year on. Changes have no order: labels may be exchanged.
class Coal final : public Builtin {
 public:
  explicit Coal(const ModelSettings& settings)
      : Builtin(
            settings, "how often the rate of disasters in coal mines changed, 1851 to 1962",
            "data: Jarrett (1979), Biometrika 66; after Green (1995), Biometrika 82, with years as a grid; figures by "
            "summing over all sets of years"),
        most_(settings.count("K")) {
    add_parameter("changes", integers(0, static_cast<double>(most_)));
    add_parameter("rate", positive());
    add_counted_parameters("year", most_, integers(kFirstYear + 1, kFirstYear + kPlaces), 0, born_uniform());
    // wide as the prior: the mean and sd of its gamma law
    add_counted_parameters("new_rate", most_, positive(), 0, born_lognormal(kShape / kRate, std::sqrt(kShape) / kRate));
    for (const std::size_t year : kShown) add_output("rate_in[" + std::to_string(year) + "]");
    description_.gradient = true;
    double total = 0;
    for (std::size_t k = 0; k <= most_; ++k) total += math::exp(-math::lgamma(static_cast<double>(k) + 1));
    for (std::size_t k = 0; k <= most_; ++k) {
      count_prior_[k] = math::exp(-math::lgamma(static_cast<double>(k) + 1)) / total;
    }
    log_gamma_constant_ = kShape * math::log(kRate) - math::lgamma(kShape);
    for (std::size_t t = 0; t < kYears; ++t) {
      upto_[t + 1] = upto_[t] + kDisasters[t];
      log_factorials_ += math::lgamma(kDisasters[t] + 1.0);
    }
    add_closed_forms();
  }

  LogDensity log_density(Point x) const override {
    const Pieces pieces = pieces_at(x);
    if (!pieces.good) return {-kInfinity, 0};
    double prior = math::log(count_prior_[pieces.changes]);  // then one of 111 * 110 * ... tuples of different years
    for (std::size_t c = 0; c < pieces.changes; ++c) prior -= math::log(kPlaces - static_cast<double>(c));
    double likelihood = -log_factorials_;
    for (std::size_t p = 0; p <= pieces.changes; ++p) {
      const double u = x[pieces.at[p]];
      const double rate = math::exp(u);
      prior += log_gamma_constant_ + kShape * u - kRate * rate;
      likelihood += pieces.events(p) * u - pieces.length(p) * rate;
    }
    return {prior, likelihood};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    std::fill(prior.begin(), prior.end(), 0);
    std::fill(likelihood.begin(), likelihood.end(), 0);
    const Pieces pieces = pieces_at(x);
    for (std::size_t p = 0; pieces.good && p <= pieces.changes; ++p) {
      const double rate = math::exp(x[pieces.at[p]]);
      prior[pieces.at[p]] = kShape - kRate * rate;
      likelihood[pieces.at[p]] = pieces.events(p) - pieces.length(p) * rate;
    }
    return log_density(x);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    const auto draw_rate = [&] { return math::log(math::draw_gamma(rng, kShape) / kRate); };
    const std::size_t k = math::draw_categorical(rng, Point(count_prior_).first(most_ + 1));
    x[0] = static_cast<double>(k);
    x[1] = draw_rate();
    for (std::size_t c = 0; c < most_; ++c) {
      x[year(c)] = c < k ? draw_year(rng, x.subspan(2, c)) : absent_value(description_.coordinates[year(c)]);
      x[rate(c)] = c < k ? draw_rate() : 0;
    }
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    const auto k = static_cast<std::size_t>(x[0]);
    values[0] = x[0];
    values[1] = math::exp(x[1]);
    for (std::size_t c = 0; c < most_; ++c) {
      values[year(c)] = c < k ? x[year(c)] : std::numeric_limits<double>::quiet_NaN();
      values[rate(c)] = c < k ? math::exp(x[rate(c)]) : std::numeric_limits<double>::quiet_NaN();
    }
    const Pieces pieces = pieces_at(x);
    std::size_t at = 2 + 2 * most_;
    for (const std::size_t year : kShown) {
      std::size_t p = 0;
      while (p < pieces.changes && pieces.start[p + 1] <= year - static_cast<std::size_t>(kFirstYear)) ++p;
      values[at++] = math::exp(x[pieces.at[p]]);
    }
  }

 private:
  /// The stretches of years with one rate each, in order of time.
  struct Pieces {
    const std::array<double, kYears + 1>& upto;
    bool good = true;  ///< the count is one, and the years are years and differ
    std::size_t changes = 0;
    std::array<std::size_t, kMaxChanges + 2> start{};  ///< years since the first; `changes` + 2 of them
    std::array<std::size_t, kMaxChanges + 1> at{};     ///< coordinate of each one's rate
    [[nodiscard]] double events(std::size_t p) const { return upto[start[p + 1]] - upto[start[p]]; }
    [[nodiscard]] double length(std::size_t p) const { return static_cast<double>(start[p + 1] - start[p]); }
  };

  [[nodiscard]] static std::size_t year(std::size_t c) { return 2 + c; }
  [[nodiscard]] std::size_t rate(std::size_t c) const { return 2 + most_ + c; }

  [[nodiscard]] Pieces pieces_at(Point x) const {
    Pieces pieces{upto_};
    if (!(x[0] >= 0 && x[0] <= static_cast<double>(most_) && x[0] == std::floor(x[0]))) {
      pieces.good = false;
      return pieces;
    }
    pieces.changes = static_cast<std::size_t>(x[0]);
    pieces.at[0] = 1;
    for (std::size_t c = 0; c < pieces.changes; ++c) {
      const double since = x[year(c)] - kFirstYear;
      if (!(since >= 1 && since <= kPlaces && since == std::floor(since))) {
        pieces.good = false;
        return pieces;
      }
      std::size_t place = c + 1;  // by insertion: there are few
      for (; pieces.start[place - 1] > static_cast<std::size_t>(since); --place) {
        pieces.start[place] = pieces.start[place - 1];
        pieces.at[place] = pieces.at[place - 1];
      }
      pieces.good = pieces.good && pieces.start[place - 1] != static_cast<std::size_t>(since);
      pieces.start[place] = static_cast<std::size_t>(since);
      pieces.at[place] = rate(c);
    }
    pieces.start[pieces.changes + 1] = kYears;
    return pieces;
  }

  /// Uniform among those that are not `taken`.
  static double draw_year(Rng& rng, Point taken) {
    for (;;) {
      const double drawn =
          kFirstYear + static_cast<double>(math::draw_integer(rng, 1, static_cast<std::int64_t>(kPlaces)));
      if (std::find(taken.begin(), taken.end(), drawn) == taken.end()) return drawn;
    }
  }

  /// Evidence of years s..t-1 having one rate, without the factorials of the counts.
  [[nodiscard]] double piece(std::size_t s, std::size_t t) const {
    const double shape = kShape + upto_[t] - upto_[s];
    return math::exp(log_gamma_constant_ + math::lgamma(shape) - shape * math::log(kRate + static_cast<double>(t - s)));
  }

  /// Sums over all sets of k years by recursion over the last piece (Fearnhead 2006, Statistics and Computing 16).
  void add_closed_forms() {
    using Row = std::array<double, kYears + 1>;
    std::vector<Row> pieces(kYears + 1), before(most_ + 1), after(most_ + 1);
    for (std::size_t s = 0; s < kYears; ++s) {
      for (std::size_t t = s + 1; t <= kYears; ++t) pieces[s][t] = piece(s, t);
    }
    for (std::size_t j = 0; j <= most_; ++j) {  // j changes among the first t years; among those from t on
      for (std::size_t t = 1; t <= kYears; ++t) {
        before[j][t] = j == 0 ? pieces[0][t] : 0;
        for (std::size_t s = 1; j > 0 && s < t; ++s) before[j][t] += before[j - 1][s] * pieces[s][t];
      }
      for (std::size_t t = 0; t < kYears; ++t) {
        after[j][t] = j == 0 ? pieces[t][kYears] : 0;
        for (std::size_t s = t + 1; j > 0 && s < kYears; ++s) after[j][t] += pieces[t][s] * after[j - 1][s];
      }
    }
    std::array<double, kMaxChanges + 1> weight{};  // of one set of k years, times its evidence
    double total = 0, first = 0, second = 0, sets = 1;
    for (std::size_t k = 0; k <= most_; ++k) {
      const auto size = static_cast<double>(k);
      if (k > 0) sets *= (kPlaces + 1 - size) / size;
      weight[k] = count_prior_[k] / sets;
      const double evidence = weight[k] * before[k][kYears];
      total += evidence;
      first += size * evidence;
      second += size * size * evidence;
    }
    const auto add = [&](const std::string& name, double mean, double square) {
      add_closed("mean(" + name + ")", mean);
      add_closed("sd(" + name + ")", std::sqrt(std::max(0.0, square - mean * mean)));
    };
    add_closed("log_evidence", math::log(total) - log_factorials_);
    add("changes", first / total, second / total);
    for (const std::size_t year : kShown) {
      const std::size_t t = year - static_cast<std::size_t>(kFirstYear);
      double mean = 0, square = 0;
      for (std::size_t s = 0; s <= t; ++s) {
        for (std::size_t e = t + 1; e <= kYears; ++e) {
          const double share = weight_of_piece(s, e, weight, before, after) * pieces[s][e] / total;
          const double shape = kShape + upto_[e] - upto_[s];
          const double rate = kRate + static_cast<double>(e - s);
          mean += share * shape / rate;
          square += share * shape * (shape + 1) / (rate * rate);
        }
      }
      add("rate_in[" + std::to_string(year) + "]", mean, square);
    }
    for (std::size_t k = 0; k <= most_; ++k) {
      add_closed("P(changes=" + std::to_string(k) + ")", weight[k] * before[k][kYears] / total);
    }
  }

  /// Of all that may lie before year s and from year e on.
  template <class Rows>
  [[nodiscard]] double weight_of_piece(std::size_t s, std::size_t e, const std::array<double, kMaxChanges + 1>& weight,
                                       const Rows& before, const Rows& after) const {
    double sum = 0;
    for (std::size_t k = 0; k <= most_; ++k) {
      const std::size_t ends = (s > 0 ? 1 : 0) + (e < kYears ? 1 : 0);
      if (k < ends) continue;
      for (std::size_t i = 0; i <= k - ends; ++i) {
        if ((s == 0 && i > 0) || (e == kYears && i < k - ends)) continue;
        sum += weight[k] * (s == 0 ? 1 : before[i][s]) * (e == kYears ? 1 : after[k - ends - i][e]);
      }
    }
    return sum;
  }

  std::size_t most_;
  std::array<double, kMaxChanges + 1> count_prior_{};  ///< Poisson, mean 1, cut off at `most_`
  std::array<double, kYears + 1> upto_{};              ///< disasters before year t
  double log_factorials_ = 0;
  double log_gamma_constant_ = 0;
};

constexpr ModelSetting kSettings[] = {{"K", 6, 1, kMaxChanges, true, "most changes of the rate"}};

}  // namespace

ModelEntry coal_entry() {
  return {"coal", "how often the rate of coal-mine disasters changed; a count of change points, figures in closed form",
          kSettings, make<Coal>};
}

}  // namespace dovetail::builtin
