/// The one table of run settings: flags, `DOVETAIL_*` variables, TOML keys, help and config.toml all come from it.
///
/// Precedence: flags, then environment, then the TOML file, then defaults. A new setting is one row in settings.cpp.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/lda.hpp"
#include "dovetail/jobs/private_sites.hpp"
#include "dovetail/jobs/read_corpus.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/jobs/temper.hpp"

namespace dovetail::cli {

inline constexpr unsigned kThreadsMax = 4096;

enum class ProgressStyle : std::uint8_t { automatic, table, lines, json, none };

/// Which job a run does.
enum class JobKind : std::uint8_t { temper, sample, ep, lda };
inline constexpr std::array kJobs = {JobKind::temper, JobKind::sample, JobKind::ep, JobKind::lda};
[[nodiscard]] std::string_view command_of(JobKind job);
/// The job that a command runs; nothing for other commands.
[[nodiscard]] std::optional<JobKind> job_of(std::string_view command);

/// What `temper`, `sample`, `ep`, `lda` and `resume` are told, with defaults.
struct RunSettings {
  JobKind job = JobKind::temper;
  std::string model;  ///< as given: "builtin:NAME,key=value" or a file; `lda`: the first file of a corpus
  std::string data;   ///< file of a library's data, or of rows for `ep`; empty: none
  // What several jobs have stands in the options of each; a row or table sets all at once.
  TemperOptions temper;
  SampleOptions sample;
  EpOptions ep;
  Division division;                      ///< `ep`: how rows become sites
  std::string sites;                      ///< `ep`: file of the sites that keep their rows; empty: rows are in `data`
  std::vector<SiteEntry> site_entries;    ///< what it says; of a run that is there, what it said
  std::uint64_t min_rows = kSiteRowsMin;  ///< of such a site
  LdaOptions lda;
  CorpusReading reading;      ///< `lda`: how a file becomes a corpus
  std::string held_out;       ///< `lda`: file or pattern of documents that its topics are scored by; empty: none
  std::string init = "auto";  ///< `sample`: a rule, or the file or run that points are read from; `ep`: of factors
  Layout layout{"auto"};
  double model_timeout_s = 60;  ///< of one call of a library or program
  std::string out;              ///< folder; empty: a new one below dovetail-runs/
  bool force = false;
  bool csv = false;
  double checkpoint_every_s = 60;  ///< 0: at the end of each round alone
  std::optional<double> max_time_s;
  ProgressStyle progress = ProgressStyle::automatic;
  bool json = false;
  bool strict = false;
  bool quiet = false;
  bool verbose = false;
  std::vector<std::string> more_files{};  ///< `lda`: of the corpus, after `model`
};

/// Where a setting stands in help and config.toml.
enum class SettingGroup : std::uint8_t { statistics, layout, files, output };

/// Whether `resume` may change it.
enum class OnResume : std::uint8_t { fixed, may_change };

/// What a value is in a TOML file; flags and variables are texts.
enum class TomlType : std::uint8_t {
  whole,
  wide_whole,     ///< a whole number, or a text with one: TOML's own end at 2^63-1
  whole_or_word,  ///< a whole number or "auto"
  text,
  time,  ///< a text such as "60s", or a number of seconds
  boolean,
  betas,  ///< a list of numbers or "adapted"
  number,
  number_or_word,
  number_or_auto,
};

/// Whose setting it is: a bit for each job.
enum class Concerns : std::uint8_t {
  temper = 1,
  sample = 2,
  both = 3,
  ep = 4,
  rounds = 5,
  chains = 6,
  densities = 7,
  lda = 8,
  pools = 14,  ///< that workers may join
  all = 15
};

struct Setting {
  std::string_view key;      ///< TOML key; the flag is `--` + key with dashes, the variable `DOVETAIL_` + upper case
  char letter;               ///< short flag, or 0
  std::string_view value;    ///< how help shows the value; empty for a switch
  std::string_view allowed;  ///< what a value may be, for error messages
  std::string_view help;     ///< one clause
  TomlType type;
  SettingGroup group;
  Concerns concerns;
  OnResume on_resume;
  void (*set)(RunSettings&, std::string_view text);  ///< throws BadValue, or UsageError with its own words
  std::string (*get)(const RunSettings&);            ///< a TOML value that `set` reads back

  [[nodiscard]] bool is_of(JobKind job) const {
    return (static_cast<unsigned>(concerns) >> static_cast<unsigned>(job) & 1U) != 0;
  }
  /// Whether there is no default.
  [[nodiscard]] bool must_be_given() const { return key == "topics"; }
  [[nodiscard]] std::string flag() const;
  [[nodiscard]] std::string variable() const;
};

[[nodiscard]] std::span<const Setting> setting_table();
/// The row with this key, or null.
[[nodiscard]] const Setting* find_setting(std::string_view key);
/// Keys of one job's settings.
[[nodiscard]] std::vector<std::string> setting_keys(JobKind job);
[[nodiscard]] std::string_view group_title(SettingGroup group);

/// Sets one value; UsageError names `where` ("--rounds", "run.toml:3: rounds"), the value, what is allowed and the
/// default.
void set_value(RunSettings& settings, const Setting& setting, std::string_view text, std::string_view where);

/// What the settings of a call, from all their sources, must agree on; UsageError.
void check_settings(const RunSettings& settings);

/// Settings from split flags ("--rounds" -> "12"); names that are not settings are the command's own and are left
/// alone. No flag and no variable may be empty.
void apply_flags(RunSettings& settings, const std::map<std::string, std::string>& flags);

/// Settings from the environment: `DOVETAIL_ROUNDS=12`, `DOVETAIL_MODEL=builtin:mvn`; when resuming, those that may
/// change then. A variable one letter from a setting is a UsageError; others that start with DOVETAIL_ belong to
/// somebody else and are left alone.
void apply_environment(RunSettings& settings, bool resuming);

/// Wipes DOVETAIL_STORE, which may hold a password, once the settings have it: programs and libraries of models, and
/// what these start, see the environment. While there is one thread.
void forget_store_variable();

}  // namespace dovetail::cli
