// The table of settings: one parser for all sources, what is written reads back, flags win over variables over TOML.
#include "dovetail/cli/settings.hpp"

#include <cstdlib>
#include <set>

#include "command.hpp"
#include "dovetail/cli/config.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/environment.hpp"

namespace dovetail::test {
namespace {

using Settings = CommandTest;

/// A value that is not the default, for every key.
const std::map<std::string, std::string> kOthers = {{"seed", "18446744073709551615"},
                                                    {"data", "a folder/data.json"},
                                                    {"rounds", "3"},
                                                    {"replicas", "7"},
                                                    {"replicas_max", "12"},
                                                    {"schedule", "0,1e-05,0.1,0.30000000000000004,1"},
                                                    {"kernel", "a \"quoted\" \\ name"},
                                                    {"reference", "variational"},
                                                    {"legs", "2"},
                                                    {"copies", "4"},
                                                    {"swap_every", "5"},
                                                    {"keep", "all"},
                                                    {"every_rung", "true"},
                                                    {"swap_history", "true"},
                                                    {"on_error", "reject"},
                                                    {"executor", "serial"},
                                                    {"threads", "3"},
                                                    {"model_timeout", "2.5s"},
                                                    {"round_timeout", "90s"},
                                                    {"store", "dir:/shared/pool"},
                                                    {"run", "night-3"},
                                                    {"out", "folder\twith\ntab"},
                                                    {"force", "true"},
                                                    {"csv", "true"},
                                                    {"checkpoint_every", "0.1s"},
                                                    {"max_time", "1.5h"},
                                                    {"progress", "json"},
                                                    {"json", "true"},
                                                    {"strict", "true"},
                                                    {"quiet", "true"},
                                                    {"verbose", "true"},
                                                    {"chains", "3"},
                                                    {"warmup", "123"},
                                                    {"draws", "77"},
                                                    {"until_ess", "412.5"},
                                                    {"thin", "5"},
                                                    {"init", "prior"},
                                                    {"init_radius", "0.25"},
                                                    {"jitter", "1e-05"},
                                                    {"adapt_delta", "0.95"},
                                                    {"max_depth", "6"},
                                                    {"leapfrogs", "7"},
                                                    {"metric", "unit"},
                                                    {"warmup_scheme", "stan"},
                                                    {"save_warmup", "true"},
                                                    {"by", "clinic"},
                                                    {"outcome", "died"},
                                                    {"sites_max", "7"},
                                                    {"shared", "mu ~ normal(0, 4), tau ~ lognormal(0, 1)"},
                                                    {"power", "0.5"},
                                                    {"estimator", "moments"},
                                                    {"allocation", "noise"},
                                                    {"family", "diagonal"},
                                                    {"step", "0.5"},
                                                    {"tolerance", "0.5"},
                                                    {"correct", "0.5"},
                                                    {"sites", "sites.toml"},
                                                    {"min_rows", "200"},
                                                    {"topics", "7"},
                                                    {"sweeps", "30"},
                                                    {"round_sweeps", "3"},
                                                    {"shards", "2"},
                                                    {"alpha", "0.3"},
                                                    {"beta", "0.2"},
                                                    {"learn", "none"},
                                                    {"format", "uci"},
                                                    {"vocabulary", "words.txt"},
                                                    {"stop_words", "stop.txt"},
                                                    {"held_out", "held.tsv"},
                                                    {"min_count", "5"},
                                                    {"max_share", "0.5"}};

/// Each job has the settings of its own and those that all share.
class JobSettings : public CommandTest, public ::testing::WithParamInterface<cli::JobKind> {
 protected:
  static std::vector<const cli::Setting*> own() {
    std::vector<const cli::Setting*> settings;
    for (const cli::Setting& setting : cli::setting_table()) {
      if (setting.is_of(GetParam())) settings.push_back(&setting);
    }
    return settings;
  }
  static cli::RunSettings fresh() {
    cli::RunSettings settings;
    settings.job = GetParam();
    return settings;
  }
};
INSTANTIATE_TEST_SUITE_P(Jobs, JobSettings,
                         ::testing::Values(cli::JobKind::temper, cli::JobKind::sample, cli::JobKind::ep,
                                           cli::JobKind::lda),
                         [](const auto& job) { return std::string(cli::command_of(job.param)); });

TEST_P(JobSettings, WhatIsWrittenReadsBackForEveryKey) {
  cli::RunSettings settings = fresh();
  settings.model = "builtin:mvn,d=3";
  for (const cli::Setting* setting : own()) {
    const std::string key(setting->key);
    ASSERT_TRUE(kOthers.contains(key)) << "give " << key << " a value that is not its default";
    cli::set_value(settings, *setting, kOthers.at(key), key);
    EXPECT_NE(setting->get(settings), setting->get(fresh())) << key << " has no effect";
  }
  write("run.toml", cli::config_text(settings));
  cli::RunSettings again = fresh();
  cli::apply_config(again, folder() / "run.toml");
  EXPECT_EQ(again.model, settings.model);
  EXPECT_FALSE(again.force) << "--force belongs to one call";
  again.force = true;
  for (const cli::Setting* setting : own()) {
    EXPECT_EQ(setting->get(again), setting->get(settings)) << setting->key;
  }
  EXPECT_EQ(again.temper.schedule, settings.temper.schedule);
}

class ChainSettings : public JobSettings {};
INSTANTIATE_TEST_SUITE_P(Jobs, ChainSettings, ::testing::Values(cli::JobKind::temper, cli::JobKind::sample),
                         [](const auto& job) { return std::string(cli::command_of(job.param)); });

TEST_P(ChainSettings, ProposalsReadBackAsTheyWereWritten) {
  cli::RunSettings settings = fresh();
  settings.sample.kernel_settings.proposals = {
      {{"mu", "theta"}, "normal", {{"scale", {0.5, 2}}, {"interval", {3}}}, {{"adapt", "veitch"}}, ""},
      {{"on"}, "nested"}};
  settings.sample.kernel_settings.proposals[1].births = {{"b[1]", {BirthKind::lognormal, 0.1, 1e-9}},
                                                         {"c", {BirthKind::uniform, 0, 1}},
                                                         {"d.2", {BirthKind::normal, -3, 2}}};
  write("run.toml", cli::config_text(settings));
  cli::RunSettings again = fresh();
  cli::apply_config(again, folder() / "run.toml");
  ASSERT_EQ(again.sample.kernel_settings.proposals.size(), 2U);
  for (ProposalSpec& spec : again.sample.kernel_settings.proposals) {
    spec.where.clear();
    spec.key_where.clear();
  }
  EXPECT_EQ(again.sample.kernel_settings.proposals, settings.sample.kernel_settings.proposals);
  EXPECT_EQ(again.temper.kernel_settings.proposals.size(), 2U);
}

TEST_F(Settings, ProposalsOfAJobThatHasNoneAreRefused) {
  for (const cli::JobKind job : {cli::JobKind::ep, cli::JobKind::lda}) {
    write("run.toml", "seed = 3\n[[proposal]]\nparameters = [\"mu\"]\n");
    cli::RunSettings settings;
    settings.job = job;
    try {
      cli::apply_config(settings, folder() / "run.toml");
      FAIL() << "they would be ignored";
    } catch (const UsageError& error) {
      const std::string wanted =
          "run.toml:2: proposal: `dovetail " + std::string(cli::command_of(job)) + "` has no proposals";
      EXPECT_NE(std::string(error.what()).find(wanted), std::string::npos) << error.what();
    }
  }
}

TEST_F(Settings, FilesOfACorpusAreATextOrAList) {
  cli::RunSettings settings;
  settings.job = cli::JobKind::lda;
  settings.lda.topics = 3;
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"b \"c\"", "d"}}) {
    settings.model = "a";
    settings.more_files = more;
    write("run.toml", cli::config_text(settings));
    cli::RunSettings again;
    again.job = cli::JobKind::lda;
    again.more_files = {"of another call"};
    cli::apply_config(again, folder() / "run.toml");
    EXPECT_EQ(again.model, "a");
    EXPECT_EQ(again.more_files, more);
  }
  const auto refused = [&](const std::string& text, cli::JobKind job) {
    write("run.toml", text);
    cli::RunSettings again;
    again.job = job;
    EXPECT_THROW(cli::apply_config(again, folder() / "run.toml"), UsageError) << text;
  };
  refused("model = []\n", cli::JobKind::lda);
  refused("model = [\"a\", 3]\n", cli::JobKind::lda);
  refused("model = [\"a\", \"b\"]\n", cli::JobKind::sample);
}

