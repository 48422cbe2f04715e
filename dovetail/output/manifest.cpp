#include "dovetail/output/manifest.hpp"

#include "dovetail/core/error.hpp"
#include "dovetail/output/detail/json.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

using detail::Json;
using detail::JsonField;

constexpr std::uint32_t kManifestFormat = 1;

/// One list serves writing, reading and comparing: a field cannot be forgotten in one of them.
template <class Identity, class Visit>
void visit_fields(Identity& i, Visit&& visit) {
  visit("command", i.command);
  visit("model", i.model);
  visit("model_kind", i.model_kind);
  visit("model_sha256", i.model_sha256);
  visit("data_sha256", i.data_sha256);
  visit("seed", i.seed);
  visit("options", i.options);
  visit("version", i.version);
  visit("build", i.build);
  visit("compiler", i.compiler);
  visit("flags", i.flags);
  visit("rng_format", i.rng_format);
  visit("math_id", i.math_id);
  visit("codec_version", i.codec_version);
  visit("lane_rule", i.lane_rule);
  visit("cpu_features", i.cpu_features);
}

Json to_json(const NamedTexts& texts) {
  Json object = Json::object();
  for (const auto& [name, text] : texts) object[name] = text;
  return object;
}
template <class Plain>
Json to_json(const Plain& value) {
  return value;
}

void read(const JsonField& field, std::string& value) { value = field.text(); }
void read(const JsonField& field, std::uint64_t& value) { value = field.count(); }
void read(const JsonField& field, std::uint32_t& value) { value = field.small_count(); }
void read(const JsonField& field, NamedTexts& value) {
  value.clear();
  for (const auto& [name, member] : field.members()) value.emplace_back(name, member.text());
}

Json identity_json(const ManifestIdentity& identity) {
  Json object = Json::object();
  visit_fields(identity, [&](const char* name, const auto& value) { object[name] = to_json(value); });
  return object;
}

Json environment_json(const RunEnvironment& e) {
  return {{"host", e.host},         {"processor", e.processor}, {"executor", e.executor},
          {"threads", e.threads},   {"ranks", e.ranks},         {"started", e.started},
          {"finished", e.finished}, {"resumes", e.resumes},     {"seconds", detail::number(e.seconds)}};
}

RunEnvironment read_environment(const JsonField& field) {
  RunEnvironment e;
  e.host = field.at("host").text();
  e.processor = field.at("processor").text();
  e.executor = field.at("executor").text();
  e.threads = field.at("threads").small_count();
  if (field.has("ranks")) e.ranks = field.at("ranks").small_count();  // manifests before MPI have none
  e.started = field.at("started").text();
  e.finished = field.at("finished").text();
  e.resumes = field.at("resumes").small_count();
  e.seconds = field.at("seconds").real();
  return e;
}

}  // namespace

NamedTexts fields_of(const ManifestIdentity& identity) {
  NamedTexts fields;
  const Json object = identity_json(identity);
  for (const auto& item : object.items()) {
    if (item.value().is_object()) {
      for (const auto& option : item.value().items()) {
        fields.emplace_back(item.key() + "." + option.key(), option.value().get<std::string>());
      }
    } else {
      fields.emplace_back(item.key(), item.value().is_string() ? item.value().get<std::string>() : item.value().dump());
    }
  }
  return fields;
}

bool has_ended(const Manifest& manifest) {
  return manifest.status == "ok" || manifest.status == "warnings" || manifest.status == "incomplete";
}

void write_manifest(const std::filesystem::path& path, const Manifest& manifest) {
  const Json out = {{"format", kManifestFormat},
                    {"status", manifest.status},
                    {"status_reason", manifest.status_reason},
                    {"identity", identity_json(manifest.identity)},
                    {"exceptions", to_json(manifest.exceptions)},
                    {"environment", environment_json(manifest.environment)}};
  replace_file(path, detail::json_text(out) + "\n");
}

Manifest read_manifest(const std::filesystem::path& path) {
  const Json document = detail::read_json(path);
  const JsonField all(document, path.string() + ": ");
  if (const auto format = all.at("format").small_count(); format != kManifestFormat) {
    throw FileError(path.string() + " has format " + std::to_string(format) + " and this Dovetail knows " +
                    std::to_string(kManifestFormat) + " (another version wrote it); use that version.");
  }
  Manifest manifest;
  manifest.status = all.at("status").text();
  manifest.status_reason = all.at("status_reason").text();
  const JsonField identity = all.at("identity");
  visit_fields(manifest.identity, [&](const char* name, auto& value) { read(identity.at(name), value); });
  read(all.at("exceptions"), manifest.exceptions);
  manifest.environment = read_environment(all.at("environment"));
  return manifest;
}

}  // namespace dovetail
