/// Models of a site's rows as a user might write them: groups of normal rows, means of groups normal about mu.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/math/functions.hpp"
#include "dovetail/model/divided/site_models.hpp"

namespace dovetail::test {

/// How the program writes the means of groups, and what it calls its scale.
enum class Written : unsigned char { centred, non_centred, positive_scale };

[[nodiscard]] inline const char* name_of(Written written) {
  return written == Written::centred ? "centred" : written == Written::non_centred ? "non_centred" : "positive";
}

/// y_ji ~ N(theta_j, sd), theta_j ~ N(mu, tau). Parameters: theta or u with theta = mu + tau u, first, then mu, then
/// log_tau or tau > 0.
class GroupMeans final : public Model {
 public:
  GroupMeans(std::vector<std::vector<double>> rows, double sd, Written written)
      : rows_(std::move(rows)), sd_(sd), written_(written) {
    const char* local = written == Written::centred ? "theta" : "u";
    for (std::size_t j = 0; j < rows_.size(); ++j) add(local + ("[" + std::to_string(j + 1) + "]"));
    add("mu");
    add(written == Written::positive_scale ? "tau" : "log_tau");
    if (written == Written::positive_scale) description_.coordinates.back().lower = 0;
    description_.name = "group_means";
    description_.parameter_count = description_.output_names.size();
    description_.gradient = true;
  }
  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] LogDensity log_density(Point x) const override {
    std::vector<double> prior(x.size()), rows(x.size());
    return log_density_gradient(x, prior, rows);
  }
  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const std::size_t groups = rows_.size();
    const double mu = x[groups];
    const double tau = math::exp(x[groups + 1]);
    double log = 0;
    for (double& g : prior) g = 0;
    for (double& g : likelihood) g = 0;
    for (std::size_t j = 0; j < groups; ++j) {
      const double u = written_ == Written::centred ? (x[j] - mu) / tau : x[j];
      const double theta = mu + tau * u;
      double in_theta = 0;
      for (const double y : rows_[j]) {
        const double z = (y - theta) / sd_;
        log -= 0.5 * (z * z + kLogTwoPi) + math::log(sd_);
        in_theta += z / sd_;
      }
      log -= 0.5 * (u * u + kLogTwoPi);
      if (written_ == Written::centred) {
        log -= x[groups + 1];
        likelihood[j] = in_theta - u / tau;
        likelihood[groups] += u / tau;
        likelihood[groups + 1] += u * u - 1;
      } else {
        likelihood[j] = in_theta * tau - u;
        likelihood[groups] += in_theta;
        likelihood[groups + 1] += in_theta * tau * u;
      }
    }
    if (written_ == Written::positive_scale) {  // as programs do for a bound
      log += x[groups + 1];
      likelihood[groups + 1] += 1;
    }
    return {0, log};
  }
  void output_values(Point x, Rng&, PointOut values) const override {
    std::copy(x.begin(), x.end(), values.begin());
    if (written_ == Written::positive_scale) values[x.size() - 1] = math::exp(x.back());
  }

 private:
  static constexpr double kLogTwoPi = 1.8378770664093454836;
  void add(const std::string& name) {
    description_.coordinates.push_back({.name = name});
    description_.output_names.push_back(name);
  }
  std::vector<std::vector<double>> rows_;
  double sd_;
  Written written_;
  ModelDescription description_;
};

/// The groups of a table of `group` and `y`, one program for each of at most `sites_max` sites.
inline std::unique_ptr<DividedModel> group_means(const Table& table, std::size_t sites_max, Written written) {
  const auto groups = groups_of(table, "group");
  std::vector<SiteModel> sites;
  for (const auto& members : divide(groups, sites_max)) {
    std::vector<std::vector<double>> rows;
    for (const std::size_t g : members) {
      auto& own = rows.emplace_back();
      for (const std::size_t row : groups[g].rows) own.push_back(table.column("y").numbers[row]);
    }
    sites.push_back({name_of_site(groups, members), std::make_unique<GroupMeans>(std::move(rows), 1, written)});
  }
  const bool positive = written == Written::positive_scale;
  ModelDescription about;
  about.name = "group_means";
  return make_site_models(std::move(sites), {{"mu", false, 0, 4}, {positive ? "tau" : "log_tau", positive, 0, 1}},
                          std::move(about));
}

}  // namespace dovetail::test
