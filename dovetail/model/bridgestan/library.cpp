#include "dovetail/model/bridgestan/library.hpp"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "dovetail/core/error.hpp"
#include "dovetail/model/exec/plain_text.hpp"

namespace dovetail::bridgestan {
namespace {

constexpr int kMajorVersion = 2;

/// "2.6.1" where all three numbers are exported.
std::string version_of(void* handle) {
  std::string text;
  for (const char* part : {"bs_major_version", "bs_minor_version", "bs_patch_version"}) {
    const auto* number = static_cast<const int*>(dlsym(handle, part));
    if (number == nullptr) return text;
    text += (text.empty() ? "" : ".") + std::to_string(*number);
  }
  return text;
}

[[noreturn]] void refuse(const std::string& path, const std::string& what, const std::string& cure) {
  throw ModelError("the model library " + path + " " + what + "; " + cure);
}

/// A library is code: nobody but its user (or root) may be able to change it.
void check_owner(const std::string& path, const char* what, const struct stat& status) {
  const bool sticky_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;  // as /tmp is
  // Also the user's own group: it may have other members, now or later.
  const bool others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  if (others_write && !sticky_folder) {
    refuse(path, std::string(what) + " that others may write (whoever does so runs code as you)",
           "take the right away with chmod go-w, or copy the library to a folder of your own");
  }
  if (status.st_uid != geteuid() && status.st_uid != 0) {
    refuse(path, std::string(what) + " of another user (who could change it at any time)",
           "copy the library to a folder of your own");
  }
}

void check_file(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    refuse(path, std::string("cannot be opened: ") + std::strerror(errno), "check its name");
  }
  if (!S_ISREG(status.st_mode)) refuse(path, "is not a regular file", "check its name");
  check_owner(path, "is a file", status);
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  if (stat(folder.c_str(), &status) == 0) check_owner(path, "is in a folder", status);
}

/// Looks symbols up, and complains of the first that is missing.
class Symbols {
 public:
  Symbols(void* handle, const std::string& path) : handle_(handle), path_(path) {}

  template <class Function>
  void find(Function& function, const char* name) const {
    if (find_optional(function, name)) return;
    refuse(path_,
           std::string("lacks the function ") + name + " (it has not all of BridgeStan's C interface, version 2)",
           "build it with `dovetail compile`, or with BridgeStan 2.1 or later");
  }

  template <class Function>
  bool find_optional(Function& function, const char* name) const {
    function = reinterpret_cast<Function>(dlsym(handle_, name));
    return function != nullptr;
  }

 private:
  void* handle_;
  const std::string& path_;
};

void check_version(void* handle, const std::string& path) {
  const auto* major = static_cast<const int*>(dlsym(handle, "bs_major_version"));
  if (major == nullptr && dlsym(handle, "bs_construct") != nullptr) {
    refuse(path, "has the interface of BridgeStan 1", "build it again with BridgeStan 2");
  }
  if (major == nullptr) {
    refuse(path, "is no model (it lacks bs_major_version of BridgeStan's C interface)",
           "build it with `dovetail compile`, or with BridgeStan 2");
  }
  if (*major != kMajorVersion) {
    refuse(path, "has version " + version_of(handle) + " of BridgeStan's C interface, and 2 is what Dovetail speaks",
           "build it again with BridgeStan 2");
  }
}

/// What programs print goes where all that is no result goes. One line of output may come in several pieces.
void print_to_standard_error(const char* text, std::size_t size) {
  static std::mutex mutex;
  const std::string plain = exec::plain_text({text, size});
  const std::lock_guard lock(mutex);
  std::fwrite(plain.data(), 1, plain.size(), stderr);
}

}  // namespace

void require_same(const Surroundings& before, const Library& library) {
  if (!before.same_rounding()) {
    before.restore_rounding();
    throw ModelLost("the model library " + library.path +
                    " changes how numbers are rounded, or flushes the smallest (results would depend on it); build it "
                    "without -ffast-math and "
                    "-Ofast, also where it is linked, and take calls such as fesetround out of it");
  }
  if (!before.same_locale()) {
    std::setlocale(LC_ALL, library.locale.c_str());
    throw ModelLost("the model library " + library.path +
                    " sets another locale (files are read and written in it); take the call of setlocale out of it");
  }
}

Library load_library(const std::string& path) {
  DOVETAIL_REQUIRE(path.find('/') != std::string::npos);  // dlopen would search for a bare name
  check_file(path);
  Library library;
  library.path = path;
  library.locale = std::setlocale(LC_ALL, nullptr);
  const Surroundings before;
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    refuse(path, std::string("cannot be loaded: ") + dlerror(), "build it on this machine, with what it is linked to");
  }
  require_same(before, library);
  check_version(handle, path);

  library.version = version_of(handle);
  const Symbols symbols(handle, path);
  symbols.find(library.model_construct, "bs_model_construct");
  symbols.find(library.model_destruct, "bs_model_destruct");
  symbols.find(library.free_error_msg, "bs_free_error_msg");
  symbols.find(library.name, "bs_name");
  symbols.find(library.model_info, "bs_model_info");
  symbols.find(library.param_names, "bs_param_names");
  symbols.find(library.param_unc_names, "bs_param_unc_names");
  symbols.find(library.param_num, "bs_param_num");
  symbols.find(library.param_unc_num, "bs_param_unc_num");
  symbols.find(library.param_constrain, "bs_param_constrain");
  symbols.find(library.param_unconstrain, "bs_param_unconstrain");
  symbols.find(library.log_density, "bs_log_density");
  symbols.find(library.log_density_gradient, "bs_log_density_gradient");
  symbols.find(library.rng_construct, "bs_rng_construct");
  symbols.find(library.rng_destruct, "bs_rng_destruct");
  symbols.find(library.set_print_callback, "bs_set_print_callback");
  symbols.find_optional(library.log_prior_gradient, "dovetail_log_prior_gradient");
  static_cast<void>(library.set_print_callback(print_to_standard_error, nullptr));
  return library;
}

}  // namespace dovetail::bridgestan
