// Which host a client of a live pool talks to when the one it was given does not answer.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>

#include "tests/e2e/live_pool.hpp"
#include "tests/e2e/running_server.hpp"
#include "tests/e2e/stub_server.hpp"
#include "tools/xapi_wire/json_value.hpp"

namespace vacate::e2e {
namespace {

LiveOptions without_coordinator() {
    LiveOptions options;
    // At this speed a second of the pool is 10 ms.
    options.speed = 100;
    options.faults = R"({"what": "coordinator_dies", "at": "1 s", "returns": false})";
    return options;
}

xapi::Access access_to_both(const LivePool& one, const LivePool& other, std::size_t host) {
    xapi::TrustOptions options;
    options.fingerprints = {one.server().fingerprint(), other.server().fingerprint()};
    auto trust = xapi::Trust::open(options, {});
    REQUIRE(trust.has_value());
    xapi::Access access = one.access(host);
    access.trust = *trust;
    return access;
}

/// Every login meets a host that names another one as coordinator.
LiveOptions with_coordinator_at(const std::string& place) {
    LiveOptions options;
    options.faults = R"({"what": "fail_call", "method": "session.login_with_password",
                         "error": ["HOST_IS_SLAVE", ")" +
                     place + R"("]})";
    return options;
}

std::string place_in(const LivePool& pool, std::size_t host) {
    return xapi::place_of(pool.access(host).endpoint);
}

}  // namespace

TEST_CASE("client: an address that nobody answers at is not the end", "[xapi][client]") {
    const LivePool pool(three_hosts());
    xapi::Access access = pool.access();
    access.endpoint.host = "127.0.0.77";  // loopback, and no host of the pool
    xapi::Client client(access);
    const xapi::CallResult alone = client.call("pool.get_all", {});
    REQUIRE_FALSE(alone.has_value());
    CHECK(alone.error().kind == xapi::CallProblem::Kind::unreachable);
    client.learn({"127.0.0.78", pool.server().addresses()[1]});
    const xapi::CallResult led = client.call("pool.get_all", {});
    REQUIRE(led.has_value());
    CHECK(client.endpoint() == pool.access(0).endpoint);  // b named a, the coordinator
}

TEST_CASE("client: a member that names a dead coordinator does not hold the client",
          "[xapi][client]") {
    // The second pool stands for the host that became coordinator; b of the first knows nothing
    // of it.
    const LivePool dying(three_hosts(), without_coordinator());
    const LivePool living(three_hosts());
    xapi::Client client(access_to_both(dying, living, 1));
    xapi::CallResult last = client.call("pool.get_all", {});
    REQUIRE(comes_true([&] {
        last = client.call("pool.get_all", {});
        return !last.has_value();
    }));
    client.learn({place_in(dying, 1), place_in(dying, 2)});
    for (int i = 0; i < 3; ++i) {
        last = client.call("pool.get_all", {});
        REQUIRE_FALSE(last.has_value());
        // The first address, c, and the coordinator that they name.
        CHECK(last.error().sentence.find("2 more addresses") != std::string::npos);
    }
    client.learn({place_in(living, 2)});
    last = client.call("pool.get_all", {});
    REQUIRE(last.has_value());
    CHECK(client.endpoint() == living.access(0).endpoint);
}

