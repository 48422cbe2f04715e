// A straight line through points of which one lies off, with errors of Student's law: the density written once, its
// derivatives by Stan Math's reverse mode.
//
//   dovetail compile robust_line.cpp -o robust_line.so
//   dovetail sample ./robust_line.so
#include "dovetail/model/plugin_stan_math.hpp"

using namespace dovetail::plugin;

struct RobustLine {
  std::vector<double> x = {0, 1, 2, 3, 4, 5, 6, 7};
  std::vector<double> y = {1.1, 2.9, 5.2, 7.1, 8.8, 30.0, 12.9, 15.2};

  std::vector<Parameter> parameters() const { return {{"intercept"}, {"slope"}, {"sigma", positive()}}; }

  template <class T>
  T log_density(std::span<const T> p) const {
    using namespace stan::math;
    T sum =
        normal_lpdf<false>(p[0], 0.0, 10.0) + normal_lpdf<false>(p[1], 0.0, 10.0) + exponential_lpdf<false>(p[2], 1.0);
    for (std::size_t i = 0; i < x.size(); ++i) sum += student_t_lpdf<false>(y[i], 3.0, p[0] + p[1] * x[i], p[2]);
    return sum;
  }
};

DOVETAIL_MODEL_STAN_MATH(RobustLine)
