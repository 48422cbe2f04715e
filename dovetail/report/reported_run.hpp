/// What a report is about: the files of a run, and those of its draws that whole rounds have finished.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/output/draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/summary.hpp"
#include "dovetail/report/pictures.hpp"

namespace dovetail::report {

/// How a run stands, as the caller found it; it decides what may be missing.
struct Standing {
  std::string status;  ///< "running", "killed", "failed", "incomplete", "ok" or "warnings"
  std::string reason;
};

class ReportedRun {
 public:
  /// Reads all but the draws themselves. A run that has ended must have its summary's files: FileError or
  /// CheckpointError, naming the file, where they are damaged or were changed since.
  ReportedRun(const RunFolder& folder, Standing standing);

  [[nodiscard]] const RunFolder& folder() const { return folder_; }
  [[nodiscard]] const Standing& standing() const { return standing_; }
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  [[nodiscard]] const std::string& command() const { return manifest_.identity.command; }
  /// Of the run's end; nothing while it goes on or where it was killed.
  [[nodiscard]] const std::optional<Summary>& summary() const { return summary_; }
  [[nodiscard]] const std::vector<RowFields>& rows() const { return rows_; }
  /// A statistical setting as resolved; empty when there is none of that name.
  [[nodiscard]] std::string option(const std::string& name) const;
  /// The column of rounds.csv as numbers; nothing where a field is empty or no number.
  [[nodiscard]] std::vector<std::optional<double>> column_of_rounds(const std::string& name) const;

  // Draws. They are of equal length for all chains; there are none before the first whole round that keeps some.
  [[nodiscard]] std::size_t chains() const { return chains_; }
  [[nodiscard]] std::size_t draws() const { return draws_; }  ///< of each chain
  [[nodiscard]] Round round() const { return round_; }        ///< whose draws they are
  [[nodiscard]] const KeptDraws& kept() const { return *reader_; }
  /// What of the draws was cut or is still written, for the user.
  [[nodiscard]] std::vector<std::string> notes() const {
    return reader_ ? reader_->notes() : std::vector<std::string>();
  }
  /// The quantities that tables show: the model's outputs, then log densities.
  [[nodiscard]] const std::vector<std::string>& quantities() const { return quantities_; }
  /// How many of these are outputs of the model.
  [[nodiscard]] std::size_t outputs() const { return outputs_; }
  /// Reads one column. FileError when it is damaged.
  [[nodiscard]] Chains column(std::size_t column) const;
  /// A column that the kernel shows of itself ("divergent", "energy"); nothing when it has none.
  [[nodiscard]] std::optional<Chains> shown(const std::string& name) const;

 private:
  void find_quantities();
  void find_draws();

  const RunFolder& folder_;
  Standing standing_;
  Manifest manifest_;
  std::optional<Summary> summary_;
  std::vector<RowFields> rows_;
  std::optional<DrawsReader> reader_;
  std::vector<std::string> quantities_;
  std::size_t outputs_ = 0;
  std::size_t chains_ = 0;
  std::size_t legs_ = 1;
  std::size_t draws_ = 0;
  Round round_{};
};

}  // namespace dovetail::report
