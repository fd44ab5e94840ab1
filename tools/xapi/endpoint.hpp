// Where a host of a pool answers: scheme, address and port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace vacate::xapi {

struct Endpoint {
    bool tls = true;
    std::string host;  // a name or an address, IPv6 without brackets
    std::uint16_t port = 443;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Reads "pool.example.org", "10.0.0.1:8443", "https://[fd00::1]:443", "http://127.0.0.1:8080", or
/// a bare IPv6 address.
/// Fails: with a sentence.
[[nodiscard]] tl::expected<Endpoint, std::string> read_endpoint(std::string_view text);

/// The coordinator that HOST_IS_SLAVE names: an address, with its port where it has one.
[[nodiscard]] tl::expected<Endpoint, std::string> coordinator_at(const Endpoint& member,
                                                                 std::string_view address);

/// "https://10.0.0.1:443", without a path.
[[nodiscard]] std::string url_of(const Endpoint& endpoint);
/// "10.0.0.1:443", "[fd00::1]:443".
[[nodiscard]] std::string place_of(const Endpoint& endpoint);

/// True for localhost, 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(const Endpoint& endpoint);

}  // namespace vacate::xapi
