/// What a command is: its words for help, its options, and the function that does it. One file per command.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/core/error.hpp"

namespace dovetail::cli {

struct Setting;

/// An option of one command; those of the settings table come besides.
struct Option {
  std::string name;   ///< with dashes: "--json"
  char letter;        ///< short flag, or 0
  std::string value;  ///< how help shows the value; empty for a switch
  std::string help;   ///< one clause
};

/// The command line of one command, split but not yet understood.
struct Arguments {
  std::vector<std::string> positionals;
  std::map<std::string, std::string> options;  ///< name with dashes -> value; "true" for a switch

  [[nodiscard]] bool has(const std::string& name) const { return options.contains(name); }
};

/// Which rows of the settings table a command takes.
enum class TakesSettings : std::uint8_t { none, of_temper, of_sample, of_ep, of_lda, of_worker, resumable };

struct Command {
  std::string_view name;
  std::string_view positionals;  ///< "MODEL", "RUN...", "[TOPIC]", or empty
  std::size_t positionals_min;
  std::size_t positionals_max;
  std::string_view summary;  ///< one line
  std::string_view example;  ///< a command line that works as it stands (after the demo run, where it names a run)
  TakesSettings settings;
  std::vector<Option> options;
  ExitCode (*run)(const Arguments&);
};

/// All commands, in the order of help.
[[nodiscard]] std::span<const Command> commands();
/// The command of this name; UsageError names the nearest.
[[nodiscard]] const Command& find_command(std::string_view name);
/// Whether a command that takes such settings takes this one.
[[nodiscard]] bool takes(TakesSettings which, const Setting& setting);
/// Own options and settings as options, in the order of help.
[[nodiscard]] std::vector<Option> all_options(const Command& command);

/// Splits `words` by the command's options; UsageError names an unknown option and the nearest right one. Nothing when
/// help was asked for.
[[nodiscard]] std::optional<Arguments> split_arguments(const Command& command, std::span<const std::string> words);

/// Does what the command line says (without the program's name). Errors pass as exceptions.
ExitCode run_command_line(std::span<const std::string> words);

// The commands, each in the file of its name; `run` is in supervise.cpp.
[[nodiscard]] Command temper_command();
[[nodiscard]] Command sample_command();
[[nodiscard]] Command ep_command();
[[nodiscard]] Command worker_command();
[[nodiscard]] Command sites_command();
[[nodiscard]] Command redis_acl_command();
[[nodiscard]] Command lda_command();
[[nodiscard]] Command corpus_command();
[[nodiscard]] Command infer_command();
[[nodiscard]] Command resume_command();
[[nodiscard]] Command run_command();
[[nodiscard]] Command submit_command();
[[nodiscard]] Command status_command();
[[nodiscard]] Command watch_command();
[[nodiscard]] Command cancel_command();
[[nodiscard]] Command summary_command();
[[nodiscard]] Command compare_command();
[[nodiscard]] Command report_command();
[[nodiscard]] Command locals_command();
[[nodiscard]] Command digest_command();
[[nodiscard]] Command verify_command();
[[nodiscard]] Command export_command();
[[nodiscard]] Command compile_command();
[[nodiscard]] Command check_command();
[[nodiscard]] Command doctor_command();
[[nodiscard]] Command completion_command();
[[nodiscard]] Command manual_command();
[[nodiscard]] Command help_command();

}  // namespace dovetail::cli
