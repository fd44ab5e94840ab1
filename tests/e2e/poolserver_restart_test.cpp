// A simulated pool over sockets while its coordinator goes away and comes back.
#include <catch2/catch.hpp>
#include <regex>
#include <string>
#include <thread>

#include "model/codec/scenario.hpp"
#include "tests/e2e/client.hpp"
#include "tests/e2e/running_server.hpp"
#include "tools/poolserver/simulated_pool.hpp"

namespace vacate::e2e {
namespace {

/// Two empty hosts, a and b, at ports of their own. An hour passes in 6 s, so that what lasts
/// minutes is seen on a busy machine too.
class RunningPool {
  public:
    RunningPool() {
        const auto scenario = read_scenario(R"({
            "about": "two", "pool": {"name": "two", "coordinator": "a",
                "target": {"platform": "3.4.1", "xapi": "25.38"}},
            "hosts": [
              {"name": "a", "memory": "16 GiB", "upgrade_time": "60 min",
               "version": {"platform": "3.4.0", "xapi": "25.33"}},
              {"name": "b", "memory": "16 GiB", "upgrade_time": "10 min",
               "version": {"platform": "3.4.0", "xapi": "25.33"}}],
            "vms": []})",
                                            "two");
        REQUIRE(scenario);
        pool_ = std::make_unique<poolserver::SimulatedPool>(*scenario,
                                                            poolserver::SimulatedPool::Options());
        poolserver::ServerOptions options;
        options.speed.factor = 600;
        auto opened = poolserver::Server::open(*pool_, 2, options);
        REQUIRE(opened.has_value());
        server_ = std::move(*opened);
        pool_->service().set_addresses(server_->addresses(), 0);
        coordinator_ = pool_->service().hosts()[0];
        thread_ = std::thread([this] { ended_well_ = server_->run().has_value(); });
    }
    ~RunningPool() {
        server_->stop();
        thread_.join();
        CHECK(ended_well_);
    }
    RunningPool(const RunningPool&) = delete;
    RunningPool& operator=(const RunningPool&) = delete;

    [[nodiscard]] const std::string& coordinator() const { return coordinator_; }
    [[nodiscard]] const poolserver::Server& server() const { return *server_; }

    /// The body of an answer; empty when there is none. A status of its own stands in front.
    [[nodiscard]] std::string ask(std::size_t host, const std::string& method,
                                  const std::string& values) const {
        Client client(server_->ports()[host]);
        if (!client.send(post("/jsonrpc", json_call(method, values)))) return {};
        const std::optional<Reply> reply = client.receive();
        if (!reply || reply->cut_short) return {};
        return std::to_string(reply->status) + " " + reply->body;
    }
    [[nodiscard]] std::string log_in(std::size_t host) const {
        return ask(host, "session.login_with_password", R"(["root", "root", "1.0", "test"])");
    }

  private:
    std::unique_ptr<poolserver::SimulatedPool> pool_;
    std::unique_ptr<poolserver::Server> server_;
    std::thread thread_;
    std::string coordinator_;
    bool ended_well_ = false;
};

std::string session_in(const std::string& body) {
    std::smatch found;
    const bool has = std::regex_search(body, found, std::regex("\"(OpaqueRef:[^\"]+)\""));
    return has ? found[1].str() : std::string();
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("pool: a rebooted coordinator is refused, then upgraded; its member follows",
          "[poolserver][restart]") {
    const RunningPool pool;
    const std::string session = session_in(pool.log_in(0));
    REQUIRE(session != "");
    // What a member says leads to the coordinator.
    CHECK(holds(pool.log_in(1), "\"HOST_IS_SLAVE\""));
    CHECK(holds(pool.log_in(1), pool.server().addresses()[0]));

    const std::string self = "[\"" + session + "\", \"" + pool.coordinator() + "\"]";
    REQUIRE(holds(pool.ask(0, "host.disable", self), "result"));
    // A client that waits loses its connection.
    Client waiting(pool.server().ports()[0], Client::Wire::tls);
    REQUIRE(waiting.send(post("/jsonrpc", json_call("event.from", "[\"" + session +
                                                                      "\", [\"task\"], \"\","
                                                                      " 100000.5]"))));
    REQUIRE(holds(pool.ask(0, "host.reboot", self), "result"));
    CHECK(waiting.is_closed());
    CHECK(comes_true([&] { return pool.ask(0, "host.get_enabled", self).empty(); }));
    // The member's own cause, by the array that precedes dispatch.
    CHECK(comes_true([&] { return holds(pool.log_in(1), "HOST_STILL_BOOTING"); }));

    std::string again;
    CHECK(comes_true([&] {
        const std::string answer = pool.log_in(0);
        if (holds(answer, "200 ")) again = session_in(answer);
        return !again.empty();
    }));
    CHECK(holds(pool.ask(0, "host.get_enabled", self), "SESSION_INVALID"));
    const std::string renewed = "[\"" + again + "\", \"" + pool.coordinator() + "\"]";
    CHECK(holds(pool.ask(0, "host.get_software_version", renewed), "25.38"));
    CHECK(comes_true([&] { return holds(pool.log_in(1), "HOST_IS_SLAVE"); }));
}

TEST_CASE("server: an address for each host, and one port", "[poolserver][restart]") {
    poolserver::FakePool fake;
    poolserver::ServerOptions options;
    options.address_per_host = true;
    const auto server = poolserver::Server::open(fake, 3, options);
    REQUIRE(server);
    CHECK((*server)->addresses() ==
          std::vector<std::string>{"127.0.0.1", "127.0.0.2", "127.0.0.3"});
    CHECK((*server)->ports()[0] == (*server)->ports()[2]);
    CHECK((*server)->ports()[0] != 0);
    options.address = "127.255.255.254";
    CHECK_FALSE(poolserver::Server::open(fake, 2, options));
    options.address = "::1";
    CHECK_FALSE(poolserver::Server::open(fake, 2, options));
}

}  // namespace vacate::e2e
