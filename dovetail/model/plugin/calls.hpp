/// What the functions of the C interface do, for any struct: no exception leaves them. Part of plugin.hpp.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <new>
#include <stdexcept>

#include "dovetail/model/plugin/instance.hpp"

// What the C interface calls a model and a generator, without saying what they are.
struct bs_model;
struct bs_rng;

namespace dovetail::plugin {

namespace detail {

/// An error's text for a caller in C, who frees it by bs_free_error_msg: "Model.call: kind what".
inline void set_error(char** error, const std::string& model, const char* call, const char* kind,
                      const char* what) noexcept {
  if (error == nullptr) return;
  const std::size_t size = model.size() + std::strlen(call) + std::strlen(kind) + std::strlen(what) + 4;
  *error = static_cast<char*>(std::malloc(size));
  if (*error != nullptr) std::snprintf(*error, size, "%s.%s: %s%s", model.c_str(), call, kind, what);
}

/// Runs `body`; 0, or -1 and a message when it throws. Nothing leaves but by its return value.
template <class Body>
int guarded(char** error, const std::string& model, const char* call, Body body) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    body();
    return 0;
  } catch (const std::bad_alloc&) {
    set_error(error, model, call, "out of memory", "");
  } catch (const std::out_of_range& e) {  // what() of vector::at does not say what it is
    set_error(error, model, call, "out of range: ", e.what());
  } catch (const std::exception& e) {
    set_error(error, model, call, "", e.what());
  } catch (...) {
    set_error(error, model, call, "an exception that is no std::exception", "");
  }
  return -1;
}

using PrintCallback = void (*)(const char*, std::size_t);
struct Printer {
  std::mutex mutex;
  PrintCallback callback = nullptr;
};
inline Printer& printer() {
  static Printer printer;
  return printer;
}

}  // namespace detail

inline void print(std::string_view text) {
  detail::Printer& to = detail::printer();
  const std::lock_guard lock(to.mutex);
  if (to.callback != nullptr) {
    to.callback(text.data(), text.size());
  } else {
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
}

}  // namespace dovetail::plugin

namespace dovetail::plugin::detail {

template <class M>
const Instance<M>& instance(const bs_model* model) {
  return *reinterpret_cast<const Instance<M>*>(model);
}

template <class M>
bs_model* construct(const char* name, const char* data, char** error) noexcept {
  bs_model* model = nullptr;
  guarded(error, name, "construct", [&] { model = reinterpret_cast<bs_model*>(new Instance<M>(name, data)); });
  return model;
}

template <class M>
int density(const bs_model* model, const char* call, bool jacobian, bool prior_only, const double* u, double* value,
            double* gradient, char** error) noexcept {
  const Instance<M>& m = instance<M>(model);
  return guarded(error, m.name, call, [&] { *value = m.evaluate(u, gradient, jacobian, prior_only); });
}

template <class M>
int values_of(const bs_model* model, bool derived, bool generated, const double* u, double* values, bs_rng* rng,
              char** error) noexcept {
  const Instance<M>& m = instance<M>(model);
  return guarded(error, m.name, "param_constrain", [&] {
    const Values all(values, m.count(derived, generated));
    const Values x = all.first(m.dimension());
    m.constrain_all(u, x);
    if constexpr (HasDerived<M>) {
      if (derived) m.model.derived(x, all.subspan(m.counts[0], m.counts[1]));
    }
    if constexpr (HasGenerated<M>) {
      if (generated && rng == nullptr) throw std::invalid_argument("generated quantities need a bs_rng");
      if (generated) m.model.generated(x, *reinterpret_cast<Rng*>(rng), all.last(m.counts[2]));
    }
  });
}

template <class M>
int coordinates_of_json(const bs_model* model, const char* json, double* u, char** error) noexcept {
  const Instance<M>& m = instance<M>(model);
  return guarded(error, m.name, "param_unconstrain_json", [&] {
    if constexpr (std::is_constructible_v<M, const Data&>) {
      const Data data(json, "parameters");
      std::vector<double> values;
      for (const Parameter& p : m.declared) {
        const std::vector<double> some =
            p.size == 0 ? std::vector<double>{data.real(p.name)} : data.reals(p.name, p.size);
        values.insert(values.end(), some.begin(), some.end());
      }
      m.unconstrain_all(values.data(), u);
    } else {
      throw std::logic_error("not provided by a model without data (no reader of JSON is linked into it)");
    }
  });
}

/// For what this interface does not offer.
template <class M>
int not_provided(const bs_model* model, const char* call, char** error) noexcept {
  return guarded(error, instance<M>(model).name, call, [] { throw std::logic_error("not provided by plug-ins"); });
}

}  // namespace dovetail::plugin::detail