TEST_P(JobSettings, WhatWorkersAreToldReadsBackAndNamesNoFile) {
  cli::RunSettings settings = fresh();
  settings.model = "/home/me/model.so";
  for (const cli::Setting* setting : own()) {
    cli::set_value(settings, *setting, kOthers.at(std::string(setting->key)), "test");
  }
  const std::string text = cli::setup_text(settings);
  EXPECT_EQ(text.find("model.so"), std::string::npos);
  EXPECT_EQ(text.find("data.json"), std::string::npos);
  cli::RunSettings again;
  if (GetParam() == cli::JobKind::temper) {  // in which no workers take part
    EXPECT_THROW(cli::apply_setup(again, text, "store"), StoreError);
    return;
  }
  cli::apply_setup(again, text, "store");
  EXPECT_EQ(again.job, GetParam());
  for (const cli::Setting* setting : own()) {
    const std::set<std::string_view> of_files = {"data", "init", "sites", "format", "vocabulary", "stop_words"};
    const bool told = setting->group == cli::SettingGroup::statistics && !of_files.contains(setting->key);
    EXPECT_EQ(setting->get(again), setting->get(told ? settings : fresh())) << setting->key;
  }
}

TEST_F(Settings, WhatNoServerWouldTellAWorkerIsRefused) {
  for (const char* text : {"data = \"/etc/passwd\"", "init = \"x.json\"", "out = \"x\"", "store = \"dir:x\"",
                           "model = \"exec:rm\"", "model = \"x.so\"", "threads = 3"}) {
    cli::RunSettings settings;
    EXPECT_THROW(cli::apply_setup(settings, "command = \"sample\"\n" + std::string(text), "store"), StoreError) << text;
    EXPECT_EQ(settings.data + settings.out + settings.model, "") << text;
  }
}

