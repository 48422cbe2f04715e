/// Expectation propagation whose sites keep their rows. The mathematics is EpJob's, bit for bit; what differs is who
/// may see what.
///
/// A round of a site is done in one go, where its rows are: the server tells it the approximation and its own factor,
/// and hears its target, that target's error and counters. Between rounds the site's chains, which hold its local
/// parameters, are kept with the server, encrypted under a key made of the rows: whoever has the rows can go on with
/// them, nobody else can read them. See docs/adr/0036-sites-confide-their-chains.md.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/store/cipher.hpp"

namespace dovetail {

/// What a site is told at the start of a round: nothing that its cavity and its own factor would not tell.
struct SiteView {
  std::uint32_t round = 0;
  std::uint64_t first_step = 0;
  ep::Natural own, global;
  std::vector<double> mean, factor;  ///< of global
  std::uint64_t draws = 0;           ///< of this site in this round

  template <class Archive>
  void describe(Archive& archive) {
    archive(round);
    archive(first_step);
    archive(own);
    archive(global);
    archive(mean);
    archive(factor);
    archive(draws);
  }
};

/// A site within a round, where its rows are. Never told to anybody.
struct OpenSite {
  EpShared shared;
  Site site;
  SiteRecord record;
  Step next{};  ///< all before are done
};

struct ConfidedSite {
  Bytes sealed;                  ///< the Site; empty before its first round
  std::optional<OpenSite> open;  ///< is lost where the site changes its process, and then made again

  template <class Archive>
  void describe(Archive& archive) {
    archive(sealed);
  }
};

struct ConfidedRecord {
  SiteView view;   ///< until the round is done
  EpOutcome told;  ///< from then on

  template <class Archive>
  void describe(Archive& archive) {
    archive(view);
    archive(told);
  }
};

/// `told`, as far as it can be used: who has a site's account may have written anything. What cannot counts as a site
/// without a target: also a factor that is not of the family, of the shared parameters.
[[nodiscard]] EpOutcome usable(EpOutcome told, const ep::Family& family);

class PrivateEpJob {
 public:
  using Shared = EpShared;
  using Local = ConfidedSite;
  using Record = ConfidedRecord;
  using Outcome = EpOutcome;
  using Scratch = EpJob::Scratch;

  /// As EpJob's; `model` is private.
  PrivateEpJob(const DividedModel& model, const EpOptions& options);
  [[nodiscard]] const EpJob& open() const { return job_; }
  [[nodiscard]] std::string first_fault() const { return job_.first_fault(); }

  [[nodiscard]] std::uint32_t items(const Shared& shared) const { return job_.items(shared); }
  [[nodiscard]] Shared begin_shared() const { return job_.begin_shared(); }
  [[nodiscard]] Local begin_local(const Shared&, ItemId, Scratch&) const { return {}; }
  [[nodiscard]] std::uint64_t steps(const Shared& shared) const { return job_.steps(shared); }
  void begin_round(const Shared& shared, ItemId item, Local& site, Record& record) const;
  /// StoreError where the rows of the site are not here, or are not those that `site` was sealed with.
  void advance(const Shared& shared, ItemId item, Local& site, Record& record, Step step, Scratch& scratch) const;
  /// Of what a site tells, report() takes what is usable.
  [[nodiscard]] bool accepts(const Shared& shared, ItemId item, const Local& site, const Record& record,
                             Step next) const;
  /// Rounds are not divided: a site leaves its process only when it has been sealed.
  [[nodiscard]] std::uint64_t steps_between_drains(const Shared&) const;
  void drain(const Shared&, ItemId, Record&, Sink&) const {}  // draws stay at the sites
  [[nodiscard]] Outcome report(const Shared& shared, ItemId item, const Local& site, const Record& record) const;
  [[nodiscard]] Outcome merge(Outcome left, Outcome right) const;
  [[nodiscard]] Shared update(const Shared& shared, const Outcome& reports) const {
    return job_.update(shared, reports);
  }
  [[nodiscard]] bool reshapes(const Shared&) const { return false; }
  void reshape(const Shared&, const Shared&, std::vector<Local>&) const {}
  /// All that sites may see at once: where the run is.
  [[nodiscard]] Shared shown(const Shared& shared) const;

 private:
  [[nodiscard]] OpenSite begun(const SiteView& view, ItemId item, const Bytes& sealed, Scratch& scratch) const;

  const DividedModel& model_;
  EpJob job_;
};

}  // namespace dovetail
