// Puts the parts together; faults of calls stand before everything else.
#include "tools/poolserver/simulated_pool.hpp"

#include <utility>

#include "tools/poolserver/ha.hpp"
#include "tools/poolserver/host_calls.hpp"
#include "tools/poolserver/membership.hpp"
#include "tools/poolserver/pool_calls.hpp"

namespace vacate::poolserver {

namespace {

// VMs have all of their memory until somebody squeezes them.
Scenario unsqueezed(Scenario scenario) {
    for (Vm& vm : scenario.pool.vms) keep_range(vm);
    return scenario;
}

}  // namespace

SimulatedPool::SimulatedPool(const Scenario& scenario, const Options& options)
    : scenario_(unsqueezed(scenario)),
      service_(scenario_, options.service),
      behaviour_(service_, scenario_, options.placement),
      hosts_(service_, behaviour_, scenario_, options.hosts),
      faults_(service_, behaviour_, hosts_, scenario_, options.faults, options.seed) {
    add_host_calls(service_, hosts_, scenario_);
    add_ha_calls(service_, hosts_, scenario_.pool.timing.preparation);
    add_pool_calls(service_, hosts_);
    add_membership_calls(service_, hosts_, behaviour_);
}

void SimulatedPool::call(Call call, Reply reply) {
    const CallFault fault = faults_.on_call(call.method);
    if (fault.refused) return reply(std::nullopt);
    if (!fault.error.empty()) {
        return reply(std::optional<Answer>(tl::unexpected(Failure{fault.error})));
    }
    if (fault.repeated) service_.call(call, [](const std::optional<Answer>&) {});
    if (fault.lost) {
        reply = [reply](const std::optional<Answer>&) { reply(std::nullopt); };
    } else if (fault.slow > Duration{}) {
        Agenda& agenda = service_.agenda();
        reply = [reply, &agenda, by = fault.slow](const std::optional<Answer>& answer) {
            agenda.after(by, [reply, answer] { reply(answer); });
        };
    }
    service_.call(std::move(call), std::move(reply));
}

}  // namespace vacate::poolserver