TEST_F(Settings, ABirthLawThatCannotBeMeantIsNamed) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"birth = 3", "birth: expected birth.NAME"},
      {"birth.a = \"normal\"", "birth.a: expected a table"},
      {"birth.a = { mean = 0 }", "found one without law"},
      {"birth.a = { law = \"normall\", mean = 0, sd = 1 }", "did you mean normal?"},
      {"birth.a = { law = \"normal\", mean = 0 }", "birth.a: mean or sd is missing"},
      {"birth.a = { law = \"normal\", mean = \"0\", sd = 1 }", "birth.a.mean: expected a number"},
      {"birth.a = { law = \"uniform\", mean = 0 }", "remove mean and sd"},
      {"birth.a = { law = \"uniform\", width = 0 }", "birth.a.width: unknown key"},
  };
  for (const auto& [line, words] : bad) {
    write("run.toml", "[[proposal]]\nparameters = [\"k\"]\nkind = \"nested\"\n" + line + "\n");
    cli::RunSettings settings;
    try {
      cli::apply_config(settings, folder() / "run.toml");
      ADD_FAILURE() << line << " was taken";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("run.toml:4: "), std::string::npos) << error.what();
    }
  }
}

TEST_P(ChainSettings, ProposalsKeepTheLinesOfTheirKeysAndEmptyLists) {
  write("run.toml", "[[proposal]]\nparameters = [\"mu\"]\n\nscale = []\n");
  cli::RunSettings settings = fresh();
  cli::apply_config(settings, folder() / "run.toml");
  const ProposalSpec& spec = settings.sample.kernel_settings.proposals.at(0);
  const std::string file = (folder() / "run.toml").string();
  EXPECT_TRUE(spec.numbers.contains("scale")) << "an empty list would pass for the default";
  EXPECT_EQ(spec.where_of("scale"), file + ":4: ");
  EXPECT_EQ(spec.where_of("kind"), file + ":1: ");
}

