#include "dovetail/jobs/ep_family.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dovetail/core/array_name.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"

namespace dovetail {
namespace {

constexpr std::string_view kBlocks = "blocks:";
constexpr std::string_view kCure = "write dense, diagonal, or blocks:NAME+NAME,NAME+NAME, a comma between blocks";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// At separators outside of brackets, which names of elements may hold: mu[a,b].
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth = std::max(0, depth + (text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0));
    if (depth != 0 || text[i] != separator) continue;
    parts.push_back(trimmed(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

std::string words_of(const std::vector<std::vector<std::string>>& blocks) {
  std::string text;
  for (const auto& block : blocks) text += fmt::format("{}{}", text.empty() ? kBlocks : ",", fmt::join(block, "+"));
  return text.empty() ? "diagonal" : text;
}

/// What a name in a block may be: every parameter, and every array of them, once.
std::vector<std::string> names_of(const DividedModel& model) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  };
  for (std::size_t j = 0; j < model.shared(); ++j) add(array_of(model.description().coordinates[j].name));
  for (std::size_t j = 0; j < model.shared(); ++j) add(model.description().coordinates[j].name);
  return names;
}

}  // namespace

NamedFamily parse_family(std::string_view text) {
  if (text == "dense") return {};
  if (text == "diagonal") return {false, {}};
  if (!text.starts_with(kBlocks)) {
    throw UsageError(fmt::format("--family: \"{}\" is no family{}; {}", text,
                                 suggestion(text, std::vector<std::string>{"dense", "diagonal"}), kCure));
  }
  NamedFamily named{false, {}};
  for (const std::string_view block : split(text.substr(kBlocks.size()), ',')) {
    named.blocks.emplace_back();
    for (const std::string_view name : split(block, '+')) {
      if (name.empty()) throw UsageError(fmt::format("--family: \"{}\" has an empty name; {}", text, kCure));
      named.blocks.back().emplace_back(name);
    }
  }
  return named;
}

std::string words(const NamedFamily& named) { return named.dense ? "dense" : words_of(named.blocks); }

ep::Family family_of(const NamedFamily& named, const DividedModel& model) {
  const std::size_t d = model.shared();
  if (named.dense) return ep::Family::dense(d);
  const std::vector<Coordinate>& coordinates = model.description().coordinates;
  std::vector<std::size_t> block_of(d, named.blocks.size());  // those that are not named
  for (std::size_t b = 0; b < named.blocks.size(); ++b) {
    for (const std::string& name : named.blocks[b]) {
      bool found = false;
      for (std::size_t j = 0; j < d; ++j) {
        if (coordinates[j].name != name && array_of(coordinates[j].name) != name) continue;
        found = true;
        if (block_of[j] != named.blocks.size()) {
          throw UsageError(fmt::format("--family: {} stands twice; a parameter is in one block", coordinates[j].name));
        }
        block_of[j] = b;
      }
      if (!found) {
        throw UsageError(
            fmt::format("--family: {} is no parameter that sites share{}", name, suggestion(name, names_of(model))));
      }
    }
  }
  ep::Family family;
  std::vector<std::size_t> place(named.blocks.size(), d);  // in family.blocks
  for (std::uint32_t j = 0; j < d; ++j) {
    const std::size_t b = block_of[j];
    if (b < place.size() && place[b] < d) {
      family.blocks[place[b]].push_back(j);
      continue;
    }
    if (b < place.size()) place[b] = family.blocks.size();
    family.blocks.push_back({j});
  }
  return family;
}

std::string words(const ep::Family& family, const DividedModel& model) {
  if (family.blocks.size() == 1) return "dense";
  std::vector<std::vector<std::string>> blocks;
  for (const ep::Family::Block& block : family.blocks) {
    if (block.size() == 1) continue;
    blocks.emplace_back();
    for (const std::uint32_t j : block) blocks.back().push_back(model.description().coordinates[j].name);
  }
  return words_of(blocks);
}

}  // namespace dovetail
