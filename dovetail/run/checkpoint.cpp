#include "dovetail/run/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "dovetail/store/file.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

constexpr std::array<char, 8> kMagic = {'D', 'T', 'C', 'K', 'P', 'T', '\r', '\n'};
constexpr std::size_t kHeader = kMagic.size() + 4 + 8;
constexpr std::size_t kChecksum = 32;

template <class T>
T read_word(std::span<const std::byte> bytes, std::size_t at) {
  T word;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

}  // namespace

Bytes encode_checkpoint(const Checkpoint& checkpoint) {
  constexpr std::size_t kRest = 1 << 12;  // what stands besides the state, which is long: memory for it is taken once
  Writer writer;
  writer.out.reserve(checkpoint.state.size() + kRest);
  for (const char c : kMagic) writer(c);
  writer(kCodecVersion);
  writer(std::uint64_t{0});  // its place; the state is long, and not packed twice
  writer(checkpoint);
  const std::uint64_t length = writer.out.size() - kHeader;
  std::memcpy(writer.out.data() + kMagic.size() + sizeof kCodecVersion, &length, sizeof length);
  const Sha256 checksum = sha256(writer.out);
  writer.out.insert(writer.out.end(), checksum.begin(), checksum.end());
  return std::move(writer.out);
}

Checkpoint decode_checkpoint(std::span<const std::byte> bytes, const std::string& name) {
  const auto refuse = [&](const std::string& why) {
    throw CheckpointError(name + ": " + why + "; nothing was read from it");
  };
  if (bytes.size() < kHeader + kChecksum) refuse("ends early, after " + std::to_string(bytes.size()) + " bytes");
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) refuse("is not a checkpoint of Dovetail");
  const auto version = read_word<std::uint32_t>(bytes, kMagic.size());
  const auto length = read_word<std::uint64_t>(bytes, kMagic.size() + 4);
  const std::size_t body = bytes.size() - kHeader - kChecksum;
  if (version == kCodecVersion && length > body) {
    refuse("ends early: " + std::to_string(body) + " of " + std::to_string(length) + " payload bytes are there");
  }
  const Sha256 checksum = sha256(bytes.first(bytes.size() - kChecksum));
  if (!std::equal(checksum.begin(), checksum.end(), bytes.end() - kChecksum)) {
    refuse("fails its checksum (bytes damaged on disk?)");
  }
  if (version != kCodecVersion) {
    refuse("was written in format " + std::to_string(version) + ", this program reads format " +
           std::to_string(kCodecVersion) + " (go on with the release that wrote it)");
  }
  if (length != body) refuse("has bytes left over after its payload");
  return unpack<Checkpoint>(bytes.subspan(kHeader, body));
}

void require_same_identity(const RunIdentity& wanted, const RunIdentity& found, const std::string& name) {
  const auto refuse = [&](const std::string& field, const std::string& has, const std::string& want) {
    throw CheckpointError(
        name + " belongs to another run: its " + field + " is " + has + ", this run's is " + want +
        " (going on would mix two results); resume the run it belongs to, or start anew with --force");
  };
  for (std::size_t i = 0; i < std::max(wanted.size(), found.size()); ++i) {
    if (i >= found.size()) refuse(wanted[i].first, "not stated", wanted[i].second);
    if (i >= wanted.size()) refuse(found[i].first, found[i].second, "not stated");
    if (wanted[i] != found[i]) refuse(wanted[i].first, found[i].second, wanted[i].second);
  }
}

std::filesystem::path CheckpointFolder::file(std::uint64_t generation) const {
  return folder_ / (generation % 2 == 0 ? "a" : "b");
}

void CheckpointFolder::save(Checkpoint& checkpoint) {
  if (next_generation_ == 0) (void)load();
  if (next_generation_ == 1) make_private_folder(folder_);  // once: a folder removed meanwhile must not come back
  checkpoint.generation = next_generation_;
  replace_file(file(next_generation_), encode_checkpoint(checkpoint));
  ++next_generation_;
}

std::optional<Checkpoint> CheckpointFolder::load(Generation which) {
  std::vector<Checkpoint> whole;
  std::string damage;
  for (const char* name : {"a", "b"}) {
    const std::filesystem::path path = folder_ / name;
    if (!std::filesystem::exists(path)) continue;
    try {
      whole.push_back(decode_checkpoint(read_file(path), path.string()));
    } catch (const CheckpointError& error) {
      damage += (damage.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  std::sort(whole.begin(), whole.end(), [](const auto& x, const auto& y) { return x.generation > y.generation; });
  const bool acceptable = damage.empty() || which == Generation::previous;
  if (!acceptable || (whole.empty() && !damage.empty())) {
    throw CheckpointError(damage + (whole.empty() ? "; no whole checkpoint is left: start anew with --force"
                                                  : "; the other generation is whole, at round " +
                                                        std::to_string(whole.front().round) +
                                                        "; `dovetail resume --previous-checkpoint` goes on from it and "
                                                        "gives the same result"));
  }
  if (whole.empty()) {
    next_generation_ = 1;
    return std::nullopt;
  }
  Checkpoint& chosen = which == Generation::previous ? whole.back() : whole.front();
  next_generation_ = chosen.generation + 1;
  return std::move(chosen);
}

}  // namespace dovetail