TEST_P(JobSettings, EveryDefaultReadsBack) {
  write("run.toml", cli::config_text(fresh()));
  cli::RunSettings again = fresh();
  for (const cli::Setting* setting : own()) {
    cli::set_value(again, *setting, kOthers.at(std::string(setting->key)), setting->key);
  }
  cli::apply_config(again, folder() / "run.toml");
  again.force = false;
  for (const cli::Setting* setting : own()) {
    EXPECT_EQ(setting->get(again), setting->get(fresh())) << setting->key;
  }
}

TEST_P(JobSettings, ThoseOfTheOtherJobAreRefusedByName) {
  for (const cli::Setting& setting : cli::setting_table()) {
    if (setting.is_of(GetParam())) continue;
    write("run.toml", std::string(setting.key) + " = 1\n");
    cli::RunSettings settings = fresh();
    try {
      cli::apply_config(settings, folder() / "run.toml");
      FAIL() << setting.key << " was taken";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("is a setting of `dovetail "), std::string::npos) << error.what();
    }
  }
}

TEST_F(Settings, NamesAreUnique) {
  std::set<std::string> names;
  std::set<char> letters;
  for (const cli::Setting& setting : cli::setting_table()) {
    EXPECT_TRUE(names.insert(setting.flag()).second) << setting.key;
    EXPECT_TRUE(setting.letter == 0 || letters.insert(setting.letter).second) << setting.key;
  }
}

/// What config.toml says `key` was in the end.
std::string resolved(const std::string& config, const std::string& key) {
  const std::size_t at = config.find("\n" + key + " = ");
  if (at == std::string::npos) return "";
  const std::size_t start = at + key.size() + 4;
  return config.substr(start, config.find('\n', start) - start);
}

