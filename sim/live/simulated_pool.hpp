// A small pool that is not there: the truth about it, by naive bookkeeping of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/random.hpp"
#include "sim/live/driver.hpp"

namespace vacate::live {

/// How a simulated pool behaves. Chances are in permille; zeros make a pool without faults.
struct Temper {
    bool enforces_memory = true;    // else a host is overfilled without a word, as by libvirt
    bool enforces_versions = true;  // else it moves VMs to older hosts: the flag lags (2.2)
    bool upgrades = true;           // a restart is an upgrade; else the version stays
    bool hands_over = false;        // restarts are seen to by people, within the hour
    bool enables_itself = false;    // a host that was disabled, when it is back
    bool moves_guests = false;      // of a host that restarts, as long as there is room (2.6)
    std::int64_t migration_fails = 0;
    std::int64_t migration_halts = 0;  // fails, and the VM does not run any more (2.6)
    std::int64_t refuses_for_now = 0;
    std::int64_t vm_stays = 0;      // the VM refuses every migration, for good
    std::int64_t host_late = 0;     // of restarts: back hours later
    std::int64_t host_never = 0;    // not back before faults cease
    std::int64_t host_same = 0;     // back with the version it had
    std::int64_t host_other = 0;    // back with one that nobody asked for
    std::int64_t storage_late = 0;  // attached up to ten minutes later
    Duration unseen_max{};          // how long what a toolstack forgot goes on when it is back
    Instant until{};                // from here on nothing of this happens any more
    friend bool operator==(const Temper&, const Temper&) = default;
};

inline constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

/// How HA is set up: as at the start, by whoever meddles, and when its enabling fails half way.
inline constexpr const char* ha_as_it_was = "HA as it was";
inline constexpr const char* ha_by_hand = "HA by hand";
inline constexpr const char* ha_half_set = "HA half set up";

/// A host as it is.
struct HostTruth {
    std::string name;
    int version = 0;  // see version_number()
    int target = 0;
    Bytes memory;
    bool runs = true;   // the machine is up
    bool heard = true;  // what the pool believes of it: live
    bool enabled = true;
    bool attached = true;
    std::int64_t started = 1;
    bool disabled_by_order = false;  // by one with a key; until somebody enables it
    bool comes_back_enabled = true;
    friend bool operator==(const HostTruth&, const HostTruth&) = default;
};

/// A VM as it is.
struct VmTruth {
    std::string name;
    Bytes memory;
    Power power = Power::running;
    std::size_t host = nowhere;         // where it runs
    std::size_t believed_on = nowhere;  // the host it died with, until that one is heard again
    std::size_t parked_on = nowhere;    // suspended or stopped there by an order with a key
    bool deleted = false;
    bool off_by_hand = false;  // stopped, suspended or deleted by somebody else
    bool stays = false;
    Id<Storage> disks = Id<Storage>::none();  // where an order moved them, of the start's pool
    std::string disc;                         // in its drive, empty: none
    std::string disc_before;                  // taken out by an order with a key, and not put back
    std::string range;                        // dynamic: "MIN MAX"
    std::string range_before;                 // squeezed by an order with a key, and not restored
    std::size_t likeness = nowhere;  // whose description it bears, in the scenario of the start
    friend bool operator==(const VmTruth&, const VmTruth&) = default;
};

/// A switch as it is.
struct SwitchTruth {
    bool on = false;
    bool off_by_order = false;  // by one with a key; until somebody switches it on
    friend bool operator==(const SwitchTruth&, const SwitchTruth&) = default;
};

/// Something that goes on.
struct Operation {
    Act act = Act::migrate;
    std::uint64_t key = 0;  // of the order; 0: by hand
    std::size_t vm = nowhere;
    std::size_t host = nowhere;
    std::size_t to = nowhere;
    Instant ends{};
    enum class Outcome { done, failed, halted } outcome = Outcome::done;
    // The toolstack of the coordinator was restarted: it knows nothing of it, nobody hears of its
    // end, and no look shows that it goes on (4.4).
    bool forgotten = false;
    std::string memo;
    std::string range;
    Id<Storage> storage = Id<Storage>::none();  // to which disks go
    friend bool operator==(const Operation&, const Operation&) = default;
};

/// One thing that happened, for those who watch.
struct Happening {
    enum class Kind {
        refused,  // an order
        began,
        done,
        failed,
        killed,  // a VM, with its host
        went_down,
        came_back,
        heard,
        not_heard,
        attached,
        enabled,
        created,
        deleted,
        toolstack_down,
    };
    Instant at{};
    Kind kind = Kind::done;
    std::optional<Act> act;
    std::uint64_t key = 0;
    std::size_t vm = nowhere;
    std::size_t host = nowhere;
    std::size_t to = nowhere;
    std::string code;
    friend bool operator==(const Happening&, const Happening&) = default;
};
inline constexpr std::array<std::string_view, 14> happening_names{
    "refused", "began",     "done",     "failed",  "killed",  "went down", "came back",
    "heard",   "not heard", "attached", "enabled", "created", "deleted",   "toolstack restarts"};

/// The minimum of a range, "MIN MAX" in bytes.
[[nodiscard]] Bytes least_of(const std::string& range);

class SimulatedPool;

/// Is told of everything that happens, just before it takes effect where it is `began`, else
/// just after.
class Watcher {
  public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    virtual void happened(const SimulatedPool& pool, const Happening& what) = 0;
};

/// The pool. It knows nothing of apply() and of plans: whatever XAPI would obey, it does.
///
/// Deterministic: the same calls and the same Random give the same pool.
class SimulatedPool {
  public:
    SimulatedPool(const Scenario& start, const Temper& temper, Random random);

