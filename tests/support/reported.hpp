// A plan of a drawn world, run and ready to be reported, for tests.
#pragma once

#include "reports/timeline_report.hpp"
#include "sim/kernel/simulate.hpp"
#include "tests/support/world.hpp"

namespace vacate {

/// Owns all that a TimelineReport borrows, so it stays where it is.
class Reported {
  public:
    /// Plans the upgrade of `world` with a small effort, runs it, and finds out what holds what.
    /// The test program stops where there is no plan.
    explicit Reported(World world, ReportClock clock = {});
    Reported(const Reported&) = delete;
    Reported& operator=(const Reported&) = delete;

    [[nodiscard]] const TimelineReport& report() const { return report_; }
    [[nodiscard]] const World& world() const { return world_; }
    [[nodiscard]] const Simulation& run() const { return run_; }

  private:
    World world_;
    Plan plan_;
    Simulation run_;
    PlanAnswer answer_;
    TimelineReport report_;
};

}  // namespace vacate
