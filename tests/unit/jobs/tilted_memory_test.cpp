// The density that trajectories of a site follow: its gradient, and that looking at it allocates nothing.
#include <gtest/gtest.h>

#include <vector>

#include "dovetail/jobs/tilted_path.hpp"
#include "tests/support/counting_new.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

struct Setting {
  std::unique_ptr<DividedModel> model =
      make_divided_model("builtin:hierarchical_logistic", logistic_groups(6, 9, 3), {.by = "group", .sites_max = 2});
  std::size_t d = model->shared();
  ep::Natural cavity = ep::flat(d);
  std::vector<double> mean = std::vector<double>(d, 0.2);
  std::vector<double> factor = std::vector<double>(d * d);
  std::vector<double> point;

  Setting() {
    for (std::size_t i = 0; i < d; ++i) {
      cavity.precision[i * (d + 1)] = 2;
      cavity.shift[i] = 0.3;
      for (std::size_t j = 0; j < i; ++j) factor[i * d + j] = 0.1;
      factor[i * (d + 1)] = 0.5 + 0.1 * static_cast<double>(i);
    }
    cavity.precision[1] = cavity.precision[d] = 0.4;
    point.resize(d + model->locals(1));
    Rng rng({seed_from_name(), Purpose::test});
    math::draw_normals(rng, point);
  }
};

TEST(TiltedPath, EvaluationsAllocateNothing) {
  const Setting s;
  TiltedMemory memory;
  ModelFaults faults;
  const TiltedPath path(*s.model, 1, s.cavity, {s.mean, s.factor}, memory, faults);
  std::vector<double> in_cavity(s.point.size()), in_rows(s.point.size());
  (void)path.evaluate_gradient(s.point, in_cavity, in_rows);  // borrows rows of this thread
  const std::size_t before = allocations();
  double sum = 0;
  for (int i = 0; i < 100; ++i) {
    sum += path.evaluate_gradient(s.point, in_cavity, in_rows).energy + path.evaluate(s.point).reference;
  }
  EXPECT_EQ(allocations(), before);
  const TiltedPath again(*s.model, 1, s.cavity, {s.mean, s.factor}, memory, faults);  // one is made for every iteration
  EXPECT_EQ(allocations(), before);
  EXPECT_NE(sum, again.evaluate(s.point).energy);
}

TEST(TiltedPath, GradientsAreThoseOfDifferencesAndGoBackToX) {
  Setting s;
  TiltedMemory memory;
  ModelFaults faults;
  const TiltedPath path(*s.model, 1, s.cavity, {s.mean, s.factor}, memory, faults);
  std::vector<double> in_cavity(s.point.size()), in_rows(s.point.size());
  (void)path.evaluate_gradient(s.point, in_cavity, in_rows);
  constexpr double kStep = 1e-5;
  for (std::size_t i = 0; i < s.point.size(); ++i) {
    const double middle = s.point[i];
    s.point[i] = middle + kStep;
    const Potential up = path.evaluate(s.point);
    s.point[i] = middle - kStep;
    const Potential down = path.evaluate(s.point);
    s.point[i] = middle;
    EXPECT_NEAR(in_cavity[i], (up.reference - down.reference) / (2 * kStep), 1e-7);
    EXPECT_NEAR(in_rows[i], (up.energy - down.energy) / (2 * kStep), 1e-6);
  }
  std::vector<double> x(s.d), score(s.d), wanted(s.d), in_local(s.model->locals(1));
  path.shared_at(s.point, x);
  path.score_of(in_rows, score);
  (void)s.model->site_gradient(1, x, std::span(s.point).subspan(s.d), wanted, in_local);
  for (std::size_t j = 0; j < s.d; ++j) EXPECT_NEAR(score[j], wanted[j], 1e-10);
}

}  // namespace
}  // namespace dovetail::test
