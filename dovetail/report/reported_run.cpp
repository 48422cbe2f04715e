#include "dovetail/report/reported_run.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <utility>

#include "dovetail/core/decimal.hpp"
#include "dovetail/jobs/columns.hpp"
#include "dovetail/output/digest.hpp"

namespace dovetail::report {
namespace {

constexpr std::array<std::string_view, 3> kLogDensities = {"log_prior", "log_likelihood", "log_reference"};

std::string field(const RowFields& row, std::string_view name) {
  const auto found = std::find_if(row.begin(), row.end(), [&](const auto& one) { return one.first == name; });
  return found == row.end() ? std::string() : found->second;
}

std::size_t whole(const std::string& text, std::size_t otherwise) {
  std::size_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() ? value : otherwise;
}

}  // namespace

ReportedRun::ReportedRun(const RunFolder& folder, Standing standing)
    : folder_(folder), standing_(std::move(standing)), manifest_(read_manifest(folder.manifest())) {
  if (has_ended(manifest_)) {
    static_cast<void>(digest(folder));  // an error unless its files are those of the run's end
    summary_ = read_summary(folder.summary());
  }
  if (std::filesystem::exists(folder.rounds())) rows_ = read_round_fields(folder.rounds());
  if (std::filesystem::exists(folder.draws())) {
    reader_.emplace(folder.draws());
    find_quantities();
    find_draws();
  }
}

std::string ReportedRun::option(const std::string& name) const {
  for (const auto& [key, value] : manifest_.identity.options) {
    if (key == name) return value;
  }
  return "";
}

std::vector<std::optional<double>> ReportedRun::column_of_rounds(const std::string& name) const {
  std::vector<std::optional<double>> values;
  for (const RowFields& row : rows_) values.push_back(parse_number(field(row, name)));
  return values;
}

/// Columns after the last log density are the kernel's own, or, with a history of swaps, the replica.
void ReportedRun::find_quantities() {
  quantities_ = reader_->columns();
  const auto is_log = [](const std::string& name) {
    return std::find(kLogDensities.begin(), kLogDensities.end(), name) != kLogDensities.end();
  };
  const auto last = std::find_if(quantities_.rbegin(), quantities_.rend(), is_log);
  if (last != quantities_.rend()) quantities_.erase(last.base(), quantities_.end());
  outputs_ = quantities_.size();
  const std::size_t logs = command() == "temper" ? 3 : command() == "sample" ? 2 : 0;
  outputs_ -= std::min(logs, outputs_);
}

void ReportedRun::find_draws() {
  const std::vector<Round> rounds = reader_->rounds();
  std::size_t complete = ~std::size_t{0};
  if (command() == "sample") {
    // All draws are those of the round after warm-up; rows of rounds.csv say how many of them whole rounds made.
    std::uint32_t warm_up = 0;
    complete = 0;
    for (const RowFields& row : rows_) {
      if (field(row, "phase") == "warmup") ++warm_up;
      if (field(row, "phase") == "draws") complete = whole(field(row, "draws"), 0);
    }
    round_ = Round(warm_up + 1);
  } else if (command() == "temper") {
    round_ = Round(static_cast<std::uint32_t>(rows_.size()));
    legs_ = std::max<std::size_t>(1, whole(option("legs"), 1));
  } else if (summary_ && !rounds.empty()) {
    round_ = rounds.back();  // of a corrected answer
  }
  if (std::find(rounds.begin(), rounds.end(), round_) == rounds.end()) return;
  const auto sources = reader_->sources(round_);
  chains_ = command() == "temper"   ? whole(option("copies"), 1)
            : command() == "sample" ? whole(option("chains"), sources.size())
                                    : sources.size();
  for (std::uint32_t s = 0; s < chains_ * legs_; ++s) {
    const bool is_there = std::binary_search(sources.begin(), sources.end(), ItemId(s));
    complete = is_there ? std::min<std::size_t>(complete, reader_->rows(round_, ItemId(s))) : 0;
  }
  draws_ = complete * legs_;
  if (draws_ == 0) chains_ = 0;
}

Chains ReportedRun::column(std::size_t column) const {
  Chains chains = interleaved_chains(*reader_, round_, column, chains_, legs_);
  for (auto& chain : chains) chain.resize(draws_);
  return chains;
}

std::optional<Chains> ReportedRun::shown(const std::string& name) const {
  if (draws_ == 0) return std::nullopt;
  const auto& names = reader_->columns();
  const auto found = std::find(names.begin() + static_cast<std::ptrdiff_t>(quantities_.size()), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return column(static_cast<std::size_t>(found - names.begin()));
}

}  // namespace dovetail::report
