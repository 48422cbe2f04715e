/// Reading a ProposalSpec: every key known, every number fit for use, every refusal with its cause and cure.
#pragma once
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/kernel/path.hpp"
#include "dovetail/kernel/proposal/specification.hpp"

namespace dovetail {

/// A key of a [[proposal]] table, for `dovetail help proposals`.
struct ProposalKey {
  std::string_view name;
  std::string_view summary;
};

/// The spec of one proposal on the d coordinates that its parameters stand for. All functions throw UsageError.
class SpecReader {
 public:
  /// Finds the coordinates: `parameters` in their order; a name without index stands for all of its elements.
  SpecReader(const ProposalSpec& spec, std::span<const Coordinate> coordinates);

  [[nodiscard]] const ProposalSpec& spec() const { return spec_; }
  [[nodiscard]] const std::vector<std::size_t>& block() const { return block_; }
  [[nodiscard]] std::size_t size() const { return block_.size(); }
  /// All of the model, block or not.
  [[nodiscard]] std::span<const Coordinate> coordinates() const { return coordinates_; }
  [[nodiscard]] const Coordinate& coordinate(std::size_t i) const { return coordinates_[block_[i]]; }
  /// The i-th coordinate's name, or its number where it has none.
  [[nodiscard]] std::string name(std::size_t i) const;

  /// Refuses keys that are not in the list, naming the nearest that is.
  void allow_keys(std::span<const ProposalKey> common, std::span<const ProposalKey> own) const;
  /// All coordinates must be of this kind. `what`: "real", `instead`: the kinds for others.
  void require_kind(CoordinateKind kind, std::string_view what, std::string_view instead) const;

  [[nodiscard]] bool has(const std::string& key) const;
  /// One number for each coordinate, or one for all; empty when the key is not given. Finite unless `infinite_allowed`.
  [[nodiscard]] std::vector<double> per_coordinate(const std::string& key, bool infinite_allowed = false) const;
  /// The same, all positive.
  [[nodiscard]] std::vector<double> positive_per_coordinate(const std::string& key) const;
  [[nodiscard]] double number(const std::string& key, double fallback) const;
  /// A whole number in 1..2^53.
  [[nodiscard]] std::uint64_t count(const std::string& key, std::uint64_t fallback) const;
  [[nodiscard]] std::string word(const std::string& key, std::span<const std::string_view> allowed,
                                 std::string_view fallback) const;
  /// d x d, symmetric, positive definite; empty when the key is not given.
  [[nodiscard]] std::vector<double> covariance() const;

  /// "run.toml:12: proposal "normal": WHAT (WHY); CURE", with the line of `key` where it has one.
  [[noreturn]] void refuse(const std::string& what, const std::string& why, const std::string& cure,
                           const std::string& key = "") const;

 private:
  void add(const std::string& parameter);
  [[nodiscard]] const std::vector<double>* numbers(const std::string& key) const;

  const ProposalSpec& spec_;
  std::span<const Coordinate> coordinates_;
  std::vector<std::size_t> block_;
};

/// The coordinate's name, or "coordinate 3" (counted from 1) where it has none.
[[nodiscard]] std::string coordinate_name(std::span<const Coordinate> coordinates, std::size_t i);

}  // namespace dovetail
