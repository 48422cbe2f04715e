// Laws of every sink: rewinding to any committed position and writing again gives equal draws, and equal bytes.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <sstream>

#include "dovetail/output/draws.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "tests/faults/small_run.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();
const std::vector<std::string> kColumns{"a", "b[1]", "log_prior"};

/// Bits of all kept draws, and the bytes of files where there are some.
std::string snapshot(const KeptDraws& draws) {
  std::ostringstream out;
  out << std::hex;
  for (const Round round : draws.rounds()) {
    for (const ItemId source : draws.sources(round)) {
      out << "round " << round.value << " source " << source.value << " rows " << draws.rows(round, source) << "\n";
      for (std::size_t column = 0; column < draws.columns().size(); ++column) {
        draws.visit_column(round, source, column, [&](std::span<const double> values) {
          for (const double value : values) out << std::bit_cast<std::uint64_t>(value) << ' ';
        });
        out << "\n";
      }
    }
  }
  return out.str();
}

/// A sink under test: opened anew after a crash, and read.
class Place {
 public:
  virtual ~Place() = default;
  virtual Sink& sink() = 0;
  virtual void reopen() = 0;  // as after a crash: only what is durable is left
  virtual std::string state() = 0;
};

class FilePlace final : public Place {
 public:
  FilePlace() { reopen(); }
  Sink& sink() override { return *sink_; }
  void reopen() override {
    sink_.reset();
    sink_ = std::make_unique<DrawsSink>(folder_ / "draws");
    sink_->begin(kColumns);
  }
  std::string state() override {
    std::string text = snapshot(DrawsReader(folder_ / "draws"));
    for (const auto& [name, bytes] : test::content_of(folder_.path())) text += name + bytes;
    return text;
  }

 private:
  test::TemporaryFolder folder_;
  std::unique_ptr<DrawsSink> sink_;
};

class MemoryPlace final : public Place {
 public:
  MemoryPlace() { sink_.begin(kColumns); }
  Sink& sink() override { return sink_; }
  void reopen() override {}
  std::string state() override { return snapshot(sink_); }

 private:
  MemorySink sink_;
};

class SinkLaw : public ::testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Place> make() const {
    if (std::string(GetParam()) == "memory") return std::make_unique<MemoryPlace>();
    return std::make_unique<FilePlace>();
  }
};

/// The k-th segment of a run of three rounds, two segments each: two sources, special values, blocks without rows.
void write_segment(Sink& sink, unsigned k) {
  const Round round(k / 2 + 1);
  const std::uint64_t first = k % 2 == 0 ? 0 : 2;
  for (std::uint32_t source = 0; source < 2; ++source) {
    const double x = 100.0 * k + source;
    const double special[] = {kNan, kInf, -kInf, -0.0, 5e-324, 1.7976931348623157e308};
    sink.write({ItemId(source), round, first, 3, {x, special[k % 6], 0.1, x + 1, special[(k + 1) % 6], 0.2}});
    sink.write({ItemId(source), round, first + 2, 3, {}});
  }
}
constexpr unsigned kSegments = 6;

TEST_P(SinkLaw, RewindToAnyCommitAndRewriteGivesEqualBytes) {
  const auto undisturbed = make();
  std::vector<std::string> states;
  for (unsigned k = 0; k < kSegments; ++k) {
    write_segment(undisturbed->sink(), k);
    static_cast<void>(undisturbed->sink().commit());
    states.push_back(undisturbed->state());
  }
  for (unsigned back = 0; back <= kSegments; ++back) {
    for (const bool crash : {false, true}) {
      const auto place = make();
      std::vector<std::uint64_t> positions{place->sink().commit()};
      for (unsigned k = 0; k < kSegments; ++k) {
        write_segment(place->sink(), k);
        positions.push_back(place->sink().commit());
      }
      EXPECT_EQ(place->state(), states.back());
      if (crash) place->reopen();
      place->sink().rewind(positions[back]);
      if (back > 0) {
        EXPECT_EQ(place->state(), states[back - 1]) << back;
      }
      for (unsigned k = back; k < kSegments; ++k) {
        write_segment(place->sink(), k);
        EXPECT_EQ(place->sink().commit(), positions[k + 1]);
      }
      EXPECT_EQ(place->state(), states.back()) << back << crash;
    }
  }
}

TEST_P(SinkLaw, UncommittedDrawsAreGoneAfterARewind) {
  const auto place = make();
  write_segment(place->sink(), 0);
  const std::uint64_t position = place->sink().commit();
  const std::string state = place->state();
  for (unsigned k = 1; k < 4; ++k) write_segment(place->sink(), k);  // into the next round, without a commit
  place->reopen();
  place->sink().rewind(position);
  EXPECT_EQ(place->state(), state);
}

TEST_P(SinkLaw, DroppedRoundsAreGoneAndTheRestIsUntouched) {
  const auto place = make();
  const auto other = make();
  for (unsigned k = 0; k < kSegments; ++k) {
    write_segment(place->sink(), k);
    const std::uint64_t position = place->sink().commit();
    place->sink().drop_before(Round(k / 2 + 1));
    place->reopen();
    place->sink().rewind(position);
  }
  for (unsigned k = 0; k < kSegments; ++k) write_segment(other->sink(), k);
  static_cast<void>(other->sink().commit());
  other->sink().drop_before(Round(3));
  EXPECT_EQ(place->state(), other->state());
  EXPECT_NE(place->state().find("round 3"), std::string::npos);
  EXPECT_EQ(place->state().find("round 2 "), std::string::npos);
}

TEST_P(SinkLaw, NothingWrittenIsNothingRead) {
  const auto place = make();
  const std::string empty = place->state();
  place->sink().write({ItemId(0), Round(1), 0, 3, {}});
  const std::uint64_t position = place->sink().commit();
  EXPECT_EQ(place->state(), empty);
  place->reopen();
  place->sink().rewind(position);
  EXPECT_EQ(place->state(), empty);
}

INSTANTIATE_TEST_SUITE_P(Sinks, SinkLaw, ::testing::Values("memory", "files"),
                         [](const auto& sink) { return std::string(sink.param); });

}  // namespace
}  // namespace dovetail
