// The machines behind the host records: they go down, come back, are upgraded, or do not return.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/scenario.hpp"
#include "model/random.hpp"
#include "tools/poolserver/behaviour.hpp"

namespace vacate::poolserver {

/// How long things take that a scenario does not say. Sources in hosts.cpp.
struct HostTimes {
    Duration plain_reboot{std::chrono::minutes(5)};    // of a host that is not upgraded
    Duration agent_restart{std::chrono::seconds(20)};  // of its toolstack, until it answers
    Duration until_reboot{std::chrono::seconds(10)};   // from the call to the machine
    Duration assumed_dead{std::chrono::minutes(10)};   // without a sign of life,
    Duration liveness_test{std::chrono::seconds(30)};  // looked at this often
    Duration patience{std::chrono::seconds(60)};       // of a member without its coordinator
    Duration emergency_least{std::chrono::seconds(60)};
    Duration emergency_extra{std::chrono::seconds(120)};  // between two tries, by chance
    Duration fencing{std::chrono::seconds(60)};           // HA gives a silent host up
};

/// What becomes of a machine that went down, where it is not what was asked for.
struct Fate {
    Duration late{};
    bool never_returns = false;
    bool old_version = false;        // although it should be upgraded
    std::optional<Version> version;  // another than its target
    friend bool operator==(const Fate&, const Fate&) = default;
};
/// Asked whenever a machine goes down; `ordinal` counts these, over all hosts.
using Fates = std::function<Fate(std::size_t host, std::uint64_t ordinal)>;

/// The hosts of one pool. Their records follow: host, host_metrics, control domain, PIFs, PBDs.
class Hosts {
  public:
    struct Options {
        HostTimes times;
        std::uint64_t seed = 1;       // of how long members stay in emergency mode
        bool reboot_plainly = false;  // no reboot upgrades a host
    };
    /// Requires: `service` and `behaviour` outlive it.
    Hosts(PoolService& service, Behaviour& behaviour, const Scenario& scenario,
          const Options& options);
    Hosts(const Hosts&) = delete;
    Hosts& operator=(const Hosts&) = delete;

    /// How ready a host's toolstack is.
    enum class Agent {
        stopped,    // no connections
        unready,    // HTTP 500
        booting,    // HOST_STILL_BOOTING
        emergency,  // the stored cause
        ready,
    };
    [[nodiscard]] Agent agent(std::size_t host) const { return machines_[host].agent; }
    /// Why it is in emergency mode.
    [[nodiscard]] const std::vector<std::string>& cause(std::size_t host) const;
    [[nodiscard]] bool is_up(std::size_t host) const { return machines_[host].up; }
    /// True when logins at the coordinator succeed.
    [[nodiscard]] bool pool_answers() const;
    [[nodiscard]] bool is_live(std::size_t host) const;
    [[nodiscard]] const Version& version(std::size_t host) const { return machines_[host].version; }
    [[nodiscard]] std::optional<std::size_t> index_of(const std::string& ref) const;

    // What calls ask for. Requires: the host is up with its toolstack ready.
    void disable(std::size_t host, bool auto_enable);
    /// Why it cannot be enabled, if so.
    [[nodiscard]] std::optional<Failure> enable(std::size_t host);
    /// Goes down soon, after its VMs are off it; comes back by itself or waits for power_on().
    void begin_shutdown(std::size_t host, bool comes_back);
    void restart_agent(std::size_t host);
    /// An operator put the new version's medium in, so to speak: the next boot installs it.
    void expect_upgrade(std::size_t host) { machines_[host].installs = true; }

    // What happens to machines. Nothing where it is no change.
    void power_on(std::size_t host);
    void crash(std::size_t host, bool comes_back = true);
    void stop_agent(std::size_t host);
    void detach_storage(std::size_t host, const std::string& storage);

    // Who is coordinator.
    /// An orderly hand-over: both toolstacks restart. Requires: the new one is ready.
    void hand_over(std::size_t to);
    /// A member without a coordinator becomes one; the others wait to be told.
    void take_over(std::size_t host);
    /// The member restarts its toolstack and asks that host.
    void follow(std::size_t host, std::size_t coordinator);
    /// Members that are not with the coordinator ask it now. Returns: their indices.
    std::vector<std::size_t> recover_members();

    /// The host leaves the pool: its records go. Whoever `leaves` by itself is never seen again;
    /// another that comes back finds itself unknown. Requires: no VM is on it.
    void forget(std::size_t host, bool leaves);

    void set_fates(Fates fates) { fates_ = std::move(fates); }
    /// Told when a host without which its VMs are lost is given up, while HA is on.
    void on_fenced(std::function<void(std::size_t)> act) { fenced_ = std::move(act); }
    /// Brings a host's allowed_operations up to date.
    void update_operations(std::size_t host);

  private:
    struct Machine {
        Version version;
        Bytes memory;    // for VMs
        bool up = true;  // the machine; its toolstack is another matter
        Agent agent = Agent::ready;
        std::vector<std::string> cause;  // of emergency mode
        std::size_t follows = 0;         // whom it takes for its coordinator
        bool auto_enable = true;
        bool until_reboot = false;  // cannot be enabled before
        bool settled = true;        // started up: may be enabled
        bool installs = false;
        bool was_empty = true;   // when it went down
        bool booted = false;     // not yet told to the coordinator
        bool forgotten = false;  // its records are gone
        std::uint64_t life = 0;  // what was planned in an earlier one does not happen
    };
    /// Acts after `wait`, unless the host has gone down or restarted its toolstack by then.
    void after(std::size_t host, Duration wait, std::function<void()> act);
    [[nodiscard]] const std::string& ref(std::size_t host) const { return service_->hosts()[host]; }
    [[nodiscard]] std::vector<std::string> guests_of(std::size_t host) const;
    void set_live(std::size_t host, bool live);
    void set_entry(std::size_t host, std::string_view field, std::string_view key,
                   const std::string& words);

    void go_down(std::size_t host, bool comes_back, bool crashed);
    void boot(std::size_t host, Duration time);
    [[nodiscard]] bool installs_upgrade(std::size_t host, const Fate& fate) const;
    void install(std::size_t host, const Fate& fate);
    void stop_toolstack(std::size_t host);
    void start_toolstack(std::size_t host, Duration time);
    void join(std::size_t host, Duration step);
    void enter_emergency(std::size_t host, std::vector<std::string> cause);
    void register_host(std::size_t host, Duration step);
    void write_boot(std::size_t host);
    void write_memory(std::size_t host);
    void attach_networks(std::size_t host, bool attached);
    void attach_storages(std::size_t host, Duration step);
    void settle(std::size_t host, bool booted);
    void clear_guidances(std::size_t host, bool booted);
    void coordinator_stopped();
    void coordinator_ready();
    void give_up_later(std::size_t host);
    void elect();
    [[nodiscard]] bool is_too_new(std::size_t host) const;

    PoolService* service_;
    Behaviour* behaviour_;
    Scenario scenario_;
    Options options_;
    OverheadEra era_;
    Random random_;
    std::vector<Machine> machines_;
    Fates fates_;
    std::function<void(std::size_t)> fenced_;
    std::uint64_t downs_ = 0;
    Instant coordinator_since_{};
};

}  // namespace vacate::poolserver
