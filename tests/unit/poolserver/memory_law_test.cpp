// Whatever is called, cancelled and broken: each host's memory is what the VMs there hold, and a
// migration is taken exactly when the model takes it.
#include <map>
#include <set>

#include "model/random.hpp"
#include "model/transition.hpp"
#include "tests/unit/poolserver/vm_bench.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;

std::string random_pool(Random& random) {
    std::string hosts;
    std::string vms;
    const std::uint64_t count = 2 + random.below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string name = "h" + std::to_string(i);
        hosts += (i == 0 ? "" : ", ") + std::string(R"({"name": ")") + name + R"(", "memory": ")" +
                 std::to_string(12 + random.below(8)) +
                 R"( GiB", "link": "10 Gbps", "version": {"platform": "3.3.0"},
                    "networks": ["lan"], "storages": [)" +
                 (random.below(5) == 0 ? "" : R"("san")") + "]}";
        for (std::uint64_t j = 0; j < 3; ++j) {
            vms += (vms.empty() ? "" : ", ") + std::string(R"({"name": "v)") + std::to_string(i) +
                   std::to_string(j) + R"(", "host": ")" + name + R"(", "memory": ")" +
                   std::to_string(1 + random.below(3)) +
                   R"( GiB", "networks": ["lan"], "storages": [)" +
                   (hosts.ends_with(R"(["san"]})") && random.below(2) == 0 ? R"("san")" : "") +
                   R"(], "dirty_rate": "40 MB/s", "working_set": "512 MiB"})";
        }
    }
    return R"({"about": "random", "pool": {"name": "p", "coordinator": "h0",
               "target": {"platform": "3.4.0"}},
               "timing": {"reservation": ")" +
           std::to_string(random.below(3)) + R"( s"}, "networks": [{"name": "lan"}],
               "storages": [{"name": "san", "type": "nfs", "free": "1 TiB"}], "hosts": [)" +
           hosts + R"(], "vms": [)" + vms + "]}";
}

/// One run of random calls, with a ledger of its own.
class Run {
  public:
    explicit Run(std::uint64_t seed)
        : random_(seed), bench_(scenario_in(random_pool(random_))), state_(bench_.scenario.state) {
        bench_.behaviour.vms().migrations.set_faults(
            [this](const MigrationOrder&, std::uint64_t) -> std::optional<MigrationFault> {
                if (random_.below(5) != 0) return std::nullopt;
                return MigrationFault{random_.between(1, 1000), random_.below(3) == 0, 1000};
            });
        for (const Id<Vm> vm : pool().vms.ids()) held_[vm].insert(state_.vms[vm].host);
    }

    void go() {
        for (int i = 0; i < 60; ++i) {
            act();
            const std::uint64_t events = random_.below(6);
            for (std::uint64_t j = 0; j < events && bench_.service.next_at(); ++j) {
                bench_.service.advance(*bench_.service.next_at());
                settle();
            }
        }
        bench_.run(30min);
        settle();
        CHECK(pending_.empty());
        for (const std::string& host : bench_.service.hosts()) {
            const Value& current = bench_.service.database().get(host, "current_operations");
            CHECK(current == Value{Struct{}});
        }
    }
    std::size_t accepted = 0;
    std::size_t refused = 0;

  private:
    struct Pending {
        std::string method;
        Id<Vm> vm;
        Id<Host> from = Id<Host>::none();
        Id<Host> to = Id<Host>::none();
        std::string task;
        bool began = false;  // its memory was reserved
    };
    const Pool& pool() const { return bench_.scenario.pool; }
    std::string ref(Id<Vm> vm) const { return bench_.vm(pool().vms[vm].name); }
    const std::string& ref(Id<Host> host) const { return bench_.service.hosts()[host.index]; }
    bool is_busy(Id<Vm> vm) const {
        return std::ranges::any_of(pending_, [&](const Pending& each) { return each.vm == vm; });
    }
    bool arrivals() const {
        return std::ranges::any_of(pending_, [&](const Pending& each) {
            return each.method == "VM.start_on" || each.method == "VM.resume_on";
        });
    }
    bool holds(const Pending& each) const {
        return bench_.field(ref(each.vm), "scheduled_to_be_resident_on") == ref(each.to);
    }
    std::string status(const Pending& each) {
        return bench_.client.words("task.get_status", {text(each.task)});
    }

    bool is_pending(const Pending& each) {
        const std::string now = status(each);
        return now == "pending" || now == "cancelling";
    }

    void act() {
        const Id<Vm> vm{static_cast<std::uint32_t>(random_.below(pool().vms.size()))};
        const Id<Host> host{static_cast<std::uint32_t>(random_.below(pool().hosts.size()))};
        switch (random_.below(10)) {
            case 0:
                return toggle(host);
            case 1:
                return cancel();
            case 2:
                return begin("VM.clean_shutdown", vm, Id<Host>::none(), {});
            case 3:
                return begin("VM.suspend", vm, Id<Host>::none(), {});
            case 4:
                return begin("VM.start_on", vm, host, {text(ref(host)), {false}, {false}});
            case 5:
                return begin("VM.resume_on", vm, host, {text(ref(host)), {false}, {false}});
            default:
                return migrate(vm, host);
        }
    }

