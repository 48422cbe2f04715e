/// Scratch rows for models that need one vector per call: borrowed from the calling thread, so calls stay const and
/// thread safe and allocate only the first time.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace dovetail::detail {

/// A row of doubles for the lifetime of this object. Nests: a model that calls a model gets another row.
class ScratchRow {
 public:
  explicit ScratchRow(std::size_t n) {
    auto& [rows, used] = of_this_thread();
    if (used == rows.size()) rows.push_back(std::make_unique<std::vector<double>>());
    std::vector<double>& row = *rows[used++];
    if (row.size() < n) row.resize(n);
    row_ = std::span<double>(row).first(n);
  }
  ~ScratchRow() { --of_this_thread().used; }
  ScratchRow(const ScratchRow&) = delete;
  ScratchRow& operator=(const ScratchRow&) = delete;

  [[nodiscard]] std::span<double> row() const { return row_; }

 private:
  struct Rows {
    std::vector<std::unique_ptr<std::vector<double>>> rows;
    std::size_t used = 0;
  };
  static Rows& of_this_thread() {
    thread_local Rows rows;
    return rows;
  }
  std::span<double> row_;
};

}  // namespace dovetail::detail
