/// Help texts, made from the tables of commands, settings, kernels, models and warnings. Lines of at most 100 columns.
#pragma once
#include <string>
#include <string_view>

#include "dovetail/cli/command.hpp"

namespace dovetail::cli {

/// What `dovetail --help` prints: the commands and the topics.
[[nodiscard]] std::string overview_text();
/// What `dovetail COMMAND --help` prints.
[[nodiscard]] std::string command_text(const Command& command);
/// "dovetail 0.1.0".
[[nodiscard]] std::string version_text();
/// A topic, a command or a warning id; UsageError names the nearest.
[[nodiscard]] std::string topic_text(std::string_view topic);

/// "-q, --quiet", "--seed N".
[[nodiscard]] std::string option_words(const Option& option);
/// " [10]", or nothing for switches and empty texts.
[[nodiscard]] std::string default_words(const Setting& setting);

/// `text` broken at spaces into lines of at most `width` columns, each starting with `indent` spaces.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 100);

}  // namespace dovetail::cli
