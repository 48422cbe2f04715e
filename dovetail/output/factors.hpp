/// factors.json: what the sites of a run of expectation propagation say of the shared parameters, each under its name.
/// A run writes its own at its end; another run, over other sites or other rows, may begin with them.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace dovetail {

/// exp(-x'Qx/2 + r'x) over the unconstrained shared parameters x.
struct SiteFactor {
  std::string site;
  std::vector<double> precision;  ///< Q, row-major, symmetric bit for bit
  std::vector<double> shift;      ///< r

  template <class Archive>
  void describe(Archive& archive) {
    archive(site);
    archive(precision);
    archive(shift);
  }
};

struct Factors {
  std::vector<std::string> parameters;  ///< names of x
  std::vector<SiteFactor> sites;        ///< no name twice
};

/// Replaces the file; numbers are written so that they are read back bit for bit.
void write_factors(const std::filesystem::path& path, const Factors& factors);
/// FileError names the place of what is damaged: syntax, sizes, a matrix that is not symmetric, a name twice.
[[nodiscard]] Factors read_factors(const std::filesystem::path& path);

/// SHA-256 of names and bits, as lower-case hex: `init_sha256` of the manifest.
[[nodiscard]] std::string sha256_of_factors(const std::vector<SiteFactor>& sites);

}  // namespace dovetail
