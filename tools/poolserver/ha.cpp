// Packs protected VMs into what is free.
#include "tools/poolserver/ha.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "tools/poolserver/reads.hpp"
#include "tools/poolserver/storage.hpp"

namespace vacate::poolserver {
namespace {

using Texts = std::vector<std::string>;

bool is_live(const Database& database, const std::string& host) {
    return database.flag_of(database.text_of(host, "metrics"), "live");
}

/// What the losses are planned with.
struct Packing {
    std::map<std::string, Bytes> free;                     // by host
    std::vector<std::pair<Bytes, std::string>> by_weight;  // hosts, most to restart first
    std::map<std::string, std::vector<Bytes>> protected_vms;

    Packing(const PoolService& service, const std::string& without) {
        const Database& database = service.database();
        for (const std::string& host : service.members()) {
            const bool counts =
                host != without && is_live(database, host) && database.flag_of(host, "enabled");
            if (!counts) continue;
            free[host] = host_free_memory(database, host);
            Bytes weight;
            for (const std::string& vm : database.set_of(host, "resident_VMs")) {
                if (database.text_of(vm, "ha_restart_priority") != "restart") continue;
                const Bytes need{database.number_of(vm, "memory_dynamic_min") +
                                 database.number_of(vm, "memory_overhead")};
                weight += need;
                protected_vms[host].push_back(need);
            }
            by_weight.emplace_back(weight, host);
        }
        std::ranges::stable_sort(by_weight,
                                 [](const auto& a, const auto& b) { return b.first < a.first; });
    }

