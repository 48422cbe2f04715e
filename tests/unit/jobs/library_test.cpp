// From a name to a model in a library, and runs on one: the draws are those of the same density in C++, to the bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/open_model.hpp"
#include "dovetail/jobs/recording.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/store/hash.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

constexpr double kLogRootTwoPi = 0.91893853320467274;
constexpr double kLogTwo = 0.69314718055994531;
constexpr std::array<double, 3> kY = {1, 2.5, 0.5};
constexpr const char* kData = R"({"y": [1, 2.5, 0.5]})";

std::string library(const std::string& name) { return std::string(C_MODELS) + "c_" + name + ".so"; }

/// The model of tests/support/c_model without its interface: the same operations in the same order.
class Twin final : public Model {
 public:
  explicit Twin(const Model& other) : description_(other.description()) {
    description_.output_names = {"mu", "sigma", "theta[1]", "theta[2]"};
  }
  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] LogDensity log_density(Point u) const override {
    std::array<double, 4> ignored{};
    return {0, at(u, ignored)};
  }
  LogDensity log_density_gradient(Point u, PointOut prior, PointOut likelihood) const override {
    std::fill(prior.begin(), prior.end(), 0.0);
    return {0, at(u, likelihood)};
  }
  void output_values(Point u, Rng&, PointOut values) const override {
    std::copy(u.begin(), u.end(), values.begin());
    values[1] = std::exp(u[1]);
  }

 private:
  static double at(Point u, PointOut gradient) {
    const double sigma = std::exp(u[1]);
    double value = kLogTwo - 4 * kLogRootTwoPi - 0.5 * u[0] * u[0] - 0.5 * sigma * sigma + u[1];
    for (const std::size_t i : {2U, 3U}) value -= 0.5 * u[i] * u[i];
    for (std::size_t i = 0; i < u.size(); ++i) gradient[i] = -u[i];
    gradient[1] = 1 - sigma * sigma;
    for (const double y : kY) {
      const double z = (y - u[0]) / sigma;
      value += -kLogRootTwoPi - u[1] - 0.5 * z * z;
      gradient[0] += z / sigma;
      gradient[1] += z * z - 1;
    }
    return value;
  }

  ModelDescription description_;
};

class LibraryModel : public ::testing::Test {
 protected:
  LibraryModel() { write_plainly(folder_ / "d.json", kData); }

  [[nodiscard]] ModelSource source(const std::string& name = "normal") const {
    return {library(name), folder_ / "d.json"};
  }

  TemporaryFolder folder_;
};

/// Values of the first four columns of every draw.
std::vector<double> parameters_of(const SampleResult& result) {
  std::vector<double> values;
  for (const auto& chain : result.draws) {
    for (std::size_t at = 0; at < chain.size(); at += result.columns.size()) {
      values.insert(values.end(), chain.begin() + static_cast<std::ptrdiff_t>(at),
                    chain.begin() + static_cast<std::ptrdiff_t>(at + 4));
    }
  }
  return values;
}

TEST_F(LibraryModel, DrawsAreThoseOfTheSameDensityInCppAndOfOneThread) {
  const auto model = open_model(source());
  const Twin twin(*model);
  for (const char* kernel : {"nuts", "slice"}) {
    SampleOptions options;
    options.seed = seed_from_name();
    options.kernel = kernel;
    options.draws = 200;
    SampleObserver quiet;
    const auto expected = parameters_of(sample(twin, options, {"serial", 1}, quiet));
    ASSERT_EQ(expected.size(), 4U * 200 * 4);
    EXPECT_EQ(parameters_of(sample(*model, options, {"serial", 1}, quiet)), expected) << kernel;
    EXPECT_EQ(parameters_of(sample(*model, options, {"threads", 4}, quiet)), expected) << kernel;
  }
}

/// mu given sigma and y is normal, so the evidence is one integral over sigma: trapezium rule over log sigma.
double log_evidence() {
  double sum = 0;
  constexpr double kStep = 0.001;
  const double mean = (kY[0] + kY[1] + kY[2]) / 3;
  for (double u = -12; u < 4; u += kStep) {
    const double v = std::exp(2 * u);  // variance of an observation
    double squares = 0;
    for (const double y : kY) squares += (y - mean) * (y - mean);
    const double mean_variance = v / 3 + 1;  // of the mean of y, mu integrated out
    const double log_y = -3 * kLogRootTwoPi - 3 * u - 0.5 * squares / v + 0.5 * std::log(v / 3) -
                         0.5 * std::log(mean_variance) - 0.5 * mean * mean / mean_variance;
    sum += kStep * std::exp(log_y + kLogTwo - kLogRootTwoPi - 0.5 * v + u);
  }
  return std::log(sum);
}

