// One thread, in address order.
#include "dovetail/execute/executor.hpp"
#include "dovetail/execute/floating_point.hpp"

namespace dovetail {
namespace {

class SerialExecutor final : public Executor {
 public:
  [[nodiscard]] unsigned workers() const override { return 1; }

  void execute(Work& work, Step first, std::uint64_t count) override {
    const FloatingPointDefaults defaults;
    const std::uint32_t items = work.items();
    for (Step step = first; step.value < first.value + count; ++step) {
      for (std::uint32_t i = 0; i < items; ++i) work.advance(i, step, 0);
      if (!work.exchanges()) continue;
      for (std::uint32_t i = 0; i < items; ++i) work.settle(i, step);
    }
  }
};

}  // namespace

std::unique_ptr<Executor> make_serial_executor() { return std::make_unique<SerialExecutor>(); }

}  // namespace dovetail
