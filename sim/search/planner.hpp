// The planner: tries many constructions, keeps the best, and does not say no without proof.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "model/plan.hpp"
#include "model/result.hpp"
#include "model/robust.hpp"
#include "sim/kernel/simulate.hpp"
#include "sim/search/bound.hpp"
#include "sim/search/home.hpp"
#include "sim/search/objective.hpp"

namespace vacate {

/// How far a search is.
struct SearchProgress {
    std::int64_t effort = 0;      // transitions spent
    std::int64_t candidates = 0;  // plans that were simulated
    std::optional<Figures> best;  // nothing before the first plan
    const LowerBounds& bounds;    // zero until they are proved, after the first plan
};

/// Told of it at fixed marks of effort, from one thread. Returns: true to end the search there.
using SearchWatch = std::function<bool(const SearchProgress&)>;

struct PlanOptions {
    std::int64_t effort = 4'000'000;  // transitions to spend on searching
    std::uint64_t seed = 1;
    int threads = 1;  // never changes the plan
    Objective objective = Objective::makespan;
    std::optional<Duration> window;  // longer plans are no answer
    Home home = Home::none;          // where VMs end
    Placement home_places;           // of original; empty: where they are in the state given
    bool front = false;              // also collect the plans that trade one figure for another
    SearchWatch watch;               // empty: nobody watches
    std::int64_t placements_max = 400'000;  // looked at one by one where nothing else finds a plan
    std::int64_t moments_max = 40'000;      // of schedules, where there are few hosts and VMs
    Effort bounds = Effort::thorough;       // quick where nobody reads them
    bool explain_no = true;  // name the smallest conflict where there is proof of one
};

/// A plan that no other one found beats in makespan, moves and mixed window at once.
struct FrontPoint {
    Figures figures;
    int width = 0;  // members emptied beside the coordinator
    friend bool operator==(const FrontPoint&, const FrontPoint&) = default;
};

/// A plan and its run.
struct Planned {
    Plan plan;
    Simulation simulation;
    std::optional<Proof> proof;     // without a weakness; nothing beyond limits::steps_proved
    std::int64_t effort = 0;        // transitions spent
    std::int64_t candidates = 0;    // plans that were simulated
    std::vector<FrontPoint> front;  // by makespan; empty unless asked for
    LowerBounds bounds;             // of every objective
    bool cut_short = false;         // the watch ended the search: what was found until then
};

/// Why there is no plan.
struct NoPlan {
    bool proven = false;  // otherwise: none was found within the effort
    Findings findings;    // what is in the way, by name
    std::int64_t effort = 0;
    bool cut_short = false;        // the watch ended the search before a plan was found
    std::vector<Rule> rules = {};  // of the smallest conflict; else of what the search got stuck on
};

/// Plans the upgrade of every host that does not run its target yet.
///
/// A plan is legal under every timing of its steps (precedence_of()), simulated, and given with
/// a lower bound. Candidates: every number of members emptied beside the coordinator, several
/// orders and packings, what is sent when, the peers' own plans, then random changes of the best,
/// until `effort` is used up. Where none is legal, small pools are searched exhaustively. For
/// makespan and window all schedules of a tiny pool are gone through, for moves all placements of
/// a small one.
///
/// Returns: the best candidate by options.objective, see compare(); the same one for any number
///          of threads.
/// Fails:   without a plan, or without one that fits into options.window; `proven` when a reason
///          or the lower bound shows that there is none.
[[nodiscard]] tl::expected<Planned, NoPlan> plan_upgrade(const Pool& pool, const PoolState& state,
                                                         const PlanOptions& options = {});

}  // namespace vacate
