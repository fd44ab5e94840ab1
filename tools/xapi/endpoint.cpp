// Takes addresses apart.
#include "tools/xapi/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace vacate::xapi {
namespace {

/// Reads what stands behind the scheme; `port` is what holds when none is given.
tl::expected<Endpoint, std::string> read_place(std::string_view text, bool tls,
                                               std::uint16_t port) {
    Endpoint endpoint{tls, {}, port};
    std::string_view port_text;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == text.npos) return tl::unexpected(std::string("a bracket is not closed"));
        endpoint.host = text.substr(1, end - 1);
        const std::string_view rest = text.substr(end + 1);
        if (!rest.empty() && rest.front() != ':') {
            return tl::unexpected(std::string("behind the bracket only a port may stand"));
        }
        port_text = rest.empty() ? rest : rest.substr(1);
    } else if (std::ranges::count(text, ':') > 1) {
        endpoint.host = text;
    } else {
        endpoint.host = text.substr(0, text.find(':'));
        if (endpoint.host.size() < text.size()) port_text = text.substr(endpoint.host.size() + 1);
    }
    const auto fits = [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '_' ||
               c == '%';
    };
    if (endpoint.host.empty() || !std::ranges::all_of(endpoint.host, fits)) {
        return tl::unexpected(std::string("this is no host name and no IP address"));
    }
    if (port_text.empty()) return endpoint;
    const char* end = port_text.data() + port_text.size();
    const auto [stop, problem] = std::from_chars(port_text.data(), end, endpoint.port);
    if (problem != std::errc{} || stop != end || endpoint.port == 0) {
        return tl::unexpected(std::string("the port is no number from 1 to 65535"));
    }
    return endpoint;
}

std::string bracketed(const std::string& host) {
    return host.find(':') == host.npos ? host : "[" + host + "]";
}

}  // namespace

tl::expected<Endpoint, std::string> read_endpoint(std::string_view text) {
    bool tls = true;
    if (text.starts_with("https://")) text.remove_prefix(8);
    if (text.starts_with("http://")) {
        text.remove_prefix(7);
        tls = false;
    }
    while (text.ends_with('/')) text.remove_suffix(1);
    return read_place(text, tls, tls ? 443 : 80);
}

tl::expected<Endpoint, std::string> coordinator_at(const Endpoint& member,
                                                   std::string_view address) {
    return read_place(address, member.tls, member.port);
}

std::string url_of(const Endpoint& endpoint) {
    return (endpoint.tls ? "https://" : "http://") + place_of(endpoint);
}

std::string place_of(const Endpoint& endpoint) {
    return bracketed(endpoint.host) + ":" + std::to_string(endpoint.port);
}

bool is_loopback(const Endpoint& endpoint) {
    const std::string& host = endpoint.host;
    return host == "localhost" || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace vacate::xapi
