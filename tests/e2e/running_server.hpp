// A server in front of the fake pool, on a thread of its own.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "tests/support/fake_pool.hpp"
#include "tools/poolserver/server.hpp"

namespace vacate::e2e {

/// Tries until it is so; gives up after a minute, for tests shall fail and not hang.
inline bool comes_true(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

class Running {
  public:
    explicit Running(std::size_t hosts = 1, const poolserver::ServerOptions& options = {}) {
        auto opened = poolserver::Server::open(pool_, hosts, options);
        REQUIRE(opened.has_value());
        server_ = std::move(*opened);
        thread_ = std::thread([this] { ended_well_ = server_->run().has_value(); });
    }
    ~Running() {
        server_->stop();
        thread_.join();
        CHECK(ended_well_);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    [[nodiscard]] const poolserver::Server& server() const { return *server_; }
    [[nodiscard]] std::uint16_t port(std::size_t host = 0) const { return server_->ports()[host]; }

  private:
    poolserver::FakePool pool_;
    std::unique_ptr<poolserver::Server> server_;
    std::thread thread_;
    bool ended_well_ = false;
};

}  // namespace vacate::e2e
