// Logging in and out, roles, limits, and what a call is refused for.
#include "tools/poolserver/sessions.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/poolserver/client.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

PoolService::Options three_users() {
    PoolService::Options options;
    options.users = {{"root", "root", Role::pool_admin},
                     {"op", "op", Role::pool_operator},
                     {"eye", "eye", Role::read_only}};
    return options;
}

}  // namespace

TEST_CASE("a wrong password is answered after five seconds", "[poolserver][sessions]") {
    PoolService service(small_scenario(), {});
    Client client(service);
    const auto outcome = client.begin("session.login_with_password", {text("root"), text("wrong")});
    service.advance(at(4'999'999us));
    CHECK_FALSE(outcome->replied);
    REQUIRE(service.next_at() == at(5s));
    service.advance(at(5s));
    REQUIRE(outcome->replied);
    CHECK(outcome->answer->error().description ==
          Words{"SESSION_AUTHENTICATION_FAILED", "root", "Authentication failure"});
}

TEST_CASE("a wrong password of a download is answered after five seconds too",
          "[poolserver][sessions]") {
    PoolService service(small_scenario(), three_users());
    std::vector<std::optional<Page>> pages;
    const auto keep = [&pages](std::optional<Page> page) { pages.push_back(std::move(page)); };
    const auto dump_for = [](const std::string& user, const std::string& password) {
        return Download{"/pool/xmldbdump", {}, 0, "GET", "", user, password};
    };
    for (const char* user : {"root", "op", "eye", "nobody"}) {
        service.get(dump_for(user, "wrong"), keep);
    }
    service.get(dump_for("", "wrong"), keep);
    service.advance(at(4'999'999us));
    CHECK(pages.empty());
    service.advance(at(5s));
    REQUIRE(pages.size() == 5);
    for (const std::optional<Page>& page : pages) CHECK(page.value().status == 401);

    CHECK(page_of(service, dump_for("root", "root")).status == 200);
    CHECK(page_of(service, dump_for("op", "op")).status == 403);
    CHECK(page_of(service, dump_for("", "")).status == 401);  // nothing was tried
    Download by_session = dump_for("root", "wrong");
    by_session.query = {{"session_id", "OpaqueRef:bad"}};
    CHECK(page_of(service, by_session).status == 401);

    // A host that goes down meanwhile says nothing.
    pages.clear();
    service.get(dump_for("root", "wrong"), keep);
    service.drop_connections(0);
    REQUIRE(pages.size() == 1);
    CHECK_FALSE(pages[0]);
    service.advance(at(20s));
    CHECK(pages.size() == 1);
}

TEST_CASE("a wrong password is late for every user and every login", "[poolserver][sessions]") {
    PoolService service(small_scenario(), three_users());
    Client client(service);
    std::vector<std::shared_ptr<Outcome>> outcomes;
    for (const char* method :
         {"session.login_with_password", "session.slave_local_login_with_password"}) {
        for (const char* user : {"root", "op", "eye", "nobody", ""}) {
            outcomes.push_back(client.begin(method, {text(user), text("wrong")}));
        }
    }
    service.advance(at(4'999'999us));
    for (const auto& outcome : outcomes) CHECK_FALSE(outcome->replied);
    service.advance(at(5s));
    for (const auto& outcome : outcomes) {
        REQUIRE(outcome->replied);
        CHECK(outcome->answer->error().description[0] == "SESSION_AUTHENTICATION_FAILED");
    }
}

TEST_CASE("a member sends logins to the coordinator and hands other calls on",
          "[poolserver][sessions]") {
    PoolService service(small_scenario(), {});
    Client coordinator(service, 0);
    Client member(service, 1);
    const auto refused = member.begin("session.login_with_password", {text("root"), text("root")});
    REQUIRE(refused->replied);
    const std::string address = service.database().text_of(service.hosts()[0], "address");
    CHECK(refused->answer->error() == Failure{{"HOST_IS_SLAVE", address}});

    coordinator.log_in();
    const auto through = member.begin("host.get_all", {text(coordinator.session())});
    REQUIRE(through->replied);
    CHECK(through->answer->has_value());
    const auto unknown = member.begin("host.get_all", {text("OpaqueRef:bad")});
    CHECK(unknown->answer->error() == Failure{{"SESSION_INVALID", "OpaqueRef:bad"}, true});
    const auto here = coordinator.begin("host.get_all", {text("OpaqueRef:bad")});
    CHECK(here->answer->error() == Failure{{"SESSION_INVALID", "OpaqueRef:bad"}, false});
}

