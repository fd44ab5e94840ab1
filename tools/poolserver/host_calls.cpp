// xapi's checks, then what the machine does.
#include "tools/poolserver/host_calls.hpp"

#include <algorithm>
#include <utility>

#include "tools/poolserver/ha.hpp"

namespace vacate::poolserver {
namespace {

constexpr Duration until_restart = std::chrono::seconds(1);  // of a toolstack, after the answer

/// One call about one host. Requires: the first argument is a host of the pool.
class HostCalls {
  public:
    HostCalls(PoolService& service, Hosts& hosts, const Scenario& scenario)
        : service_(service), hosts_(hosts), scenario_(scenario) {}

    /// What the host does itself needs it there.
    std::optional<Failure> absent(std::size_t host) const {
        const bool there = hosts_.is_live(host) && hosts_.agent(host) == Hosts::Agent::ready;
        if (there) return std::nullopt;
        return Failure{{"HOST_OFFLINE", ref(host)}};
    }

    void disable(std::size_t host, const Array& arguments, const Done& done) const {
        if (auto gone = absent(host)) return done(tl::unexpected(*gone));
        if (auto refused = breaks_plan(service_, ref(host))) return done(tl::unexpected(*refused));
        const bool auto_enable = std::get<bool>(arguments[1].of);
        service_.agenda().after(scenario_.pool.timing.host_step, [=, this] {
            if (auto gone = absent(host)) return done(tl::unexpected(*gone));
            hosts_.disable(host, auto_enable);
            done(Value{});
        });
    }

    void enable(std::size_t host, const Array&, const Done& done) const {
        if (auto gone = absent(host)) return done(tl::unexpected(*gone));
        service_.agenda().after(scenario_.pool.timing.host_step, [=, this] {
            if (auto gone = absent(host)) return done(tl::unexpected(*gone));
            if (auto refused = hosts_.enable(host)) return done(tl::unexpected(*refused));
            done(Value{});
        });
    }

    void reboot(std::size_t host, const Array&, const Done& done) const {
        go_down(host, "reboot", done);
    }
    void shutdown(std::size_t host, const Array&, const Done& done) const {
        go_down(host, "shutdown", done);
    }

    void power_on(std::size_t host, const Array&, const Done& done) const {
        if (hosts_.is_live(host)) return done(failure({"HOST_IS_LIVE", ref(host)}));
        if (service_.database().text_of(ref(host), "power_on_mode").empty()) {
            return done(failure({"HOST_POWER_ON_MODE_DISABLED"}));
        }
        hosts_.power_on(host);
        done(Value{});
    }

    void set_power_on_mode(std::size_t host, const Array& arguments, const Done& done) const {
        service_.database().set(ref(host), "power_on_mode", arguments[1]);
        service_.database().set(ref(host), "power_on_config", arguments[2]);
        hosts_.update_operations(host);
        done(Value{});
    }

    /// The answer still gets out.
    void restart_agent(std::size_t host, const Array&, const Done& done) const {
        if (auto gone = absent(host)) return done(tl::unexpected(*gone));
        service_.agenda().after(until_restart, [this, host] {
            if (hosts_.is_up(host)) hosts_.restart_agent(host);
        });
        done(Value{});
    }

    /// The plugin that prepares an upgrade over the network.
    void call_plugin(std::size_t host, const Array& arguments, const Done& done) const {
        const std::string& plugin = std::get<std::string>(arguments[1].of);
        const std::string& function = std::get<std::string>(arguments[2].of);
        if (plugin != "prepare_host_upgrade.py") {
            return done(failure({"XENAPI_MISSING_PLUGIN", plugin}));
        }
        if (auto gone = absent(host)) return done(tl::unexpected(*gone));
        const Host& of = scenario_.pool.hosts[Id<Host>{static_cast<std::uint32_t>(host)}];
        if (function == "main") hosts_.expect_upgrade(host);
        if (function == "main" || function == "testUrl" || function == "testSafe2Upgrade") {
            return done(text("true"));
        }
        if (function == "getVersion") return done(text(display(of.target)));
        done(failure({"UNKNOWN_XENAPI_PLUGIN_FUNCTION", function}));
    }

