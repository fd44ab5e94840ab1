// A judge of its own for the rules R1 to R14: slow, plain, and without a line of model/'s logic.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "model/pool.hpp"
#include "model/state.hpp"
#include "model/step.hpp"

namespace vacate::oracle {

/// Rules by number: 1 to 14, and 0 for a step that makes no sense now.
using Rules = std::set<int>;

/// "R1 R5", or "nothing".
[[nodiscard]] std::string text_of(const Rules& rules);

/// A pool as a list of hosts and a list of VMs with places. Nothing is counted along: every sum
/// is taken anew from these lists whenever a rule asks for one.
///
/// It shares the plain data types with the model, and none of its functions: versions, memory,
/// pre-copy, groups and refuges are written once more, from PROBLEM.md and the reference.
class NaiveJudge {
  public:
    NaiveJudge(const Pool& pool, const PoolState& start);

    /// Every rule that forbids `step` to begin; throttles not included. {0} where it makes no
    /// sense, which ends all further questions.
    [[nodiscard]] Rules against(const Step& step) const;

    /// True when R10 hangs on less than a millionth in an exponential: it may be judged either way.
    [[nodiscard]] bool is_close_call(const Step& step) const;

    /// R12 and R13: the throttles that let `step` wait.
    [[nodiscard]] Rules delaying(const Step& step) const;

    [[nodiscard]] bool is_under_way(const Step& step) const;
    [[nodiscard]] std::size_t steps_under_way() const { return under_way_.size(); }

    // Acts. Requires: begin() of what nothing is against; end() and fail() of what is under way.
    void begin(const Step& step);
    void end(const Step& step);
    void fail(const Step& step);
    /// begin() and end().
    void perform(const Step& step);

    // Facts.
    void lose(Id<Host> host);
    void find(Id<Host> host, bool upgraded);
    void see(Id<Vm> vm, Power power, Id<Host> host);

    /// What `state` says otherwise, in words; empty when all agrees, counters included.
    [[nodiscard]] std::string differences(const PoolState& state) const;

    /// The hosts that hold more than they have memory for, by name; empty when none does.
    [[nodiscard]] std::string overcommitted() const;

    /// What is missing at the end of an upgrade that began at `start`: hosts that are not
    /// upgraded or not enabled again, VMs that ran and do not, CDs and switches not put back.
    [[nodiscard]] std::string left_undone(const NaiveJudge& start) const;

    /// Members of a group that are apart though they belong together, or the other way round.
    [[nodiscard]] std::string broken_groups() const;

    /// The places, phases and switches as one text; equal exactly when the situation is.
    [[nodiscard]] std::string key() const;

    // Questions for whoever searches.
    [[nodiscard]] bool is_new(std::size_t host) const { return hosts_[host].is_new; }
    [[nodiscard]] bool is_lost(std::size_t host) const { return !hosts_[host].present; }
    [[nodiscard]] bool is_enabled(std::size_t host) const { return hosts_[host].enabled; }
    [[nodiscard]] int place_of(std::size_t vm) const { return vms_[vm].at; }
    [[nodiscard]] int parked_at(std::size_t vm) const { return vms_[vm].parked; }
    [[nodiscard]] Power power_of(std::size_t vm) const { return vms_[vm].power; }
    [[nodiscard]] int disks_of(std::size_t vm) const { return vms_[vm].disks; }
    [[nodiscard]] int vms_at(int host) const;

  private:
    struct OneHost {
        bool present = true;
        bool enabled = true;
        bool is_down = false;    // being upgraded
        bool switching = false;  // being enabled or disabled
        bool is_new = false;
    };
    struct OneVm {
        Power power = Power::halted;
        Activity doing = Activity::none;
        int at = -1;      // where its memory is
        int to = -1;      // where it moves to
        int parked = -1;  // where we suspended or stopped it
        int disks = -1;   // the storage that its local disks went to
        bool cd_out = false;
        bool squeezed = false;
    };
    struct Switch {
        bool on = false;
        bool owed = false;
    };
    struct Move {  // the part of a step that is about a VM
        int vm = -1;
        int from = -1;  // -1 unless it migrates
        int target = -1;
        bool migrates = false;
    };

    [[nodiscard]] static Move move_of(const Step& step);
    [[nodiscard]] bool makes_sense(const Step& step) const;
    [[nodiscard]] std::int64_t capacity(int host) const;
    [[nodiscard]] std::int64_t held(int host) const;
    [[nodiscard]] std::int64_t charge(std::size_t vm) const;
    [[nodiscard]] std::int64_t need(std::size_t vm) const;
    [[nodiscard]] const Version& version(int host) const;
    [[nodiscard]] bool older(const Version& a, const Version& b) const;
    [[nodiscard]] bool mixed() const;
    [[nodiscard]] bool breaks_memory(const Move& move) const;
    [[nodiscard]] bool breaks_version(const Move& move) const;
    [[nodiscard]] bool lacks(int vm, int host) const;
    [[nodiscard]] bool breaks_reach(const Step& step, const Move& move) const;
    [[nodiscard]] bool breaks_groups(const Move& move) const;
    [[nodiscard]] bool breaks_mobility(const Step& step, const Move& move) const;
    [[nodiscard]] bool breaks_spare(const Step& step) const;
    [[nodiscard]] bool survives(const std::vector<bool>& lost) const;
    [[nodiscard]] bool survives_all() const;
    [[nodiscard]] bool breaks_pause(const Move& move) const;
    [[nodiscard]] int hosts_out() const;
    void add_vm_rules(const Step& step, Rules& rules) const;
    void add_host_rules(const Step& step, Rules& rules) const;
    void add_range_rules(const Step& step, Rules& rules) const;
    void end_range(const Step& step);
    void interrupt(int vm);
    void forget(const Step& step);
    [[nodiscard]] std::string vm_differences(const PoolState& state) const;
    [[nodiscard]] std::string host_differences(const PoolState& state) const;

    const Pool* pool_;
    std::vector<OneHost> hosts_;
    std::vector<OneVm> vms_;
    Switch ha_, wlb_, power_on_;
    bool backed_up_ = false;
    std::vector<Step> under_way_;
};

}  // namespace vacate::oracle
