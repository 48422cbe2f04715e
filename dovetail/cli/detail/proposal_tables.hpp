/// [[proposal]] tables of a configuration file.
#pragma once
#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <vector>

#include "dovetail/kernel/proposal/specification.hpp"

namespace dovetail::cli {

/// `node` is what stands under the key `proposal`, `where` names it in messages. UsageError with file, line and key.
/// What a kind of proposal does not take is found later, where the proposal is made.
[[nodiscard]] std::vector<ProposalSpec> read_proposals(const toml::node& node, const std::filesystem::path& file,
                                                       const std::string& where);
/// The table, as read_proposals() reads it back.
[[nodiscard]] std::string proposal_text(const ProposalSpec& spec);

}  // namespace dovetail::cli
