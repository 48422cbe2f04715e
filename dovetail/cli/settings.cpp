// The rows, in the order of help and config.toml.
#include "dovetail/cli/settings.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <limits>

#include "dovetail/cli/values.hpp"
#include "dovetail/cli/words.hpp"
#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/lda/counts.hpp"
#include "dovetail/model/divided/site_models.hpp"
#include "dovetail/store/url.hpp"
#include "dovetail/tempering/schedule.hpp"

namespace dovetail::cli {
namespace {

using Settings = RunSettings;
using Text = std::string_view;
constexpr auto kSeedMax = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kTomlMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kSitesMax = 1000000;
constexpr std::uint64_t kRowsMax = 1000000000;
constexpr std::uint32_t kReplicasMaxLeast = tempering::kReplicasMin;
static_assert(kRoundsMax == 40 && kEpRoundsMax == 1000 && kReplicasMax == 100000 && kSwapEveryMax == 1000000 &&
                  kCopiesMax == 100000 && kReplicasMaxLeast == 3,
              "the texts of the rows name the limits");

std::uint32_t whole32(Text text, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(parse_whole(text, low, high));
}
std::string on_off(bool value) { return value ? "true" : "false"; }

constexpr Words<ReferenceKind, 4> kReferences = {{{"auto", ReferenceKind::automatic},
                                                  {"prior", ReferenceKind::prior},
                                                  {"gaussian", ReferenceKind::gaussian},
                                                  {"variational", ReferenceKind::variational}}};
constexpr Words<Keep, 2> kKeeps = {{{"last", Keep::last_round}, {"all", Keep::all_rounds}}};
constexpr Words<SiteEstimator, 6> kEstimators = {{{"score", SiteEstimator::score},
                                                  {"lap", SiteEstimator::lap},
                                                  {"gradient", SiteEstimator::gradient},
                                                  {"moments", SiteEstimator::moments},
                                                  {"laplace", SiteEstimator::laplace},
                                                  {"consensus", SiteEstimator::consensus}}};
constexpr Words<Allocation, 2> kAllocations = {{{"even", Allocation::even}, {"noise", Allocation::noise}}};
constexpr Words<Learn, 4> kLearns = {
    {{"both", Learn::both}, {"alpha", Learn::alpha}, {"beta", Learn::beta}, {"none", Learn::none}}};
constexpr Words<CorpusFormat, 7> kFormats = {{{"auto", CorpusFormat::automatic},
                                              {"bag", CorpusFormat::bag},
                                              {"uci", CorpusFormat::uci},
                                              {"ldac", CorpusFormat::ldac},
                                              {"mallet", CorpusFormat::mallet},
                                              {"text", CorpusFormat::text},
                                              {"binary", CorpusFormat::binary}}};
constexpr Words<OnError, 2> kOnErrors = {{{"stop", OnError::stop}, {"reject", OnError::reject}}};
constexpr Words<ProgressStyle, 5> kProgressStyles = {{{"auto", ProgressStyle::automatic},
                                                      {"table", ProgressStyle::table},
                                                      {"lines", ProgressStyle::lines},
                                                      {"json", ProgressStyle::json},
                                                      {"none", ProgressStyle::none}}};

constexpr Words<MetricKind, 3> kMetrics = {
    {{"unit", MetricKind::unit}, {"diagonal", MetricKind::diagonal}, {"dense", MetricKind::dense}}};
constexpr Words<WarmUpScheme, 2> kSchemes = {{{"fisher", WarmUpScheme::fisher}, {"stan", WarmUpScheme::stan}}};

void set_executor(Settings& s, Text t) {
  if (t != "auto" && t != "serial" && t != "threads" && t != "mpi" && t != "pool") {
    throw_unknown_word(t, {"auto", "serial", "threads", "mpi", "pool"});
  }
  s.layout.executor = t;
}
void set_round_timeout(Settings& s, Text t) {
  constexpr double kLeast = 2;  // ranks tell each other twice a second that they are there
  s.layout.round_timeout_s = parse_seconds(t);
  if (s.layout.round_timeout_s < kLeast) throw BadValue("is less than 2s, too short to tell silence from work");
}
void set_store(Settings& s, Text t) {
  if (t == "memory") {
    throw UsageError(
        "a store in memory is seen by this process alone, and workers are others; give dir:PATH or redis://");
  }
  s.layout.store = t;
}
void set_kernel(Settings& s, Text t) {
  if (("+" + std::string(t) + "+").find("++") != std::string::npos) throw BadValue("has an empty name");
  s.temper.kernel = s.sample.kernel = t;
}
std::string get_schedule(const Settings& s) {
  return s.temper.schedule.empty() ? toml_string("adapted") : fmt::format("[{}]", fmt::join(s.temper.schedule, ", "));
}
std::string get_seed(const Settings& s) {
  const std::string text = fmt::to_string(s.temper.seed);
  return s.temper.seed > kTomlMax ? toml_string(text) : text;  // TOML's integers have 63 bits
}

using enum TomlType;
constexpr auto kSample = SettingGroup::statistics;
constexpr auto kWhere = SettingGroup::layout;
constexpr auto kFiles = SettingGroup::files;
constexpr auto kPrint = SettingGroup::output;
constexpr auto kFixed = OnResume::fixed;
constexpr auto kFree = OnResume::may_change;
constexpr auto kTemper = Concerns::temper;
constexpr auto kOnlySample = Concerns::sample;
constexpr auto kBoth = Concerns::both;
constexpr auto kOnlyEp = Concerns::ep;
constexpr auto kInRounds = Concerns::rounds;
constexpr auto kInChains = Concerns::chains;
constexpr auto kDensities = Concerns::densities;
constexpr auto kOnlyLda = Concerns::lda;
constexpr auto kInPools = Concerns::pools;
constexpr auto kAll = Concerns::all;

const std::array kSettings = {
    Setting{"data", 0, "FILE", "a JSON file (ep: CSV)",
            "data of a library or program; ep: rows with a line of names; with --sites SITE=FILE,... or a folder", text,
            kSample, kDensities, kFixed, [](Settings& s, Text t) { s.data = t; },
            [](const Settings& s) { return toml_string(s.data); }},
    Setting{"seed", 0, "N", "a whole number from 0 to 2^64-1", "seed of every random number", wide_whole, kSample, kAll,
            kFixed,
            [](Settings& s, Text t) {
              s.temper.seed = s.sample.seed = s.ep.seed = s.lda.seed = parse_whole(t, 0, kSeedMax);
            },
            get_seed},
    Setting{"rounds", 0, "N", "a whole number from 1 to 40 (ep: 1000)",
            "temper: round r has 2^r scans, draws come from the last; ep: at most so many", whole, kSample, kInRounds,
            kFixed,
            [](Settings& s, Text t) {
              const std::uint32_t rounds = whole32(t, 1, s.job == JobKind::ep ? kEpRoundsMax : kRoundsMax);
              (s.job == JobKind::ep ? s.ep.rounds : s.temper.rounds) = rounds;
            },
            [](const Settings& s) { return fmt::to_string(s.job == JobKind::ep ? s.ep.rounds : s.temper.rounds); }},
    Setting{"replicas", 0, "auto|N", "auto, or a whole number from 2 to 100000",
            "rungs of the ladder; auto: from the measured barrier", whole_or_word, kSample, kTemper, kFixed,
            [](Settings& s, Text t) { s.temper.replicas = t == "auto" ? 0 : whole32(t, 2, kReplicasMax); },
            [](const Settings& s) {
              return s.temper.replicas == 0 ? toml_string("auto") : fmt::to_string(s.temper.replicas);
            }},
    Setting{"replicas_max", 0, "N", "a whole number from 3 to 100000", "limit of the automatic number of rungs", whole,
            kSample, kTemper, kFixed,
            [](Settings& s, Text t) { s.temper.replicas_max = whole32(t, kReplicasMaxLeast, kReplicasMax); },
            [](const Settings& s) { return fmt::to_string(s.temper.replicas_max); }},
    Setting{"schedule", 0, "B,B,...", "adapted, increasing betas from 0 to 1 such as 0,0.1,0.4,1, or geometric:T_MAX,N",
            "fixed betas instead of adapted ones; geometric:T_MAX,N: N temperatures and beta 0", betas, kSample,
            kTemper, kFixed,
            [](Settings& s, Text t) { s.temper.schedule = t == "adapted" ? std::vector<double>() : parse_schedule(t); },
            get_schedule},
    Setting{"kernel", 0, "NAME", "auto, or names from `dovetail help kernels`",
            "how a state moves; a cycle `a+b` does both", text, kSample, kBoth, kFixed, set_kernel,
            [](const Settings& s) { return toml_string(s.temper.kernel); }},
    Setting{"reference", 0, "KIND", "auto, prior, gaussian or variational", "the easy end of the path (beta 0)", text,
            kSample, kTemper, kFixed, [](Settings& s, Text t) { s.temper.reference = from_word(kReferences, t); },
            [](const Settings& s) { return to_word(kReferences, s.temper.reference); }},
    Setting{"legs", 0, "auto|1|2", "auto, 1 or 2", "2 adds a leg with a fixed reference to a variational one",
            whole_or_word, kSample, kTemper, kFixed,
            [](Settings& s, Text t) { s.temper.legs = t == "auto" ? 0 : whole32(t, 1, 2); },
            [](const Settings& s) { return s.temper.legs == 0 ? toml_string("auto") : fmt::to_string(s.temper.legs); }},
    Setting{"copies", 0, "N", "a whole number from 1 to 100000",
            "independent ladders; 4 or more give R-hat and a better error", whole, kSample, kTemper, kFixed,
            [](Settings& s, Text t) { s.temper.copies = whole32(t, 1, kCopiesMax); },
            [](const Settings& s) { return fmt::to_string(s.temper.copies); }},
    Setting{"swap_every", 0, "auto|N", "auto, or a whole number from 1 to 1000000",
            "kernel steps of every rung before a swap; auto: 1, up to 8 where they move too little", whole_or_word,
            kSample, kTemper, kFixed,
            [](Settings& s, Text t) { s.temper.swap_every = t == "auto" ? 0 : whole32(t, 1, kSwapEveryMax); },
            [](const Settings& s) {
              return s.temper.swap_every == 0 ? toml_string("auto") : fmt::to_string(s.temper.swap_every);
            }},
    Setting{"keep", 0, "last|all", "last or all", "keep the draws of the last round, or of all rounds", text, kSample,
            kTemper, kFixed, [](Settings& s, Text t) { s.temper.keep = from_word(kKeeps, t); },
            [](const Settings& s) { return to_word(kKeeps, s.temper.keep); }},
    Setting{"every_rung", 0, "", "true or false", "keep the draws of every rung, not of the target alone", boolean,
            kSample, kTemper, kFixed, [](Settings& s, Text t) { s.temper.every_rung = parse_switch(t); },
            [](const Settings& s) { return on_off(s.temper.every_rung); }},
    Setting{"swap_history", 0, "", "true or false",
            "keep every rung's draws with the replica that made them, and swaps.csv", boolean, kSample, kTemper, kFixed,
            [](Settings& s, Text t) { s.temper.swap_history = parse_switch(t); },
            [](const Settings& s) { return on_off(s.temper.swap_history); }},
    Setting{"on_error", 0, "stop|reject", "stop or reject", "what a NaN, +inf or exception of the model does", text,
            kSample, kBoth, kFixed,
            [](Settings& s, Text t) { s.temper.on_error = s.sample.on_error = from_word(kOnErrors, t); },
            [](const Settings& s) { return to_word(kOnErrors, s.temper.on_error); }},
    Setting{"chains", 0, "N", "a whole number from 1 to 100000", "independent chains; ep: at each site", whole, kSample,
            kInChains, kFixed, [](Settings& s, Text t) { s.sample.chains = s.ep.chains = whole32(t, 1, kChainsMax); },
            [](const Settings& s) { return fmt::to_string(s.sample.chains); }},
    Setting{"warmup", 0, "auto|N", "auto, or a whole number",
            "iterations before draws; auto: 300 for NUTS, else 1000; ep: 100, in every round", whole_or_word, kSample,
            kInChains, kFixed,
            [](Settings& s, Text t) {
              s.sample.warmup = s.ep.warmup =
                  t == "auto" ? std::nullopt : std::optional(parse_whole(t, 0, kIterationsMax));
            },
            [](const Settings& s) { return s.sample.warmup ? fmt::to_string(*s.sample.warmup) : toml_string("auto"); }},
    Setting{"draws", 0, "N", "a whole number from 1 on",
            "draws kept from each chain; ep: of a site in a round, over its chains", whole, kSample, kInChains, kFixed,
            [](Settings& s, Text t) {
              (s.job == JobKind::ep ? s.ep.draws : s.sample.draws) = parse_whole(t, 1, kIterationsMax);
            },
            [](const Settings& s) { return fmt::to_string(s.job == JobKind::ep ? s.ep.draws : s.sample.draws); }},
    Setting{
        "until_ess", 0, "none|N", "none, or a positive number",
        "end at the first doubling of draws where every bulk and tail ESS has it", number_or_word, kSample, kOnlySample,
        kFree,
        [](Settings& s, Text t) { s.sample.until_ess = t == "none" ? std::nullopt : std::optional(parse_number(t)); },
        [](const Settings& s) { return s.sample.until_ess ? shortest(*s.sample.until_ess) : toml_string("none"); }},
    Setting{"thin", 0, "N", "a whole number from 1 on", "iterations for each draw that is kept", whole, kSample,
            kOnlySample, kFixed, [](Settings& s, Text t) { s.sample.thin = parse_whole(t, 1, kIterationsMax); },
            [](const Settings& s) { return fmt::to_string(s.sample.thin); }},
    Setting{"init", 0, "RULE|FILE", "auto, uniform, prior, a JSON file of parameters, or the folder of a run",
            "where chains start; ep: auto, or a run whose factors sites of the same names begin with", text, kSample,
            kInChains, kFixed, [](Settings& s, Text t) { s.init = t; },
            [](const Settings& s) { return toml_string(s.init); }},
    Setting{"init_radius", 0, "R", "a number from 0 on", "uniform starts lie in (-R, R) on the unconstrained scale",
            number, kSample, kOnlySample, kFixed, [](Settings& s, Text t) { s.sample.start_radius = parse_number(t); },
            [](const Settings& s) { return shortest(s.sample.start_radius); }},
    Setting{"jitter", 0, "SD", "a number from 0 on", "normal noise added to every start, on the unconstrained scale",
            number, kSample, kOnlySample, kFixed, [](Settings& s, Text t) { s.sample.jitter = parse_number(t); },
            [](const Settings& s) { return shortest(s.sample.jitter); }},
    Setting{"adapt_delta", 0, "P", "a number between 0 and 1", "acceptance that step sizes are adapted to", number,
            kSample, kInChains, kFixed,
            [](Settings& s, Text t) { s.sample.kernel_settings.adapt_delta = s.ep.adapt_delta = parse_number(t); },
            [](const Settings& s) { return shortest(s.sample.kernel_settings.adapt_delta); }},
    Setting{"max_depth", 0, "N", "a whole number from 1 to 20", "NUTS: doublings of a trajectory", whole, kSample,
            kInChains, kFixed,
            [](Settings& s, Text t) {
              (s.job == JobKind::ep ? s.ep.depth_max : s.sample.kernel_settings.depth_max) = whole32(t, 1, 20);
            },
            [](const Settings& s) {
              return fmt::to_string(s.job == JobKind::ep ? s.ep.depth_max : s.sample.kernel_settings.depth_max);
            }},
    Setting{"leapfrogs", 0, "N", "a whole number from 1 to 100000", "hmc: mean number of steps of a trajectory", whole,
            kSample, kOnlySample, kFixed,
            [](Settings& s, Text t) { s.sample.kernel_settings.leapfrogs = whole32(t, 1, 100000); },
            [](const Settings& s) { return fmt::to_string(s.sample.kernel_settings.leapfrogs); }},
    Setting{
        "metric", 0, "KIND", "auto, unit, diagonal or dense", "auto: dense up to 300 coordinates, diagonal above", text,
        kSample, kOnlySample, kFixed,
        [](Settings& s, Text t) {
          s.sample.metric = t == "auto" ? std::nullopt : std::optional(from_word(kMetrics, t));
        },
        [](const Settings& s) { return s.sample.metric ? to_word(kMetrics, *s.sample.metric) : toml_string("auto"); }},
    Setting{"warmup_scheme", 0, "NAME", "fisher or stan",
            "fisher: short, metric from gradients, pooled where chains agree", text, kSample, kOnlySample, kFixed,
            [](Settings& s, Text t) { s.sample.scheme = from_word(kSchemes, t); },
            [](const Settings& s) { return to_word(kSchemes, s.sample.scheme); }},
    Setting{"save_warmup", 0, "", "true or false", "keep the draws of warm-up too", boolean, kSample, kOnlySample,
            kFixed, [](Settings& s, Text t) { s.sample.save_warmup = parse_switch(t); },
            [](const Settings& s) { return on_off(s.sample.save_warmup); }},

    Setting{"by", 0, "COLUMN", "the name of a column",
            "rows with the same value form a group, with parameters of its own", text, kSample, kDensities, kFixed,
            [](Settings& s, Text t) { s.division.by = t; },
            [](const Settings& s) { return toml_string(s.division.by); }},
    Setting{"outcome", 0, "COLUMN", "the name of a column", "what the model explains by the other numeric columns",
            text, kSample, kDensities, kFixed, [](Settings& s, Text t) { s.division.outcome = t; },
            [](const Settings& s) { return toml_string(s.division.outcome); }},
    Setting{"sites_max", 0, "N", "a whole number from 1 to 1000000",
            "more groups share sites, neighbours with the fewest rows first", whole, kSample, kOnlyEp, kFixed,
            [](Settings& s, Text t) { s.division.sites_max = whole32(t, 1, kSitesMax); },
            [](const Settings& s) { return fmt::to_string(s.division.sites_max); }},
    Setting{"shared", 0, "PRIORS", "as in 'mu ~ normal(0, 4), tau ~ lognormal(0, 1)'",
            "parameters of a MODEL that is a file that all sites share, by name, with their priors", text, kSample,
            kDensities, kFixed, [](Settings& s, Text t) { s.division.shared = parse_shared(t); },
            [](const Settings& s) { return toml_string(words(s.division.shared)); }},
    Setting{"sites", 0, "FILE", "a file of [[site]] tables, as `dovetail sites` writes them",
            "sites that keep their rows: their names and hashes, as `dovetail sites` writes them", text, kSample,
            kOnlyEp, kFixed, [](Settings& s, Text t) { s.sites = t; },
            [](const Settings& s) { return toml_string(s.sites); }},
    Setting{
        "estimator", 0, "NAME", "score, lap, gradient, moments, laplace or consensus",
        "a site's factor: by regression of scores (score: of lap and gradient the less noisy), by its moments, at its "
        "mode, or, for comparison, once, by consensus",
        text, kSample, kOnlyEp, kFixed, [](Settings& s, Text t) { s.ep.estimator = from_word(kEstimators, t); },
        [](const Settings& s) { return to_word(kEstimators, s.ep.estimator); }},
    Setting{"allocation", 0, "NAME", "even or noise",
            "draws of sites: the same at all, or more where they take away most noise for what they cost", text,
            kSample, kOnlyEp, kFixed, [](Settings& s, Text t) { s.ep.allocation = from_word(kAllocations, t); },
            [](const Settings& s) { return to_word(kAllocations, s.ep.allocation); }},
    Setting{"family", 0, "FAMILY", "dense, diagonal or blocks:NAME+NAME,NAME+NAME",
            "the approximation: normal, with all correlations, with none, or with those within blocks", text, kSample,
            kOnlyEp, kFixed, [](Settings& s, Text t) { s.ep.family = parse_family(t); },
            [](const Settings& s) { return toml_string(words(s.ep.family)); }},
    Setting{"power", 0, "P", "a number above 0 and at most 1",
            "share of a site's factor that its cavity is without; 1: plain expectation propagation", number, kSample,
            kOnlyEp, kFixed, [](Settings& s, Text t) { s.ep.power = parse_number(t); },
            [](const Settings& s) { return shortest(s.ep.power); }},
    Setting{"step", 0, "auto|D", "auto, or a number above 0 and at most 1",
            "share of the way to their targets that sites go; auto: 1, then 0.7", number_or_auto, kSample, kOnlyEp,
            kFixed,
            [](Settings& s, Text t) { s.ep.step = t == "auto" ? std::nullopt : std::optional(parse_number(t)); },
            [](const Settings& s) { return s.ep.step ? shortest(*s.ep.step) : toml_string("auto"); }},
    Setting{"tolerance", 0, "NATS", "a number above 0", "rounds end when distance and noise of the answer are below",
            number, kSample, kOnlyEp, kFixed, [](Settings& s, Text t) { s.ep.tolerance = parse_number(t); },
            [](const Settings& s) { return shortest(s.ep.tolerance); }},
    Setting{"correct", 0, "none|NATS", "none, or a number above 0",
            "after the rounds: remove EP's own bias by importance sampling, down to so much noise", number_or_word,
            kSample, kOnlyEp, kFixed,
            [](Settings& s, Text t) { s.ep.correct = t == "none" ? std::nullopt : std::optional(parse_number(t)); },
            [](const Settings& s) { return s.ep.correct ? shortest(*s.ep.correct) : toml_string("none"); }},

    Setting{"topics", 0, "K", "a whole number from 1 to 4096", "how many topics there are", whole, kSample, kOnlyLda,
            kFixed, [](Settings& s, Text t) { s.lda.topics = whole32(t, 0, lda::kTopicsMax); },
            [](const Settings& s) { return fmt::to_string(s.lda.topics); }},
    Setting{"sweeps", 0, "N", "a whole number from 1 to 1000000", "how often every token is drawn", whole, kSample,
            kOnlyLda, kFixed, [](Settings& s, Text t) { s.lda.sweeps = whole32(t, 1, kSweepsMax); },
            [](const Settings& s) { return fmt::to_string(s.lda.sweeps); }},
    Setting{"round_sweeps", 0, "auto|N", "auto, or a whole number that divides --sweeps",
            "sweeps of a round, at whose end priors are learnt; auto: up to 10", whole_or_word, kSample, kOnlyLda,
            kFixed, [](Settings& s, Text t) { s.lda.round_sweeps = t == "auto" ? 0 : whole32(t, 1, kSweepsMax); },
            [](const Settings& s) {
              return s.lda.round_sweeps == 0 ? toml_string("auto") : fmt::to_string(s.lda.round_sweeps);
            }},
    Setting{"shards", 0, "auto|S", "auto, or a whole number from 1 to 1024",
            "of documents, and slices of words; 1: exact; auto: up to 8, by the tokens", whole_or_word, kSample,
            kOnlyLda, kFixed, [](Settings& s, Text t) { s.lda.shards = t == "auto" ? 0 : whole32(t, 1, kShardsMax); },
            [](const Settings& s) { return s.lda.shards == 0 ? toml_string("auto") : fmt::to_string(s.lda.shards); }},
    Setting{"alpha", 0, "auto|A", "auto, or a number above 0",
            "every topic's parameter of the prior of documents, at the start; auto: 50 / topics", number_or_auto,
            kSample, kOnlyLda, kFixed,
            [](Settings& s, Text t) { s.lda.alpha = t == "auto" ? std::nullopt : std::optional(parse_number(t)); },
            [](const Settings& s) { return s.lda.alpha ? shortest(*s.lda.alpha) : toml_string("auto"); }},
    Setting{"beta", 0, "B", "a number above 0", "every word's parameter of the prior of topics, at the start", number,
            kSample, kOnlyLda, kFixed, [](Settings& s, Text t) { s.lda.beta = parse_number(t); },
            [](const Settings& s) { return shortest(s.lda.beta); }},
    Setting{"learn", 0, "WHICH", "both, alpha, beta or none",
            "priors that are learnt after every round, from sweep 50 on", text, kSample, kOnlyLda, kFixed,
            [](Settings& s, Text t) { s.lda.learn = from_word(kLearns, t); },
            [](const Settings& s) { return to_word(kLearns, s.lda.learn); }},
    Setting{"format", 0, "NAME", "auto, bag, uci, ldac, mallet, text or binary",
            "of the corpus; auto: bag, uci, ldac or binary, by how it begins", text, kSample, kOnlyLda, kFixed,
            [](Settings& s, Text t) { s.reading.format = from_word(kFormats, t); },
            [](const Settings& s) { return to_word(kFormats, s.reading.format); }},
    Setting{"vocabulary", 0, "FILE", "a file with a word a line", "words of a corpus of numbers (uci, ldac)", text,
            kSample, kOnlyLda, kFixed, [](Settings& s, Text t) { s.reading.vocabulary = t; },
            [](const Settings& s) { return toml_string(s.reading.vocabulary.string()); }},
    Setting{"stop_words", 0, "FILE", "a file with a word a line", "words that are left out of the corpus", text,
            kSample, kOnlyLda, kFixed, [](Settings& s, Text t) { s.reading.stop_words = t; },
            [](const Settings& s) { return toml_string(s.reading.stop_words.string()); }},
    Setting{"min_count", 0, "N", "a whole number from 1 to 2147483647",
            "words with fewer tokens in all documents are left out", whole, kSample, kOnlyLda, kFixed,
            [](Settings& s, Text t) { s.reading.min_count = parse_whole(t, 1, lda::kCorpusTokensMax); },
            [](const Settings& s) { return fmt::to_string(s.reading.min_count); }},
    Setting{"max_share", 0, "P", "a number above 0 and at most 1",
            "words in a larger share of the documents are left out", number, kSample, kOnlyLda, kFixed,
            [](Settings& s, Text t) {
              const double share = parse_number(t);
              if (share <= 0 || share > 1) throw BadValue("is not in that range");
              s.reading.max_share = share;
            },
            [](const Settings& s) { return shortest(s.reading.max_share); }},

    Setting{"executor", 0, "NAME", "auto, serial, threads, mpi or pool",
            "auto: mpi under mpirun or srun, pool with a --store, else threads", text, kWhere, kAll, kFree,
            set_executor, [](const Settings& s) { return toml_string(s.layout.executor); }},
    Setting{"threads", 0, "auto|N", "auto, or a whole number from 1 to 4096",
            "threads of each process; auto: its share of the cores, or what Slurm gave", whole_or_word, kWhere, kAll,
            kFree, [](Settings& s, Text t) { s.layout.threads = t == "auto" ? 0 : whole32(t, 1, kThreadsMax); },
            [](const Settings& s) {
              return s.layout.threads == 0 ? toml_string("auto") : fmt::to_string(s.layout.threads);
            }},
    Setting{"round_timeout", 0, "TIME", "a time of at least 2s, such as 60s",
            "under mpirun: a rank, in a pool: all workers silent for so long end the run", time, kWhere, kAll, kFree,
            set_round_timeout, [](const Settings& s) { return toml_string(seconds_text(s.layout.round_timeout_s)); }},
    Setting{"store", 0, "URL", "dir:PATH, redis://HOST or redis+unix:///SOCKET (docs/stores.md)",
            "where workers (`dovetail worker`) meet this run and do its work", text, kWhere, kInPools, kFree, set_store,
            [](const Settings& s) { return toml_string(without_login(s.layout.store)); }},
    Setting{"run", 0, "NAME", "1 to 64 characters of a-z, 0-9, - and _", "name of the run in the --store", text, kWhere,
            kInPools, kFree, [](Settings& s, Text t) { s.layout.run = t; },
            [](const Settings& s) { return toml_string(s.layout.run); }},
    Setting{"model_timeout", 0, "TIME", "a time such as 60s",
            "longest call of a library or program; one that takes longer hangs, and ends the run", time, kWhere,
            kDensities, kFree, [](Settings& s, Text t) { s.model_timeout_s = parse_seconds(t); },
            [](const Settings& s) { return toml_string(seconds_text(s.model_timeout_s)); }},

    Setting{"out", 0, "DIR", "the name of a folder that does not exist yet",
            "folder of the run; otherwise a new one in dovetail-runs/", text, kFiles, kAll, kFixed,
            [](Settings& s, Text t) { s.out = t; }, [](const Settings& s) { return toml_string(s.out); }},
    Setting{"force", 0, "", "true or false", "replace an earlier run in --out", boolean, kFiles, kAll, kFixed,
            [](Settings& s, Text t) { s.force = parse_switch(t); }, [](const Settings& s) { return on_off(s.force); }},
    Setting{"csv", 0, "", "true or false", "write the draws in CmdStan's CSV layout too", boolean, kFiles, kBoth, kFree,
            [](Settings& s, Text t) { s.csv = parse_switch(t); }, [](const Settings& s) { return on_off(s.csv); }},
    Setting{"held_out", 0, "none|FILE", "none, or a file of documents, or a pattern such as 'held/*.tsv'",
            "documents that are scored when the run has ended, as by `lda infer`", text, kFiles, kOnlyLda, kFree,
            [](Settings& s, Text t) { s.held_out = t == "none" ? "" : t; },
            [](const Settings& s) { return toml_string(s.held_out.empty() ? "none" : s.held_out); }},
    Setting{"checkpoint_every", 0, "round|TIME", "round, or a time such as 60s",
            "checkpoints besides those at round ends", time, kFiles, kAll, kFree,
            [](Settings& s, Text t) { s.checkpoint_every_s = t == "round" ? 0 : parse_seconds(t); },
            [](const Settings& s) {
              return toml_string(s.checkpoint_every_s == 0 ? "round" : seconds_text(s.checkpoint_every_s));
            }},
    Setting{"min_rows", 0, "N", "a whole number from 1 to 1000000000",
            "--sites: a site with fewer rows is refused, since its factor says much of each", whole, kFiles, kOnlyEp,
            kFree, [](Settings& s, Text t) { s.min_rows = parse_whole(t, 1, kRowsMax); },
            [](const Settings& s) { return fmt::to_string(s.min_rows); }},
    Setting{"max_time", 0, "TIME", "none, or a time such as 90s, 10m or 2h",
            "stop with a good checkpoint (exit code 75) after this time", time, kFiles, kAll, kFree,
            [](Settings& s, Text t) {
              s.max_time_s = t == "none" ? std::nullopt : std::optional<double>(parse_seconds(t));
            },
            [](const Settings& s) { return toml_string(s.max_time_s ? seconds_text(*s.max_time_s) : "none"); }},

    Setting{"progress", 0, "STYLE", "auto, table, lines, json or none",
            "on stderr; auto: a table on a terminal, lines in a log", text, kPrint, kAll, kFree,
            [](Settings& s, Text t) { s.progress = from_word(kProgressStyles, t); },
            [](const Settings& s) { return to_word(kProgressStyles, s.progress); }},
    Setting{"json", 0, "", "true or false", "print the summary as JSON", boolean, kPrint, kAll, kFree,
            [](Settings& s, Text t) { s.json = parse_switch(t); }, [](const Settings& s) { return on_off(s.json); }},
    Setting{"strict", 0, "", "true or false", "exit code 4 when the diagnostics warn", boolean, kPrint, kAll, kFree,
            [](Settings& s, Text t) { s.strict = parse_switch(t); },
            [](const Settings& s) { return on_off(s.strict); }},
    Setting{"quiet", 'q', "", "true or false", "print errors and the result only", boolean, kPrint, kAll, kFree,
            [](Settings& s, Text t) { s.quiet = parse_switch(t); }, [](const Settings& s) { return on_off(s.quiet); }},
    Setting{"verbose", 'v', "", "true or false", "say what was chosen and why", boolean, kPrint, kAll, kFree,
            [](Settings& s, Text t) { s.verbose = parse_switch(t); },
            [](const Settings& s) { return on_off(s.verbose); }},
};

}  // namespace

std::string Setting::flag() const {
  std::string name = "--" + std::string(key);
  for (char& c : name) c = c == '_' ? '-' : c;
  return name;
}

std::string Setting::variable() const {
  std::string name = "DOVETAIL_" + std::string(key);
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::span<const Setting> setting_table() { return kSettings; }

const Setting* find_setting(std::string_view key) {
  for (const Setting& setting : kSettings) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

std::vector<std::string> setting_keys(JobKind job) {
  std::vector<std::string> keys;
  for (const Setting& setting : kSettings) {
    if (setting.is_of(job)) keys.emplace_back(setting.key);
  }
  return keys;
}

std::string_view command_of(JobKind job) {
  constexpr std::array<std::string_view, kJobs.size()> kNames = {"temper", "sample", "ep", "lda"};
  return kNames[static_cast<std::size_t>(job)];
}

std::optional<JobKind> job_of(std::string_view command) {
  for (const JobKind job : kJobs) {
    if (command_of(job) == command) return job;
  }
  return std::nullopt;
}

std::string_view group_title(SettingGroup group) {
  switch (group) {
    case SettingGroup::statistics:
      return "What is sampled: the result is a function of these";
    case SettingGroup::layout:
      return "Where it runs: never changes the result";
    case SettingGroup::files:
      return "Files and limits";
    case SettingGroup::output:
      return "What is printed";
  }
  return "";
}

}  // namespace dovetail::cli