    // ---- the truth
    [[nodiscard]] const std::vector<HostTruth>& hosts() const { return hosts_; }
    [[nodiscard]] const std::vector<VmTruth>& vms() const { return vms_; }
    [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }
    [[nodiscard]] const SwitchTruth& ha() const { return ha_; }
    /// How it is set up while it is on: a memo of enable_ha.
    [[nodiscard]] const std::string& ha_memo() const { return ha_memo_; }
    [[nodiscard]] const SwitchTruth& wlb() const { return wlb_; }
    [[nodiscard]] const SwitchTruth& auto_power_on() const { return auto_power_on_; }
    [[nodiscard]] const std::string& lock() const { return lock_; }
    [[nodiscard]] bool backed_up() const { return backed_up_; }
    [[nodiscard]] std::size_t coordinator() const { return coordinator_; }
    /// Memory of VMs that are on it, leave it or come to it.
    [[nodiscard]] Bytes used(std::size_t host) const;
    /// How many VMs that is.
    [[nodiscard]] std::int64_t guests(std::size_t host) const;
    [[nodiscard]] bool is_mixed() const;
    /// The coordinator answers.
    [[nodiscard]] bool answers() const;

    // ---- time
    [[nodiscard]] Instant now() const { return now_; }
    /// Nothing: nothing goes on.
    [[nodiscard]] std::optional<Instant> next_at() const;
    /// Lets all happen until `to`, that included. Requires: to >= now().
    void advance(Instant to);

    // ---- orders and looks
    /// Carries an order out, or refuses it, now. With the key 0 it is given by hand.
    /// Requires: answers().
    Answered give(const Commanded& command, const std::string& run);
    /// How the orders ended that went on, since the last time. None of those that a restart of
    /// the coordinator made it forget.
    [[nodiscard]] std::vector<Answered> take_results();
    /// Requires: answers().
    [[nodiscard]] Snapshot look() const;

    // ---- fate
    /// A host fails with all that is on it, and is back after a while.
    void crash(std::size_t host, Duration away);
    /// The coordinator's toolstack is restarted: VMs run on, and so do their migrations.
    void restart_toolstack(Duration away);
    /// A new VM by hand, running. Returns: false where there is no room for it.
    bool create_vm(const std::string& name, std::size_t host, Bytes memory);
    void delete_vm(std::size_t vm);
    /// Nobody restarts it any more who was told to; nowhere: any host.
    void call_off(std::size_t host);
    /// Another run takes the lock of the pool.
    void seize_lock(const std::string& run) { lock_ = run; }

