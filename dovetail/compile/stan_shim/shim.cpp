/// BridgeStan's C interface, version 2, over a class that Stan's translator generates.
///
/// Sees the model through stan::model::model_base and new_model() alone, so that it is compiled once and linked to
/// every program. Calls on one model from several threads are safe: each thread has its own tape, printed text and
/// scratch.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <stan/model/model_base.hpp>
#include <stan/services/util/create_rng.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "dovetail/compile/stan_shim/variables.hpp"

// What it declares is what the library exports.
#pragma GCC visibility push(default)
#include "dovetail/model/bridgestan/c_interface.h"
#pragma GCC visibility pop

/// What the translator generates.
stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed, std::ostream* printed);

struct bs_rng {
  boost::ecuyer1988 generator;
};

struct bs_model {
  std::unique_ptr<stan::model::model_base> model;
  std::string name;
  std::string info;
  std::string unconstrained_names;
  std::string names[2][2];  ///< [transformed parameters][generated quantities]
  int counts[2][2] = {};
  int dimension = 0;
};

namespace dovetail_stan {

/// Declared in every generated file, whose checks of data are led here.
void check_variable(const stan::io::var_context& context, const char* stage, const char* name, const char* type,
                    const std::vector<std::size_t>& declared) {
  (void)stage;
  static_cast<const Variables&>(context).check(name, type, declared);
}

namespace {

// ---- what programs print ----

class PrintedText : public std::streambuf {
 public:
  std::string text;

