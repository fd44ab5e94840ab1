// When which of many migrations runs: links filled, but not shared below what a stream can take.
#pragma once

#include <cstdint>
#include <vector>

#include "model/plan.hpp"
#include "sim/search/bound.hpp"

namespace vacate {

/// What one migration takes when nothing else is under way.
struct Transfer {
    Duration alone{};
    Bandwidth rate;  // the most that its stream can get
    friend bool operator==(const Transfer&, const Transfer&) = default;
};

/// What each migration of `steps` takes alone, by a run of its own; zero for other steps.
[[nodiscard]] Table<Step, Transfer> transfers_alone(const Pool& pool, const Table<Step>& steps);

struct TransferOptions {
    std::int64_t effort = 100'000;  // transitions to spend
    std::uint64_t seed = 1;
    std::int64_t streams_per_share = 1;  // so many streams may share what one could take
};

/// Puts the migrations of a list in an order, and adds what each comes after, so that the last
/// one ends early.
///
/// A stream that shares a link sends for longer and so sends more, because its guest goes on
/// writing; starting everything at once is not best. So a migration begins only where its links
/// have what its stream can take. Orders are dispatched with the times that migrations take
/// alone: each begins as soon as it may, and none overtakes one before it on the same link. The
/// best schedule without sharing is among these, since starting earlier never hurts another. The
/// search inserts steps at other places of the best order known, until no link is idle before
/// the end or the effort is used up. Each begins behind those whose share of a link it takes
/// over, and behind the departures it needs the memory of; so it is in every timing.
///
/// Requires: `steps` is legal from `state` read top to bottom, and only migrations and CDs. Where
///           R9 asks for anything it is kept in its order.
/// Returns:  a plan without promise and fingerprint, of the same steps.
/// Costs:    effort; each order looks at every waiting step whenever one ends.
/// Source:   for chaining steps by the share they take over: N. Policella, A. Cesta, A. Oddo,
///           S. Smith, "From precedence constraint posting to partial order schedules", 2007.
[[nodiscard]] Plan schedule_transfers(const Pool& pool, const PoolState& state,
                                      const Table<Step>& steps,
                                      const Table<Step, Transfer>& transfers,
                                      const TransferOptions& options, std::int64_t& effort);

/// No way to carry out these migrations is shorter: a host's links carry at most so much, and
/// every VM's memory goes over them once. The reason says which.
[[nodiscard]] Bound transfer_bound(const Pool& pool, const PoolState& state,
                                   const Table<Vm, Id<Host>>& goal);

/// The same for all that can move away from `hosts`, wherever it goes. Requires: sorted.
[[nodiscard]] Bound leaving_bound(const Pool& pool, const PoolState& state,
                                  const std::vector<Id<Host>>& hosts);

}  // namespace vacate
