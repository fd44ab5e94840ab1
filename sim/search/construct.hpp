// One whole upgrade from a few choices: who goes first, how wide, and how VMs are packed.
#pragma once

#include <cstdint>
#include <tl/expected.hpp>
#include <vector>

#include "sim/search/draft.hpp"
#include "sim/search/home.hpp"

namespace vacate {

/// How the members are ordered before they are upgraded.
enum class HostOrder {
    least_content,  // fewest bytes of VMs first: what is cheap to move twice
    most_content,
    fewest_vms,    // whose VMs move twice at the least cost in moves
    smallest_vms,  // no large VM first: what fits into small rooms
    largest_host,  // most memory first, so that later contents fit
    by_name,
};

/// The choices that make one plan.
struct Genome {
    int width = 0;  // members that are emptied before the coordinator goes down
    HostOrder order = HostOrder::least_content;
    EvacuationStyle style;
    bool plain = false;      // exactly the greedy evacuation of the peers, host by host
    std::uint64_t salt = 0;  // 0: as ordered; else neighbours in the order change places

    bool by_clock = false;       // decided as time passes, see dispatch()
    int partial = 0;             // members drained into room that takes no whole one
    bool level = false;          // so many share all room evenly, none goes first
    int ahead = 0;               // members emptied in part before the coordinator goes down
    bool wait = false;           // the coordinator waits for the first members to be empty
    bool longest_first = false;  // before that each host's longest moves begin, not its largest
    bool quickest_last = false;  // drained in part, it keeps what is quick for its size
    bool least_next = false;     // the member with the least left goes next, not the order
    std::vector<Id<Host>> members = {};  // their order; empty: as `order` says
    friend bool operator==(const Genome&, const Genome&) = default;
};

/// Writes the plan that `genome` describes.
///
/// The coordinator and the first `width` members are emptied into the rest; after the
/// coordinator is back these members are upgraded side by side; then host by host, each into
/// what is upgraded, oldest hosts only where there is no room. Preparation and its undo are
/// included. It is the sequence that is chosen here; what overlaps follows from precedence_of().
///
/// At the end VMs go home as `home` says, see go_home().
///
/// Returns: a draft whose last state is_done(), or where it got stuck.
[[nodiscard]] tl::expected<Draft, Stuck> construct(const Pool& pool, const PoolState& state,
                                                   const Genome& genome, std::int64_t& effort,
                                                   const HomeWish& home = {});

/// The members that `genome` upgrades, in its order.
[[nodiscard]] std::vector<Id<Host>> ordered_members(const Pool& pool, const PoolState& state,
                                                    const Genome& genome);

/// Members that may be emptied together at all: what the policy and the free memory allow.
[[nodiscard]] int widest(const Pool& pool, const PoolState& state);

}  // namespace vacate