TEST_CASE("client: a wrong password is tried at one host only", "[xapi][client]") {
    const LivePool pool(three_hosts());
    xapi::Access access = pool.access(1);
    access.password = std::make_shared<const xapi::Secret>("none of mine");
    xapi::Client client(access);
    client.learn({pool.server().addresses()[0], pool.server().addresses()[2]});
    const xapi::CallResult refused = client.call("pool.get_all", {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "SESSION_AUTHENTICATION_FAILED");
    CHECK(refused.error().sentence.find("does not accept user root") != std::string::npos);
    CHECK(refused.error().remedy.find("--password-file") != std::string::npos);
}

// It may have done what it was told before it died.
TEST_CASE("client: what a dying toolstack answers leaves an act unknown, and is no refusal",
          "[xapi][client]") {
    const int status = GENERATE(500, 503);
    std::atomic<int> acts{0};
    const StubServer server([&](const std::string& body) -> StubServer::Answer {
        if (body.find("session.login_with_password") != body.npos) {
            return {200, R"({"jsonrpc":"2.0","id":1,"result":"OpaqueRef:1-session"})"};
        }
        acts += body.find("host.disable") != body.npos ? 1 : 0;
        return {status, "dying"};
    });
    xapi::TrustOptions options;
    options.insecure_http = true;
    auto trust = xapi::Trust::open(options, {});
    REQUIRE(trust.has_value());
    xapi::Access access;
    const auto endpoint = xapi::read_endpoint("http://127.0.0.1:" + std::to_string(server.port()));
    REQUIRE(endpoint.has_value());
    access.endpoint = *endpoint;
    access.password = std::make_shared<const xapi::Secret>(live_password);
    access.trust = *trust;
    xapi::Client client(access);
    const xapi::CallResult act =
        client.call("host.disable", {wire::text("OpaqueRef:h")}, xapi::Manner::acts);
    REQUIRE_FALSE(act.has_value());
    CHECK(act.error().kind == xapi::CallProblem::Kind::lost);
    CHECK(acts == 1);  // nor is it sent again, by the other wire
    const xapi::CallResult read = client.call("pool.get_all", {});
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().kind == xapi::CallProblem::Kind::unreachable);
}

TEST_CASE("client: a certificate that is not trusted gets no login", "[xapi][client][trust]") {
    LiveOptions options;
    options.faults = R"({"what": "fail_call", "method": "session.login_with_password", "nth": 1,
                         "error": ["FIRST_LOGIN"]})";
    const LivePool stranger(three_hosts(), options);
    const LivePool member(three_hosts(), with_coordinator_at(place_in(stranger, 0)));
    xapi::Access direct = stranger.access();
    direct.trust = member.access().trust;
    for (const xapi::Access& access : {direct, member.access()}) {
        xapi::Client client(access);
        const xapi::CallResult refused = client.call("pool.get_all", {});
        REQUIRE_FALSE(refused.has_value());
        INFO(refused.error().sentence);
        CHECK(refused.error().kind == xapi::CallProblem::Kind::untrusted);
    }
    // None came in before this one.
    xapi::Client trusting(stranger.access());
    const xapi::CallResult first = trusting.call("pool.get_all", {});
    REQUIRE_FALSE(first.has_value());
    CHECK(first.error().code == "FIRST_LOGIN");
}

TEST_CASE("client: a coordinator that is named without TLS is not followed", "[xapi][client]") {
    std::atomic<int> requests{0};
    const StubServer plain([&](const std::string&) -> StubServer::Answer {
        ++requests;
        return {200, R"({"jsonrpc":"2.0","id":1,"result":"OpaqueRef:1-session"})"};
    });
    const std::string url = "http://127.0.0.1:" + std::to_string(plain.port());
    const LivePool pool(three_hosts(), with_coordinator_at(url));
    xapi::Access access = pool.access();
    xapi::TrustOptions options = access.trust->options();
    options.insecure_http = true;  // is for the address that the operator gives
    auto trust = xapi::Trust::open(options, {});
    REQUIRE(trust.has_value());
    access.trust = *trust;
    xapi::Client client(access);
    client.learn({url});
    const xapi::CallResult refused = client.call("pool.get_all", {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "HOST_IS_SLAVE");
    CHECK(requests == 0);
}

TEST_CASE("client: where the hosts are is learned with a capture", "[xapi][client]") {
    const LivePool pool(three_hosts());
    const xapi::Access access = pool.access();
    xapi::Client client(access);
    NameBooks books;
    REQUIRE(xapi::capture(client, "live", books).has_value());
    const std::vector<xapi::Endpoint> known = access.others->all();
    REQUIRE(known.size() == 3);
    for (std::size_t host = 0; host < 3; ++host) {
        CHECK(std::ranges::count(known, pool.access(host).endpoint) == 1);
    }
}

}  // namespace vacate::e2e
