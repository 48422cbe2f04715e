/// Values of TOML: whether they are what a setting takes, and their words for messages.
#pragma once
#include <toml++/toml.h>

#include <string>

#include "dovetail/cli/settings.hpp"

namespace dovetail::cli {

/// What it is, for a message: "the number 3", "a list".
[[nodiscard]] std::string words(const toml::node& node);
[[nodiscard]] bool is_list_of_numbers(const toml::node& node);
/// The value as a flag would have it; UsageError that begins with `where` unless it is of `type`: nothing is converted,
/// so that a slip of the pen is no other setting.
[[nodiscard]] std::string value_text(const toml::node& node, TomlType type, const std::string& where);

}  // namespace dovetail::cli
