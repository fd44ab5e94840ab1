// Mostly hands over to the hosts.
#include "tools/poolserver/pool_calls.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace vacate::poolserver {
namespace {

constexpr Duration until_change = std::chrono::seconds(1);  // the answer still gets out

const std::string& text_at(const Array& arguments, std::size_t index) {
    return std::get<std::string>(arguments[index].of);
}

void add_wlb(PoolService& service) {
    service.handle("pool.set_wlb_enabled",
                   [&service](const Caller&, const Array& arguments, const Done& done) {
                       const bool wanted = std::get<bool>(arguments[1].of);
                       Database& database = service.database();
                       if (wanted && database.text_of(service.pool(), "wlb_url").empty()) {
                           return done(failure({"WLB_NOT_INITIALIZED"}));
                       }
                       database.set(service.pool(), "wlb_enabled", {wanted});
                       done(Value{});
                   });
    service.handle("pool.deconfigure_wlb",
                   [&service](const Caller&, const Array&, const Done& done) {
                       service.database().set(service.pool(), "wlb_enabled", {false});
                       service.database().set(service.pool(), "wlb_url", text(""));
                       done(Value{});
                   });
}

void designate(PoolService& service, Hosts& hosts, const Array& arguments, const Done& done) {
    const std::string& ref = text_at(arguments, 0);
    const auto host = hosts.index_of(ref);
    if (!host) return done(failure({"HANDLE_INVALID", "host", ref}));
    if (*host == service.coordinator()) return done(Value{});
    if (service.database().flag_of(service.pool(), "ha_enabled")) {
        return done(failure({"HA_IS_ENABLED"}));
    }
    const bool there = hosts.is_live(*host) && hosts.agent(*host) == Hosts::Agent::ready;
    if (!there) return done(failure({"HOST_OFFLINE", ref}));
    service.agenda().after(until_change, [&hosts, to = *host] {
        if (hosts.agent(to) == Hosts::Agent::ready) hosts.hand_over(to);
    });
    done(Value{});
}

/// A host that was forgotten could only found a pool of its own, which is none of ours.
std::optional<Failure> refuses_emergency(const PoolService& service, const Hosts& hosts,
                                         std::size_t host) {
    if (service.database().flag_of(service.pool(), "ha_enabled")) return Failure{{"HA_IS_ENABLED"}};
    if (service.is_member(host)) return std::nullopt;
    return Failure{hosts.cause(host)};
}

void add_coordinator_calls(PoolService& service, Hosts& hosts) {
    service.handle("pool.designate_new_master",
                   [&service, &hosts](const Caller&, const Array& arguments, const Done& done) {
                       designate(service, hosts, arguments, done);
                   });
    service.handle("pool.emergency_transition_to_master",
                   [&service, &hosts](const Caller& caller, const Array&, const Done& done) {
                       if (auto refused = refuses_emergency(service, hosts, caller.host)) {
                           return done(tl::unexpected(*refused));
                       }
                       service.agenda().after(until_change, [&hosts, host = caller.host] {
                           if (hosts.is_up(host)) hosts.take_over(host);
                       });
                       done(Value{});
                   });
    service.handle(
        "pool.emergency_reset_master",
        [&service, &hosts](const Caller& caller, const Array& arguments, const Done& done) {
            if (auto refused = refuses_emergency(service, hosts, caller.host)) {
                return done(tl::unexpected(*refused));
            }
            const std::string& address = text_at(arguments, 0);
            const auto& refs = service.hosts();
            const auto found = std::ranges::find_if(refs, [&](const std::string& ref) {
                return service.database().find(ref) != nullptr &&
                       service.database().text_of(ref, "address") == address;
            });
            if (found == refs.end()) return done(failure({"CANNOT_CONTACT_HOST", address}));
            const auto coordinator = static_cast<std::size_t>(found - refs.begin());
            service.agenda().after(until_change, [&hosts, host = caller.host, coordinator] {
                if (hosts.is_up(host)) hosts.follow(host, coordinator);
            });
            done(Value{});
        });
    service.handle("pool.recover_slaves",
                   [&service, &hosts](const Caller&, const Array&, const Done& done) {
                       Array recovered;
                       for (const std::size_t host : hosts.recover_members()) {
                           recovered.push_back(text(service.hosts()[host]));
                       }
                       done(Value{std::move(recovered)});
                   });
}

/// What stands in the way of an update, one list of words for each.
///
/// Source: xapi, ocaml/xapi/xapi_pool.ml, check_update_readiness.
struct Readiness {
    Array found;
    std::size_t asked = 0;  // hosts that have not answered yet
    Done done;

    void add(std::vector<std::string> words) {
        Array entry;
        for (const std::string& each : words) entry.push_back(text(each));
        found.push_back({std::move(entry)});
    }
    void answered() {
        if (--asked == 0) done(Value{std::move(found)});
    }
};

void check_readiness(PoolService& service, const Hosts& hosts, bool reboots, const Done& done) {
    const auto readiness = std::make_shared<Readiness>();
    readiness->done = done;
    readiness->asked = 1;
    if (service.database().flag_of(service.pool(), "ha_enabled")) readiness->add({"HA_IS_ENABLED"});
    for (std::size_t host = 0; host < service.hosts().size(); ++host) {
        const std::string& ref = service.hosts()[host];
        if (!service.is_member(host)) continue;
        if (!hosts.is_live(host)) {
            readiness->add({"HOST_OFFLINE", ref});
            continue;
        }
        if (!reboots) continue;
        ++readiness->asked;
        service.act("host.get_vms_which_prevent_evacuation", {text(ref)},
                    [readiness](const Answer& answer) {
                        const auto* map = answer ? std::get_if<Struct>(&answer->of) : nullptr;
                        if (map != nullptr) {
                            for (const Member& vm : *map) readiness->found.push_back(vm.value);
                        }
                        readiness->answered();
                    });
    }
    readiness->answered();
}

/// An archive in the form of tar with one small file that says what it is.
std::string small_archive(const std::string& host) {
    const std::string words = "No control domain stands behind the simulated host " + host + ".\n";
    std::string header(512, '\0');
    const auto put = [&](std::size_t at, std::string_view field) {
        header.replace(at, field.size(), field);
    };
    const auto octal = [](std::size_t number, std::size_t digits) {
        std::string field(digits, '0');
        for (std::size_t at = digits; number > 0 && at > 0; number /= 8) {
            field[--at] = static_cast<char>('0' + number % 8);
        }
        return field;
    };
    put(0, "README");
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, octal(words.size(), 11));
    put(136, octal(0, 11));
    put(148, std::string(8, ' '));
    put(156, "0");
    put(257, std::string_view("ustar\0"
                              "00",
                              8));
    std::size_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(148, octal(sum, 6) + std::string(1, '\0') + " ");
    std::string archive = header + words;
    archive.resize((archive.size() + 511) / 512 * 512 + 1024, '\0');  // two empty blocks end it
    return archive;
}

}  // namespace

void add_pool_calls(PoolService& service, Hosts& hosts) {
    add_wlb(service);
    add_coordinator_calls(service, hosts);
    service.handle("pool.check_update_readiness",
                   [&service, &hosts](const Caller&, const Array& arguments, const Done& done) {
                       check_readiness(service, hosts, std::get<bool>(arguments[1].of), done);
                   });
    service.serve(
        "/host_backup",
        [&service](const Download& download) -> Page {
            const std::string& host = service.hosts()[download.host];
            return {200, "application/octet-stream", "",
                    small_archive(service.database().text_of(host, "hostname"))};
        },
        true);
}

}  // namespace vacate::poolserver
