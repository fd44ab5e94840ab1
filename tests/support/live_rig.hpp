// A small pool that does what it is told, for tests of the executor: hooks make it misbehave.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/live/executor.hpp"
#include "tests/support/world.hpp"

namespace vacate {

class LiveRig final : public live::Driver, public live::Ledger {
  public:
    struct HostTruth {
        bool enabled = true;
        bool live = true;
        bool attached = true;
        bool upgraded = false;
        bool other_version = false;
        std::int64_t started = 1;
    };
    struct VmTruth {
        Id<Host> host = Id<Host>::none();
        Power power = Power::running;
        bool present = true;
        bool busy = false;
        bool cd = false;
        bool squeezed = false;
    };
    explicit LiveRig(World world);

    void submit(const Commanded& command) override;
    void look() override;
    std::vector<live::Observation> poll(Instant now) override;
    [[nodiscard]] Result<void> append(const std::vector<Record>& records) override;

    /// What is due at `now` happens; run() does this by itself.
    void advance();
    /// Turns once a second until the run is over or so much time has gone by.
    void run(live::Executor& executor, Duration longest = std::chrono::hours(12));

    [[nodiscard]] live::Snapshot snapshot() const;
    [[nodiscard]] Scenario scenario() const { return snapshot().scenario; }
    [[nodiscard]] HostTruth& host_called(const std::string& name);
    [[nodiscard]] VmTruth& vm_called(const std::string& name);
    [[nodiscard]] Id<Host> host_id(const std::string& name) const;
    /// How often an order of that description was given: "migrate x from a to b".
    [[nodiscard]] std::int64_t times_sent(const std::string& description) const;
    /// The process is gone: nobody waits for what is under way, which goes on.
    void forget_answers();
    void tell(Told::What what, const std::string& host = {}) { queue_.push_back(Told{what, host}); }
    void answer(const Answered& one) { queue_.push_back(one); }

    /// Asked for each command: an answer instead of carrying it out; nothing: it is carried out.
    std::function<std::optional<Answered>(const Commanded&)> instead;
    /// Called each second, before the turn.
    std::function<void()> each_second;
    /// True: what was sent is carried out, but nobody hears of it.
    std::function<bool(const Commanded&)> is_mute;
    bool reachable = true;
    bool hides_work = false;  // looks do not show that a VM is busy: its toolstack forgot
    std::optional<Duration> moves_last;  // instead of ten seconds
    bool enables_itself = false;         // hosts, after their restart
    std::optional<std::size_t> records_until_crash;
    bool crashed = false;

    World world;
    Table<Host, HostTruth> hosts;
    Table<Vm, VmTruth> vms;
    bool ha = false;
    std::string ha_memo = "as it was";  // what looks tell of it while it is on
    std::string lock;
    Instant now{};
    std::vector<Order> sent;
    std::int64_t looks_asked = 0;
    Journal journal;

  private:
    struct Work {
        Commanded command;
        Instant ends{};
        bool mute = false;
        bool down = false;
    };
    [[nodiscard]] Duration lasts(const Order& order) const;
    void carry_out(const Order& order);
    void judge_safety(const Order& order) const;
    [[nodiscard]] bool is_coordinator_down() const;

    std::vector<Work> work_;
    std::vector<live::Observation> queue_;
    int looks_ = 0;
};

/// A drawing: any two hosts hold all VMs, 12 GiB of 16 GiB each.
inline constexpr const char* three_hosts = R"(
    a v1 16G : a1 4G
    b v1 16G : b1 4G
    c v1 16G : c1 4G
)";

/// A mission with short patience.
[[nodiscard]] live::Mission small_mission();
/// A new run of the upgrade of a rig's pool, planned from how it is.
[[nodiscard]] live::Executor new_run(const LiveRig& rig, const live::Mission& mission);
[[nodiscard]] bool all_upgraded(const LiveRig& rig);  // and live and enabled
[[nodiscard]] bool all_run(const LiveRig& rig);       // VMs that are there
/// Of the findings that hold.
[[nodiscard]] std::set<std::string> codes_of(const live::Executor& executor, Instant now);
/// True when the journal has a finding of that code, whether it holds still or not.
[[nodiscard]] bool was_noted(const LiveRig& rig, const std::string& code);
/// The same run as its journal, through its text, tells it.
[[nodiscard]] live::Executor resumed(const LiveRig& rig, const live::Mission& mission);

}  // namespace vacate