    void toggle(Id<Host> host) {
        HostPhase& phase = state_.hosts[host].phase;
        phase = phase == HostPhase::enabled ? HostPhase::disabled : HostPhase::enabled;
        bench_.service.database().set(ref(host), "enabled", {phase == HostPhase::enabled});
    }

    void cancel() {
        if (pending_.empty()) return;
        const Pending& each = pending_[random_.below(pending_.size())];
        (void)bench_.client.call("task.cancel", {text(each.task)});
        settle();
    }

    void begin(const std::string& method, Id<Vm> vm, Id<Host> to, Array rest) {
        Array arguments{text(ref(vm))};
        arguments.insert(arguments.end(), rest.begin(), rest.end());
        const Id<Host> from = held_[vm].empty() ? Id<Host>::none() : *held_[vm].begin();
        const std::string task = bench_.client.words("Async." + method, arguments);
        pending_.push_back({method, vm, from, to, task, false});
        settle();
    }

    /// The model is asked first; it knows of no lock and of no VM that starts.
    void migrate(Id<Vm> vm, Id<Host> to) {
        if (held_[vm].size() != 1 || is_busy(vm) || *held_[vm].begin() == to) return;
        const Id<Host> from = *held_[vm].begin();
        const bool comparable = !arrivals();
        const auto verdict = forbids(pool(), state_, Migrate{vm, from, to});
        const std::size_t before = pending_.size();
        begin("VM.pool_migrate", vm, to, {text(ref(to)), {Struct{}}});
        if (!comparable) return;
        const bool taken = pending_.size() == before + 1;
        if (taken && !pending_.back().began) return;  // it waits for the lock
        INFO((verdict ? explain(pool(), *verdict) : "the model takes it"));
        CHECK(taken == !verdict.has_value());
        ++(taken ? accepted : refused);
    }

    /// Enters in the ledger what began and what ended; then the books must agree.
    void settle() {
        for (Pending& each : pending_) {
            if (each.to.is_none() || each.began || !is_pending(each) || !holds(each)) continue;
            each.began = true;
            held_[each.vm].insert(each.to);
            if (each.method != "VM.pool_migrate") continue;
            const auto began = apply(pool(), state_, Began{Migrate{each.vm, each.from, each.to}});
            if (!began) UNSCOPED_INFO(explain(pool(), began.error()));
            REQUIRE(began);
        }
        std::erase_if(pending_, [&](const Pending& each) {
            if (is_pending(each)) return false;
            close(each, status(each) == "success");
            return true;
        });
        for (const Id<Host> host : pool().hosts.ids()) {
            Bytes free = capacity_in(pool(), bench_.scenario.state, host);
            for (const auto& [vm, hosts] : held_) {
                if (hosts.contains(host)) free -= pool().vms[vm].memory;
            }
            REQUIRE(host_free_memory(bench_.service.database(), ref(host)) == free);
        }
    }

    void close(const Pending& each, bool succeeded) {
        const bool moves = each.method == "VM.pool_migrate";
        const bool began = each.began;
        if (!each.to.is_none()) {
            if (succeeded && moves) held_[each.vm].erase(each.from);
            if (!succeeded && began && each.to != each.from) held_[each.vm].erase(each.to);
        } else if (succeeded) {
            held_[each.vm].clear();
        }
        const bool halted = moves && began && bench_.field(ref(each.vm), "power_state") == "Halted";
        if (halted) held_[each.vm].clear();
        if (moves && began) {
            const Migrate step{each.vm, each.from, each.to};
            const Event event = succeeded ? Event{Ended{step}} : Event{Failed{step}};
            REQUIRE(apply(pool(), state_, event));
        }
        if (!halted && (moves || !succeeded)) return;
        const bool runs = held_[each.vm].size() == 1;
        const VmSeen seen{each.vm, runs ? Power::running : Power::halted,
                          runs ? *held_[each.vm].begin() : Id<Host>::none()};
        REQUIRE(apply(pool(), state_, seen));
    }

    Random random_;
    VmBench bench_;
    PoolState state_;
    std::map<Id<Vm>, std::set<Id<Host>>> held_;
    std::vector<Pending> pending_;
};

}  // namespace

TEST_CASE("memory is what VMs hold at every instant, and the model agrees on who may come",
          "[poolserver][law]") {
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        INFO("seed " << seed);
        Run run(seed);
        run.go();
        accepted += run.accepted;
        refused += run.refused;
    }
    CHECK(accepted > 100);
    CHECK(refused > 100);
}

}  // namespace vacate::poolserver
