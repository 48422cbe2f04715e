/// Sites that are models of any kind: each is a Model of its own rows given the shared parameters, which are declared
/// by name.
///
/// A site's density is log p(rows, u | x) over its parameters: those named as shared, whose prior stands in the
/// declaration and not in the model, and its local ones u, with their law given x and their log-Jacobian. Sites may be
/// different models, with any local parameters; the shared ones must agree. docs/ep.md, docs/maths/ep.md section 13.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/model/divided.hpp"

namespace dovetail {

/// Reads "mu ~ normal(0, 4), tau ~ lognormal(0, 1)"; of an array's name: all its elements. UsageError shows the part
/// that cannot be read, or a name without a prior.
[[nodiscard]] std::vector<SharedPrior> parse_shared(std::string_view text);
/// The same as one text for every spelling; parse_shared() reads it back.
[[nodiscard]] std::string words(const std::vector<SharedPrior>& shared);

struct SiteModel {
  std::string name;  ///< unique
  std::unique_ptr<Model> model;
};

/// The posterior of what `sites` share. `about`: name, identity, kind and hashes of the description; all else of it is
/// written here. ModelError names the site that has no gradients, lacks a shared parameter, has it in another number
/// than the first site, or with another constraint than its prior says. `sites` must not be empty.
[[nodiscard]] std::unique_ptr<DividedModel> make_site_models(std::vector<SiteModel> sites,
                                                             const std::vector<SharedPrior>& shared,
                                                             ModelDescription about);

/// The rows of some groups as the data of a model, in JSON: N rows, J groups, `by` the group of each row from 1 to J,
/// and an array for every other column, of integers where the whole table has nothing else there. ModelError: a column
/// of texts besides `by`, or one called N or J.
[[nodiscard]] std::string site_data(const Table& table, const std::string& by, const std::vector<RowGroup>& groups,
                                    const std::vector<std::size_t>& members);

/// "c3", or "c3..c7" where several groups share a site.
[[nodiscard]] std::string name_of_site(const std::vector<RowGroup>& groups, const std::vector<std::size_t>& members);

}  // namespace dovetail
