// The table of what can be fitted.
#include "sim/kernel/fit_parameters.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "model/limits.hpp"

namespace vacate {
namespace {

std::int64_t whole(double value) { return std::llround(value); }
double real(Bandwidth rate) { return static_cast<double>(rate.count); }
double real(Bytes amount) { return static_cast<double>(amount.count); }
double real(Duration time) { return static_cast<double>(time.count()); }
double real(std::int64_t number) { return static_cast<double>(number); }

void assign(Bandwidth& to, double value) { to = Bandwidth{whole(value)}; }
void assign(Bytes& to, double value) { to = Bytes{whole(value)}; }
void assign(Duration& to, double value) { to = Duration{whole(value)}; }
void assign(std::int64_t& to, double value) { to = whole(value); }

template <auto member>
double get_of_pool(const Pool& pool, Id<Vm>, Id<Host>) {
    return real(pool.timing.*member);
}
template <auto member>
void set_of_pool(Pool& pool, double value) {
    assign(pool.timing.*member, value);
}
template <auto member>
double get_of_vm(const Pool& pool, Id<Vm> vm, Id<Host>) {
    return real(pool.vms[vm].*member);
}
template <auto member>
void set_of_vms(Pool& pool, double value) {
    for (Vm& vm : pool.vms) assign(vm.*member, value);
}
double get_budget(const Pool& pool, Id<Vm>, Id<Host> from) {
    return real(pool.hosts[from].send_budget);
}
void set_budgets(Pool& pool, double value) {
    for (Host& host : pool.hosts) assign(host.send_budget, value);
}
double get_overhead(const Pool& pool, Id<Vm>, Id<Host>) {
    return real(pool.timing.before + pool.timing.after);
}
void set_overhead(Pool& pool, double value) {
    const auto [before, after] = divided_overhead(pool.timing, Duration{whole(value)});
    pool.timing.before = before;
    pool.timing.after = after;
}

// Twice and half as much, and so on.
std::vector<double> doublings(double start) {
    std::vector<double> trials;
    for (int power = 1; power <= 8; ++power) {
        trials.push_back(std::ldexp(start, power));
        trials.push_back(std::ldexp(start, -power));
    }
    return trials;
}

// Nothing, and four times as much each time.
template <std::int64_t first>
std::vector<double> amounts(double) {
    std::vector<double> trials{0};
    for (int power = 0; power <= 16; power += 2) trials.push_back(std::ldexp(real(first), power));
    return trials;
}

std::vector<double> efficiencies(double) { return {990, 940, 900, 800, 700, 600, 500, 300, 100}; }
std::vector<double> zero_shares(double) { return {0, 100, 300, 500, 700, 900}; }
std::vector<double> opposed_shares(double) { return {980, 960, 940, 920}; }

constexpr double most_rate = static_cast<double>(limits::bandwidth_bytes_per_second);
constexpr double most_time = static_cast<double>(limits::duration_us);
constexpr double most_memory = static_cast<double>(limits::memory_bytes);
constexpr double mebibyte = 1024.0 * 1024.0;
constexpr std::string_view no_gap = "no gap was measured that depends on it";
constexpr std::string_view not_writing = "no measured time depends on what guests write";

// The times of Copying, all of them in the pool's timing.
template <auto member>
constexpr FitParameter time(std::string_view name, double step, std::string_view untouched) {
    return {name,
            "timing",
            Measure::time,
            false,
            0,
            most_time,
            step,
            amounts<5000>,
            untouched,
            get_of_pool<member>,
            set_of_pool<member>};
}

template <auto member>
constexpr FitParameter writing(std::string_view name) {
    return {name,
            "vms",
            Measure::rate,
            false,
            0,
            most_rate,
            mebibyte / 4,
            amounts<1024 * 1024>,
            not_writing,
            get_of_vm<member>,
            set_of_vms<member>};
}

constexpr std::array<FitParameter, 15> parameters{{
    {"stream_cap", "timing", Measure::rate, true, 1, most_rate, 0.01, doublings,
     "no stream was held back by it", get_of_pool<&Timing::stream_cap>,
     set_of_pool<&Timing::stream_cap>},
    {"storage_stream_cap", "timing", Measure::rate, true, 1, most_rate, 0.01, doublings,
     "no measured migration took its disks along, or none was held back by it",
     get_of_pool<&Timing::storage_stream_cap>, set_of_pool<&Timing::storage_stream_cap>},
    {"link_efficiency", "timing", Measure::ratio, false, 1, 1000, 10, efficiencies,
     "no link was full", get_of_pool<&Timing::link_efficiency_permille>,
     set_of_pool<&Timing::link_efficiency_permille>},
    {"overhead", "timing", Measure::time, false, 0, most_time, 5000, amounts<5000>,
     "no measured time depends on it", get_overhead, set_overhead},
    time<&Timing::pause_overhead>("pause_overhead", 1000, "no measured time depends on it"),
    writing<&Vm::dirty_rate>("dirty_rate"),
    {"working_set", "vms", Measure::bytes, false, 0, most_memory, mebibyte, amounts<1024 * 1024>,
     not_writing, get_of_vm<&Vm::working_set>, set_of_vms<&Vm::working_set>},
    writing<&Vm::cold_rate>("cold_rate"),
    {"zero_pages", "vms", Measure::ratio, false, 0, 1000, 10, zero_shares,
     "no measured time depends on it", get_of_vm<&Vm::zero_permille>,
     set_of_vms<&Vm::zero_permille>},
    time<&Timing::suspend>("suspend", 1000, "no measured time depends on it"),
    time<&Timing::arrival>("arrival", 5000, no_gap),
    {"queued", "timing", Measure::bytes, false, 0, most_memory, mebibyte / 16, amounts<65536>,
     no_gap, get_of_pool<&Timing::queued>, set_of_pool<&Timing::queued>},
    time<&Timing::setup_per_tebibyte>("setup_per_tebibyte", 100'000,
                                      "no measured time depends on it"),
    {"opposing_factor", "timing", Measure::ratio, false, 900, 1000, 5, opposed_shares,
     "no two measured migrations opposed each other", get_of_pool<&Timing::opposing_permille>,
     set_of_pool<&Timing::opposing_permille>},
    {"send_budget", "hosts", Measure::rate, true, 1, most_rate, 0.01, doublings,
     "no host was held back by it", get_budget, set_budgets},
}};

}  // namespace

std::span<const FitParameter> fit_parameters() { return parameters; }

const FitParameter* find_fit_parameter(std::string_view name) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [name](const FitParameter& one) { return one.name == name; });
    return found == parameters.end() ? nullptr : &*found;
}

std::pair<Duration, Duration> divided_overhead(const Copying& copying, Duration overhead) {
    const std::int64_t sum = (copying.before + copying.after).count();
    if (sum <= 0) return {overhead, Duration{}};
    const Duration after{static_cast<std::int64_t>(static_cast<Wide>(overhead.count()) *
                                                   copying.after.count() / sum / 1000 * 1000)};
    return {overhead - after, after};
}

}  // namespace vacate
