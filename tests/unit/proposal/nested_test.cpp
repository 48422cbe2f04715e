// Births and deaths by enumeration: what is proposed, its Hastings term, detailed balance and the transition matrix;
// birth laws against their densities; prior recovery.
#include "dovetail/kernel/proposal/nested.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <functional>
#include <map>

#include "chain.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/goodness_of_fit.hpp"

namespace dovetail::test {
namespace {

using State = std::vector<double>;

/// `c`, there while coordinate `by` is at least `from`.
Coordinate coming(Coordinate c, std::size_t by, double from, BirthLaw birth = {}) {
  c.presence = Presence{by, from, birth};
  return c;
}
Coordinate switching(const std::string& name, double lower, double upper) {
  Coordinate c = integer(name, lower, upper);
  c.switches = true;
  return c;
}

double choose(double n, double m) {
  return std::round(std::exp(std::lgamma(n + 1) - std::lgamma(m + 1) - std::lgamma(n - m + 1)));
}
/// How many moves there are from size k in 0..most: to other sizes within `jump`, and perhaps an exchange.
double moves(double k, double most, double jump, bool exchange) {
  return std::min(k, jump) + std::min(most - k, jump) + (exchange ? 1 : 0);
}

/// A finite space with the probabilities of every proposal, by the definition.
struct Enumerated {
  std::vector<Coordinate> coordinates;
  ProposalSpec table;
  std::vector<State> states;
  std::function<double(const State&, const State&)> q;