TEST_F(LibraryModel, PriorOnlyGivesTheEvidence) {
  write_plainly(folder_ / "d.json", R"({"y": [1, 2.5, 0.5], "prior_only": 0})");
  ModelSource from_prior = source();
  from_prior.parts = Parts::apart;
  TemperOptions options;
  options.seed = seed_from_name();
  options.reference = ReferenceKind::prior;
  options.rounds = 10;
  TemperObserver quiet;
  const TemperingSummary found = *temper(*open_model(from_prior), options, {"serial", 1}, quiet).summary.tempering;
  ASSERT_TRUE(found.log_evidence && found.log_evidence_se);
  EXPECT_LE(std::fabs(*found.log_evidence - log_evidence()), z_limit() * *found.log_evidence_se)
      << *found.log_evidence << " +- " << *found.log_evidence_se << ", exactly " << log_evidence();
  EXPECT_LE(*found.log_evidence_se, 0.1);
}

TEST_F(LibraryModel, IsIdentifiedByItsBytes) {
  const Manifest manifest = manifest_of(*open_model(source()), "sample", 1, {}, {"threads", 2});
  EXPECT_EQ(manifest.identity.model, "library:c_normal");
  EXPECT_EQ(manifest.identity.model_kind, "library");
  EXPECT_EQ(manifest.identity.model_sha256, to_hex(sha256_of_file(library("normal"))));
  EXPECT_EQ(manifest.identity.data_sha256, to_hex(sha256_of_file(folder_ / "d.json")));
  EXPECT_NE(manifest.identity.cpu_features.find("glibc"), std::string::npos);
  EXPECT_EQ(manifest.environment.threads, 2U);
  const Manifest one_thread = manifest_of(*open_model(source("one_thread")), "sample", 1, {}, {"threads", 2});
  EXPECT_EQ(one_thread.environment.executor, "serial");
  EXPECT_EQ(one_thread.environment.threads, 1U);
}

TEST_F(LibraryModel, WithOtherBytesThanBeforeIsNotLoaded) {
  ModelSource before = source();
  before.file_sha256 = to_hex(sha256_of_file(library("normal")));
  before.data_sha256 = to_hex(sha256_of_file(folder_ / "d.json"));
  EXPECT_NO_THROW((void)open_model(before));
  before.data_sha256[0] ^= 1;
  EXPECT_THROW((void)open_model(before), CheckpointError);
  before = source("version_3");  // would be refused for another reason if it were loaded
  before.file_sha256 = "another";
  EXPECT_THROW((void)open_model(before), CheckpointError);
}

TEST_F(LibraryModel, AnotherLibraryOfASourceIsNoChangeOfThatFile) {
  ModelSource before = source();
  before.called = "model.stan";
  before.file_sha256 = "another";
  try {
    (void)open_model(before);
    FAIL() << "it was loaded";
  } catch (const CheckpointError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("the library compiled from model.stan is another than the run began with"),
              std::string::npos)
        << message;
    EXPECT_EQ(message.find("has changed"), std::string::npos) << message;
  }
}

TEST_F(LibraryModel, ServesOneThreadWhereItSaysSo) {
  EXPECT_EQ(make_executor({"threads", 4}, *open_model(source("one_thread")))->workers(), 1U);
  EXPECT_EQ(make_executor({"threads", 4}, *open_model(source("normal")))->workers(), 4U);
}

TEST_F(LibraryModel, BuiltInModelsTakeNoData) {
  EXPECT_THROW((void)open_model({"builtin:mvn", folder_ / "d.json"}), UsageError);
  EXPECT_NO_THROW((void)open_model({"builtin:mvn"}));
  EXPECT_THROW((void)open_model({library("normal"), folder_ / "absent.json"}), ModelError);
  EXPECT_THROW((void)open_model({(folder_ / "absent.so").string()}), ModelError);
}

}  // namespace
}  // namespace dovetail::test
