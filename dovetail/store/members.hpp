/// The members of the Store seam.
#pragma once
#include <memory>
#include <string>

#include "dovetail/store/store.hpp"
#include "dovetail/store/url.hpp"

namespace dovetail {

/// Of this object alone.
[[nodiscard]] std::unique_ptr<Store> make_memory_store(const StoreLimits& limits);

/// Files in dt-RUN of the folder, which is made where it is missing. FileError where it cannot be, or is others'.
[[nodiscard]] std::unique_ptr<Store> make_dir_store(const StoreUrl& url, const std::string& run,
                                                    const StoreLimits& limits);

/// Connects, logs in, and refuses a server that would evict values or is a replica or a cluster. One connection,
/// which calls share; it is made anew after any failure.
[[nodiscard]] std::unique_ptr<Store> make_redis_store(const StoreUrl& url, const std::string& run,
                                                      const StoreLimits& limits);

}  // namespace dovetail
