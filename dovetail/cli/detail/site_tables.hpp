/// [[site]] tables: what everybody may know of sites that keep their rows.
#pragma once
#include <toml++/toml.h>

#include <string>
#include <vector>

#include "dovetail/model/site_data.hpp"

namespace dovetail::cli {

/// `node` is what stands under the key `site`; `file` and `where` name it in messages. UsageError with file, line, key.
[[nodiscard]] std::vector<SiteEntry> read_site_tables(const toml::node& node, const std::string& file,
                                                      const std::string& where);
/// The table, as read_site_tables() reads it back.
[[nodiscard]] std::string site_text(const SiteEntry& site);

}  // namespace dovetail::cli