TEST_F(Settings, FlagsWinOverVariablesOverTomlOverDefaults) {
  write("run.toml", "model = \"builtin:mvn\"\nrounds = 1\nseed = 11\ncopies = 2\nreplicas = 4\n");
  const CommandResult result = run({.words = {"temper", "--config", "run.toml", "--seed", "13", "--out", "r"},
                                    .environment = {{"DOVETAIL_SEED", "12"}, {"DOVETAIL_COPIES", "3"}}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string config = read("r/config.toml");
  EXPECT_EQ(resolved(config, "seed"), "13");        // flag over variable over file
  EXPECT_EQ(resolved(config, "copies"), "3");       // variable over file
  EXPECT_EQ(resolved(config, "replicas"), "4");     // file over default
  EXPECT_EQ(resolved(config, "legs"), "\"auto\"");  // default
  EXPECT_EQ(resolved(config, "model"), "\"builtin:mvn\"");
}

TEST_F(Settings, ResolveInTheOrderOfTheirSources) {
  write("run.toml", "seed = 11\ncopies = 2\nreplicas = 4\n");
  ASSERT_EQ(::setenv("DOVETAIL_SEED", "12", 1) + ::setenv("DOVETAIL_COPIES", "3", 1), 0);
  const cli::RunSettings settings =
      cli::resolve_settings(cli::JobKind::temper, {{"--config", (folder() / "run.toml").string()}, {"--seed", "13"}});
  ::unsetenv("DOVETAIL_SEED");
  ::unsetenv("DOVETAIL_COPIES");
  EXPECT_EQ(settings.temper.seed, 13U);
  EXPECT_EQ(settings.temper.copies, 3U);
  EXPECT_EQ(settings.temper.replicas, 4U);
  EXPECT_EQ(settings.temper.legs, 0U);  // automatic
}

TEST_F(Settings, TheModelIsAnArgumentAVariableOrAKey) {
  write("run.toml", "model = \"builtin:unid\"\n");
  const std::vector<std::string> tail = {"--config", "run.toml", "--rounds", "1", "--out", "r", "--force", "-q"};
  const auto model_of = [&](const std::vector<std::string>& head, const std::string& variable) {
    CommandCall call{head};
    call.words.insert(call.words.end(), tail.begin(), tail.end());
    if (!variable.empty()) call.environment = {{"DOVETAIL_MODEL", variable}};
    const CommandResult result = run(call);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return resolved(read("r/config.toml"), "model");
  };
  EXPECT_EQ(model_of({"temper"}, ""), "\"builtin:unid\"");
  EXPECT_EQ(model_of({"temper"}, "builtin:mvn"), "\"builtin:mvn\"");
  EXPECT_EQ(model_of({"temper", "builtin:modes"}, "builtin:mvn"), "\"builtin:modes\"");
  const CommandResult resumed =
      run({.words = {"resume", "r", "-q"}, .environment = {{"DOVETAIL_MODEL", "builtin:mvn"}}});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(resolved(read("r/config.toml"), "model"), "\"builtin:modes\"");
  const CommandResult wrong = run({.words = {"temper"}, .environment = {{"DOVETAIL_MODL", "builtin:mvn"}}});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("did you mean DOVETAIL_MODEL?"), std::string::npos) << wrong.err;
}

TEST_F(Settings, ResumingLooksAtLayoutVariablesAlone) {
  ASSERT_EQ(::setenv("DOVETAIL_SEED", "12", 1) + ::setenv("DOVETAIL_THREADS", "3", 1), 0);
  cli::RunSettings settings;
  cli::apply_environment(settings, true);
  ::unsetenv("DOVETAIL_SEED");
  ::unsetenv("DOVETAIL_THREADS");
  EXPECT_EQ(settings.temper.seed, 1U);
  EXPECT_EQ(settings.layout.threads, 3U);
}

TEST_F(Settings, AFileNamedByAVariableServesAsConfig) {
  write("run.toml", "model = \"builtin:mvn\"\nrounds = 1\nseed = 11\n");
  const CommandResult result =
      run({.words = {"temper", "--out", "r"}, .environment = {{"DOVETAIL_CONFIG", "run.toml"}}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(resolved(read("r/config.toml"), "seed"), "11");
}

TEST_F(Settings, ARunsOwnConfigRepeatsIt) {
  ASSERT_EQ(run({"temper", "builtin:mvn,d=3", "--rounds", "3", "--seed", "5", "--out", "one"}).exit_code, 0);
  ASSERT_EQ(run({"temper", "--config", "one/config.toml", "--out", "two", "--executor", "serial"}).exit_code, 0);
  EXPECT_EQ(run({"digest", "one"}).out, run({"digest", "two"}).out);
}

TEST_F(Settings, SpellingsOfTheSameModelGiveTheSameDigestAndResume) {
  std::string digest;
  for (const char* model : {"builtin:unid,n=100000", "builtin:unid,y=50,n=1e5", "builtin:unid,n=100000.0"}) {
    ASSERT_EQ(run({"temper", model, "--rounds", "2", "--out", "r", "--force", "-q"}).exit_code, 0) << model;
    const std::string now = run({"digest", "r"}).out;
    if (digest.empty()) digest = now;
    EXPECT_EQ(now, digest) << model;
    EXPECT_NE(read("r/summary.json").find("\"model\": \"" + std::string(model) + "\""), std::string::npos);
  }
  std::string config = read("r/config.toml");
  config.replace(config.find("n=100000.0"), 10, "n=1e5");
  write("r/config.toml", config);
  EXPECT_EQ(run({"resume", "r", "--rounds", "+1", "-q"}).exit_code, 0);
}

TEST_F(Settings, MistakesInTomlNameFileLineKeyAndCure) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"seed = 1\nround = 3\n", "run.toml:2: round is not a setting; did you mean rounds?"},
      {"\n\nrounds = \"many\"\n", "run.toml:3: rounds: expected a whole number, found the text \"many\""},
      {"rounds = \"9\"\n", "run.toml:1: rounds: expected a whole number, found the text \"9\""},
      {"seed = 1\nrounds = [3]\n", "run.toml:2: rounds: expected a whole number, found a list"},
      {"rounds = 9.0\n", "run.toml:1: rounds: expected a whole number, found the number 9.0"},
      {"rounds = 3.5\n", "run.toml:1: rounds: expected a whole number, found the number 3.5"},
      {"rounds = true\n", "run.toml:1: rounds: expected a whole number, found true"},
      {"rounds = 1979-05-27\n", "run.toml:1: rounds: expected a whole number, found a date"},
      {"replicas = \"7\"\n", "run.toml:1: replicas: expected a whole number or \"auto\", found the text \"7\""},
      {"csv = 1\n", "run.toml:1: csv: expected true or false, found the number 1"},
      {"csv = \"true\"\n", "run.toml:1: csv: expected true or false, found the text \"true\""},
      {"kernel = [\"slice\"]\n", "run.toml:1: kernel: expected a text in quotes, found a list"},
      {"max_time = true\n", "run.toml:1: max_time: expected a time such as \"60s\", found true"},
      {"model = [\"builtin:mvn\", \"d=3\"]\n", "run.toml:1: model: expected a text in quotes, found a list"},
      {"schedule = \"0,1\"\n",
       "run.toml:1: schedule: expected a list of numbers such as [0, 0.1, 1], \"geometric:100,8\" or \"adapted\""},
      {"schedule = [0, \"1\"]\n", "run.toml:1: schedule: expected a list of numbers"},
      {"seed = 9223372036854775808\n",
       "put a seed above 9223372036854775807 in quotes: seed = \"18446744073709551615\""},
      {"rounds = 99\n", "run.toml:1: rounds: \"99\" is out of range"},
      {"seed = -1\n", "run.toml:1: seed: \"-1\" is not a whole number"},
      {"schedule = \"geometric:1,3\"\n",
       "run.toml:1: schedule: the highest temperature of a geometric schedule is 1 (the target has temperature 1"},
      {"schedule = \"geometric:9\"\n", "run.toml:1: schedule: \"geometric:9\" names no highest temperature"},
      {"schedule = [0, 0.5, 0.4, 1]\n",
       "run.toml:1: schedule: the schedule does not increase at its beta number 3: 0.5 is followed by 0.4"},
      {"schedule = [[0], [1]]\n", "run.toml:1: schedule: expected a list of numbers"},
      {"command = \"sample\"\n", "run.toml:1: command: these are settings of `dovetail sample`"},
      {"[temper]\nseed = 1\n", "run.toml:1: temper is not a setting"},
      {"seed = = 1\n", "run.toml:1: this is not TOML"},
  };
  for (const auto& [text, expected] : cases) {
    write("run.toml", text);
    const CommandResult result = run({"temper", "builtin:mvn", "--config", "run.toml"});
    EXPECT_EQ(result.exit_code, 2) << text;
    EXPECT_NE(result.err.find(expected), std::string::npos) << "expected " << expected << "\ngot " << result.err;
  }
  EXPECT_EQ(files(), std::vector<std::string>{"run.toml"});
}