  [[nodiscard]] std::size_t index(const State& x) const {
    return static_cast<std::size_t>(std::find(states.begin(), states.end(), x) - states.begin());
  }
};

/// All values of all coordinates, where what is not there holds 0.
std::vector<State> all_states(const std::vector<Coordinate>& coordinates) {
  std::vector<State> states{State(coordinates.size())};
  for (std::size_t i = 0; i < coordinates.size(); ++i) {  // switches come first
    std::vector<State> longer;
    for (const State& x : states) {
      if (!is_there(coordinates[i], x)) {
        longer.push_back(x);
        continue;
      }
      for (double v = coordinates[i].lower; v <= coordinates[i].upper; ++v) {
        longer.push_back(x);
        longer.back()[i] = v;
      }
    }
    states = std::move(longer);
  }
  return states;
}

/// Four components with switches of their own, whose values have 1, 2, 3 and 2 possibilities.
Enumerated switched(double jump) {
  Enumerated space;
  const std::vector<double> values{1, 2, 3, 2};
  for (std::size_t c = 0; c < 4; ++c) space.coordinates.push_back(switching("on[" + std::to_string(c + 1) + "]", 0, 1));
  for (std::size_t c = 0; c < 4; ++c) {
    space.coordinates.push_back(coming(integer("v[" + std::to_string(c + 1) + "]", 0, values[c] - 1), c, 1));
  }
  space.table = spec("nested", {"on"}, {{"jump", {jump}}});
  space.states = all_states(space.coordinates);
  space.q = [values, jump](const State& x, const State& y) {
    double k = 0, births = 0, deaths = 0, born = 1;
    for (std::size_t c = 0; c < 4; ++c) {
      k += x[c];
      births += y[c] > x[c] ? 1 : 0;
      deaths += y[c] < x[c] ? 1 : 0;
      if (x[c] == 1 && y[c] == 1 && x[4 + c] != y[4 + c]) return 0.0;
      if (y[c] > x[c]) born /= values[c];
    }
    const bool exchange = births == 1 && deaths == 1;
    const bool resize = births + deaths > 0 && births * deaths == 0 && births + deaths <= jump;
    if (!exchange && !resize) return 0.0;
    return born / moves(k, 4, jump, k > 0 && k < 4) / choose(4 - k, births) / choose(k, deaths);
  };
  return space;
}

/// x without (the first values of) component `place`, or with one of value v there; x[0] counts.
State without(State x, std::size_t place) {
  const auto k = static_cast<std::size_t>(x[0]);
  for (std::size_t c = place; c + 1 < k; ++c) x[1 + c] = x[2 + c];
  x[k] = 0;
  --x[0];
  return x;
}
State with(State x, std::size_t place, double v) {
  const auto k = static_cast<std::size_t>(x[0]);
  for (std::size_t c = k; c > place; --c) x[1 + c] = x[c];
  x[1 + place] = v;
  ++x[0];
  return x;
}
/// Probabilities of where x leads after m births (m < 0: deaths) at any place, of two values each.
std::map<State, double> anywhere(const State& x, int m) {
  std::map<State, double> law{{x, 1.0}};
  for (; m != 0; m += m > 0 ? -1 : 1) {
    std::map<State, double> next;
    for (const auto& [at, p] : law) {
      const auto k = static_cast<std::size_t>(at[0]);
      for (std::size_t place = 0; place < (m > 0 ? k + 1 : k); ++place) {
        if (m < 0) next[without(at, place)] += p / static_cast<double>(k);
        for (const double v : {0.0, 1.0}) {
          if (m > 0) next[with(at, place, v)] += p / static_cast<double>(k + 1) / 2;
        }
      }
    }
    law = std::move(next);
  }
  return law;
}

/// Up to three alike components of two values, of which any may die.
Enumerated counted(double jump) {
  Enumerated space;
  space.coordinates.push_back(switching("k", 0, 3));
  for (int c = 1; c <= 3; ++c) space.coordinates.push_back(coming(integer("v[" + std::to_string(c) + "]", 0, 1), 0, c));
  space.table = spec("nested", {"k"}, {{"jump", {jump}}});
  space.states = all_states(space.coordinates);
  space.q = [jump](const State& x, const State& y) {
    const double change = y[0] - x[0];
    if (std::fabs(change) > jump || (change == 0 && x[0] == 0)) return 0.0;
    double led = 0;
    if (change != 0) led = anywhere(x, static_cast<int>(change))[y];
    for (const auto& [less, p] : anywhere(x, change == 0 ? -1 : 0)) led += change == 0 ? p * anywhere(less, 1)[y] : 0;
    return led / moves(x[0], 3, jump, x[0] > 0);
  };
  return space;
}

/// Components that differ, and that come with the values 2, 3 and 5 of a count 1..5.
Enumerated counted_at_the_end(double jump) {
  Enumerated space;
  space.coordinates = {switching("k", 1, 5), coming(integer("a", 0, 1), 0, 2), coming(integer("b", 0, 2), 0, 3),
                       coming(integer("c", 0, 1), 0, 3), coming(integer("d", 0, 3), 0, 5)};
  space.table = spec("nested", {"k"}, {{"jump", {jump}}});
  space.states = all_states(space.coordinates);
  space.q = [jump, coordinates = space.coordinates](const State& x, const State& y) {
    if (std::fabs(y[0] - x[0]) > jump || (y[0] == x[0] && x[0] == 1)) return 0.0;
    double q = 1 / moves(x[0] - 1, 4, jump, x[0] > 1);
    const double last = x[0] >= 5 ? 5 : x[0] >= 3 ? 3 : 2;  // of those that are there, the one that is exchanged
    for (std::size_t i = 1; i < x.size(); ++i) {
      const bool before = is_there(coordinates[i], x);
      const bool after = is_there(coordinates[i], y);
      const bool exchanged = y[0] == x[0] && before && coordinates[i].presence->from == last;
      if (before && after && x[i] != y[i] && !exchanged) return 0.0;
      if ((after && !before) || exchanged) q /= coordinates[i].upper + 1;
    }
    return q;
  };
  return space;
}

std::vector<Enumerated> spaces() {
  std::vector<Enumerated> all;
  for (const double jump : {1, 2, 7}) {
    all.push_back(switched(jump));
    all.push_back(counted(jump));
    all.push_back(counted_at_the_end(jump));
  }
  return all;
}

TEST(Nested, ProposalsFollowTheirEnumeratedLaw) {
  constexpr std::int64_t kDraws = 20000;
  const auto all = spaces();
  std::size_t checks = 0;
  for (const Enumerated& space : all) checks += space.states.size();
  for (const Enumerated& space : all) {
    Jumps jumps(space.table, space.coordinates);
    State to;
    for (const State& x : space.states) {
      std::vector<std::int64_t> counts(space.states.size());
      std::vector<double> q;
      for (const State& y : space.states) q.push_back(space.q(x, y));
      for (std::int64_t draw = 0; draw < kDraws; ++draw) {
        jumps.from(x, to);
        ASSERT_LT(space.index(to), space.states.size());
        ++counts[space.index(to)];
      }
      const auto only = std::find(q.begin(), q.end(), 1.0);
      if (only != q.end()) {
        EXPECT_EQ(counts[static_cast<std::size_t>(only - q.begin())], kDraws);
      } else {
        expect_frequencies(counts, q, kAlpha / static_cast<double>(checks));
      }
    }
  }
}

/// h of every proposal that can be made, found by drawing until each has been.
std::map<std::pair<std::size_t, std::size_t>, double> hastings_terms(const Enumerated& space) {
  std::map<std::pair<std::size_t, std::size_t>, double> h;
  Jumps jumps(space.table, space.coordinates);
  State to;
  for (std::size_t i = 0; i < space.states.size(); ++i) {
    std::size_t missing = 0;
    for (const State& y : space.states) missing += space.q(space.states[i], y) > 0 ? 1 : 0;
    for (int draw = 0; draw < 100000 && missing > 0; ++draw) {
      const double found = jumps.from(space.states[i], to);
      missing -= h.emplace(std::pair(i, space.index(to)), found).second ? 1 : 0;
    }
    EXPECT_EQ(missing, 0U);
  }
  return h;
}

TEST(Nested, HastingsTermsAreThoseOfTheEnumeratedLaw) {
  for (const Enumerated& space : spaces()) {
    for (const auto& [pair, h] : hastings_terms(space)) {
      const State& x = space.states[pair.first];
      const State& y = space.states[pair.second];
      EXPECT_NEAR(h, std::log(space.q(y, x) / space.q(x, y)), 1e-12);
    }
  }
}

// P(x, y) = q(y|x) min(1, r), r = pi_y/pi_x exp(h): in detailed balance with an uneven pi, which it leaves as it was.
TEST(Nested, TheTransitionMatrixIsInDetailedBalance) {
  for (const Enumerated& space : spaces()) {
    const std::size_t n = space.states.size();
    std::vector<double> pi;
    double total = 0;
    for (std::size_t i = 0; i < n; ++i) total += pi.emplace_back(1 + 0.9 * std::sin(3.7 * static_cast<double>(i)));
    std::vector<double> flow(n * n);
    for (const auto& [pair, h] : hastings_terms(space)) {
      const auto [i, j] = pair;
      const double ratio = pi[j] / pi[i] * std::exp(h);
      flow[i * n + j] = pi[i] / total * space.q(space.states[i], space.states[j]) * std::min(1.0, ratio);
    }
    for (std::size_t i = 0; i < n; ++i) {
      double in = 0, out = 0;
      for (std::size_t j = 0; j < n; ++j) {
        EXPECT_NEAR(flow[i * n + j], flow[j * n + i], 1e-15);
        in += flow[j * n + i];
        out += flow[i * n + j];
      }
      EXPECT_NEAR(in, out, 1e-14);
    }
  }
}

/// p(k) = 1/4 on 0..3 labelled components with normal values, and its exact draws. Births have another law.
struct UniformCount {
  std::vector<Coordinate> coordinates;
  BirthLaw birth{BirthKind::normal, 0.6, 1.5};
  UniformCount() {
    for (int c = 1; c <= 3; ++c) coordinates.push_back(switching("on[" + std::to_string(c) + "]", 0, 1));
    for (std::size_t c = 0; c < 3; ++c) {
      coordinates.push_back(coming(real("a[" + std::to_string(c + 1) + "]"), c, 1, birth));
    }
  }
  static double log_prior(Point x) {
    double k = 0, sum = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      if (x[c] == 0) continue;
      ++k;
      sum -= 0.5 * x[3 + c] * x[3 + c] / 4 + std::log(2) + 0.91893853320467274178;
    }
    return sum - std::log(4 * choose(3, k));
  }
  static State draw(Rng& rng) {
    State x(6);
    auto left = math::draw_integer(rng, 0, 3);
    for (std::size_t c = 0; c < 3; ++c) {
      if (rng.uniform() * static_cast<double>(3 - c) >= static_cast<double>(left)) continue;
      --left;
      x[c] = 1;
      x[3 + c] = 2 * math::draw_normal(rng);
    }
    return x;
  }
};

// EPSIE moves k by the bounded integer proposal of its defect J, so that a prior uniform on k = 0..3 comes back as
// 0.328, 0.172, 0.172, 0.328.
TEST(Nested, EpsieDefectJ_APriorUniformOnTheCountComesBack) {
  constexpr std::uint32_t kStarts = 100000;
  const UniformCount prior;
  const SimplePath path(prior.coordinates, UniformCount::log_prior);
  for (const double jump : {1, 3}) {
    Chain chain(path, {spec("nested", {"on"}, {{"jump", {jump}}, {"repeat", {1}}})}, State(6));
    std::vector<std::int64_t> counts(4);
    std::vector<std::int64_t> moved(4);
    for (std::uint32_t start = 0; start < kStarts; ++start) {
      Rng rng({chain.seed, Purpose::initial_point, ItemId(start), Step(0)});
      chain.place(UniformCount::draw(rng));
      const double before = chain.state.x[0] + chain.state.x[1] + chain.state.x[2];
      for (int t = 0; t < 3; ++t) chain.step();
      const auto k = static_cast<std::size_t>(chain.state.x[0] + chain.state.x[1] + chain.state.x[2]);
      ++counts[k];
      if (static_cast<double>(k) != before) ++moved[k];
    }
    expect_frequencies(counts, std::vector<double>(4, 0.25), kAlpha / 2);
    for (const std::int64_t count : moved) EXPECT_GT(count, 1000);
  }
}

// The same from one start, that every count is reached: shares of 40 stretches of a chain and their spread.
TEST(Nested, AChainFromNothingFindsTheUniformCount) {
  constexpr int kStretches = 40;
  constexpr int kSteps = 5000;
  const UniformCount prior;
  const SimplePath path(prior.coordinates, UniformCount::log_prior);
  Chain chain(path, {}, State(6));  // births, deaths and jumps of what is there
  std::vector<std::vector<double>> shares(4, std::vector<double>(kStretches));
  for (int t = 0; t < kSteps; ++t) chain.adapting_step();
  for (int s = 0; s < kStretches; ++s) {
    for (int t = 0; t < kSteps; ++t) {
      chain.step();
      shares[static_cast<std::size_t>(chain.state.x[0] + chain.state.x[1] + chain.state.x[2])]
            [static_cast<std::size_t>(s)] += 1.0 / kSteps;
    }
  }
  for (const auto& share : shares) {
    double mean = 0, square = 0;
    for (const double p : share) mean += p / kStretches;
    for (const double p : share) square += (p - mean) * (p - mean);
    const double error = std::sqrt(square / (kStretches - 1) / kStretches);
    // |t| of 39 degrees of freedom exceeds 6.2 with probability below 1e-6 / 4
    EXPECT_LT(std::fabs(mean - 0.25), 6.2 * error);
    EXPECT_LT(error, 0.01);
  }
}

struct Law {
  const char* name;
  Coordinate coordinate;
  BirthLaw birth;
};
std::vector<Law> birth_laws() {
  const auto normal = [](double mean, double sd) { return BirthLaw{BirthKind::normal, mean, sd}; };
  return {{"Uniform", real("x", -1, 4), {}},
          {"Circle", cyclic("x", 2, 5), {}},
          {"Normal", real("x"), normal(3, 0.5)},
          {"NormalAbove", real("x", 1), normal(1.5, 2)},
          {"NormalBelow", real("x", -kInfinity, 1), normal(1, 0.7)},
          {"NormalBetween", real("x", 0, 1), normal(0.9, 0.3)},
          {"LogNormal", real("x", 2), {BirthKind::lognormal, 5, 4}}};
}
class BirthLaws : public ::testing::TestWithParam<Law> {};
INSTANTIATE_TEST_SUITE_P(Nested, BirthLaws, ::testing::ValuesIn(birth_laws()),
                         [](const auto& law) { return law.param.name; });

// Of the coordinate, on a grid: integrals of the density between its points are the distribution function.
TEST_P(BirthLaws, DrawsFollowTheDensity) {
  const Birth birth(GetParam().coordinate, GetParam().birth);
  std::vector<double> draws;
  for (std::uint32_t n = 0; n < 20000; ++n) {
    Rng rng({seed_from_name(), Purpose::test, ItemId(n), Step(0)});
    draws.push_back(birth.draw(rng));
  }
  const auto [least, most] = std::minmax_element(draws.begin(), draws.end());
  const bool circle = GetParam().coordinate.kind == CoordinateKind::cyclic;
  const double low = circle ? GetParam().coordinate.lower : *least - 30;
  const double high = circle ? GetParam().coordinate.upper : *most + 30;
  const auto density = [&](double u) { return std::exp(birth.log_density(u)); };
  constexpr int kCells = 4000;
  std::vector<double> below{0};
  for (int cell = 0; cell < kCells; ++cell) {
    const double a = low + (high - low) * cell / kCells;
    const double b = low + (high - low) * (cell + 1) / kCells;
    below.push_back(below.back() + boost::math::quadrature::gauss_kronrod<double, 15>::integrate(density, a, b, 0));
  }
  EXPECT_NEAR(below.back(), 1, 1e-6);
  expect_law(draws, [&](double u) {
    const double place = (u - low) / (high - low) * kCells;
    const auto cell = std::min<std::size_t>(static_cast<std::size_t>(place), kCells - 1);
    const double within = place - static_cast<double>(cell);
    return std::min(1.0, below[cell] + within * (below[cell + 1] - below[cell]));
  });
}

// The value of a lognormal birth has the mean and sd that are asked for.
TEST(Births, LogNormalMomentsAreThoseOfTheValue) {
  const Birth birth(real("x", 2), {BirthKind::lognormal, 5, 4});
  constexpr int kDraws = 400000;
  double sum = 0, square = 0, fourth = 0;
  for (std::uint32_t n = 0; n < kDraws; ++n) {
    Rng rng({seed_from_name(), Purpose::test, ItemId(n), Step(0)});
    const double d = 2 + std::exp(birth.draw(rng)) - 5;
    sum += d;
    square += d * d;
    fourth += d * d * d * d;
  }
  const double variance = square / kDraws;
  EXPECT_LT(std::fabs(sum / kDraws), 5 * 4 / std::sqrt(kDraws));
  EXPECT_LT(std::fabs(variance - 16), 6 * std::sqrt((fourth / kDraws - variance * variance) / kDraws));
}

// ---- tables

const std::vector<Coordinate> kSignals = [] {
  std::vector<Coordinate> all{real("level"), switching("count", 0, 2), switching("on[1]", 0, 1),
                              switching("on[2]", 0, 1)};
  for (int c = 1; c <= 2; ++c) {
    const std::string index = "[" + std::to_string(c) + "]";
    all.push_back(coming(real("a" + index), 1, c, {BirthKind::normal, 0, 1}));
    all.push_back(coming(real("f" + index, 0, 10), 1, c));
  }
  all.push_back(coming(real("b[1]"), 2, 1));
  all.push_back(coming(real("b[2]"), 3, 1, {BirthKind::normal, 0, 1}));
  return all;
}();
const std::map<std::string, BirthLaw> kOfB{{"b[1]", {BirthKind::normal, 0, 1}}};

ProposalSpec with_births(ProposalSpec s, std::map<std::string, BirthLaw> births) {
  s.births = std::move(births);
  return s;
}

std::string refusal(const std::vector<ProposalSpec>& tables, const MovedElsewhere& elsewhere) {
  try {
    (void)make_proposals(tables, kSignals, 1000, elsewhere);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(NestedTables, SayWhatIsWrong) {
  const MovedElsewhere all{true, true, true};
  const ProposalSpec on = with_births(spec("nested", {"on"}), kOfB);
  const std::vector<std::pair<ProposalSpec, std::vector<std::string>>> refused{
      {spec("nested", {"level"}), {"\"level\" is real", "integer"}},
      {spec("nested", {"on"}), {"\"b[1]\" cannot be born", "two bounds", "birth.NAME"}},
      {with_births(spec("nested", {"on"}), {{"b[1]", {BirthKind::lognormal, 1, 1}}}), {"lognormal", "lower bound"}},
      {with_births(spec("nested", {"on"}), {{"b[1]", {BirthKind::normal, 0, 0}}}), {"sd > 0"}},
      {with_births(spec("nested", {"count"}), {{"f", {BirthKind::normal, 11, 1}}}), {"\"f[1]\"", "beyond its bounds"}},
      {with_births(spec("nested", {"count"}), {{"b[1]", {BirthKind::normal, 0, 1}}}), {"\"b[1]\"", "no switch"}},
      {with_births(spec("nested", {"on"}), {{"bb", {}}}), {"unknown parameter \"bb\""}},
      {with_births(spec("nested", {"count", "on"}), kOfB), {"\"count\"", "table of its own"}},
      {spec("nested", {"count"}, {{"group", {1}}}), {"group is given", "alone"}},
      {spec("nested", {"count"}, {{"jump", {0.5}}}), {"jump is no whole number"}},
      {spec("nested", {"count"}, {}, {{"dies", "first"}}), {"\"first\""}},
      {with_births(spec("nested", {"on"}, {}, {{"dies", "any"}}), kOfB), {"dies is given"}},
      {with_births(spec("nested", {"count"}, {}, {{"dies", "any"}}), {{"a[2]", {BirthKind::normal, 0, 2}}}),
       {"dies cannot be \"any\"", "birth laws"}},
      {spec("bounded_discrete", {"count"}), {"\"count\" switches others", "nested"}},
      {spec("normal", {"a"}, {{"covariance", {1, 0.5, 0.5, 1}}}), {"covariance", "components"}},
      {with_births(spec("normal", {"level"}), {{"a", {}}}), {"it has births"}},
  };
  for (const auto& [table, says] : refused) {
    const std::string words = refusal({table}, all);
    for (const std::string& part : says) {
      EXPECT_NE(words.find(part), std::string::npos) << '"' << part << "\" is not in: " << words;
    }
  }
  EXPECT_EQ(refusal({on, spec("nested", {"count"})}, {true, true, false}), "");
  EXPECT_NE(refusal({on}, {true, true, false}).find("nested\" names parameter \"count\""), std::string::npos);
  EXPECT_NE(refusal({on, spec("nested", {"count"})}, {}).find("\"level\""), std::string::npos)
      << "births move the rest";
}

TEST(NestedTables, OneTableOnSeveralComponentsIsOneProposalForEach) {
  const MovedElsewhere all{true, true, true};
  const auto groups = make_proposals(
      std::vector<ProposalSpec>{spec("normal", {"a", "level", "b"}, {{"scale", {1, 2, 3, 4, 5}}, {"target", {0.3}}},
                                     {{"shape", "diagonal"}})},
      kSignals, 1000, all);
  ASSERT_EQ(groups.size(), 1U);
  ASSERT_EQ(groups[0].size(), 5U);
  const std::vector<std::size_t> at{4, 6, 0, 8, 9};
  for (std::size_t b = 0; b < 5; ++b) {
    const MovingBlock& block = groups[0][b];
    EXPECT_EQ(block.proposal->size(), 1U);
    EXPECT_EQ(block.proposal->block()[0], at[b]);
    EXPECT_NEAR(block.start.scale[0], 1 + static_cast<double>(b), 1e-9);  // refresh() adds 1e-10 of the variance
    EXPECT_EQ(block.adaptation.target, 0.3);
    EXPECT_EQ(block.presence.has_value(), at[b] != 0);
  }
  EXPECT_EQ(groups[0][3].presence->by, 2U);
}

TEST(NestedTables, WithoutAnyBirthsComeFirstAndOtherKernelsAreLeftTheirWork) {
  std::vector<Coordinate> signals = kSignals;
  signals[8].presence->birth = {BirthKind::normal, 0, 1};
  const auto alone = default_proposals(signals, 1000);
  std::vector<std::size_t> sizes;
  for (const auto& group : alone) sizes.push_back(group.front().proposal->size());
  // on and its two components; count and its two of two; level; two of a and f; two of b
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 5, 1, 2, 2, 1, 1}));
  EXPECT_TRUE(alone[0][0].births && alone[1][0].births && !alone[2][0].births);
  EXPECT_EQ(default_proposals(signals, 1000, {true, true, false}).size(), 2U);
  EXPECT_EQ(default_proposals(signals, 1000, {true, true, true}).size(), 0U);
  EXPECT_TRUE(make_kernel("slice+mh", signals)->needs().births);
  EXPECT_FALSE(make_kernel("slice", signals)->needs().births);
}

TEST(Nested, WhatIsNotThereIsNotMovedByTables) {
  std::vector<Coordinate> coordinates{switching("on", 0, 1), coming(real("a"), 0, 1, {BirthKind::normal, 0, 1})};
  double away_looks = 0;
  const SimplePath path(coordinates, [&](Point x) {
    if (x[0] == 0 && x[1] != 0) ++away_looks;
    return 0.0;
  });
  Chain chain(path, {spec("normal", {"a"}, {{"scale", {1}}}), spec("nested", {"on"})}, {0, 0});
  std::uint64_t there = 0;
  for (int t = 0; t < 1000; ++t) {
    there += chain.state.x[0] == 1 ? 1 : 0;
    chain.step();
    EXPECT_TRUE(chain.state.x[0] == 1 || chain.state.x[1] == 0);
  }
  EXPECT_EQ(away_looks, 0);
  EXPECT_EQ(chain.record.by_proposal[0].moves, there);
  EXPECT_EQ(chain.record.by_proposal[1].moves, 1000U);
}

}  // namespace
}  // namespace dovetail::test
