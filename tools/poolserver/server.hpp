// Serves a pool over HTTP and TLS: one listener per host, one thread for everything.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/result.hpp"
#include "tools/poolserver/clock.hpp"
#include "tools/poolserver/limits.hpp"
#include "tools/poolserver/service.hpp"

namespace vacate::poolserver {

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // of the first host, the others follow; 0: any that are free
    // Hosts have addresses of their own, from `address` on, and one port: as in a real pool, where
    // an address alone leads to a host. Linux has all of 127.0.0.0/8 on loopback.
    bool address_per_host = false;
    bool tls = true;       // false: plain HTTP only
    bool json_rpc = true;  // false: XML-RPC only, as with hosts before it
    Speed speed;
    bool stop_on_signal = false;  // SIGINT and SIGTERM end run()
    std::size_t connections = limits::connections;
    std::chrono::milliseconds handshake = limits::handshake;
    std::chrono::milliseconds header = limits::header;
    std::chrono::milliseconds body = limits::body;
    std::chrono::milliseconds idle = limits::idle;
};

/// The transports in front of a Service.
///
/// Each host has one port, which speaks HTTP and, to a client that begins a TLS handshake, HTTPS.
/// The ports differ, or the addresses do.
/// While Service::listens() is false for a host its connections are closed and new ones refused;
/// its port stays reserved. A client that leaves while its call waits is forgotten; the Reply may
/// still be called, also after the server is gone.
class Server {
  public:
    /// Takes the ports. Nothing is answered before run().
    ///
    /// Requires: `service` outlives the server.
    /// Fails:    when an address or a port cannot be used; lists all of them.
    [[nodiscard]] static Result<std::unique_ptr<Server>> open(Service& service, std::size_t hosts,
                                                              const ServerOptions& options);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// The port of each host.
    [[nodiscard]] const std::vector<std::uint16_t>& ports() const;
    /// What leads to each host: its address, and its port too where the addresses are alike.
    [[nodiscard]] std::vector<std::string> addresses() const;
    /// SHA-256 of the certificate that all hosts show; empty without TLS.
    [[nodiscard]] const std::string& fingerprint() const;
    /// The same certificate, for clients that want to verify it.
    [[nodiscard]] const std::string& certificate_pem() const;

    /// Serves until stop(); every call of the Service is made from here. Once only.
    /// Fails: when the sockets do, with their words.
    [[nodiscard]] Result<void> run();
    /// Ends run(); from any thread.
    void stop();

    /// How many connections are open; from any thread.
    [[nodiscard]] std::size_t connections() const;

  private:
    struct Core;
    explicit Server(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace vacate::poolserver