TEST_F(Settings, TomlTakesNumbersTextsAndListsWhereTheyBelong) {
  write("run.toml",
        "seed = \"18446744073709551615\"\nmax_time = 90\ncheckpoint_every = 0.5\nschedule = [0, 1e-3, 1]\n");
  cli::RunSettings settings;
  cli::apply_config(settings, folder() / "run.toml");
  EXPECT_EQ(settings.temper.seed, 18446744073709551615U);
  EXPECT_EQ(settings.max_time_s, 90);
  EXPECT_EQ(settings.checkpoint_every_s, 0.5);
  EXPECT_EQ(settings.temper.schedule, (std::vector<double>{0, 1e-3, 1}));
  for (const char* text : {"rounds = [3]", "rounds = 9.0", "rounds = \"9\"", "csv = 1", "replicas = [\"auto\"]"}) {
    write("run.toml", text);
    EXPECT_THROW(cli::apply_config(settings, folder() / "run.toml"), UsageError) << text;
  }
}

TEST_F(Settings, AConfigThatCannotBeReadIsAFileErrorThatSaysSo) {
  std::filesystem::create_directory(folder() / "folder.toml");
  std::filesystem::create_symlink("nowhere.toml", folder() / "dangling.toml");
  std::filesystem::create_symlink("loop.toml", folder() / "loop.toml");
  const std::vector<std::pair<std::string, std::string>> cases = {{"nowhere.toml", "does not exist"},
                                                                  {"dangling.toml", "does not exist"},
                                                                  {"folder.toml", "is not a regular file"},
                                                                  {"loop.toml", "cannot be read: "}};
  for (const auto& [name, cause] : cases) {
    const CommandResult result = run({"temper", "builtin:mvn", "--config", name});
    EXPECT_EQ(result.exit_code, 5) << name;
    EXPECT_NE(result.err.find("the config file " + name + " " + cause), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find("run's folder"), std::string::npos) << result.err;
  }
}