    /// Requires: `watcher` lives as long as this.
    void watch(Watcher& watcher) { watcher_ = &watcher; }

  private:
    enum class What { go_down, come_back, hear, miss, attach, enable };
    struct Timer {
        Instant at{};
        What what = What::hear;
        std::size_t host = 0;
        std::int64_t started = 0;  // of the host when it was set; outdated after a restart
        std::uint64_t key = 0;
    };
    struct Refusal {
        const char* code;
        Answered::Advice advice;
    };
    using Verdict = std::optional<Refusal>;
    struct Subjects {
        std::size_t vm = nowhere;
        std::size_t host = nowhere;
        std::size_t to = nowhere;
    };

    [[nodiscard]] std::size_t find_host(const std::string& name) const;
    [[nodiscard]] std::size_t find_vm(const std::string& name) const;
    [[nodiscard]] Verdict judge_range(const Order& order, const Subjects& at) const;
    [[nodiscard]] bool switches_ha() const;
    [[nodiscard]] bool is_busy(std::size_t vm) const;
    [[nodiscard]] bool is_seen_busy(std::size_t vm) const;
    [[nodiscard]] std::int64_t guests_seen(std::size_t host) const;
    [[nodiscard]] bool has_work(std::size_t host) const;
    [[nodiscard]] bool is_calm() const { return now_ >= temper_.until; }
    bool happens(std::int64_t permille);
    Duration draw(std::int64_t low_ms, std::int64_t high_ms);

    [[nodiscard]] Verdict judge(const Order& order, const Subjects& at, const std::string& run);
    [[nodiscard]] Verdict judge_arrival(const Subjects& at, std::size_t target,
                                        Id<Storage> disks) const;
    [[nodiscard]] bool sees_disks(const Subjects& at, std::size_t target, Id<Storage> disks) const;
    [[nodiscard]] Verdict judge_motion(const Subjects& at, Id<Storage> storage) const;
    [[nodiscard]] Bytes free_on(Id<Storage> storage) const;
    [[nodiscard]] Verdict judge_migration(const Order& order, const Subjects& at);
    [[nodiscard]] Verdict judge_departure(const Subjects& at) const;
    [[nodiscard]] Verdict judge_return(const Order& order, const Subjects& at) const;
    [[nodiscard]] Verdict judge_host(const Order& order, const Subjects& at) const;
    [[nodiscard]] Verdict judge_switch(Act act) const;
    [[nodiscard]] Operation plan_operation(const Commanded& command, const Subjects& at);
    std::string take_effect(const Operation& operation, const std::string& run);
    void end_vm_operation(const Operation& operation);
    void end(const Operation& operation);
    void ring(const Timer& timer);
    void go_down(std::size_t host, std::uint64_t key, Duration away = {});
    void lose_guests(std::size_t host, std::uint64_t key);
    void forget_operations(Duration away);
    void come_back(std::size_t host);
    void hear(std::size_t host);
    void note(Happening::Kind kind, std::optional<Act> act, std::uint64_t key, const Subjects& at,
              const char* code = "");
    void describe_hosts(Snapshot& seen) const;
    void describe_vms(Snapshot& seen) const;
    void describe_disks(const VmTruth& truth, Vm& vm) const;

    Scenario start_;
    Temper temper_;
    Random random_;
    std::vector<HostTruth> hosts_;
    std::vector<VmTruth> vms_;
    std::vector<Operation> operations_;
    std::vector<Timer> timers_;
    std::vector<int> next_version_;  // of a host that restarts
    SwitchTruth ha_, wlb_, auto_power_on_;
    std::string ha_memo_ = ha_as_it_was;
    std::string lock_;
    bool backed_up_ = false;
    std::size_t coordinator_ = 0;
    Instant now_{};
    std::vector<Answered> results_;
    Watcher* watcher_ = nullptr;
};

/// One line for people, without its time.
[[nodiscard]] std::string describe(const SimulatedPool& pool, const Happening& happening);

/// Ten times the first number of the platform, plus the second one: 20 is v2, 15 is v1.5.
[[nodiscard]] int version_number(const Version& version);

}  // namespace vacate::live