    [[nodiscard]] bool survives(std::size_t losses) const {
        if (losses >= by_weight.size()) return losses == 0;
        std::map<std::string, Bytes> left = free;
        std::vector<Bytes> homeless;
        for (std::size_t i = 0; i < losses; ++i) {
            left.erase(by_weight[i].second);
            const auto found = protected_vms.find(by_weight[i].second);
            if (found == protected_vms.end()) continue;
            homeless.insert(homeless.end(), found->second.begin(), found->second.end());
        }
        std::ranges::sort(homeless, [](Bytes a, Bytes b) { return b < a; });
        for (const Bytes need : homeless) {
            const auto roomiest = std::ranges::max_element(
                left, [](const auto& a, const auto& b) { return a.second < b.second; });
            if (roomiest->second < need) return false;
            roomiest->second -= need;
        }
        return true;
    }
};

/// Storage that can hold a state file: shared, and attached everywhere.
bool holds_state(const PoolService& service, const std::string& storage) {
    const Database& database = service.database();
    if (!database.flag_of(storage, "shared")) return false;
    if (database.text_of(storage, "content_type") == "iso") return false;
    std::size_t attached = 0;
    for (const std::string& pbd : database.set_of(storage, "PBDs")) {
        attached += database.flag_of(pbd, "currently_attached") ? 1 : 0;
    }
    return attached == service.members().size();
}

/// The given ones, or the first that will do.
tl::expected<Texts, Failure> state_storages(const PoolService& service, const Texts& given) {
    for (const std::string& storage : given) {
        if (service.database().find("SR", storage) == nullptr) {
            return failure({"HANDLE_INVALID", "SR", storage});
        }
        if (!holds_state(service, storage)) {
            return failure({"HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", storage});
        }
    }
    if (!given.empty()) return given;
    for (const auto& [ref, object] : service.database().table("SR")) {
        if (holds_state(service, ref)) return Texts{ref};
    }
    return failure({"CANNOT_CREATE_STATE_FILE"});
}

std::optional<Failure> refuses_ha(const PoolService& service, Hosts& hosts) {
    const Database& database = service.database();
    if (database.flag_of(service.pool(), "ha_enabled")) return Failure{{"HA_IS_ENABLED"}};
    if (service.members().size() < 2) return Failure{{"HA_TOO_FEW_HOSTS"}};
    for (std::size_t host = 0; host < service.hosts().size(); ++host) {
        const std::string& ref = service.hosts()[host];
        if (!service.is_member(host)) continue;
        if (!is_live(database, ref)) return Failure{{"HOST_OFFLINE", ref}};
        // The versions themselves decide, not the pool's mark: xapi_pool.ml:2942.
        if (!same_version(hosts.version(host), hosts.version(service.coordinator()))) {
            return Failure{{"NOT_SUPPORTED_DURING_UPGRADE"}};
        }
    }
    return std::nullopt;
}

void begin_ha(PoolService& service, const Texts& storages, const Value& configuration) {
    Database& database = service.database();
    Array files;
    for (const std::string& storage : storages) {
        files.push_back(text(create_state_file(database, storage)));
    }
    const std::string& pool = service.pool();
    database.set(pool, "ha_statefiles", {std::move(files)});
    database.set(pool, "ha_configuration", configuration);
    database.set(pool, "ha_enabled", {true});
    const auto wanted = database.number_of(pool, "ha_host_failures_to_tolerate");
    database.set(pool, "ha_plan_exists_for", {survivable_losses(service, wanted)});
}

void enable_ha(PoolService& service, Hosts& hosts, Duration step, const Array& arguments,
               const Done& done) {
    if (auto refused = refuses_ha(service, hosts)) return done(tl::unexpected(*refused));
    Texts given;
    for (const Value& each : std::get<Array>(arguments[0].of)) {
        given.push_back(std::get<std::string>(each.of));
    }
    const auto storages = state_storages(service, given);
    if (!storages) return done(tl::unexpected(storages.error()));
    service.agenda().after(step, [&service, storages = *storages, config = arguments[1], done] {
        begin_ha(service, storages, config);
        done(Value{});
    });
}

/// Source: xapi, ocaml/xapi/xapi_pool.ml, set_ha_host_failures_to_tolerate.
void set_tolerated(PoolService& service, const Array& arguments, const Done& done) {
    const auto wanted = std::get<std::int64_t>(arguments[1].of);
    if (wanted < 0) {
        done(failure({"INVALID_VALUE", "ha_host_failures_to_tolerate", std::to_string(wanted)}));
        return;
    }
    Database& database = service.database();
    const std::string& pool = service.pool();
    const bool on = database.flag_of(pool, "ha_enabled");
    const bool guarded = on && !database.flag_of(pool, "ha_allow_overcommit");
    const std::int64_t possible = survivable_losses(service, wanted);
    // A plan that is already lost cannot get worse.
    if (guarded && possible < wanted && database.number_of(pool, "ha_plan_exists_for") > 0) {
        done(failure({"HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN"}));
        return;
    }
    database.set(pool, "ha_host_failures_to_tolerate", {wanted});
    if (on) {
        database.set(pool, "ha_plan_exists_for", {possible});
        database.set(pool, "ha_overcommitted", {possible < wanted});
    }
    done(Value{});
}

void restart_protected(PoolService& service, Hosts& hosts, const Texts& vms, int tries) {
    constexpr Duration pause = std::chrono::seconds(10);
    if (!hosts.pool_answers()) {
        if (tries == 0) return;
        service.agenda().after(pause, [&service, &hosts, vms, tries] {
            restart_protected(service, hosts, vms, tries - 1);
        });
        return;
    }
    for (const std::string& vm : vms) {
        if (service.database().find("VM", vm) == nullptr) continue;
        if (service.database().text_of(vm, "power_state") != "Halted") continue;
        service.act("VM.start", {text(vm), {false}, {false}}, [](const Answer&) {});
    }
}

}  // namespace

std::int64_t survivable_losses(const PoolService& service, std::int64_t most,
                               const std::string& without) {
    const Packing packing(service, without);
    std::int64_t losses = 0;
    while (losses < most && packing.survives(static_cast<std::size_t>(losses) + 1)) ++losses;
    return losses;
}

std::optional<Failure> breaks_plan(const PoolService& service, const std::string& host) {
    const Database& database = service.database();
    if (!database.flag_of(service.pool(), "ha_enabled")) return std::nullopt;
    if (database.flag_of(service.pool(), "ha_allow_overcommit")) return std::nullopt;
    const auto planned = database.number_of(service.pool(), "ha_plan_exists_for");
    if (survivable_losses(service, planned) < planned) return std::nullopt;
    if (survivable_losses(service, planned, host) >= planned) return std::nullopt;
    return Failure{{"HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN"}};
}

void end_ha(PoolService& service) {
    Database& database = service.database();
    for (const std::string& file : database.set_of(service.pool(), "ha_statefiles")) {
        destroy_disk(database, file);
    }
    database.set(service.pool(), "ha_statefiles", {Array{}});
    database.set(service.pool(), "ha_enabled", {false});
    database.set(service.pool(), "ha_plan_exists_for", {std::int64_t{0}});
}

void add_ha_calls(PoolService& service, Hosts& hosts, Duration step) {
    service.handle("pool.enable_ha", [&service, &hosts, step](const Caller&, const Array& arguments,
                                                              const Done& done) {
        enable_ha(service, hosts, step, arguments, done);
    });
    service.handle("pool.disable_ha",
                   [&service, step](const Caller&, const Array&, const Done& done) {
                       if (!service.database().flag_of(service.pool(), "ha_enabled")) {
                           return done(failure({"HA_NOT_ENABLED"}));
                       }
                       service.agenda().after(step, [&service, done] {
                           end_ha(service);
                           done(Value{});
                       });
                   });
    service.handle("host.emergency_ha_disable",
                   [&service](const Caller&, const Array&, const Done& done) {
                       end_ha(service);
                       done(Value{});
                   });
    service.handle("pool.set_ha_host_failures_to_tolerate",
                   [&service](const Caller&, const Array& arguments, const Done& done) {
                       set_tolerated(service, arguments, done);
                   });
    service.handle("pool.ha_failover_plan_exists",
                   [&service](const Caller&, const Array& arguments, const Done& done) {
                       const auto losses = std::get<std::int64_t>(arguments[0].of);
                       done(Value{survivable_losses(service, losses) >= losses});
                   });
    service.handle("pool.ha_compute_max_host_failures_to_tolerate",
                   [&service](const Caller&, const Array&, const Done& done) {
                       const auto all = static_cast<std::int64_t>(service.members().size());
                       done(Value{survivable_losses(service, all - 1)});
                   });
    hosts.on_fenced([&service, &hosts](std::size_t) {
        Texts vms;
        const Database& database = service.database();
        for (const auto& [vm, object] : database.table("VM")) {
            const bool wanted = database.text_of(vm, "ha_restart_priority") == "restart" &&
                                database.text_of(vm, "power_state") == "Halted" &&
                                database.flag_of(vm, "ha_always_run");
            if (wanted) vms.push_back(vm);
        }
        restart_protected(service, hosts, vms, 60);
    });
}

}  // namespace vacate::poolserver
