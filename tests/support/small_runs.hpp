// Small plans and what became of them, for the tests of the kernel.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/kernel/simulate.hpp"
#include "tests/support/acts.hpp"

namespace vacate {

/// A plan of these steps, each after those at the given places.
[[nodiscard]] inline Plan plan_of(const std::vector<Step>& steps,
                                  const std::vector<std::vector<std::uint32_t>>& after) {
    Plan plan;
    plan.steps = Table<Step>(steps);
    plan.after = Table<Step, std::vector<Id<Step>>>(steps.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        for (const std::uint32_t before : after[i]) {
            plan.after[Id<Step>{static_cast<std::uint32_t>(i)}].push_back(Id<Step>{before});
        }
    }
    return plan;
}

/// Runs a plan that must come to its end.
[[nodiscard]] inline Simulation run(const World& world, const Plan& plan,
                                    const SimulationOptions& options = {}) {
    const auto result = simulate(world.pool, world.state, plan, options);
    REQUIRE(result.has_value());
    return *result;
}

[[nodiscard]] inline Duration start_of(const Simulation& run, std::uint32_t step) {
    return run.times[Id<Step>{step}].start.time_since_epoch();
}
[[nodiscard]] inline Duration end_of(const Simulation& run, std::uint32_t step) {
    return run.times[Id<Step>{step}].end.time_since_epoch();
}

/// Hosts with links of 10 Gbps = 1 250 000 000 B/s and VMs of 12 500 000 000 B: 10 s each alone.
[[nodiscard]] inline World ten_second_world() {
    World world = draw(R"(
        a  v1  64G : vm1 4G, vm2 4G, vm3 4G
        b  v1  64G : vm4 4G
        c  v1  64G :
        d  v1  64G :
    )");
    for (Vm& vm : world.pool.vms) vm.ram = Bytes{12'500'000'000};
    return world;
}

/// A parameter of copying by its name, with a value as Copying counts it.
[[nodiscard]] inline std::pair<std::uint32_t, std::int64_t> change_of(std::string_view name,
                                                                      std::int64_t value) {
    std::uint32_t index = 0;
    while (copying_parameters()[index].name != name) ++index;
    return {index, value};
}

}  // namespace vacate
