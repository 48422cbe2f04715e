/// From the state, rows and draws of a run to its result.
#pragma once
#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/jobs/recording.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/run/job.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {

/// What the record of a run must know of its job.
template <class R>
concept Recording = requires(const R& r, const typename R::JobType& job, const State<typename R::JobType>& state,
                             const Layout& layout, const KeptDraws& draws, const std::vector<typename R::Row>& rows,
                             const std::string& folder) {
  { r.job() } -> std::same_as<const typename R::JobType&>;
  { r.columns() } -> std::same_as<const std::vector<std::string>&>;
  { r.manifest(layout) } -> std::same_as<Manifest>;
  { r.last_row(state) } -> std::same_as<typename R::Row>;  // of the round that has just ended, hash and time left open
  { r.burn_in_before(state) } -> std::same_as<Round>;      // draws of earlier rounds may go
  { r.wants_looks() } -> std::same_as<bool>;               // is_enough() may say yes
  { r.is_enough(state, draws) } -> std::same_as<bool>;  // looked at between rounds: the run may end before its length
  { r.require_extends(state) } -> std::same_as<void>;   // UsageError when `state` is past what was asked for
  { r.require_draws(rows, draws, folder) } -> std::same_as<void>;  // CheckpointError when some were lost
  { r.summarise(state, draws) } -> std::same_as<Summary>;          // without times and digest
  { r.place(state) } -> std::same_as<std::string>;                 // "stopped in round 3 of 10"
  { R::kRowsInDigest } -> std::convertible_to<bool>;
};

namespace detail {

template <Recording R>
typename R::Row row_of(const R& recording, const State<typename R::JobType>& state, double seconds) {
  typename R::Row row = recording.last_row(state);
  row.state_sha256 = to_hex(sha256(pack(state)));
  row.seconds = seconds;
  return row;
}

template <Recording R>
std::string digest_of(const ManifestIdentity& identity, const std::vector<RowFields>& rows, const Summary& summary,
                      const KeptDraws& draws) {
  std::vector<RowFields> fields;
  if (R::kRowsInDigest) fields = rows;
  return digest(DigestParts{identity.model, identity.model_sha256, identity.data_sha256, identity.seed, fields,
                            summary.tempering, draws});
}

/// Everything of a result but its draws.
template <Recording R>
RunResult<typename R::Row> conclude(const R& recording, const State<typename R::JobType>& state, StopReason stop,
                                    std::vector<typename R::Row> rows, const KeptDraws& draws,
                                    const ManifestIdentity& identity) {
  RunResult<typename R::Row> result;
  result.stop = stop;
  result.columns = recording.columns();
  result.rounds = std::move(rows);
  result.summary = recording.summarise(state, draws);
  for (const auto& row : result.rounds) result.summary.sampling.seconds += row.seconds;
  if (stop != StopReason::finished) {
    result.summary.status = "incomplete";
    result.summary.status_reason = recording.place(state);
  }
  std::vector<RowFields> fields;
  for (const auto& row : result.rounds) fields.push_back(without_seconds(fields_of(row)));
  result.summary.rounds_sha256 = rounds_sha256(fields);
  result.summary.digest = digest_of<R>(identity, fields, result.summary, draws);
  return result;
}

}  // namespace detail
}  // namespace dovetail