TEST_F(Settings, AConfigThatTheUserNamesMayBeALinkThatOfARunNot) {
  write("real.toml", "model = \"builtin:mvn\"\nrounds = 1\n");
  std::filesystem::create_symlink("real.toml", folder() / "link.toml");
  EXPECT_EQ(run({"temper", "--config", "link.toml", "--out", "r", "-q"}).exit_code, 0);
  std::filesystem::rename(folder() / "r/config.toml", folder() / "moved.toml");
  std::filesystem::create_symlink("../moved.toml", folder() / "r/config.toml");
  EXPECT_EQ(run({"resume", "r"}).exit_code, 5);
}

TEST_F(Settings, AVariableOneLetterFromASettingIsAMistakeOthersAreNot) {
  const CommandResult wrong = run({.words = {"temper", "builtin:mvn"}, .environment = {{"DOVETAIL_ROUND", "3"}}});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("DOVETAIL_ROUND in the environment is not a setting; did you mean DOVETAIL_ROUNDS?"),
            std::string::npos)
      << wrong.err;
  const CommandResult bad = run({.words = {"temper", "builtin:mvn"}, .environment = {{"DOVETAIL_ROUNDS", "x"}}});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_NE(bad.err.find("DOVETAIL_ROUNDS: \"x\" is not a whole number"), std::string::npos) << bad.err;
  EXPECT_EQ(files(), std::vector<std::string>());
  const CommandResult foreign = run({.words = {"temper", "builtin:mvn", "--rounds", "1", "--out", "r"},
                                     .environment = {{"DOVETAIL_ROOT", "/opt/dovetail"}, {"DOVETAIL_VERSION", "9"}}});
  EXPECT_EQ(foreign.exit_code, 0) << foreign.err;
}

TEST_F(Settings, ResumeLeavesTheStatisticsOfARunAlone) {
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "2", "--seed", "7", "--out", "r"}).exit_code, 0);
  const CommandResult result = run({.words = {"resume", "r", "--rounds", "+1", "--executor", "serial"},
                                    .environment = {{"DOVETAIL_SEED", "8"}, {"DOVETAIL_CSV", "true"}}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string config = read("r/config.toml");
  EXPECT_EQ(resolved(config, "seed"), "7");
  EXPECT_EQ(resolved(config, "rounds"), "3");
  EXPECT_EQ(resolved(config, "csv"), "true");
  EXPECT_EQ(resolved(config, "executor"), "\"serial\"");

  const CommandResult refused = run({"resume", "r", "--seed", "8"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("--seed cannot change when a run goes on"), std::string::npos) << refused.err;
  for (const char* flag : {"--out=x", "--force"}) {
    const CommandResult elsewhere = run({"resume", "r", flag});
    EXPECT_EQ(elsewhere.exit_code, 2);
    EXPECT_NE(elsewhere.err.find("a run goes on in its own folder"), std::string::npos) << elsewhere.err;
  }
  const CommandResult by_config = run({"resume", "r", "--config", "r/config.toml"});
  EXPECT_EQ(by_config.exit_code, 2);
  EXPECT_NE(by_config.err.find("a run goes on with its own config.toml"), std::string::npos) << by_config.err;
  EXPECT_EQ(run({"resume", "r", "--rounds", "2"}).exit_code, 2);
  for (const char* more : {"+38", "+99", "+99999999999999999999", "+0"}) {
    const CommandResult beyond = run({"resume", "r", "--rounds", more});
    EXPECT_EQ(beyond.exit_code, 2);
    EXPECT_NE(beyond.err.find(
                  "--rounds: \"" + std::string(more) +
                  "\" is out of range, from 1 to 37; the run has 3 rounds and may have 40 in all, so give +1 to +37"),
              std::string::npos)
        << beyond.err;
  }
  EXPECT_NE(run({"resume", "r", "--rounds", "++1"}).err.find("\"++1\" is not a whole number"), std::string::npos);
}

TEST_F(Settings, TheTimeLimitAndWhatIsPrintedBelongToOneCall) {
  ASSERT_EQ(
      run({"temper", "builtin:mvn", "--rounds", "2", "--out", "r", "--json", "-q", "--max-time", "1ms"}).exit_code, 2);
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "2", "--out", "r", "--json", "-q", "--max-time", "1h"}).exit_code,
            0);
  const CommandResult resumed = run({"resume", "r", "--rounds", "+1"});
  EXPECT_EQ(resumed.exit_code, 0);
  EXPECT_TRUE(resumed.out.starts_with("temper builtin:mvn")) << resumed.out;   // not JSON
  EXPECT_NE(resumed.err.find("round 3/3"), std::string::npos) << resumed.err;  // not quiet
  EXPECT_EQ(resolved(read("r/config.toml"), "max_time"), "\"none\"");
}

