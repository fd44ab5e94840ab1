// How live migrations copy memory: the parameters of a pool, and what a host or a VM has otherwise.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "model/units.hpp"

namespace vacate {

/// When a pre-copy stops the guest.
enum class StopRule {
    xen,        // upstream: five live rounds, or fewer than 50 pages left
    xenserver,  // asked to stop before round five, which goes out while the guest suspends
    qemu,       // when what is left fits into downtime_limit at the present rate
};

/// How a migration copies. Defaults and sources stand in scenarios/README.md; a time of 0 for
/// live_max or post_copy_after means never, a rate of 0 for zero_scan means no time at all.
struct Copying {
    Bandwidth stream_cap;                         // one memory stream
    Bandwidth live_cap;                           // the same while the guest runs; 0: no less
    Bandwidth storage_stream_cap;                 // one disk mirror
    std::int64_t link_efficiency_permille = 949;  // TCP payload of a link's rate; of the sender
    Duration before{};                            // control plane before the first byte
    Duration after{};                             // control plane behind the last byte
    Duration setup{};                             // of the hypervisor's sender
    Duration setup_per_tebibyte{};                // the same, for each TiB of memory
    Bandwidth zero_scan;                          // how fast zero pages are found and left out
    Bytes page_header;                            // goes with each page that is sent
    Bytes zero_page;                              // goes instead of a zero page
    std::int64_t wire_permille = 1000;            // of what is left of a page once compressed
    std::int64_t resend_permille = 1000;          // of a page that is sent again, as a difference
    Bytes dirty_log_chunk;                        // cleaned at once; 0: all memory at once
    StopRule stop_rule = StopRule::xen;
    Duration downtime_limit{};  // for StopRule::qemu
    std::int64_t rounds_max = 5;
    Duration live_max{};               // the guest is stopped then, whatever is left
    bool auto_converge = false;        // slow the guest down while it dirties too fast
    Duration post_copy_after{};        // the guest goes on at the target then, memory follows
    std::int64_t post_copy_round = 0;  // the same once so many live rounds were sent; 0: never
    Duration suspend{};                // from the request until the guest stands still
    Duration pause_overhead{};         // part of the pause that is not copying
    Duration pause_per_tebibyte{};
    Bytes queued;        // on the way in sockets and the link when the sender counts itself done
    Duration arrival{};  // the target loads the last of it
    friend bool operator==(const Copying&, const Copying&) = default;
};

/// What a parameter counts, and how it is written.
enum class Measure { rate, time, bytes, ratio, count, flag, stop_rule };

/// One member of Copying, by name.
struct CopyingParameter {
    std::string_view name;
    Measure measure;
    std::int64_t fallback;  // B/s, µs, B, thousandths, count, 0 or 1, or the enumerator
    std::int64_t least;
    std::int64_t most;
    std::int64_t (*get)(const Copying&);
    void (*set)(Copying&, std::int64_t);
};

/// All of them, in the order of the struct.
[[nodiscard]] std::span<const CopyingParameter> copying_parameters();

/// What a host or a VM has otherwise than its pool: indices of copying_parameters(), ascending.
using CopyingChanges = std::vector<std::pair<std::uint32_t, std::int64_t>>;

void change(Copying& copying, const CopyingChanges& changes);

}  // namespace vacate
