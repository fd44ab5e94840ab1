// The fingerprint of a pool did not cover how its migrations copy: a plan passed as made for a
// pool whose guests write in another way.
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "model/plan.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

TEST_CASE("regress: whatever a migration's time rests on is in the fingerprint", "[plan]") {
    const World world = draw("a  v1  16G : db 4G\nb  v1  16G :");
    const std::vector<std::function<void(Pool&)>> changes{
        [](Pool& pool) { pool.hosts[Id<Host>{0}].guest_traffic = Bandwidth{1}; },
        [](Pool& pool) { pool.hosts[Id<Host>{0}].streams_max = 2; },
        [](Pool& pool) {
            pool.hosts[Id<Host>{0}].timing = {{0, 7}};
        },
        [](Pool& pool) { pool.vms[Id<Vm>{0}].sweeps = false; },
        [](Pool& pool) { pool.vms[Id<Vm>{0}].cold_rate = Bandwidth{1}; },
        [](Pool& pool) { pool.vms[Id<Vm>{0}].dirty_classes = {DirtyClass{}}; },
        [](Pool& pool) { pool.vms[Id<Vm>{0}].zero_permille = 5; },
        [](Pool& pool) { pool.vms[Id<Vm>{0}].disk_writes = Bandwidth{1}; },
        [](Pool& pool) {
            pool.vms[Id<Vm>{0}].timing = {{0, 7}};
        },
        [](Pool& pool) { pool.timing.rounds_max = 9; },
    };
    std::set<std::uint64_t> seen{fingerprint(world.pool, world.state)};
    for (const auto& change : changes) {
        Pool pool = world.pool;
        change(pool);
        seen.insert(fingerprint(pool, world.state));
    }
    CHECK(seen.size() == changes.size() + 1);
}

}  // namespace
}  // namespace vacate
