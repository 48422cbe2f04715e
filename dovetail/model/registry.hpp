/// The one list of built-in models: a new one is one source file in builtin/ and one row in registry.cpp.
///
/// The law tests (gradient against differences, prior draws, support edges, purity) pick up every row.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/model/model.hpp"

namespace dovetail {

/// One setting of a built-in model, as in `builtin:mvn,d=100`.
struct ModelSetting {
  std::string_view key;
  double standard;  ///< default
  double lower;     ///< inclusive
  double upper;     ///< inclusive
  bool whole;       ///< an integer; one from 0 to 1 is also read from "true" and "false"
  std::string_view summary;
  std::string_view other_key = {};  ///< another spelling of the key
};

/// The settings of one model after defaults and checks, in the order of its row.
class ModelSettings {
 public:
  ModelSettings(std::string spec, std::span<const ModelSetting> rows);
  /// The text that the user gave, for description().name.
  [[nodiscard]] const std::string& spec() const { return spec_; }
  /// One text for all spellings of the same model, for description().identity: `builtin:NAME` and the settings that are
  /// not the default, in the order of the row, with the shortest numbers.
  [[nodiscard]] std::string identity() const;
  [[nodiscard]] double real(std::string_view key) const;
  [[nodiscard]] std::size_t count(std::string_view key) const;
  /// Returns the key of the row that was set. UsageError when `key` is unknown (naming the nearest) or `text` is not a
  /// number in range.
  std::string_view set(std::string_view key, std::string_view text);

 private:
  std::string spec_;
  std::span<const ModelSetting> rows_;
  std::vector<double> values_;
};

struct ModelEntry {
  std::string_view name;     ///< as in `builtin:NAME`
  std::string_view summary;  ///< one line for `dovetail doctor`
  std::span<const ModelSetting> settings;
  std::unique_ptr<Model> (*make)(const ModelSettings&);
};

[[nodiscard]] std::span<const ModelEntry> model_registry();

/// NAME of `builtin:NAME[,key=value...]`. UsageError for another kind of model.
[[nodiscard]] std::string_view builtin_name(std::string_view spec);
/// What follows the name in such a spec, with the defaults of `rows`. UsageError as of make_model().
[[nodiscard]] ModelSettings settings_of(std::string_view spec, std::span<const ModelSetting> rows);

/// The model that `spec` names: `builtin:NAME[,key=value...]`. UsageError: unknown model or key (the nearest one is
/// named), a value that is no number or out of range, or another kind of model. ModelError: settings that contradict
/// each other.
[[nodiscard]] std::unique_ptr<Model> make_model(std::string_view spec);

}  // namespace dovetail
