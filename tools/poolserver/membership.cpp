// xapi's preconditions, then Hosts forgets.
#include "tools/poolserver/membership.hpp"

#include <algorithm>

namespace vacate::poolserver {
namespace {

std::vector<std::string> guests_of(const Database& database, const std::string& host) {
    std::vector<std::string> guests = database.set_of(host, "resident_VMs");
    std::erase_if(guests,
                  [&](const std::string& vm) { return database.flag_of(vm, "is_control_domain"); });
    return guests;
}

/// Source: xapi, ocaml/xapi/xapi_host.ml, precheck_destroy_declare_dead; the coordinator, which
/// asks, is alive.
std::optional<Failure> still_alive(const PoolService& service, const std::string& host) {
    if (!service.is_alive(host)) return std::nullopt;
    return Failure{{"HOST_IS_LIVE", host}};
}

/// Source: xapi, ocaml/xapi/xapi_host.ml, declare_dead.
void declare_dead(PoolService& service, Hosts& hosts, Behaviour& behaviour, std::size_t host,
                  const Done& done) {
    const std::string& ref = service.hosts()[host];
    if (auto refused = still_alive(service, ref)) return done(tl::unexpected(*refused));
    behaviour.interventions().halt_residents_of(ref);
    service.database().set(ref, "enabled", {false});
    hosts.update_operations(host);
    done(Value{});
}

/// Source: xapi, ocaml/xapi/xapi_host.ml, destroy.
void destroy(PoolService& service, Hosts& hosts, std::size_t host, const Done& done) {
    const std::string& ref = service.hosts()[host];
    if (auto refused = still_alive(service, ref)) return done(tl::unexpected(*refused));
    const Database& database = service.database();
    if (database.flag_of(service.pool(), "ha_enabled")) return done(failure({"HA_IS_ENABLED"}));
    if (!guests_of(database, ref).empty()) return done(failure({"HOST_HAS_RESIDENT_VMS", ref}));
    hosts.forget(host, false);
    done(Value{});
}

/// Storage that only this host had goes with it, and drives whose disks are gone are empty.
void forget_local_storage(Database& database, const std::string& host) {
    for (const std::string& pbd : database.set_of(host, "PBDs")) {
        const std::string storage = database.text_of(pbd, "SR");
        if (database.find("SR", storage) == nullptr) continue;
        if (database.set_of(storage, "PBDs").size() != 1) continue;
        for (const std::string& vdi : database.set_of(storage, "VDIs")) {
            for (const std::string& vbd : database.set_of(vdi, "VBDs")) {
                database.set(vbd, "VDI", text(null_ref));
                database.set(vbd, "empty", {true});
            }
            database.destroy(vdi);
        }
        database.destroy(storage);
    }
}

/// Source: xapi, ocaml/xapi/xapi_pool.ml, eject; it has no code of its own for the coordinator.
void eject(PoolService& service, Hosts& hosts, std::size_t host, const Done& done) {
    Database& database = service.database();
    const std::string& ref = service.hosts()[host];
    if (!service.is_alive(ref)) return done(failure({"HOST_OFFLINE", ref}));
    if (database.flag_of(service.pool(), "ha_enabled")) return done(failure({"HA_IS_ENABLED"}));
    if (host == service.coordinator()) {
        return done(failure({"INTERNAL_ERROR", "Xapi_pool.Cannot_eject_master"}));
    }
    if (!guests_of(database, ref).empty()) {
        return done(failure({"OPERATION_NOT_ALLOWED", "VM resident on host"}));
    }
    forget_local_storage(database, ref);
    hosts.forget(host, true);
    done(Value{});
}

/// There is no other pool to join.
///
/// Source: xapi, ocaml/xapi/xapi_pool.ml, join and its checks.
Failure refuses_join(const PoolService& service) {
    if (service.database().flag_of(service.pool(), "ha_enabled")) return {{"HA_IS_ENABLED"}};
    if (service.members().size() > 1) {
        return {{"POOL_JOINING_HOST_CANNOT_BE_MASTER_OF_OTHER_HOSTS"}};
    }
    return {{"POOL_JOINING_HOST_CONNECTION_FAILED"}};
}

}  // namespace

void add_membership_calls(PoolService& service, Hosts& hosts, Behaviour& behaviour) {
    using Act = std::function<void(std::size_t, const Done&)>;
    const std::pair<std::string_view, Act> about_one_host[]{
        {"host.declare_dead",
         [&service, &hosts, &behaviour](std::size_t host, const Done& done) {
             declare_dead(service, hosts, behaviour, host, done);
         }},
        {"host.destroy",
         [&service, &hosts](std::size_t host, const Done& done) {
             destroy(service, hosts, host, done);
         }},
        {"pool.eject", [&service, &hosts](std::size_t host,
                                          const Done& done) { eject(service, hosts, host, done); }},
        {"pool.is_slave", [&service](std::size_t host, const Done& done) {
             const std::string& ref = service.hosts()[host];
             if (!service.is_alive(ref)) return done(failure({"HOST_OFFLINE", ref}));
             done(Value{host != service.coordinator()});
         }}};
    for (const auto& [method, act] : about_one_host) {
        service.handle(
            method, [&hosts, act = act](const Caller&, const Array& arguments, const Done& done) {
                const auto host = hosts.index_of(std::get<std::string>(arguments[0].of));
                if (host) act(*host, done);
            });
    }
    service.handle("host.is_in_emergency_mode",
                   [&hosts](const Caller& caller, const Array&, const Done& done) {
                       done(Value{hosts.agent(caller.host) == Hosts::Agent::emergency});
                   });
    for (const std::string_view method : {"pool.join", "pool.join_force"}) {
        service.handle(method, [&service](const Caller&, const Array&, const Done& done) {
            done(tl::unexpected(refuses_join(service)));
        });
    }
}

}  // namespace vacate::poolserver
