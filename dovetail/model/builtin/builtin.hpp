/// What the built-in models share, and one row of the registry for each.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/model/model.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/model/transform.hpp"

namespace dovetail::builtin {

inline constexpr double kLogTwoPi = 1.8378770664093454836;
inline constexpr double kPi = 3.14159265358979323846;

/// Built-ins that observe simulated data, and the stream of one piece of them (a row, a group): seed 1 and the model's
/// number as item, so that a piece does not depend on how many there are.
enum class SimulatedData : std::uint32_t { logistic = 1, slopes = 2, ark = 3, nested = 4 };
[[nodiscard]] inline Rng data_stream(SimulatedData model, std::uint64_t piece) {
  return Rng({1, Purpose::simulated_data, ItemId(static_cast<std::uint32_t>(model)), Step(piece)});
}

/// A model whose description is made once, by its constructor. All built-ins have parts, prior draws and pure calls.
class Builtin : public Model {
 public:
  [[nodiscard]] const ModelDescription& description() const final { return description_; }

  /// Of models whose coordinates each stand for one parameter, in the same order; the others have their own. Values of
  /// what is not there are not read.
  void unconstrain(Point values, PointOut x) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Coordinate& c = description_.coordinates[i];
      const bool there = !c.presence || values[c.presence->by] >= c.presence->from;
      x[i] = there ? unconstrain_value(c, values[i]) : absent_value(c);
    }
  }

 protected:
  Builtin(const ModelSettings& settings, std::string summary, std::string source) {
    description_.name = settings.spec();
    description_.identity = settings.identity();
    description_.summary = std::move(summary);
    description_.source = std::move(source);
    description_.parts = true;
    description_.prior_draws = true;
  }
  /// One parameter with its coordinate. Parameters come before all other outputs.
  void add_parameter(const std::string& name, const Domain& domain = real()) {
    add_own_parameter(name);
    description_.coordinates.push_back(coordinate_of(domain, name));
  }
  /// NAME[1] .. NAME[count]
  void add_parameters(const std::string& name, std::size_t count, const Domain& domain = real()) {
    for (std::size_t i = 1; i <= count; ++i) add_parameter(name + "[" + std::to_string(i) + "]", domain);
  }
  /// NAME[1] .. NAME[count], of which NAME[i] is there while the coordinate number first_switch + i - 1, an integer
  /// with two values, has the upper one.
  void add_switched_parameters(const std::string& name, std::size_t count, const Domain& domain,
                               std::size_t first_switch, const BirthLaw& birth) {
    for (std::size_t i = 0; i < count; ++i) {
      add_parameter(name + "[" + std::to_string(i + 1) + "]", domain);
      Coordinate& by = description_.coordinates[first_switch + i];
      by.switches = true;
      description_.coordinates.back().presence = {first_switch + i, by.upper, birth};
    }
  }
  /// The same by one integer, a count: NAME[i] is there while it is at least i.
  void add_counted_parameters(const std::string& name, std::size_t count, const Domain& domain, std::size_t counter,
                              const BirthLaw& birth) {
    for (std::size_t i = 1; i <= count; ++i) {
      add_parameter(name + "[" + std::to_string(i) + "]", domain);
      description_.coordinates.back().presence = {counter, static_cast<double>(i), birth};
    }
    description_.coordinates[counter].switches = true;
  }
  /// A parameter that no coordinate alone stands for: the model has an unconstrain() of its own.
  void add_own_parameter(std::string name) {
    add_output(std::move(name));
    description_.parameter_count = description_.output_names.size();
  }
  void add_own_parameters(const std::string& name, std::size_t count) {
    for (std::size_t i = 1; i <= count; ++i) add_own_parameter(name + "[" + std::to_string(i) + "]");
  }
  /// A coordinate behind such parameters, NAME.1 .. NAME.count
  void add_own_coordinates(const std::string& name, std::size_t count) {
    for (std::size_t i = 1; i <= count; ++i) {
      description_.coordinates.push_back({.name = name + "." + std::to_string(i)});
    }
  }
  void add_output(std::string name) { description_.output_names.push_back(std::move(name)); }
  /// NAME[1] .. NAME[count]
  void add_outputs(const std::string& name, std::size_t count) {
    for (std::size_t i = 1; i <= count; ++i) add_output(name + "[" + std::to_string(i) + "]");
  }
  void add_closed(std::string quantity, double value) {
    description_.closed_forms.push_back({std::move(quantity), value});
  }

  ModelDescription description_;
};

template <class M>
std::unique_ptr<Model> make(const ModelSettings& settings) {
  return std::make_unique<M>(settings);
}

ModelEntry mvn_entry();
ModelEntry unid_entry();
ModelEntry galaxies_entry();
ModelEntry eight_schools_entry();
ModelEntry funnel_entry();
ModelEntry banana_entry();
ModelEntry modes_entry();
ModelEntry ising_entry();
ModelEntry spike_slab_entry();
ModelEntry logistic_entry();
ModelEntry slopes_entry();
ModelEntry rosenbrock_entry();
ModelEntry ark_entry();
ModelEntry sky_entry();
ModelEntry nested_entry();
ModelEntry coal_entry();

}  // namespace dovetail::builtin
