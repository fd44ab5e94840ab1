// Looks at how ready the host's toolstack is before anything else is.
#include "tools/poolserver/emergency.hpp"

#include <algorithm>

#include "tools/poolserver/hosts.hpp"

namespace vacate::poolserver {
namespace {

constexpr std::string_view emergency_calls[]{"pool.emergency_reset_master",
                                             "pool.emergency_transition_to_master",
                                             "session.slave_local_login_with_password",
                                             "session.local_logout",
                                             "host.local_management_reconfigure",
                                             "host.emergency_ha_disable",
                                             "host.management_disable",
                                             "host.get_system_status_capabilities",
                                             "host.is_in_emergency_mode",
                                             "host.shutdown_agent",
                                             "host.emergency_reset_server_certificate",
                                             "host.emergency_disable_tls_verification",
                                             "host.emergency_reenable_tls_verification",
                                             "host.emergency_clear_mandatory_guidance"};

}  // namespace

bool works_in_emergency(std::string_view method) {
    return std::ranges::find(emergency_calls, method) != std::end(emergency_calls);
}

std::optional<Failure> gate(const Hosts& hosts, const PoolService& service, std::size_t host,
                            std::string_view method) {
    using Agent = Hosts::Agent;
    switch (hosts.agent(host)) {
        case Agent::stopped:
        case Agent::unready:
            return Failure{};
        case Agent::booting:
            if (works_in_emergency(method)) return std::nullopt;
            return Failure{{"HOST_STILL_BOOTING"}};
        case Agent::emergency:
            if (works_in_emergency(method)) return std::nullopt;
            return Failure{hosts.cause(host)};
        case Agent::ready:
            break;
    }
    // Logins are refused by the member itself; everything else it would hand on.
    const bool by_itself = works_in_emergency(method) || method == "session.login_with_password";
    if (hosts.pool_answers() || by_itself) return std::nullopt;
    return Failure{{"CANNOT_CONTACT_HOST", service.coordinator_address()}};
}

}  // namespace vacate::poolserver
