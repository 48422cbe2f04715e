// The archive of population kernels: order, thinning, bound.
#include "dovetail/adapt/archive.hpp"

#include <gtest/gtest.h>

namespace dovetail {
namespace {

using Numbers = std::vector<double>;

std::vector<double> archive_of(const std::vector<Numbers>& histories, std::size_t d) {
  const std::vector<std::span<const double>> views(histories.begin(), histories.end());
  return make_archive(views, d);
}

/// n rows (start, -start), (start + 1, -start - 1), ...
Numbers rows(double start, std::size_t n) {
  Numbers all;
  for (std::size_t i = 0; i < n; ++i) {
    const double v = start + static_cast<double>(i);
    all.insert(all.end(), {v, -v});
  }
  return all;
}

TEST(Archive, KeepsEverythingThatFits) {
  EXPECT_EQ(archive_of({rows(0, 2), {}, rows(5, 3)}, 2), (Numbers{0, 0, 1, -1, 5, -5, 6, -6, 7, -7}));
  EXPECT_EQ(archive_of({rows(0, 600), rows(600, 400)}, 2), rows(0, 1000));
  EXPECT_TRUE(archive_of({}, 2).empty());
}

// The count goes on from one history to the next, so that all are thinned alike.
TEST(Archive, ThinsEvenlyOverAllHistories) {
  const Numbers archive = archive_of({rows(0, 1001), rows(1001, 1500)}, 2);  // every third
  ASSERT_EQ(archive.size(), 2 * 834U);
  for (std::size_t n = 0; n < archive.size() / 2; ++n) {
    ASSERT_EQ(archive[2 * n], 3 * static_cast<double>(n));
    ASSERT_EQ(archive[2 * n + 1], -archive[2 * n]);
  }
}

}  // namespace
}  // namespace dovetail
