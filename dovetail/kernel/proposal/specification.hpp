/// A proposal as a user writes it: a [[proposal]] table of a TOML file, or the same in C++.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dovetail/kernel/path.hpp"

namespace dovetail {

struct CustomProposal;

/// `numbers` and `words` hold the remaining keys of the table ("scale" -> {0.3, 1}, "adapt" -> "andrieu_thoms"); which
/// keys a kind takes, and their defaults, is told where the proposal is made (kernel/proposal/registry.hpp).
struct ProposalSpec {
  std::vector<std::string> parameters;  ///< names; "theta" stands for all of theta[1], theta[2], ... too
  std::string kind;                     ///< "normal", "bounded_normal", ...
  std::map<std::string, std::vector<double>> numbers{};
  std::map<std::string, std::string> words{};
  std::string where{};                             ///< "run.toml:12", for messages; empty in C++
  std::shared_ptr<const CustomProposal> custom{};  ///< kind "custom", in C++ alone
  std::map<std::string, BirthLaw> births{};        ///< kind "nested": by parameter, instead of the model's own laws
  std::map<std::string, std::string> key_where{};  ///< the same of single keys: "scale" -> "run.toml:15"

  /// "run.toml:15: ", for messages on a key; the table's own line for one that is not written, nothing in C++.
  [[nodiscard]] std::string where_of(const std::string& key) const {
    const auto found = key_where.find(key);
    const std::string& line = found == key_where.end() ? where : found->second;
    return line.empty() ? "" : line + ": ";
  }

  friend bool operator==(const ProposalSpec&, const ProposalSpec&) = default;
};

}  // namespace dovetail
