// The workloads that the kernel and SimGrid are both measured with.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace vacate::bench {

// 10 Gbit/s each way per host, 4 Gbit/s per stream.
inline constexpr double nic_rate = 1.25e9;
inline constexpr double stream_cap = 5e8;
// A VM writes 25 MB/s over a tenth of its memory; it may stand still for 30 ms.
inline constexpr double dirty_rate = 2.5e7;
inline constexpr double working_set_share = 0.1;

/// Something of 1 to 32 GiB to be sent.
struct Job {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    double bytes = 0;
};

/// Jobs from every host in turn to random others, the same for the same counts.
inline std::vector<Job> jobs_of(std::uint32_t hosts, std::uint32_t count) {
    std::mt19937_64 random(42);
    std::vector<Job> jobs;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t from = i % hosts;
        std::uint32_t to = from;
        while (to == from) to = static_cast<std::uint32_t>(random() % hosts);
        jobs.push_back({from, to, static_cast<double>(1 + random() % 32) * 1073741824.0});
    }
    return jobs;
}

}  // namespace vacate::bench
