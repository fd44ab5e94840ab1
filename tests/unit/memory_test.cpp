// XAPI's memory arithmetic against worked amounts.
#include "model/memory.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace vacate {
namespace {

constexpr OverheadEra old_era = OverheadEra::before_26_3;
constexpr OverheadEra new_era = OverheadEra::since_26_3;

GuestMemory guest(DomainType domain, std::int64_t static_max_mib, std::int64_t vcpus,
                  Thousandths multiplier = 1000) {
    GuestMemory made;
    made.domain = domain;
    made.static_max = mebibytes(static_max_mib);
    made.dynamic_min = mebibytes(static_max_mib);
    made.vcpus = vcpus;
    made.shadow_multiplier = multiplier;
    return made;
}

TEST_CASE("overheads are those of xapi's formula, before 26.3 and since", "[memory]") {
    // overhead = internal + external + shadow + shim, and since 26.3 + ceil(38 * vCPUs / 256);
    // shadow = max(1, trunc(ceil((256 * vCPUs + 2 * static_max) / 256) * multiplier)).
    struct Row {
        GuestMemory guest;
        std::int64_t before;
        std::int64_t since;
    };
    const std::vector<Row> rows{
        {guest(DomainType::hvm, 512, 1), 7, 8},             // 1 + 1 + 5
        {guest(DomainType::hvm, 2048, 1), 19, 20},          // 1 + 1 + 17
        {guest(DomainType::hvm, 4096, 2), 36, 37},          // 1 + 1 + 34
        {guest(DomainType::hvm, 8192, 4), 70, 71},          // 1 + 1 + 68
        {guest(DomainType::hvm, 16384, 8), 138, 140},       // 1 + 1 + 136; 304 / 256 is 2
        {guest(DomainType::hvm, 65536, 16), 530, 533},      // 1 + 1 + 528; 608 / 256 is 3
        {guest(DomainType::hvm, 131072, 32), 1058, 1063},   // 1 + 1 + 1056; 1216 / 256 is 5
        {guest(DomainType::hvm, 4096, 2, 4000), 138, 139},  // 1 + 1 + 4 * 34
        {guest(DomainType::pv, 4096, 2), 35, 36},           // 0 + 1 + 34
        {guest(DomainType::pv_in_pvh, 4096, 2), 104, 105},  // 1 + 1 + 34 + 23 + 4096 / 90
    };
    for (const Row& row : rows) {
        CAPTURE(row.guest.static_max.count, row.guest.vcpus, row.guest.shadow_multiplier);
        CHECK(memory_overhead(row.guest, old_era) == mebibytes(row.before));
        CHECK(memory_overhead(row.guest, new_era) == mebibytes(row.since));
    }
}

TEST_CASE("a pvh guest costs what an hvm guest costs, and has no shim", "[memory]") {
    CHECK(memory_overhead(guest(DomainType::pvh, 4096, 2), old_era) == 36_MiB);
    CHECK(memory_overhead(guest(DomainType::pvh, 4096, 2, 4000), old_era) == 138_MiB);
}

TEST_CASE("a pv guest ignores the shadow multiplier, a pv guest in pvh does not", "[memory]") {
    CHECK(memory_overhead(guest(DomainType::pv, 4096, 2, 4000), old_era) == 35_MiB);
    // 1 + 1 + 4 * 34 + 23 + 45
    CHECK(memory_overhead(guest(DomainType::pv_in_pvh, 4096, 2, 4000), old_era) == 206_MiB);
}

TEST_CASE("the multiplied shadow is cut off, and at least one MiB", "[memory]") {
    // 5 * 1.25 = 6.25, cut to 6; with internal and external 8
    CHECK(memory_overhead(guest(DomainType::hvm, 512, 1, 1250), old_era) == 8_MiB);
    // 5 * 0.1 = 0.5, cut to 0, raised to 1
    CHECK(memory_overhead(guest(DomainType::hvm, 512, 1, 100), old_era) == 3_MiB);
    CHECK(memory_overhead(guest(DomainType::hvm, 0, 0), old_era) == 3_MiB);
}

TEST_CASE("a broken MiB of static_max counts as a whole one", "[memory]") {
    // 129 MiB: (256 + 258) / 256 = 2.01, up to 3; 128 MiB: (256 + 256) / 256 = 2
    GuestMemory odd = guest(DomainType::hvm, 128, 1);
    CHECK(memory_overhead(odd, old_era) == 4_MiB);
    odd.static_max += 1_B;
    CHECK(memory_overhead(odd, old_era) == 5_MiB);
}

TEST_CASE("the largest guest has its overhead, without overflow", "[memory]") {
    // 1 PiB is 2^30 MiB: shadow (256 * 4096 + 2^31) / 256 = 4096 + 8388608, a hundredfold;
    // vCPUs 38 * 4096 / 256 = 608
    const GuestMemory largest = guest(DomainType::hvm, std::int64_t{1} << 30, 4096, 100'000);
    CHECK(memory_overhead(largest, new_era) == mebibytes(2 + 839'270'400 + 608));
}

TEST_CASE("a VM is charged its dynamic minimum, whatever its domain type", "[memory]") {
    for (const DomainType domain :
         {DomainType::hvm, DomainType::pv, DomainType::pvh, DomainType::pv_in_pvh}) {
        GuestMemory one = guest(domain, 4096, 2);
        one.dynamic_min = 1024_MiB + 1_B;
        CHECK(memory_charged(one, 36_MiB) == 1060_MiB + 1_B);  // no rounding: 1024 + 36, and 1 B
    }
}

TEST_CASE("what must be free before a VM comes depends on its domain type", "[memory]") {
    struct Row {
        DomainType domain;
        Bytes admission;
        Bytes boot;
    };
    // dynamic_min 1024 MiB and a byte makes 1025 MiB; static_max 4095.5 MiB makes 4096 MiB;
    // and 36 MiB on top
    const std::vector<Row> rows{
        {DomainType::hvm, 1061_MiB, 1061_MiB},
        {DomainType::pv, 1061_MiB, 1061_MiB},
        {DomainType::pvh, 4132_MiB, 1061_MiB},
        {DomainType::pv_in_pvh, 4132_MiB, 4132_MiB},
    };
    for (const Row& row : rows) {
        GuestMemory one = guest(row.domain, 4096, 2);
        one.static_max -= kibibytes(512);
        one.dynamic_min = 1024_MiB + 1_B;
        CAPTURE(static_cast<int>(row.domain));
        CHECK(memory_for_admission(one, 36_MiB) == row.admission);
        CHECK(memory_for_boot(one, 36_MiB) == row.boot);
    }
}

TEST_CASE("a VM that may come has at least what it will be charged", "[memory][law]") {
    for (const DomainType domain :
         {DomainType::hvm, DomainType::pv, DomainType::pvh, DomainType::pv_in_pvh}) {
        for (const std::int64_t bytes : {0, 1, 1'048'575, 1'048'576, 123'456'789}) {
            GuestMemory one = guest(domain, 4096, 2);
            one.dynamic_min = Bytes{bytes};
            const Bytes overhead = memory_overhead(one, new_era);
            CHECK(memory_for_admission(one, overhead) >= memory_charged(one, overhead));
            CHECK(memory_for_boot(one, overhead) >= memory_charged(one, overhead));
        }
    }
}

TEST_CASE("a real host has for VMs what hypervisor and dom0 leave", "[memory]") {
    // 8 579 674 112 - 193 835 008 - (412 090 368 + 15 728 640), from a host's own records
    CHECK(host_memory_for_vms(Bytes{8'579'674'112}, Bytes{193'835'008}, Bytes{412'090'368},
                              Bytes{15'728'640}) == Bytes{7'958'020'096});
}

TEST_CASE("a host whose dom0 takes everything has nothing, not less", "[memory]") {
    CHECK(host_memory_for_vms(4_GiB, 1_GiB, 3_GiB, 1_B) == 0_B);
}

}  // namespace
}  // namespace vacate
