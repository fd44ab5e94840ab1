// Short words for unit tests: begin a step, and why one is refused.
#pragma once

#include <string>
#include <string_view>

#include "model/transition.hpp"
#include "tests/support/world.hpp"

namespace vacate {

/// The rule that forbids `step` now: "R1", "sense", or "" when it may begin.
[[nodiscard]] inline std::string refusal(const World& world, const Step& step) {
    const auto violation = forbids(world.pool, world.state, step);
    return violation ? rule_name(violation->rule) : "";
}

/// What apply() says to the event: true when it was accepted.
inline bool take(World& world, const Event& event) {
    return apply(world.pool, world.state, event).has_value();
}

inline bool begin(World& world, const Step& step) { return take(world, Began{step}); }
inline bool end(World& world, const Step& step) { return take(world, Ended{step}); }
inline bool fail(World& world, const Step& step) { return take(world, Failed{step}); }
/// Began and Ended.
inline bool act(World& world, const Step& step) { return begin(world, step) && end(world, step); }

// Steps by name.
[[nodiscard]] inline Step migrate(const World& world, std::string_view guest, std::string_view to) {
    return Migrate{vm(world, guest), world.state.vms[vm(world, guest)].host, host(world, to)};
}
[[nodiscard]] inline Step disable(const World& world, std::string_view name) {
    return DisableHost{host(world, name)};
}
[[nodiscard]] inline Step upgrade(const World& world, std::string_view name) {
    return Upgrade{host(world, name)};
}
[[nodiscard]] inline Step enable(const World& world, std::string_view name) {
    return EnableHost{host(world, name)};
}
[[nodiscard]] inline Step suspend(const World& world, std::string_view guest) {
    return Suspend{vm(world, guest), world.state.vms[vm(world, guest)].host};
}
[[nodiscard]] inline Step stop(const World& world, std::string_view guest) {
    return Stop{vm(world, guest), world.state.vms[vm(world, guest)].host};
}
[[nodiscard]] inline Step resume(const World& world, std::string_view guest, std::string_view on) {
    return Resume{vm(world, guest), host(world, on)};
}
[[nodiscard]] inline Step start(const World& world, std::string_view guest, std::string_view on) {
    return Start{vm(world, guest), host(world, on)};
}

}  // namespace vacate