TEST_CASE("a session of one member is for emergency calls only", "[poolserver][sessions]") {
    PoolService service(small_scenario(), {});
    Client member(service, 1);
    const auto local =
        member.begin("session.slave_local_login_with_password", {text("root"), text("root")});
    REQUIRE(local->answer->has_value());
    const Value session = **local->answer;
    const auto refused = member.begin("host.get_all", {session});
    CHECK(refused->answer->error().description[0] == "SESSION_INVALID");
    CHECK(member.begin("session.local_logout", {session})->answer->has_value());
    CHECK_FALSE(member.begin("session.local_logout", {session})->answer->has_value());
}

TEST_CASE("a session ends by logout, by a day without calls, and by a restart",
          "[poolserver][sessions]") {
    PoolService service(small_scenario(), {});
    Client client(service);
    client.log_in();
    service.advance(at(24h));
    client.value("host.get_all");  // one day idle is not too long, and it counts as a call
    service.advance(at(48h));
    client.value("host.get_all");
    service.advance(at(72h + 1us));
    CHECK(client.error("host.get_all") == Words{"SESSION_INVALID", client.session()});

    client.log_in();
    client.value("session.logout");
    CHECK(client.error("host.get_all") == Words{"SESSION_INVALID", client.session()});

    client.log_in();
    const std::string before = client.session();
    service.forget_volatile();
    CHECK(client.error("host.get_all") == Words{"SESSION_INVALID", before});
    client.log_in();
    CHECK(client.session() != before);
}

TEST_CASE("of too many sessions the one idle for longest goes", "[poolserver][sessions]") {
    PoolService::Options options = three_users();
    options.sessions.per_originator = 3;
    PoolService service(small_scenario(), options);
    std::vector<Client> clients(4, Client(service));
    for (std::size_t i = 0; i < 3; ++i) {
        service.advance(at(Duration(std::chrono::seconds(i))));
        clients[i].log_in();
    }
    service.advance(at(10s));
    clients[0].value("host.get_all");  // now 1 is idle for longest
    clients[3].log_in();
    CHECK(clients[1].error("host.get_all")[0] == "SESSION_INVALID");
    clients[0].value("host.get_all");
    clients[2].value("host.get_all");
    clients[3].value("host.get_all");
    CHECK(service.sessions().size() == 3);
}

TEST_CASE("a role may do what it may, and is told who else might", "[poolserver][sessions]") {
    PoolService service(small_scenario(), three_users());
    Client eye(service);
    eye.log_in("eye", "eye");
    Client op(service);
    op.log_in("op", "op");
    const Value host = text(service.hosts()[0]);
    eye.value("host.get_all_records");
    eye.value("host.compute_free_memory", {host});
    eye.value("event.inject", {text("host"), host});
    CHECK(eye.error("host.add_to_other_config", {host, text("k"), text("v")}) ==
          Words{"RBAC_PERMISSION_DENIED", "host.add_to_other_config",
                "No permission in user session. (Roles with this permission: pool-operator, "
                "pool-admin)"});
    op.value("host.add_to_other_config", {host, text("k"), text("v")});
    const Array plugin{host, text("p"), text("f"), {Struct{}}};
    CHECK(op.error("host.call_plugin", plugin) ==
          Words{"RBAC_PERMISSION_DENIED", "host.call_plugin",
                "No permission in user session. (Roles with this permission: pool-admin)"});
    // One may handle one's own tasks, not those of others.
    const std::string own = eye.words("task.create", {text("mine"), text("")});
    const std::string others = op.words("task.create", {text("theirs"), text("")});
    eye.value("task.add_to_other_config", {text(own), text("k"), text("v")});
    CHECK(eye.error("task.destroy", {text(others)})[0] == "RBAC_PERMISSION_DENIED");
    eye.value("task.destroy", {text(own)});
    op.value("task.destroy", {text(others)});
}

TEST_CASE("a session has its record", "[poolserver][sessions]") {
    PoolService service(small_scenario(), three_users());
    Client client(service);
    client.log_in("op", "op");
    const Value self = text(client.session());
    CHECK(client.words("session.get_this_host", {self}) == service.hosts()[0]);
    CHECK(client.words("session.get_auth_user_name", {self}) == "op");
    CHECK(client.value("session.get_is_local_superuser", {self}) == Value{false});
    CHECK(client.error("session.get_all_records")[0] == "MESSAGE_METHOD_UNKNOWN");
}

}  // namespace vacate::poolserver