 protected:
  int overflow(int c) override {
    if (c != traits_type::eof()) text += static_cast<char>(c);
    return c;
  }
  std::streamsize xsputn(const char* from, std::streamsize count) override {
    text.append(from, static_cast<std::size_t>(count));
    return count;
  }
};

struct Printed {
  PrintedText buffer;
  std::ostream stream{&buffer};
};

Printed& printed() {
  static thread_local Printed here;
  return here;
}

std::mutex print_mutex;
::bs_print_callback print_callback = nullptr;

void deliver_printed() noexcept {
  std::string& text = printed().buffer.text;
  if (text.empty()) return;
  const std::lock_guard<std::mutex> lock(print_mutex);
  if (print_callback) {
    print_callback(text.data(), text.size());
  } else {
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  text.clear();
}

// ---- errors ----

char* copied(const char* message) {
  const std::size_t size = std::strlen(message) + 1;
  void* copy = std::malloc(size);
  return copy ? static_cast<char*>(std::memcpy(copy, message, size)) : nullptr;
}

/// Runs `body`; an exception becomes a message, since none may leave the library.
template <class Body>
int guarded(char** error, Body body) noexcept {
  int code = -1;
  try {
    body();
    code = 0;
  } catch (const std::exception& failure) {
    if (error) *error = copied(failure.what());
  } catch (...) {
    if (error) *error = copied("unknown exception");
  }
  deliver_printed();
  return code;
}

// ---- densities ----

/// The tape of the calling thread: made at its first call, empty between calls whatever happens in them.
class Tape {
 public:
  Tape() { static thread_local stan::math::ChainableStack of_thread; }
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  // Both throw where the nesting is not what it is here.
  ~Tape() {  // NOLINT(bugprone-exception-escape)
    while (!stan::math::empty_nested()) stan::math::recover_memory_nested();
    stan::math::recover_memory();
  }
};

template <class Scalar>
Scalar log_density(const stan::model::model_base& model, bool propto, bool jacobian, std::vector<Scalar>& x) {
  std::vector<int> none;
  std::ostream* out = &printed().stream;
  if (propto) return jacobian ? model.log_prob_propto_jacobian(x, none, out) : model.log_prob_propto(x, none, out);
  return jacobian ? model.log_prob_jacobian(x, none, out) : model.log_prob(x, none, out);
}

std::vector<stan::math::var> on_tape(const bs_model& m, const double* theta) {
  std::vector<stan::math::var> x(theta, theta + m.dimension);  // braces would make two of two addresses
  return x;
}

// ---- parameters ----

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

void describe(bs_model& m) {
  const std::string prefix = "dovetail_";  // dovetail compile gives it, so that no variable has the model's name
  m.name = m.model->model_name();
  if (const std::size_t at = m.name.find(prefix); at != std::string::npos) m.name.erase(0, at + prefix.size());
  m.info =
      "BridgeStan interface: 2, by Dovetail\n"
      "Stan version: 2.21.0\n"
      "Stan C++ Defines:\n"
      "\tSTAN_THREADS=true\n"
      "Compiler: " __VERSION__ "\n";
  std::vector<std::string> names;
  m.model->unconstrained_param_names(names, false, false);
  m.unconstrained_names = joined(names);
  m.dimension = static_cast<int>(names.size());
  for (const int with_transformed : {0, 1})
    for (const int with_generated : {0, 1}) {
      names.clear();
      m.model->constrained_param_names(names, with_transformed != 0, with_generated != 0);
      m.names[with_transformed][with_generated] = joined(names);
      m.counts[with_transformed][with_generated] = static_cast<int>(names.size());
    }
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::invalid_argument(path + ": no data can be read there; check the path");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A path that ends in .json, JSON itself, or nothing.
Variables data_of(const char* data) {
  const std::string text = data ? data : "";
  const std::string ending = ".json";
  if (text.empty()) return Variables("data");
  if (text.size() > ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0)
    return Variables::from_json(contents_of(text), text);
  return Variables::from_json(text, "data");
}

/// The parameters of a program by name; `theta` holds them one after another, column-major.
Variables parameters_of(const bs_model& m, const double* theta) {
  std::vector<std::string> names;
  std::vector<std::vector<std::size_t>> shapes;
  m.model->get_param_names(names);
  m.model->get_dims(shapes);
  const double* const end = theta + m.counts[0][0];
  Variables variables("parameters");
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::size_t size = 1;
    for (const std::size_t extent : shapes[i]) size *= extent;
    if (size > static_cast<std::size_t>(end - theta)) break;  // the first of the transformed parameters
    variables.add(names[i], {shapes[i], false, {}, std::vector<double>(theta, theta + size), 0});
    theta += size;
  }
  return variables;
}

void unconstrain(const bs_model& m, const Variables& variables, double* theta_unc) {
  const Tape tape;
  std::vector<int> none;
  std::vector<double> values;
  m.model->transform_inits(variables, none, values, &printed().stream);
  std::copy(values.begin(), values.end(), theta_unc);
}

constexpr const char* kNoHessian = "Stan 2.21 gives no Hessian through this interface; use gradients";

}  // namespace
}  // namespace dovetail_stan

using namespace dovetail_stan;  // NOLINT: this file has no headers to leak into

extern "C" {

const int bs_major_version = 2;
const int bs_minor_version = 0;
const int bs_patch_version = 0;

bs_model* bs_model_construct(const char* data, unsigned int seed, char** error) {
  auto m = std::make_unique<bs_model>();
  const int code = guarded(error, [&] {
    const Tape tape;
    Variables variables = data_of(data);
    m->model.reset(&new_model(variables, seed, &printed().stream));
    describe(*m);
  });
  return code == 0 ? m.release() : nullptr;
}

void bs_model_destruct(bs_model* m) { delete m; }
void bs_free_error_msg(char* error) { std::free(error); }

const char* bs_name(const bs_model* m) { return m->name.c_str(); }
const char* bs_model_info(const bs_model* m) { return m->info.c_str(); }
const char* bs_param_names(const bs_model* m, bool include_tp, bool include_gq) {
  return m->names[include_tp ? 1 : 0][include_gq ? 1 : 0].c_str();
}
const char* bs_param_unc_names(const bs_model* m) { return m->unconstrained_names.c_str(); }
int bs_param_num(const bs_model* m, bool include_tp, bool include_gq) {
  return m->counts[include_tp ? 1 : 0][include_gq ? 1 : 0];
}
int bs_param_unc_num(const bs_model* m) { return m->dimension; }

int bs_param_constrain(const bs_model* m, bool include_tp, bool include_gq, const double* theta_unc, double* theta,
                       bs_rng* rng, char** error) {
  return guarded(error, [&] {
    if (include_gq && !rng) throw std::invalid_argument("generated quantities need a generator (bs_rng_construct)");
    const Tape tape;
    boost::ecuyer1988 unused;
    std::vector<double> x(theta_unc, theta_unc + m->dimension);
    std::vector<int> none;
    std::vector<double> values;
    m->model->write_array(rng ? rng->generator : unused, x, none, values, include_tp, include_gq, &printed().stream);
    std::copy(values.begin(), values.end(), theta);
  });
}

int bs_param_unconstrain(const bs_model* m, const double* theta, double* theta_unc, char** error) {
  return guarded(error, [&] { unconstrain(*m, parameters_of(*m, theta), theta_unc); });
}

int bs_param_unconstrain_json(const bs_model* m, const char* json, double* theta_unc, char** error) {
  return guarded(error, [&] { unconstrain(*m, Variables::from_json(json, "parameters"), theta_unc); });
}

int bs_log_density(const bs_model* m, bool propto, bool jacobian, const double* theta_unc, double* lp, char** error) {
  return guarded(error, [&] {
    const Tape tape;
    if (propto) {  // over plain numbers Stan would drop every term, not constants alone
      auto x = on_tape(*m, theta_unc);
      *lp = log_density(*m->model, true, jacobian, x).val();
    } else {
      std::vector<double> x(theta_unc, theta_unc + m->dimension);
      *lp = log_density(*m->model, false, jacobian, x);
    }
  });
}

int bs_log_density_gradient(const bs_model* m, bool propto, bool jacobian, const double* theta_unc, double* val,
                            double* grad, char** error) {
  return guarded(error, [&] {
    const Tape tape;
    auto x = on_tape(*m, theta_unc);
    stan::math::var density = log_density(*m->model, propto, jacobian, x);
    density.grad();
    *val = density.val();
    for (int i = 0; i < m->dimension; ++i) grad[i] = x[static_cast<std::size_t>(i)].adj();
  });
}

int bs_log_density_hessian(const bs_model*, bool, bool, const double*, double*, double*, double*, char** error) {
  return guarded(error, [] { throw std::logic_error(kNoHessian); });
}

bs_rng* bs_rng_construct(unsigned int seed, char** error) {
  bs_rng* rng = nullptr;
  guarded(error, [&] { rng = new bs_rng{stan::services::util::create_rng(seed, 0)}; });
  return rng;
}
void bs_rng_destruct(bs_rng* rng) { delete rng; }

int bs_set_print_callback(bs_print_callback callback, char** error) {
  return guarded(error, [&] {
    const std::lock_guard<std::mutex> lock(print_mutex);
    print_callback = callback;
  });
}

}  // extern "C"
