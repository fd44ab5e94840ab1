// XAPI's memory arithmetic: MiB, used amounts rounded up.
#include "model/memory.hpp"

#include <algorithm>

namespace vacate {
namespace {

std::int64_t mebibytes_up(Bytes amount) { return divide_up(amount.count, mebibytes(1).count); }

std::int64_t shadow_mebibytes(const GuestMemory& guest, std::int64_t static_max_mib) {
    const std::int64_t pages = 256 * guest.vcpus + 2 * static_max_mib;
    const std::int64_t plain = divide_up(pages, 256);
    const Thousandths multiplier = guest.domain == DomainType::pv ? 1000 : guest.shadow_multiplier;
    const auto scaled = static_cast<std::int64_t>(static_cast<Wide>(plain) * multiplier / 1000);
    return std::max<std::int64_t>(1, scaled);
}

bool planner_counts_static_max(DomainType domain) {
    return domain == DomainType::pvh || domain == DomainType::pv_in_pvh;
}

}  // namespace

Bytes memory_overhead(const GuestMemory& guest, OverheadEra era) {
    const std::int64_t static_max_mib = mebibytes_up(guest.static_max);
    const std::int64_t internal = guest.domain == DomainType::pv ? 0 : 1;
    const std::int64_t external = 1;
    const std::int64_t shim = guest.domain == DomainType::pv_in_pvh ? 23 + static_max_mib / 90 : 0;
    const std::int64_t per_vcpu =
        era == OverheadEra::since_26_3 ? divide_up(38 * guest.vcpus, 256) : 0;
    return mebibytes(internal + external + shadow_mebibytes(guest, static_max_mib) + per_vcpu +
                     shim);
}

Bytes memory_charged(const GuestMemory& guest, Bytes overhead) {
    return guest.dynamic_min + overhead;
}

Bytes memory_for_admission(const GuestMemory& guest, Bytes overhead) {
    const Bytes size =
        planner_counts_static_max(guest.domain) ? guest.static_max : guest.dynamic_min;
    return round_up_to_mebibyte(size) + overhead;
}

Bytes memory_for_boot(const GuestMemory& guest, Bytes overhead) {
    const Bytes size = guest.domain == DomainType::pv_in_pvh ? guest.static_max : guest.dynamic_min;
    return round_up_to_mebibyte(size) + overhead;
}

Bytes host_memory_for_vms(Bytes total, Bytes host_overhead, Bytes dom0_dynamic_min,
                          Bytes dom0_overhead) {
    return std::max(Bytes{0}, total - host_overhead - dom0_dynamic_min - dom0_overhead);
}

}  // namespace vacate
