#include "dovetail/model/bridgestan/library_model.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/model/bridgestan/library.hpp"
#include "dovetail/model/bridgestan/program.hpp"
#include "dovetail/model/data.hpp"

namespace dovetail {
namespace {

using bridgestan::ErrorText;
using bridgestan::Generator;
using bridgestan::Library;
using bridgestan::Program;

constexpr std::string_view kPriorOnly = "prior_only";

/// "L.2.1" as Dovetail writes it, "L[2,1]"; what is no index (".real", ":1") stays.
std::string in_brackets(std::string_view name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string out;
  bool open = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool begins_index = name[i] == '.' && i + 1 < name.size() && is_digit(name[i + 1]);
    if (begins_index) {
      out += open ? ',' : '[';
      open = true;
      continue;
    }
    if (open && !is_digit(name[i])) {
      out += ']';
      open = false;
    }
    out += name[i];
  }
  return open ? out + "]" : out;
}

std::vector<std::string> split_names(const char* text) {
  std::vector<std::string> names;
  std::string_view rest = text == nullptr ? "" : text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    names.emplace_back(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return names;
}

/// The data with `prior_only` set to 1, when they have one that is 0.
std::optional<std::string> data_of_prior(const LibraryRequest& request) {
  if (request.data_name.empty()) return std::nullopt;
  DataVariables variables;
  try {
    variables = read_data(request.data, request.data_name, Tuples::leave_out);
  } catch (const DataError& error) {
    throw ModelError(error.what());
  }
  const auto found = variables.find(kPriorOnly);
  if (found == variables.end() || !found->second.shape.empty() || !found->second.whole) return std::nullopt;
  std::string data = request.data;
  char& digit = data[found->second.number_at];
  if (found->second.integers.front() != 0 || digit != '0') return std::nullopt;
  digit = '1';
  return data;
}

class LibraryModel final : public Model {
 public:
  explicit LibraryModel(const LibraryRequest& request)
      : prior_data_(data_of_prior(request)),
        library_(bridgestan::load_library(request.path)),
        total_(library_, request, request.data) {
    const bool own_prior = library_.log_prior_gradient != nullptr && !total_.info_says("DOVETAIL_PRIOR=false");
    own_prior_ = request.parts != Parts::together && own_prior;
    if (request.parts == Parts::apart && !own_prior && prior_data_) prior_.emplace(library_, request, *prior_data_);
    describe(request);
  }

  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] const Library& library() const { return library_; }

  [[nodiscard]] LogDensity log_density(Point x) const override {
    if (!description_.parts) return {0, density(total_, x)};
    const double prior = own_prior_ ? own_prior(x, nullptr) : density(*prior_, x);
    if (prior == -kInfinity) return {prior, 0};
    return {prior, density(total_, x) - prior};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    if (!description_.gradient) return Model::log_density_gradient(x, prior, likelihood);
    if (!description_.parts) {
      std::fill(prior.begin(), prior.end(), 0.0);
      return {0, gradient(total_, x, likelihood)};
    }
    const double log_prior = own_prior_ ? own_prior(x, prior.data()) : gradient(*prior_, x, prior);
    if (log_prior == -kInfinity) return {log_prior, 0};
    const double log_total = gradient(total_, x, likelihood);
    for (std::size_t i = 0; i < x.size(); ++i) likelihood[i] -= prior[i];
    return {log_prior, log_total - log_prior};
  }

  void output_values(Point x, Rng& rng, PointOut values) const override {
    ErrorText error(library_);
    const std::uint32_t seed = generates_ ? rng.bits32() : 0;
    const int failed = ask([&] {
      std::optional<Generator> generator;
      if (generates_) generator.emplace(library_, seed);
      return library_.param_constrain(total_.get(), true, generates_, x.data(), values.data(),
                                      generator ? generator->get() : nullptr, error.out());
    });
    if (failed != 0) throw ModelError(error.words());
  }

  void unconstrain(Point values, PointOut x) const override {
    ErrorText error(library_);
    const int failed =
        ask([&] { return library_.param_unconstrain(total_.get(), values.data(), x.data(), error.out()); });
    if (failed != 0) throw ModelError("model " + description_.name + " refuses the values: " + error.words());
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isfinite(x[i])) continue;
      throw ModelError("model " + description_.name + ": the values put coordinate " +
                       description_.coordinates[i].name +
                       " at infinity or nowhere (some parameter is on its bound); start inside");
    }
  }

  [[nodiscard]] Rejections rejections() const override {
    const std::lock_guard lock(mutex_);
    return {rejected_.load(std::memory_order_acquire), first_rejection_, 0, ""};
  }

 private:
  template <class Call>
  int ask(Call&& call) const {
    return bridgestan::ask(library_, call);
  }

  [[nodiscard]] double density(const Program& program, Point x) const {
    ErrorText error(library_);
    double value = 0;
    const int failed =
        ask([&] { return library_.log_density(program.get(), false, true, x.data(), &value, error.out()); });
    return failed == 0 ? value : rejected(error);
  }

  double gradient(const Program& program, Point x, PointOut out) const {
    ErrorText error(library_);
    double value = 0;
    const int failed = ask([&] {
      return library_.log_density_gradient(program.get(), false, true, x.data(), &value, out.data(), error.out());
    });
    if (failed == 0) return value;
    std::fill(out.begin(), out.end(), 0.0);
    return rejected(error);
  }

  double own_prior(Point x, double* out) const {
    ErrorText error(library_);
    double value = 0;
    const int failed =
        ask([&] { return library_.log_prior_gradient(total_.get(), x.data(), &value, out, error.out()); });
    if (failed == 0) return value;
    if (out != nullptr) std::fill(out, out + x.size(), 0.0);
    return rejected(error);
  }

  /// -inf, counted; thrown when the program itself is wrong.
  double rejected(const ErrorText& error) const {
    std::string words = error.words();
    if (bridgestan::is_fault(words)) throw ModelError(words);
    if (rejected_.load(std::memory_order_relaxed) == 0) {
      const std::lock_guard lock(mutex_);
      if (first_rejection_.empty()) first_rejection_ = std::move(words);  // before the count tells that there are any
    }
    rejected_.fetch_add(1, std::memory_order_release);
    return -kInfinity;
  }

  [[nodiscard]] std::vector<std::string> names(const char* list, int count, const char* what) const {
    std::vector<std::string> all = split_names(list);
    if (count < 0 || all.size() != static_cast<std::size_t>(count)) {
      throw ModelError("the model library " + library_.path + " names " + std::to_string(all.size()) + " " + what +
                       " and says that it has " + std::to_string(count) +
                       " (its interface contradicts itself); build it again");
    }
    return all;
  }

  void describe(const LibraryRequest& request) {
    const bs_model* model = total_.get();
    description_.name = request.name.empty() ? request.path : request.name;
    description_.kind = "library";
    description_.identity = std::string("library:") + library_.name(model);
    description_.file_sha256 = request.sha256;
    description_.data_sha256 = request.data_sha256;
    description_.summary =
        std::string(library_.name(model)) + ", a library with BridgeStan's C interface " + library_.version;
    description_.source = "its file, SHA-256 " + request.sha256;
    description_.parts = own_prior_ || prior_;
    description_.gradient = !total_.info_says("DOVETAIL_GRADIENT=false");
    description_.offers_prior = prior_data_ && !description_.parts;
    description_.thread_safe = total_.info_says("STAN_THREADS=true");
    if (!description_.thread_safe) {
      description_.one_thread_because =
          total_.info_says("Dovetail plug-in")
              ? "its struct says thread_safe = false; make its calls safe on several threads, and leave that out"
              : "it was built without STAN_THREADS=true, and a second thread would spoil its memory; build it again "
                "by `dovetail compile`, or by BridgeStan's `make STAN_THREADS=true`";
    }

    const int parameters = library_.param_num(model, false, false);
    const int outputs = library_.param_num(model, true, true);
    generates_ = outputs > library_.param_num(model, true, false);
    const auto coordinates = names(library_.param_unc_names(model), library_.param_unc_num(model), "coordinates");
    const auto values = names(library_.param_names(model, true, true), outputs, "outputs");
    const auto declared = names(library_.param_names(model, false, false), parameters, "parameters");
    if (!std::equal(declared.begin(), declared.end(), values.begin(), values.begin() + std::min(parameters, outputs))) {
      throw ModelError(
          "the model library " + library_.path +
          " does not name its parameters first among its outputs (its interface contradicts itself); build it again");
    }
    description_.parameter_count = declared.size();
    for (const std::string& name : values) description_.output_names.push_back(in_brackets(name));
    require_names();
    name_coordinates(coordinates, declared);
    if (prior_ && split_names(library_.param_unc_names(prior_->get())) != coordinates) {
      throw ModelError(
          "the model library " + library_.path +
          " has other parameters with prior_only = 1 (prior and posterior must share theirs); let prior_only "
          "switch the likelihood alone");
    }
  }

  /// Draws are told apart by their names, and there must be something to draw.
  void require_names() const {
    const std::string whose = "the model library " + library_.path;
    if (library_.param_unc_num(total_.get()) == 0) {
      throw ModelError(whose + " has no parameters (there is nothing to sample); give it one");
    }
    std::vector<std::string> sorted = description_.output_names;
    std::sort(sorted.begin(), sorted.end());
    if (sorted.front().empty()) {
      throw ModelError(whose + " has an output without a name (its interface contradicts itself); build it again");
    }
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) {
      throw ModelError(whose + " has two outputs of the name " + *twice +
                       " (nobody could tell their draws apart); rename one");
    }
  }

  /// A coordinate that is a parameter's value has its name; others are NAME.i, since no interface says by which map
  /// values come from them.
  void name_coordinates(const std::vector<std::string>& coordinates, const std::vector<std::string>& declared) {
    std::map<std::string_view, std::size_t> place_of;
    for (std::size_t i = 0; i < declared.size(); ++i) place_of.emplace(declared[i], i);
    std::vector<bool> is_value(coordinates.size(), true);
    std::vector<double> u(coordinates.size());
    std::vector<double> values(declared.size());
    for (const double size : {0.37, -1.21, 2.83}) {  // any numbers that no map leaves alone by chance
      for (std::size_t i = 0; i < u.size(); ++i) u[i] = size + 0.0625 * static_cast<double>(i % 16);
      ErrorText error(library_);
      const int failed =
          library_.param_constrain(total_.get(), false, false, u.data(), values.data(), nullptr, error.out());
      for (std::size_t i = 0; i < u.size(); ++i) {
        const auto found = place_of.find(coordinates[i]);
        is_value[i] = is_value[i] && failed == 0 && found != place_of.end() && values[found->second] == u[i];
      }
    }
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
      const bool has_index = coordinates[i].find('.') != std::string::npos;
      Coordinate coordinate;
      coordinate.name = is_value[i] ? in_brackets(coordinates[i]) : has_index ? coordinates[i] : coordinates[i] + ".1";
      description_.coordinates.push_back(std::move(coordinate));
    }
  }

  std::optional<std::string> prior_data_;  ///< before the library runs: data that are no JSON have better words here
  Library library_;
  Program total_;
  std::optional<Program> prior_;
  bool own_prior_ = false;
  bool generates_ = false;
  ModelDescription description_;
  mutable std::atomic<std::uint64_t> rejected_{0};
  mutable std::mutex mutex_;
  mutable std::string first_rejection_;
};

std::string working_folder() {
  std::array<char, PATH_MAX> path{};
  return ::getcwd(path.data(), path.size()) == nullptr ? "" : path.data();
}

}  // namespace

std::unique_ptr<Model> make_library_model(const LibraryRequest& request) {
  const ForeignCall inside;
  const Surroundings before;
  const std::string folder = working_folder();
  auto model = std::make_unique<LibraryModel>(request);
  require_same(before, model->library());
  if (working_folder() != folder) {
    static_cast<void>(!::chdir(folder.c_str()));
    throw ModelLost("the model library " + request.path +
                    " changes the working folder (files would be read and written elsewhere); take the call of chdir "
                    "out of it");
  }
  return model;
}

}  // namespace dovetail
