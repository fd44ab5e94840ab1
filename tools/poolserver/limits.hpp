// Every bound of the simulated pool's transports in one place.
#pragma once

#include <chrono>
#include <cstddef>

namespace vacate::poolserver::limits {

using std::chrono::milliseconds;

inline constexpr std::size_t call_bytes = 300 * 1024;          // body of a call, as in xapi
inline constexpr std::size_t upload_bytes = 16 * 1024 * 1024;  // body of a PUT
inline constexpr std::size_t header_bytes = 8 * 1024;          // request line and headers
inline constexpr std::size_t connections = 800;                // over all hosts
inline constexpr std::size_t hosts = 1'000;                    // each takes two descriptors

inline constexpr int port_attempts = 20;  // to find a port that is free at every address

inline constexpr milliseconds handshake{10'000};  // of TLS
inline constexpr milliseconds header{10'000};     // from its first byte to its last
inline constexpr milliseconds body{30'000};
inline constexpr milliseconds idle{600'000};    // between two requests
inline constexpr milliseconds write{60'000};    // of one answer
inline constexpr milliseconds farewell{2'000};  // for the peer to close what we closed
inline constexpr milliseconds retry{100};       // after an accept or bind that failed

inline constexpr double slowest = 0.001;  // pool seconds per second
inline constexpr double fastest = 1e6;
inline constexpr milliseconds jump_pause{1};  // between two jumps of time nobody waits for
// On the wall, where time jumps: a client that polls shall find its task.
inline constexpr milliseconds completed_task{60'000};
inline constexpr milliseconds pending_task{3'600'000};

}  // namespace vacate::poolserver::limits
