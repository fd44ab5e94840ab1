// Pre-copy in integers: rounds, stop rules and the pause.
#include "model/precopy.hpp"

#include <algorithm>

namespace vacate {
namespace {

constexpr std::int64_t page_bytes = 4096;
constexpr std::int64_t few_pages = 50;

Bandwidth shared_rate(const Pool& pool, Id<Host> from, Id<Host> to, std::int64_t streams) {
    const Host& source = pool.hosts[from];
    const Host& target = pool.hosts[to];
    const std::int64_t narrowest =
        std::min({payload_rate(pool.timing, source.link).count,
                  payload_rate(pool.timing, target.link).count, source.send_budget.count});
    return Bandwidth{
        std::max<std::int64_t>(1, std::min(pool.timing.stream_cap.count, narrowest / streams))};
}

}  // namespace

Bytes dirtied_in(const Vm& vm, Duration time) {
    return std::min({moved_in(vm.dirty_rate, time), vm.working_set, vm.ram});
}

bool stops_the_guest(const Timing& timing, int rounds, Bytes left, Bandwidth rate) {
    if (rounds >= timing.rounds_max) return true;
    if (timing.stop_rule == StopRule::xen) return left.count < few_pages * page_bytes;
    return left <= moved_in(rate, timing.downtime_limit);
}

PrecopyForecast forecast_precopy(const Vm& vm, Bandwidth rate, const Timing& timing) {
    PrecopyForecast forecast;
    Bytes left = vm.ram;
    do {
        const Duration round = transfer_time(left, rate);
        forecast.total += round;
        forecast.sent += left;
        ++forecast.rounds;
        left = dirtied_in(vm, round);
    } while (!stops_the_guest(timing, forecast.rounds, left, rate));
    forecast.pause = transfer_time(left, rate) + timing.pause_overhead;
    forecast.total += forecast.pause;
    forecast.sent += left;
    return forecast;
}

Bandwidth smallest_share(const Pool& pool, Id<Host> from, Id<Host> to) {
    return shared_rate(pool, from, to, pool.policy.migrations_per_host_max);
}

Bandwidth lone_share(const Pool& pool, Id<Host> from, Id<Host> to) {
    return shared_rate(pool, from, to, 1);
}

Bandwidth payload_rate(const Timing& timing, Bandwidth link) {
    return Bandwidth{static_cast<std::int64_t>(static_cast<Wide>(link.count) *
                                               timing.link_efficiency_permille / 1000)};
}

}  // namespace vacate
