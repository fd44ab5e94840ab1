// The transports over real sockets on loopback, with clients that behave and clients that do not.
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/client.hpp"
#include "tests/e2e/running_server.hpp"

namespace vacate::e2e {
namespace {

using std::chrono::milliseconds;
using Wire = Client::Wire;

constexpr auto wires = {Wire::plain, Wire::tls};

/// Asks once on a connection of its own. Returns: the body, or nothing.
std::string ask(std::uint16_t port, const std::string& method, const std::string& values = "[]",
                Wire wire = Wire::plain) {
    Client client(port, wire);
    if (!client.send(post("/jsonrpc", json_call(method, values)))) return {};
    const std::optional<Reply> reply = client.receive();
    return reply && !reply->cut_short ? reply->body : std::string();
}

/// The body of the next answer, or that there was none.
std::string next_body(Client& client) {
    const std::optional<Reply> reply = client.receive();
    return reply ? reply->body : std::string("no answer");
}
int next_status(Client& client) {
    const std::optional<Reply> reply = client.receive();
    return reply ? reply->status : 0;
}

std::string result(const std::string& value) {
    return R"({"jsonrpc":"2.0","result":)" + value + R"(,"id":1})";
}

const std::string xml_hi =
    "<?xml version=\"1.0\"?><methodResponse><params><param><value><struct><member><name>Status"
    "</name><value>Success</value></member><member><name>Value</name><value><array><data>"
    "<value>hi</value></data></array></value></member></struct></value></param></params>"
    "</methodResponse>";

TEST_CASE("server: answers carry the headers of xapi, plain and by TLS", "[poolserver]") {
    const Running running;
    for (const Wire wire : wires) {
        Client client(running.port(), wire);
        for (const std::string path : {"/", "/RPC2", "/xmlrpc"}) {
            REQUIRE(client.send(post(path, xml_call("echo", "<value>hi</value>"))));
            const auto reply = client.receive();
            REQUIRE(reply);
            CHECK(reply->version == "HTTP/1.1");
            CHECK(reply->status == 200);
            CHECK(reply->body == xml_hi);
            // As recorded of xapi 24.0.0, all of them.
            CHECK(reply->headers == std::map<std::string, std::string>{
                                        {"content-length", std::to_string(xml_hi.size())},
                                        {"connection", "keep-alive"},
                                        {"cache-control", "no-cache, no-store"},
                                        {"content-type", "text/xml"},
                                        {"access-control-allow-origin", "*"},
                                        {"access-control-allow-headers", "X-Requested-With"}});
        }
        REQUIRE(client.send(post("/jsonrpc", json_call("echo", "[1]"))));
        const auto reply = client.receive();
        REQUIRE(reply);
        CHECK(reply->headers.at("content-type") == "application/json");
        CHECK(reply->body == result("[1]"));
    }
}

TEST_CASE("server: a connection is kept as HTTP 1.0 and 1.1 say", "[poolserver]") {
    const Running running;
    const std::string call = json_call("echo");
    struct Case {
        std::string version;
        std::string headers;
        bool kept;
    };
    for (const Case& each :
         {Case{"1.1", "", true}, Case{"1.1", "Connection: close\r\n", false},
          Case{"1.0", "", false}, Case{"1.0", "Connection: keep-alive\r\n", true}}) {
        INFO(each.version << " " << each.headers);
        Client client(running.port());
        REQUIRE(client.send(post("/jsonrpc", call, each.headers, each.version)));
        const auto first = client.receive();
        REQUIRE(first);
        CHECK(first->version == "HTTP/" + each.version);
        CHECK(first->headers.at("connection") == (each.kept ? "keep-alive" : "close"));
        if (each.kept) {
            REQUIRE(client.send(post("/jsonrpc", call, each.headers, each.version)));
            CHECK(client.receive().has_value());
        } else {
            CHECK(client.is_closed());
        }
    }
    Client eager(running.port());
    const std::string two =
        post("/jsonrpc", json_call("echo", "[1]")) + post("/jsonrpc", json_call("echo", "[2]"));
    REQUIRE(eager.send(two));
    CHECK(next_body(eager) == result("[1]"));
    CHECK(next_body(eager) == result("[2]"));
}

// It once happened that a connection died when its client sent something ahead: nothing kept it.
TEST_CASE("server: what is sent while a call waits is answered after it", "[poolserver]") {
    poolserver::ServerOptions options;
    options.speed.jumps = true;
    const Running running(1, options);
    for (const Wire wire : wires) {
        Client client(running.port(), wire);
        REQUIRE(client.send(post("/jsonrpc", json_call("never"))));
        // The server waits before more comes; another call makes sure that it has read it.
        CHECK(comes_true([&] { return ask(running.port(), "kept") == result("1"); }));
        REQUIRE(client.send(post("/jsonrpc", json_call("echo", "[2]"))));
        REQUIRE(ask(running.port(), "echo") == result("[]"));
        CHECK(ask(running.port(), "release") == result("1"));
        CHECK(next_body(client) == result("\"released\""));
        CHECK(next_body(client) == result("[2]"));
        // And a kept connection goes on after a call that waited.
        REQUIRE(client.send(post("/jsonrpc", json_call("later", "[1000]"))));
        CHECK(client.receive().has_value());
        REQUIRE(client.send(post("/jsonrpc", json_call("echo", "[3]"))));
        CHECK(next_body(client) == result("[3]"));
    }
}

TEST_CASE("server: a body that is no call gets a page and the end", "[poolserver]") {
    const Running running;
    for (const Wire wire : wires) {
        for (const std::string path : {"/", "/jsonrpc"}) {
            Client client(running.port(), wire);
            REQUIRE(client.send(post(path, "<methodCall>")));
            const auto reply = client.receive();
            REQUIRE(reply);
            CHECK(reply->status == 500);
            CHECK(reply->headers.at("content-type") == "text/html");
            CHECK(reply->headers.at("connection") == "close");
            CHECK(reply->body.starts_with("<html>"));
            CHECK(client.is_closed());
        }
    }
    for (const std::string garbage : {"hello\r\n\r\n", "GET\r\n\r\n", "POST / HTTP/9.9\r\n\r\n"}) {
        Client client(running.port());
        REQUIRE(client.send(garbage));
        const auto reply = client.receive();
        REQUIRE(reply);
        CHECK(reply->status == 500);
        CHECK(client.is_closed());
    }
    CHECK(ask(running.port(), "echo") == result("[]"));
}

TEST_CASE("server: a call of 300 KiB is read, one byte more is refused", "[poolserver]") {
    const Running running;
    for (const Wire wire : wires) {
        std::string body = json_call("echo");
        body.append(300 * 1024 - body.size(), ' ');
        Client client(running.port(), wire);
        REQUIRE(client.send(post("/jsonrpc", body)));
        CHECK(next_status(client) == 200);
        REQUIRE(client.send(post("/jsonrpc", body + " ")));
        const auto refused = client.receive();
        REQUIRE(refused);
        CHECK(refused->status == 500);
        CHECK(client.is_closed());
    }
    Client endless(running.port());
    REQUIRE(endless.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"));
    CHECK(next_status(endless) == 500);
    Client wordy(running.port());
    REQUIRE(wordy.send("POST / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"));
    CHECK(next_status(wordy) == 431);
}

TEST_CASE("server: answers far larger than any buffer arrive whole", "[poolserver]") {
    const Running running;
    for (const Wire wire : wires) {
        const std::string body = ask(running.port(), "fat", "[20000000]", wire);
        CHECK(body.size() == result("\"\"").size() + 20'000'000);
    }
}

TEST_CASE("server: who dawdles is closed", "[poolserver]") {
    poolserver::ServerOptions options;
    options.handshake = options.header = options.body = options.idle = milliseconds(50);
    const Running running(1, options);
    const std::vector<std::string> beginnings{
        "", "POST / HT", "POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n<methodCall>",
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),  // of a TLS hello
    };
    for (const std::string& beginning : beginnings) {
        Client client(running.port());
        REQUIRE(client.is_connected());
        REQUIRE(client.send(beginning));
        CHECK(client.is_closed());
    }
    for (const Wire wire : wires) {
        Client idle(running.port(), wire);
        REQUIRE(idle.send(post("/jsonrpc", json_call("echo"))));
        CHECK(next_body(idle) == result("[]"));
        CHECK(idle.is_closed());
    }
    CHECK(comes_true([&] { return running.server().connections() == 0; }));
}

TEST_CASE("server: a call that waits is under no limit of reading", "[poolserver]") {
    poolserver::ServerOptions options;
    options.header = options.body = options.idle = milliseconds(50);
    const Running running(1, options);
    for (const Wire wire : wires) {
        Client client(running.port(), wire);
        // 0.3 s at factor 1: six times the limits.
        REQUIRE(client.send(post("/jsonrpc", json_call("later", "[300000]"))));
        const auto reply = client.receive();
        REQUIRE(reply);
        CHECK(reply->status == 200);
        CHECK(client.is_closed());  // but idle again it is
    }
}

TEST_CASE("server: long polls wait side by side and end in the order of the pool's time",
          "[poolserver]") {
    poolserver::ServerOptions options;
    options.speed.jumps = true;
    const Running running(1, options);
    // Each waits hours of the pool; the clock jumps.
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back([&, i] {
            const Wire wire = i % 2 == 0 ? Wire::plain : Wire::tls;
            const std::string hour = std::to_string((i + 1) * 3'600'000'000ll);
            const std::string body = ask(running.port(), "later", "[" + hour + "]", wire);
            if (body.starts_with(R"({"jsonrpc":"2.0","result":)")) ++good;
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(good == 20);
    // The furthest was asked for 20 h after the start or later.
    const std::string now = ask(running.port(), "now");
    const std::string head = R"({"jsonrpc":"2.0","result":)";
    REQUIRE(now.starts_with(head));
    CHECK(std::stoll(now.substr(head.size())) >= 20 * 3'600'000'000ll);
}

TEST_CASE("server: the pool's time follows the wall by the factor", "[poolserver]") {
    poolserver::ServerOptions options;
    options.speed.factor = 100'000;
    const Running running(1, options);
    // An hour of the pool is 36 ms; the reply tells when it came.
    const std::string body = ask(running.port(), "later", "[3600000000]");
    const std::string head = R"({"jsonrpc":"2.0","result":)";
    REQUIRE(body.starts_with(head));
    CHECK(std::stoll(body.substr(head.size())) >= 3'600'000'000ll);
}

TEST_CASE("server: who leaves while waiting is forgotten; the reply comes to nobody",
          "[poolserver]") {
    const Running running;
    for (const Wire wire : wires) {
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < 5; ++i) {
            clients.push_back(std::make_unique<Client>(running.port(), wire));
            REQUIRE(clients.back()->send(post("/jsonrpc", json_call("never"))));
        }
        // All five are with the pool before they leave.
        CHECK(comes_true([&] { return running.server().connections() == 5; }));
        Client witness(running.port());
        REQUIRE(witness.send(post("/jsonrpc", json_call("echo"))));
        REQUIRE(witness.receive());
        clients.clear();
        CHECK(comes_true([&] { return running.server().connections() == 1; }));
        REQUIRE(witness.send(post("/jsonrpc", json_call("release"))));
        CHECK(next_body(witness) == result("5"));
        witness.close();
        CHECK(comes_true([&] { return running.server().connections() == 0; }));
    }
}

TEST_CASE("server: stops while calls wait, and replies outlive it", "[poolserver]") {
    poolserver::FakePool pool;
    auto opened = poolserver::Server::open(pool, 1, {});
    REQUIRE(opened);
    std::thread thread([&] { CHECK((*opened)->run().has_value()); });
    Client client((*opened)->ports()[0]);
    REQUIRE(client.send(post("/jsonrpc", json_call("never"))));
    CHECK(ask((*opened)->ports()[0], "echo") == result("[]"));
    (*opened)->stop();
    thread.join();
    opened->reset();
    CHECK(client.is_closed());
    bool released = false;
    pool.call({"release", {}, 0},
              [&](const std::optional<poolserver::Answer>&) { released = true; });
    CHECK(released);
}

TEST_CASE("server: its certificate has the fingerprint it tells, and can be verified",
          "[poolserver]") {
    const Running running;
    const Client client(running.port(), Wire::tls, running.server().certificate_pem());
    REQUIRE(client.is_connected());
    CHECK(client.fingerprint() == running.server().fingerprint());
    CHECK(client.fingerprint().size() == 32 * 3 - 1);
    // Another server has another one, so this one is not trusted there.
    const Running other;
    CHECK(other.server().fingerprint() != running.server().fingerprint());
    const Client deceived(other.port(), Wire::tls, running.server().certificate_pem());
    CHECK_FALSE(deceived.is_connected());
}

TEST_CASE("server: each host has its port; one that is down refuses and hangs up", "[poolserver]") {
    const Running running(3);
    for (std::size_t host = 0; host < 3; ++host) {
        CHECK(ask(running.port(host), "host") == result(std::to_string(host)));
    }
    for (int round = 0; round < 3; ++round) {
        Client live(running.port(1));
        Client waiting(running.port(1), Wire::tls);
        REQUIRE(waiting.send(post("/jsonrpc", json_call("never"))));
        REQUIRE(live.send(post("/jsonrpc", json_call("echo"))));
        REQUIRE(live.receive());
        CHECK(ask(running.port(0), "down", "[1]") == result("\"\""));
        CHECK(live.is_closed());
        CHECK(waiting.is_closed());
        CHECK(comes_true([&] { return !Client(running.port(1)).is_connected(); }));
        CHECK(ask(running.port(0), "host") == result("0"));
        CHECK(ask(running.port(2), "host") == result("2"));
        CHECK(ask(running.port(0), "up", "[1]") == result("\"\""));
        CHECK(comes_true([&] { return ask(running.port(1), "host") == result("1"); }));
    }
}

TEST_CASE("server: a host may take itself down by a call", "[poolserver]") {
    const Running running(2);
    Client client(running.port(1));
    REQUIRE(client.send(post("/jsonrpc", json_call("down", "[1]"))));
    CHECK(client.is_closed());
    CHECK(comes_true([&] { return !Client(running.port(1)).is_connected(); }));
    CHECK(ask(running.port(0), "host") == result("0"));
}

TEST_CASE("server: fifty clients at once all get their own answers", "[poolserver]") {
    const Running running(2);
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 50; ++i) {
        threads.emplace_back([&, i] {
            Client client(running.port(static_cast<std::size_t>(i % 2)),
                          i % 3 == 0 ? Wire::tls : Wire::plain);
            for (int round = 0; round < 20; ++round) {
                const std::string mine = std::to_string(i * 1000 + round);
                if (!client.send(post("/jsonrpc", json_call("echo", "[" + mine + "]")))) return;
                const auto reply = client.receive();
                if (reply && reply->body == result("[" + mine + "]")) ++good;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(good == 50 * 20);
    CHECK(comes_true([&] { return running.server().connections() == 0; }));
}

TEST_CASE("server: takes only so many connections", "[poolserver]") {
    poolserver::ServerOptions options;
    options.connections = 3;
    const Running running(1, options);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<Client>(running.port()));
        REQUIRE(clients.back()->send(post("/jsonrpc", json_call("echo"))));
        REQUIRE(clients.back()->receive());
    }
    Client refused(running.port());
    CHECK(refused.is_closed());
    clients.pop_back();
    CHECK(comes_true([&] { return ask(running.port(), "echo") == result("[]"); }));
}

TEST_CASE("server: pages end with the connection, redirections have no body", "[poolserver]") {
    const Running running;
    for (const Wire wire : wires) {
        Client client(running.port(), wire);
        REQUIRE(client.send("GET /pool/xmldbdump?session_id=a%3Ab HTTP/1.1\r\n\r\n"));
        const auto page = client.receive();
        REQUIRE(page);
        CHECK(page->status == 200);
        CHECK_FALSE(page->headers.contains("content-length"));
        CHECK(page->headers.at("connection") == "close");
        CHECK(page->body == "GET /pool/xmldbdump  session_id=a:b");

        Client upload(running.port(), wire);
        REQUIRE(upload.send("PUT /restore HTTP/1.1\r\nContent-Length: 500000\r\n\r\n" +
                            std::string(500'000, 'd')));
        CHECK(next_body(upload) == "PUT /restore " + std::string(500'000, 'd'));
    }
    Client away(running.port());
    REQUIRE(away.send("GET /moved HTTP/1.1\r\n\r\n"));
    const auto moved = away.receive();
    REQUIRE(moved);
    CHECK(moved->status == 302);
    CHECK(moved->headers.at("location") == "http://127.0.0.1/elsewhere");
    CHECK(moved->body.empty());
}

TEST_CASE("server: a pool that wants no answer given ends the connection", "[poolserver]") {
    const Running running;
    Client client(running.port());
    REQUIRE(client.send(post("/jsonrpc", json_call("gone"))));
    CHECK_FALSE(client.receive().has_value());
}

TEST_CASE("server: addresses and ports that cannot be are refused at once", "[poolserver]") {
    const Running running;
    poolserver::FakePool pool;
    poolserver::ServerOptions options;
    const auto refused = [&](std::size_t hosts) {
        const auto opened = poolserver::Server::open(pool, hosts, options);
        return opened ? std::vector<Error::Item>() : opened.error().items;
    };
    options.port = running.port();  // taken
    CHECK(refused(1).size() == 1);
    options.port = 65'535;
    CHECK(refused(2).size() == 1);
    options.port = 0;
    CHECK(refused(0).size() == 1);
    options.address = "nowhere";
    CHECK(refused(1).size() == 1);
}

}  // namespace
}  // namespace vacate::e2e
