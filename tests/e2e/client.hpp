// A client that can also misbehave: raw sockets, with TLS on demand, and no call without a limit.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace vacate::e2e {

/// An HTTP answer, names of headers in lower case.
struct Reply {
    std::string version;
    int status = 0;
    std::map<std::string, std::string> headers;
    std::string body;
    bool cut_short = false;  // the connection ended in the middle
};

class Client {
  public:
    enum class Wire { plain, tls };

    /// Connects to 127.0.0.1. With a certificate it trusts that one alone, for this address.
    explicit Client(std::uint16_t port, Wire wire = Wire::plain, const std::string& trusted = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Connected, and where it speaks TLS, shaken hands and trusted.
    [[nodiscard]] bool is_connected() const;
    /// SHA-256 of the certificate that the server showed.
    [[nodiscard]] std::string fingerprint() const;

    bool send(const std::string& bytes);
    /// The next answer; nothing when the connection ended first.
    [[nodiscard]] std::optional<Reply> receive();
    /// Whether the server ends the connection, read until then.
    [[nodiscard]] bool is_closed();
    /// Leaves at once.
    void close();

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

/// A POST with a Content-Length; `headers` end in \r\n each.
[[nodiscard]] std::string post(const std::string& path, const std::string& body,
                               const std::string& headers = {}, const std::string& version = "1.1");

/// The bodies of a call: `values` are <value>...</value>s, or a JSON array.
[[nodiscard]] std::string xml_call(const std::string& method, const std::string& values = {});
[[nodiscard]] std::string json_call(const std::string& method, const std::string& values = "[]");

}  // namespace vacate::e2e
