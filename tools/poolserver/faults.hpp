// What goes wrong in a simulated pool: by script, by count or by chance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/scenario.hpp"
#include "model/random.hpp"
#include "tools/poolserver/hosts.hpp"

namespace vacate::poolserver {

/// One thing that goes wrong, and when. Which members count depends on `what`.
struct Fault {
    enum class What {
        // Of calls.
        refuse_call,  // the connection is closed, nothing happens
        fail_call,    // with `error`, nothing happens
        slow_answer,  // it happens; the answer comes later, by `by`
        lose_answer,  // it happens; the connection is closed instead
        repeat_call,  // it happens twice, as when something in between sends it again
        // Of migrations.
        migration_fails,
        migration_halts_vm,
        migration_slow,  // `share` of the speed
        // Of machines that went down.
        host_late,  // by `by`
        host_never_returns,
        host_old_version,
        host_other_version,
        // Acts of machines and of people.
        host_crashes,
        coordinator_dies,
        agent_restarts,
        storage_detached,
        link_slow,  // to `share` of its rate
        vm_moved,
        vm_started,
        vm_stopped,
        vm_paused,
    };
    What what = What::refuse_call;

    // When. Without any of these: every time.
    std::optional<Duration> at;          // of the pool's time
    std::string method;                  // "host.reboot", of its Async form too; "*": any
    std::optional<std::int64_t> nth;     // of those that it could be, from 1
    std::optional<std::int64_t> chance;  // of each of them, in millionths
    Duration after{};                    // an act follows its call by so much

    // What about.
    std::optional<Id<Host>> host;
    std::optional<Id<Vm>> vm;
    std::optional<Id<Storage>> storage;
    Duration by{};
    Duration lasts{};  // 0: to the end
    std::int64_t share_permille = 1000;
    std::int64_t at_permille = 500;  // of a migration's first pass
    bool returns = true;             // the machine boots again by itself
    Version version;
    std::vector<std::string> error;
    friend bool operator==(const Fault&, const Fault&) = default;
};

/// Everything that happens to a call, faults taken together.
struct CallFault {
    bool refused = false;
    bool lost = false;
    bool repeated = false;
    Duration slow{};
    std::vector<std::string> error;
    friend bool operator==(const CallFault&, const CallFault&) = default;
};

/// Makes faults happen. The same faults and seed, met by the same calls at the same instants, do
/// the same; each fault draws from a sequence of its own.
class Faults {
  public:
    /// One line for each fault that happened.
    using Teller = std::function<void(const std::string&)>;

    /// Requires: faults of that scenario; service, behaviour and hosts outlive it.
    Faults(PoolService& service, Behaviour& behaviour, Hosts& hosts, const Scenario& scenario,
           std::vector<Fault> faults, std::uint64_t seed);
    Faults(const Faults&) = delete;
    Faults& operator=(const Faults&) = delete;

    /// A call came in.
    [[nodiscard]] CallFault on_call(std::string_view method);
    void set_teller(Teller teller) { teller_ = std::move(teller); }
    /// What happened so far: "612.000000 s host_crashes host b".
    [[nodiscard]] const std::vector<std::string>& story() const { return story_; }

  private:
    struct Armed {
        Fault fault;
        Random random;
        std::int64_t met = 0;
    };
    [[nodiscard]] bool strikes(Armed& armed);
    void act(const Fault& fault);
    void act_on_host(const Fault& fault);
    void act_on_vm(const Fault& fault);
    void tell(const Fault& fault, const std::string& subject);
    [[nodiscard]] std::optional<MigrationFault> on_migration(const MigrationOrder& order);
    [[nodiscard]] Fate on_down(std::size_t host);
    [[nodiscard]] std::string name_of(const Fault& fault) const;

    PoolService* service_;
    Behaviour* behaviour_;
    Hosts* hosts_;
    std::vector<std::string> host_names_;
    std::vector<std::string> vms_;       // references by Id<Vm>
    std::vector<std::string> storages_;  // references by Id<Storage>
    std::vector<std::string> vm_names_;
    std::vector<Armed> armed_;
    Teller teller_;
    std::vector<std::string> story_;
};

/// The word that stands for it in a file.
[[nodiscard]] std::string_view word_of(Fault::What what);

}  // namespace vacate::poolserver
