#include "dovetail/jobs/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/execute/cores.hpp"
#include "dovetail/execute/mpi.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/output/utc.hpp"
#include "dovetail/run/shares.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

const std::string& identity_of(const ModelDescription& model) {
  return model.identity.empty() ? model.name : model.identity;
}

/// A built-in model is its name and what it says about itself, where there is no file to hash.
std::string model_sha256(const ModelDescription& model) {
  if (!model.file_sha256.empty()) return model.file_sha256;
  Hasher hasher;
  hasher.add(identity_of(model) + "\n" + model.source + "\n");
  for (const std::string& name : model.output_names) hasher.add(name + "\n");
  for (const Coordinate& c : model.coordinates) {
    hasher.add(fmt::format("{} {} {}\n", static_cast<int>(c.kind), c.lower, c.upper));
  }
  return to_hex(hasher.finish());
}

std::string hash_of(const std::vector<ProposalSpec>& proposals) {
  Writer writer;
  for (const ProposalSpec& spec : proposals) {
    writer(spec.parameters);
    writer(spec.kind);
    writer(std::uint64_t{spec.numbers.size()});
    for (const auto& [key, numbers] : spec.numbers) {
      writer(key);
      writer(numbers);
    }
    writer(std::uint64_t{spec.words.size()});
    for (const auto& [key, text] : spec.words) {
      writer(key);
      writer(text);
    }
    writer(std::uint64_t{spec.births.size()});
    for (const auto& [parameter, law] : spec.births) {
      writer(parameter);
      writer(static_cast<std::uint8_t>(law.kind));
      writer(law.mean);
      writer(law.sd);
    }
  }
  return to_hex(sha256(writer.out));
}

bool has_one_thread(const Layout& layout, const Model& model) {
  if (layout.executor == "pool") return true;  // of the server; workers have their own
  return layout.executor == "serial" || !model.description().thread_safe;
}

}  // namespace

std::unique_ptr<Store> open_store(const Layout& layout) {
  StoreLimits limits;
  limits.should_stop = layout.should_stop;
  return open_store(layout.store, layout.run, limits);
}

std::unique_ptr<Executor> make_executor(const Layout& layout, const Model& model, const ManifestIdentity& identity) {
  if (layout.executor == "pool") {
    PoolSettings settings;
    settings.header = {pool_identity(identity), layout.setup, layout.round_timeout_s};
    settings.silence_s = layout.round_timeout_s;
    if (!layout.items.empty()) settings.item_name = [names = layout.items](std::uint32_t i) { return names[i]; };
    return make_pool_executor(open_store(layout), std::move(settings));
  }
  const unsigned threads = threads_of(layout, model);
  if (layout.executor == "mpi") return make_mpi_executor(threads);
  if (has_one_thread(layout, model)) return make_serial_executor();
  if (layout.executor == "threads") return make_threads_executor(threads);
  throw UsageError("there is no executor called " + layout.executor + "; use --executor serial, threads, mpi or pool");
}

unsigned threads_of(const Layout& layout, const Model& model) {
  if (has_one_thread(layout, model)) return 1;
  if (layout.threads != 0) return layout.threads;
  return layout.executor == "mpi" ? share_of_cores(launched().ranks_here) : usable_cores();
}

void require_equal_ranks(Ranks& ranks, const NamedTexts& mine) {
  if (ranks.size() == 1) return;
  Writer writer;
  for (const auto& [name, text] : mine) {
    writer(name);
    writer(text);
  }
  std::string difference;
  ranks.gather(std::move(writer.out), [&](std::uint32_t r, std::span<const std::byte> bytes) {
    Reader reader(bytes);
    for (const auto& [name, text] : mine) {
      if (!difference.empty()) return;
      std::string other_name, other_text;
      if (reader.left() > 0) reader(other_name);
      if (reader.left() > 0) reader(other_text);
      if (other_name == name && other_text == text) continue;
      difference = fmt::format(
          R"({} has {} = "{}" where {} has {} = "{}": all ranks must have the same program, model, data and flags)",
          mpi_place(r), other_name, other_text, mpi_place(0), name, text);
    }
  });
  tell(ranks, difference);
  if (!difference.empty()) throw UsageError(difference);
}

void require_equal_ranks(Ranks& ranks, const ManifestIdentity& identity) {
  if (ranks.size() == 1) return;
  // What a rank computes with; of the processor that which results may depend on, which is nothing for built-in models.
  NamedTexts mine = fields_of(identity);
  if (identity.model_kind != "library") {
    std::erase_if(mine, [](const auto& field) { return field.first == "cpu_features"; });
  }
  mine.emplace_back("program", to_hex(sha256_of_file("/proc/self/exe")));
  require_equal_ranks(ranks, mine);
}

