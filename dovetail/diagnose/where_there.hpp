/// Figures of a quantity that is not there in every draw, where NaN stands in its place, and how often which number is.
#pragma once
#include <cstdint>
#include <vector>

#include "dovetail/diagnose/summarise.hpp"

namespace dovetail::diagnose {

/// Mean, sd and quantiles are those of the draws where it is there. With I_t = 1 where it is there, s the share of such
/// draws and m that mean, the error of m is the one of the mean of I_t (x_t - m)/s (the delta method for a ratio of
/// means). Rank figures (R-hat, bulk and tail ESS) compare chains draw by draw and are not available, unless it is
/// always there: then this is summarise(). Infinite values make everything n/a, as they do there.
[[nodiscard]] ColumnSummary summarise_where_there(const ChainsView& view);

/// One value of a column of whole numbers.
struct ValueShare {
  double value = 0;
  double share = 0;
  Figure mcse;
};
/// The values that occur, increasing. Requires finite draws.
[[nodiscard]] std::vector<ValueShare> value_shares(const ChainsView& view);

}  // namespace dovetail::diagnose