    [[nodiscard]] const std::string& ref(std::size_t host) const { return service_.hosts()[host]; }

  private:
    /// Source: xapi, ocaml/xapi/xapi_host_helpers.ml:36-160.
    std::optional<Failure> refuses(std::size_t host, std::string_view operation) const {
        static constexpr std::string_view excluding[]{"provision", "vm_resume", "vm_migrate",
                                                      "reboot", "shutdown"};
        const Database& database = service_.database();
        for (const Member& each :
             std::get<Struct>(database.get(ref(host), "current_operations").of)) {
            const std::string& other = std::get<std::string>(each.value.of);
            const bool excluded =
                other != operation && std::ranges::find(excluding, other) != std::end(excluding);
            if (excluded) {
                return Failure{
                    {"OTHER_OPERATION_IN_PROGRESS", "host", ref(host), other, each.name}};
            }
        }
        if (database.flag_of(ref(host), "enabled")) return Failure{{"HOST_NOT_DISABLED"}};
        return degrades_cluster(host);
    }

    /// One host at a time while a clustered storage is attached.
    std::optional<Failure> degrades_cluster(std::size_t host) const {
        const Database& database = service_.database();
        std::string storage;
        for (const std::string& pbd : database.set_of(ref(host), "PBDs")) {
            const std::string& of = database.text_of(pbd, "SR");
            const bool plugged = database.flag_of(pbd, "currently_attached");
            if (plugged && database.flag_of(of, "clustered")) storage = of;
        }
        if (storage.empty()) return std::nullopt;
        for (std::size_t other = 0; other < service_.hosts().size(); ++other) {
            if (!service_.is_member(other)) continue;
            if (!hosts_.is_live(other)) return Failure{{"CLUSTERED_SR_DEGRADED", storage}};
        }
        return std::nullopt;
    }

    void go_down(std::size_t host, std::string_view operation, const Done& done) const {
        if (auto gone = absent(host)) return done(tl::unexpected(*gone));
        if (auto refused = refuses(host, operation)) return done(tl::unexpected(*refused));
        hosts_.begin_shutdown(host, operation == "reboot");
        done(Value{});
    }

    PoolService& service_;
    Hosts& hosts_;
    Scenario scenario_;
};

}  // namespace

void add_host_calls(PoolService& service, Hosts& hosts, const Scenario& scenario) {
    const auto calls = std::make_shared<const HostCalls>(service, hosts, scenario);
    using Method = void (HostCalls::*)(std::size_t, const Array&, const Done&) const;
    static constexpr std::pair<std::string_view, Method> methods[]{
        {"host.disable", &HostCalls::disable},
        {"host.enable", &HostCalls::enable},
        {"host.reboot", &HostCalls::reboot},
        {"host.shutdown", &HostCalls::shutdown},
        {"host.power_on", &HostCalls::power_on},
        {"host.set_power_on_mode", &HostCalls::set_power_on_mode},
        {"host.restart_agent", &HostCalls::restart_agent},
        {"host.call_plugin", &HostCalls::call_plugin}};
    for (const auto& [name, method] : methods) {
        service.handle(name, [calls, &hosts, act = method](const Caller&, const Array& arguments,
                                                           const Done& done) {
            const auto host = hosts.index_of(std::get<std::string>(arguments[0].of));
            if (!host) {
                const std::string& ref = std::get<std::string>(arguments[0].of);
                return done(failure({"HANDLE_INVALID", "host", ref}));
            }
            ((*calls).*act)(*host, arguments, done);
        });
    }
    service.handle("host.shutdown_agent",
                   [&service, &hosts](const Caller& caller, const Array&, const Done& done) {
                       service.agenda().after(
                           until_restart, [&hosts, host = caller.host] { hosts.stop_agent(host); });
                       done(Value{});
                   });
}

}  // namespace vacate::poolserver
