// Any text is read as a plan for a small pool or refused; what is read runs, proves or is refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/check.hpp"
#include "model/codec/plan_text.hpp"
#include "model/robust.hpp"
#include "sim/kernel/simulate.hpp"
#include "tests/support/world.hpp"

namespace {

const vacate::World& world() {
    static const vacate::World one = vacate::draw(R"(
        a v1 16G : a1 4G, a2 3G suspend
        b v1 16G : b1 6G
        c v1 16G : c1 5G storage
    )");
    return one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto plan = vacate::read_plan(text, "fuzz", world().pool);
    if (!plan) {
        VACATE_CHECK(!plan.error().items.empty(), "an error must say what is wrong");
        return 0;
    }
    const auto run = vacate::simulate(world().pool, world().state, *plan);
    if (!vacate::replay(world().pool, world().state, plan->steps)) return 0;
    const vacate::Proof proof = vacate::prove(world().pool, world().state, *plan);
    // A stall of a plan that no timing can break would be a bug of the kernel.
    VACATE_CHECK(run || !proof.weaknesses.empty(), "a robust plan came to a stop");
    return 0;
}
