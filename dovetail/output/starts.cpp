#include "dovetail/output/starts.hpp"

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/detail/json.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {

void write_starts(const std::filesystem::path& path, const std::vector<std::string>& names,
                  const std::vector<std::vector<double>>& points) {
  detail::Json list = detail::Json::array();
  for (const std::vector<double>& point : points) {
    DOVETAIL_REQUIRE(point.size() == names.size());
    detail::Json object = detail::Json::object();
    for (std::size_t i = 0; i < names.size(); ++i) object[names[i]] = detail::number(point[i]);
    list.push_back(std::move(object));
  }
  replace_file(path, detail::json_text(list) + "\n");
}

std::string sha256_of_starts(const std::vector<std::vector<double>>& points) { return to_hex(sha256(pack(points))); }

}  // namespace dovetail
