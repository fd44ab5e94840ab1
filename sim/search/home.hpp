// Where VMs end when the last host is upgraded: where they came to rest, at home, or levelled.
#pragma once

#include <string>
#include <vector>

#include "model/job.hpp"
#include "sim/search/draft.hpp"

namespace vacate {

/// Which way home, and where that is.
struct HomeWish {
    Home kind = Home::none;
    Placement places;  // of original
};

/// Appends the way home to a draft whose hosts are all upgraded.
///
/// `original`: VMs go straight home or by a third host, see reach(); of two orders the one that
/// brings more of them home. `balanced`: from the fullest host to the emptiest that takes one, as
/// long as that brings them closer. What overlaps with the last upgrades follows from precedence.
void go_home(Draft& draft, const HomeWish& home);

/// A VM that is not where it was, and why it cannot go there from where it is now; the reason is
/// empty when nothing but the rest of the plan kept it.
struct LeftAway {
    Id<Vm> vm;
    std::string reason;
};
/// Every VM that runs in `after` elsewhere than in `before`.
[[nodiscard]] std::vector<LeftAway> left_away(const Pool& pool, const PoolState& before,
                                              const PoolState& after);

}  // namespace vacate
