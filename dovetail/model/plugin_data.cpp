// The view of data that plug-ins have, over Dovetail's reader. `dovetail compile` compiles both into the libraries that
// want them.
#include "dovetail/model/data.hpp"
#include "dovetail/model/plugin.hpp"

namespace dovetail::plugin {

struct Data::Variables {
  std::string name;  // of the text
  DataVariables variables;

  [[noreturn]] void refuse(std::string_view variable, std::size_t line, const std::string& what) const {
    std::string message = name;
    if (line > 0) message += ":" + std::to_string(line);
    throw std::invalid_argument(message + ": " + std::string(variable) + " " + what);
  }
  const DataVariable& find(std::string_view variable) const {
    const auto found = variables.find(variable);
    if (found == variables.end()) refuse(variable, 0, "is missing (the model reads it); add it to the data");
    return found->second;
  }
  const DataVariable& number(std::string_view variable) const {
    const DataVariable& found = find(variable);
    if (!found.shape.empty()) refuse(variable, found.line, "is an array, but the model reads a number; check the data");
    return found;
  }
  const DataVariable& array(std::string_view variable) const {
    const DataVariable& found = find(variable);
    if (found.shape.empty())
      refuse(variable, found.line, "is a number, but the model reads an array; put it in brackets");
    return found;
  }
  const DataVariable& array(std::string_view variable, std::size_t size) const {
    const DataVariable& found = array(variable);
    if (found.size() != size) {
      refuse(variable, found.line,
             "has " + std::to_string(found.size()) + " elements, but the model reads " + std::to_string(size) +
                 "; check it against the sizes in the data");
    }
    return found;
  }
  const DataVariable& whole(std::string_view variable, const DataVariable& found) const {
    if (!found.whole)
      refuse(variable, found.line,
             "is not made of integers of 32 bits (3, not 3.0, and none beyond 2147483647), as the model reads it");
    return found;
  }
};

Data::Data(std::string_view text, std::string_view name)
    : variables_(std::make_unique<Variables>(Variables{std::string(name), read_data(text, name)})) {}
Data::~Data() = default;

bool Data::has(std::string_view variable) const {
  return variables_->variables.find(variable) != variables_->variables.end();
}
std::vector<std::size_t> Data::shape(std::string_view variable) const { return variables_->find(variable).shape; }

std::int32_t Data::integer(std::string_view variable) const {
  return variables_->whole(variable, variables_->number(variable)).integers.front();
}
double Data::real(std::string_view variable) const { return variables_->number(variable).as_reals().front(); }

std::vector<std::int32_t> Data::integers(std::string_view variable) const {
  return variables_->whole(variable, variables_->array(variable)).integers;
}
std::vector<double> Data::reals(std::string_view variable) const { return variables_->array(variable).as_reals(); }

std::vector<std::int32_t> Data::integers(std::string_view variable, std::size_t size) const {
  return variables_->whole(variable, variables_->array(variable, size)).integers;
}
std::vector<double> Data::reals(std::string_view variable, std::size_t size) const {
  return variables_->array(variable, size).as_reals();
}

}  // namespace dovetail::plugin