Rejections rejections_of_all(Ranks& ranks, const Model& model) {
  Rejections all;
  ranks.gather(pack(model.rejections()), [&](std::uint32_t, std::span<const std::byte> bytes) {
    const auto one = unpack<Rejections>(bytes);
    all.count += one.count;
    if (all.first.empty()) all.first = one.first;
    all.crashes += one.crashes;
    if (all.crash.empty()) all.crash = one.crash;
  });
  return all;
}

NamedTexts kernel_fields(const std::string& kernel, const KernelSettings& settings) {
  NamedTexts fields = {{"kernel", kernel},
                       {"adapt_delta", fmt::to_string(settings.adapt_delta)},
                       {"max_depth", fmt::to_string(settings.depth_max)},
                       {"leapfrogs", fmt::to_string(settings.leapfrogs)},
                       {"adapt_until", fmt::to_string(settings.adapt_until)}};
  if (!settings.proposals.empty()) fields.emplace_back("proposals_sha256", hash_of(settings.proposals));
  return fields;
}

Manifest manifest_of(const Model& model, std::string command, std::uint64_t seed, NamedTexts options,
                     const Layout& layout) {
  const ModelDescription& description = model.description();
  const Machine here = machine();
  Manifest manifest;
  ManifestIdentity& identity = manifest.identity;
  identity.command = std::move(command);
  identity.model = identity_of(description);
  const bool builtin = description.name.starts_with("builtin:");
  identity.model_kind = !description.kind.empty() ? description.kind : builtin ? "builtin" : "c++";
  identity.model_sha256 = model_sha256(description);
  identity.data_sha256 = description.data_sha256;
  identity.seed = seed;
  identity.options = std::move(options);
  identity.version = build().version;
  identity.compiler = build().compiler;
  identity.flags = build().flags;
  identity.rng_format = kRngFormat;
  identity.math_id = math_identity();
  identity.codec_version = kCodecVersion;
  identity.lane_rule = "8";
  identity.cpu_features = description.kind == "library" ? foreign_arithmetic() : here.features;
  manifest.environment.host = host_name();
  manifest.environment.processor = here.processor;
  const bool serial = layout.executor != "mpi" && layout.executor != "pool" && has_one_thread(layout, model);
  manifest.environment.executor = serial ? "serial" : layout.executor;
  manifest.environment.threads = threads_of(layout, model);
  if (layout.executor == "mpi") manifest.environment.ranks = mpi_ranks().size();
  manifest.environment.started = utc_now();
  manifest.status = "running";
  return manifest;
}

RunIdentity binding_identity(const ManifestIdentity& identity) {
  // The lengths, in which a run may grow, and the facts about build and processor.
  constexpr std::array<std::string_view, 8> kFree = {
      "options.rounds", "options.sweeps", "options.draws", "options.until_ess",
      "build",          "compiler",       "flags",         "cpu_features"};
  RunIdentity binding;
  for (const auto& [field, value] : fields_of(identity)) {
    if (std::find(kFree.begin(), kFree.end(), field) == kFree.end()) binding.emplace_back(field, value);
  }
  return binding;
}

PoolIdentity pool_identity(const ManifestIdentity& identity) {
  const bool library = identity.model_kind == "library";
  // Causes first: of two programs that differ the version says most, and other data make another model.
  PoolIdentity fields = {{"version", identity.version},
                         {"program", to_hex(sha256_of_file("/proc/self/exe"))},
                         {"data_sha256", identity.data_sha256}};
  for (const auto& [name, text] : fields_of(identity)) {
    if (name == "version" || name == "data_sha256" || name == "build" || name == "compiler" || name == "flags")
      continue;                                        // said by now
    if (name == "model" && library) continue;          // its hash says it, wherever the file is
    if (name == "cpu_features" && !library) continue;  // built-in mathematics is the same everywhere
    fields.push_back({name, text});
  }
  return fields;
}

void require_fit_to_work(const WorkerSide& side, const ManifestIdentity& here) {
  const auto without_settings = [](PoolIdentity fields) {
    std::erase_if(fields, [](const PoolField& field) { return field.name.starts_with("options."); });
    return fields;
  };
  require_same_pool(without_settings(side.header.identity), without_settings(pool_identity(here)), side.store.place());
}

}  // namespace dovetail