TEST_F(Settings, ThreadsComeFromSlurmUnlessTheyAreGiven) {
  const std::vector<std::string> words = {"temper", "builtin:mvn", "--rounds", "1", "--out", "r", "--force", "-v"};
  const auto says = [&](const std::string& slurm, const std::string& asked) {
    CommandCall call{.words = words, .environment = {{"SLURM_CPUS_PER_TASK", slurm}}};
    if (!asked.empty()) call.environment.emplace_back("DOVETAIL_THREADS", asked);
    const std::string text = run(call).err;
    const std::size_t at = text.find("threads: ");
    return at == std::string::npos ? text : text.substr(at + 9, text.find('\n', at) - at - 9);
  };
  EXPECT_EQ(says("3", ""), "3");
  EXPECT_EQ(says("3", "2"), "2");
  EXPECT_EQ(says("many", ""), std::to_string(machine().cores));
}

TEST(Values, TakeWhatTheyShouldAndNothingElse) {
  EXPECT_EQ(cli::parse_whole("0", 0, 9), 0U);
  for (const char* text : {"", " 1", "+1", "-1", "1.0", "1e3", "0x1", "99999999999999999999", "10"}) {
    EXPECT_THROW(static_cast<void>(cli::parse_whole(text, 0, 9)), cli::BadValue) << text;
  }
  EXPECT_EQ(cli::parse_seconds("90"), 90);
  EXPECT_EQ(cli::parse_seconds("90s"), 90);
  EXPECT_EQ(cli::parse_seconds("1.5m"), 90);
  EXPECT_EQ(cli::parse_seconds("2h"), 7200);
  EXPECT_EQ(cli::parse_seconds("1d"), 86400);
  for (const char* text : {"", "s", "0s", "-1s", "1x", "1 s", "nan", "inf", "1e300d", "1ss"}) {
    EXPECT_THROW(static_cast<void>(cli::parse_seconds(text)), cli::BadValue) << text;
  }
  EXPECT_EQ(cli::parse_schedule("0, 0.25,1"), (std::vector<double>{0, 0.25, 1}));
  for (const char* text : {"", "0", "1", "0,1,", "0,,1", "0.1,1", "0,0.9", "0,0,1", "0,nan,1", "0,0.5,0.5,1", "1,0"}) {
    EXPECT_ANY_THROW(static_cast<void>(cli::parse_schedule(text))) << text;
  }
  EXPECT_EQ(cli::parse_schedule("geometric: 16, 3"), (std::vector<double>{0, 1.0 / 16, 0.25, 1}));
  for (const char* text : {"geometric:", "geometric:16", "geometric:1,3", "geometric:16,1", "geometric:16,3,4",
                           "geometric:inf,3", "geometric:16,2.5", "geometric"}) {
    EXPECT_ANY_THROW(static_cast<void>(cli::parse_schedule(text))) << text;
  }
  for (const double seconds : {0.1, 60.0, 1e9 / 3}) {
    EXPECT_EQ(cli::parse_seconds(cli::seconds_text(seconds)), seconds);
  }
}

}  // namespace
}  // namespace dovetail::test
