// A host that answers what a test tells it to: HTTP without TLS, on loopback.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace vacate::e2e {

class StubServer {
  public:
    struct Answer {
        int status = 200;
        std::string body;
    };
    /// Called for each request with its body, on the server's thread.
    explicit StubServer(std::function<Answer(const std::string& body)> answer);
    ~StubServer();
    StubServer(const StubServer&) = delete;
    StubServer& operator=(const StubServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace vacate::e2e
