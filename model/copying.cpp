// The table of the copying parameters.
#include "model/copying.hpp"

#include <array>

#include "model/limits.hpp"

namespace vacate {
namespace {

template <class Unit>
std::int64_t raw(Quantity<Unit> amount) {
    return amount.count;
}
std::int64_t raw(Duration time) { return time.count(); }
std::int64_t raw(std::int64_t number) { return number; }
std::int64_t raw(bool flag) { return flag ? 1 : 0; }
std::int64_t raw(StopRule rule) { return static_cast<std::int64_t>(rule); }

template <class Unit>
void assign(Quantity<Unit>& amount, std::int64_t value) {
    amount.count = value;
}
void assign(Duration& time, std::int64_t value) { time = Duration{value}; }
void assign(std::int64_t& number, std::int64_t value) { number = value; }
void assign(bool& flag, std::int64_t value) { flag = value != 0; }
void assign(StopRule& rule, std::int64_t value) { rule = static_cast<StopRule>(value); }

template <auto member>
constexpr CopyingParameter parameter(std::string_view name, Measure measure, std::int64_t fallback,
                                     std::int64_t least, std::int64_t most) {
    return {name,
            measure,
            fallback,
            least,
            most,
            [](const Copying& copying) { return raw(copying.*member); },
            [](Copying& copying, std::int64_t value) { assign(copying.*member, value); }};
}

template <auto member>
constexpr CopyingParameter rate(std::string_view name, std::int64_t fallback,
                                std::int64_t least = 1) {
    return parameter<member>(name, Measure::rate, fallback, least,
                             limits::bandwidth_bytes_per_second);
}
template <auto member>
constexpr CopyingParameter time(std::string_view name, std::int64_t fallback_ms) {
    return parameter<member>(name, Measure::time, fallback_ms * 1000, 0, limits::duration_us);
}
template <auto member>
constexpr CopyingParameter bytes(std::string_view name, std::int64_t fallback) {
    return parameter<member>(name, Measure::bytes, fallback, 0, limits::memory_bytes);
}
template <auto member>
constexpr CopyingParameter ratio(std::string_view name, std::int64_t fallback) {
    return parameter<member>(name, Measure::ratio, fallback, 1, 1000);
}

constexpr std::array<CopyingParameter, 26> parameters{{
    rate<&Copying::stream_cap>("stream_cap", 262'500'000),
    rate<&Copying::live_cap>("live_cap", 0, 0),
    rate<&Copying::storage_stream_cap>("storage_stream_cap", 60'000'000),
    ratio<&Copying::link_efficiency_permille>("link_efficiency", 949),
    time<&Copying::before>("before", 2000),
    time<&Copying::after>("after", 1000),
    time<&Copying::setup>("setup", 0),
    time<&Copying::setup_per_tebibyte>("setup_per_tebibyte", 0),
    rate<&Copying::zero_scan>("zero_scan", 18'841'600'000, 0),
    bytes<&Copying::page_header>("page_header", 8),
    bytes<&Copying::zero_page>("zero_page", 9),
    ratio<&Copying::wire_permille>("compressed_to", 1000),
    ratio<&Copying::resend_permille>("resent_as", 1000),
    bytes<&Copying::dirty_log_chunk>("dirty_log_chunk", 0),
    parameter<&Copying::stop_rule>("stop_rule", Measure::stop_rule,
                                   static_cast<std::int64_t>(StopRule::xenserver), 0, 2),
    time<&Copying::downtime_limit>("downtime_limit", 300),
    parameter<&Copying::rounds_max>("rounds_max", Measure::count, 5, 1, limits::precopy_rounds),
    time<&Copying::live_max>("live_max", 0),
    parameter<&Copying::auto_converge>("auto_converge", Measure::flag, 0, 0, 1),
    time<&Copying::post_copy_after>("post_copy_after", 0),
    parameter<&Copying::post_copy_round>("post_copy_round", Measure::count, 0, 0,
                                         limits::precopy_rounds),
    time<&Copying::suspend>("suspend", 0),
    time<&Copying::pause_overhead>("pause_overhead", 450),
    time<&Copying::pause_per_tebibyte>("pause_per_tebibyte", 0),
    bytes<&Copying::queued>("queued", 0),
    time<&Copying::arrival>("arrival", 0),
}};

}  // namespace

std::span<const CopyingParameter> copying_parameters() { return parameters; }

void change(Copying& copying, const CopyingChanges& changes) {
    for (const auto& [index, value] : changes) parameters[index].set(copying, value);
}

}  // namespace vacate
