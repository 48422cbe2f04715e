/// Values by name, as Stan's generated code asks for them: from JSON, or from a row of parameters.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <stan/io/var_context.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace dovetail_stan {

/// One variable, column-major (the first index runs fastest), which is Stan's order.
struct Variable {
  std::vector<std::size_t> shape;
  bool whole = false;         ///< integers, which Stan may ask for as reals too
  std::vector<int> integers;  ///< the values when `whole`
  std::vector<double> reals;  ///< the values when not
  std::size_t line = 0;       ///< of the JSON text; 0: from no text
};

class Variables final : public stan::io::var_context {
 public:
  /// The variables of a JSON object. `source` is what messages call the text. Throws dovetail::DataError.
  static Variables from_json(std::string_view text, std::string_view source);
  explicit Variables(std::string source) : source_(std::move(source)) {}
  void add(const std::string& name, Variable variable) { variables_[name] = std::move(variable); }

  /// Throws std::invalid_argument, naming the variable, what was declared and what was found, unless the value of
  /// `name` is a `type` ("int", or another for reals) of shape `declared`. An array without elements fits every such
  /// shape.
  void check(const std::string& name, const std::string& type, const std::vector<std::size_t>& declared) const;

  bool contains_r(const std::string& name) const override { return variables_.count(name) > 0; }
  bool contains_i(const std::string& name) const override;
  std::vector<double> vals_r(const std::string& name) const override;
  std::vector<int> vals_i(const std::string& name) const override;
  std::vector<std::size_t> dims_r(const std::string& name) const override;
  std::vector<std::size_t> dims_i(const std::string& name) const override { return dims_r(name); }
  void names_r(std::vector<std::string>& names) const override;
  void names_i(std::vector<std::string>& names) const override;

 private:
  [[nodiscard]] const Variable* find(const std::string& name) const;

  std::string source_;
  std::map<std::string, Variable, std::less<>> variables_;
};

}  // namespace dovetail_stan
