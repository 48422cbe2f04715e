/// The DividedModel seam: a posterior whose data lie at several sites.
///
/// Shared parameters x with independent normal priors on their unconstrained scale; site k has rows and local
/// parameters u_k that never leave it. log p(x, u_1, ..., data) = log prior(x) + sum over k of log p(data_k, u_k | x).
/// As a Model its coordinates are x, then u_1, u_2, ...: the whole posterior, for one machine that has all data.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/model/model.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/model/site_data.hpp"
#include "dovetail/model/table.hpp"

namespace dovetail {

/// log of a site's likelihood of x, its local parameters integrated out.
struct SiteMarginal {
  double log = 0;
  /// The largest share of it that the model had to add to a first approximation; about how far off `log` may still be.
  double worst_correction = 0;
};

/// How far that is from the truth.
struct IntegralError {
  double error = 0;     ///< truth less site_log_marginal().log, estimated
  double variance = 0;  ///< of that estimate; infinite: the model cannot tell
};

/// Calls are pure and safe from several threads at once.
class DividedModel : public Model {
 public:
  /// d, the number of shared parameters: the first coordinates.
  [[nodiscard]] virtual std::size_t shared() const = 0;
  /// Of the prior of each, d.
  [[nodiscard]] virtual std::span<const double> prior_mean() const = 0;
  [[nodiscard]] virtual std::span<const double> prior_sd() const = 0;

  [[nodiscard]] virtual std::size_t sites() const = 0;
  [[nodiscard]] virtual std::string site_name(std::size_t site) const = 0;
  /// How many local parameters a site has.
  [[nodiscard]] virtual std::size_t locals(std::size_t site) const = 0;

  /// log p(rows, u | x) of one site, with its gradients in x and in u, each with the other held fixed. Which local
  /// parameters u are is the model's to choose: that in x is a score (below) with the less noise the less u depends on
  /// x. Does not allocate.
  virtual double site_gradient(std::size_t site, Point x, Point u, PointOut in_shared, PointOut in_local) const = 0;
  /// d numbers whose mean over u given x is the gradient of the site's log likelihood of x, u integrated out, with as
  /// little noise as the model can. For draws of (x, u); costs more than a gradient.
  virtual void site_score(std::size_t site, Point x, Point u, PointOut score) const = 0;
  /// log p(rows | x) of one site. Costs about as much as site_score.
  [[nodiscard]] virtual SiteMarginal site_log_marginal(std::size_t site, Point x) const = 0;
  /// Its error, by a way that is dearer and independent of it, with random numbers of the caller's. Errors of sites add
  /// up; a model that does not tell them has no certified correction.
  [[nodiscard]] virtual IntegralError site_integral_error(std::size_t site, Point /*x*/, Rng& /*rng*/) const {
    return {0, locals(site) == 0 ? 0 : kInfinity};
  }
  /// Whether site_score() does not depend on u: it is then the gradient of site_log_marginal(), which is exact.
  [[nodiscard]] virtual bool exact_scores() const { return false; }

  /// What a user sees of a site's local parameters: names, and their values at (x, u). `rng` as in output_values().
  [[nodiscard]] virtual std::vector<std::string> site_outputs(std::size_t site) const = 0;
  virtual void site_output_values(std::size_t site, Point x, Point u, Rng& rng, PointOut values) const = 0;

  /// Whether rows stay with whoever has them. Coordinates and outputs are then those of the shared parameters alone,
  /// and the functions of Model that need all rows may not be called.
  [[nodiscard]] virtual bool is_private() const { return false; }
  /// Whether the rows of a site are here: only then may the functions above be called that are about rows.
  [[nodiscard]] virtual bool has_rows(std::size_t /*site*/) const { return true; }
  /// Of a private model, where the rows of the site are.
  [[nodiscard]] virtual const SiteSecret& secret(std::size_t site) const;

  // The whole posterior, from the sites.
  [[nodiscard]] LogDensity log_density(Point x) const override;
  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override;
};

/// A shared parameter of models that do not declare their own: every element of `name` has this prior.
struct SharedPrior {
  std::string name;
  bool positive = false;  ///< lognormal: mean and sd are those of the logarithm, which is the coordinate
  double mean = 0;
  double sd = 1;
};

/// How a table becomes sites.
struct Division {
  std::string by;                     ///< column: rows with the same value form a group and share local parameters
  std::string outcome = "y";          ///< column that the model explains; all other numeric ones explain it
  std::string data_sha256{};          ///< of the table's file, for the identity of a run
  std::size_t sites_max = 1000000;    ///< neighbouring groups share a site when there are more groups
  std::vector<SharedPrior> shared{};  ///< of a model that is a library; built-in ones have their own
};

/// One kind of model of divided data.
struct DividedEntry {
  std::string_view name;  ///< as in `builtin:NAME`
  std::string_view summary;
  std::span<const ModelSetting> settings;
  std::unique_ptr<DividedModel> (*make)(const ModelSettings&, const DividedEntry&, const Table&, const Division&);
  /// Of sites that keep their rows; null: there is none.
  std::unique_ptr<DividedModel> (*make_private)(const ModelSettings&, const DividedEntry&, const std::vector<SiteData>&,
                                                const Division&) = nullptr;
};
[[nodiscard]] std::span<const DividedEntry> divided_registry();

/// The model that `spec` names, on these rows. UsageError: no such model or setting; ModelError: a column that is not
/// there, or values that the model cannot explain, by file and line.
[[nodiscard]] std::unique_ptr<DividedModel> make_divided_model(std::string_view spec, const Table& table,
                                                               const Division& division);

/// The same of sites that keep their rows; there must be one or more, with the same columns. `division.by` may be
/// empty: a site is then one group. UsageError: sites with other columns, or a model that cannot be theirs; ModelError
/// for rows that are here, by file and line.
[[nodiscard]] std::unique_ptr<DividedModel> make_private_model(std::string_view spec,
                                                               const std::vector<SiteData>& sites,
                                                               const Division& division);

}  // namespace dovetail
