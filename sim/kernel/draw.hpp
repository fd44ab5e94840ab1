// What chance brings in each run of a plan, drawn from what the operator says of it.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "model/chance.hpp"
#include "model/quantile.hpp"
#include "sim/kernel/future.hpp"

namespace vacate {

/// Draws futures. Every host and VM has a sequence of its own for each purpose, by its name: what
/// it draws in a run depends on the seed, the run and what holds for it, and on nothing else in
/// the pool.
///
/// A dirty rate and a stream's speed are drawn once for a VM and run, though in truth they
/// fluctuate within one migration too: so their spread is rather taken too wide than too narrow.
/// Where two faults meet at one link the smaller share counts.
///
/// Requires: pool and chance live as long as this.
class Fates {
  public:
    Fates(const Pool& pool, const Chance& chance, std::uint64_t seed);
    Fates(const Fates&) = delete;
    Fates& operator=(const Fates&) = delete;

    /// The future of a run, into `future`, whose room is used again.
    void draw(std::uint64_t run, Future& future) const;

  private:
    /// One host, with its distributions made ready; nullptr where it has none.
    struct HostPart {
        std::uint64_t subject = 0;
        const Quantiles* time = nullptr;
        const Quantiles* factor = nullptr;
        const Quantiles* late_by = nullptr;
        std::int64_t late_chance = 0;
        std::int64_t lost_chance = 0;
    };
    struct VmPart {
        std::uint64_t subject = 0;
        const Quantiles* stream = nullptr;
        const Quantiles* dirty = nullptr;
        std::uint64_t failure_share = 0;  // in 2^-32
    };
    struct LinkPart {
        std::vector<Id<Host>> hosts;
        std::int64_t chance = 0;
        const Quantiles* at = nullptr;
        const Quantiles* share = nullptr;
        const Quantiles* lasts = nullptr;
    };
    /// What kinds of things are drawn at all.
    struct Kinds {
        bool upgrade_time = false;
        bool lost = false;
        bool stream = false;
        bool dirty = false;
        bool failures = false;
    };

    const Quantiles* prepare(const Distribution* distribution);
    void prepare_hosts();
    void prepare_vms();
    void prepare_links();
    void draw_hosts(std::uint64_t run, Future& future) const;
    void draw_vms(std::uint64_t run, Future& future) const;
    void draw_links(std::uint64_t run, Future& future) const;
    [[nodiscard]] Duration upgrade_time(std::uint64_t run, Id<Host> host) const;

    const Pool* pool_;
    const Chance* chance_;
    std::uint64_t seed_;
    std::deque<Quantiles> quantiles_;
    std::vector<std::pair<const Distribution*, const Quantiles*>> common_;  // those of all
    Table<Host, HostPart> hosts_;
    Table<Vm, VmPart> vms_;
    std::vector<LinkPart> links_;
    Kinds kinds_;
};

/// The future of one run. Who needs many makes Fates once.
[[nodiscard]] Future draw_future(const Pool& pool, const Chance& chance, std::uint64_t seed,
                                 std::uint64_t run);

}  // namespace vacate
