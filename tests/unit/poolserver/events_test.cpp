// event.from: what is told, to whom, when, and how often it is put together.
#include "tools/poolserver/events.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/poolserver/client.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

struct Told {
    std::vector<std::pair<std::string, std::string>> events;  // operation, reference
    std::string token;
};

Told told(const std::shared_ptr<Outcome>& outcome) {
    REQUIRE(outcome->replied);
    REQUIRE(outcome->answer->has_value());
    const Value& batch = **outcome->answer;
    Told result;
    for (const Value& event : std::get<Array>(member(batch, "events").of)) {
        result.events.emplace_back(std::get<std::string>(member(event, "operation").of),
                                   std::get<std::string>(member(event, "ref").of));
    }
    result.token = std::get<std::string>(member(batch, "token").of);
    return result;
}

/// A pool with one client, which looks at what it is told.
class Watch {
  public:
    explicit Watch(const PoolService::Options& options = {})
        : service(small_scenario(), options), client(service) {
        client.log_in();
        vm = service.database().find_by_name("VM", "db")[0];
        host = service.hosts()[0];
    }
    std::shared_ptr<Outcome> from(Array filter, const std::string& token, double timeout = 30) {
        return client.begin_here("event.from", {{std::move(filter)}, text(token), {timeout}});
    }
    /// The token of now for that filter, after everything was told.
    std::string caught_up(const Array& filter) {
        const auto first = from(filter, "");
        pass(50ms);
        return told(first).token;
    }
    void pass(Duration time) {
        now += time;
        service.advance(at(now));
    }

    PoolService service;
    Client client;
    std::string vm, host;
    Duration now{};
};

}  // namespace

TEST_CASE("the first answer has every object once, as added, after 50 ms", "[poolserver][events]") {
    Watch watch;
    const auto first = watch.from(classes({"host", "VM"}), "");
    watch.pass(49'999us);
    CHECK_FALSE(first->replied);
    watch.pass(1us);
    const Told all = told(first);
    // Two hosts, three VMs, two control domains.
    CHECK(all.events.size() == 7);
    for (const auto& [operation, ref] : all.events) CHECK(operation == "add");
    CHECK(all.token.size() == 41);
    const Value& counts = member(**first->answer, "valid_ref_counts");
    CHECK(member(counts, "vm") == Value{Int32{5}});
    CHECK(member(counts, "session") == Value{Int32{1}});
    CHECK(member(counts, "vlan") == Value{Int32{0}});
}

TEST_CASE("a client that waits is told of a change with the whole record", "[poolserver][events]") {
    Watch watch;
    const std::string token = watch.caught_up(classes({"vm"}));
    const auto waiting = watch.from(classes({"vm"}), token);
    watch.pass(1s);
    CHECK_FALSE(waiting->replied);
    watch.service.database().set(watch.host, "enabled", {false});  // not its class
    watch.pass(1s);
    CHECK_FALSE(waiting->replied);
    watch.service.database().set(watch.vm, "name_label", text("renamed"));
    watch.pass(0us);  // 50 ms since the last look have long passed
    const Told change = told(waiting);
    CHECK(change.events == std::vector<std::pair<std::string, std::string>>{{"mod", watch.vm}});
    const auto& events = std::get<Array>(member(**waiting->answer, "events").of);
    CHECK(member(member(events[0], "snapshot"), "name_label") == text("renamed"));
    CHECK(member(events[0], "class") == text("vm"));
    CHECK(member(events[0], "timestamp") == text("0.0"));
}

TEST_CASE("changes within 50 ms come together, one entry per object", "[poolserver][events]") {
    Watch watch;
    const std::string token = watch.caught_up(classes({"*"}));
    const auto waiting = watch.from(classes({"*"}), token);
    Database& database = watch.service.database();
    const std::string made = database.create("VM", "new", {});
    database.set(watch.host, "enabled", {false});
    watch.pass(20ms);
    database.set(watch.vm, "name_label", text("x"));
    database.set(watch.vm, "name_label", text("y"));
    const std::string gone = database.create("message", "short", {});
    database.destroy(gone);
    watch.pass(29'999us);
    CHECK_FALSE(waiting->replied);
    watch.pass(1us);
    // Added first, then changed, then deleted.
    CHECK(told(waiting).events ==
          std::vector<std::pair<std::string, std::string>>{
              {"add", made}, {"mod", watch.host}, {"mod", watch.vm}, {"del", gone}});
}

TEST_CASE("tokens chain batches without loss or repetition", "[poolserver][events]") {
    Watch watch;
    std::string token = watch.caught_up(classes({"vm", "host"}));
    for (int i = 0; i < 5; ++i) {
        const std::string& ref = i % 2 == 0 ? watch.vm : watch.host;
        watch.service.database().set(ref, "name_label", text("name " + std::to_string(i)));
        const auto next = watch.from(classes({"vm", "host"}), token);
        watch.pass(50ms);
        const Told change = told(next);
        CHECK(change.events == std::vector<std::pair<std::string, std::string>>{{"mod", ref}});
        CHECK(change.token > token);
        token = change.token;
    }
    // An old token still gives what is newer, each object once.
    const auto nothing = watch.from(classes({"vm", "host"}), token, 0.2);
    watch.pass(200ms);
    CHECK(told(nothing).events.empty());
    CHECK(told(nothing).token == token);
}

TEST_CASE("a time-out is answered with an empty list", "[poolserver][events]") {
    Watch watch;
    const std::string token = watch.caught_up(classes({"VM"}));
    const auto waiting = watch.from(classes({"VM"}), token, 1.0);
    watch.pass(999'999us);
    CHECK_FALSE(waiting->replied);
    CHECK(watch.service.events().waiting() == 1);
    watch.pass(1us);
    CHECK(told(waiting).events.empty());
    CHECK(watch.service.events().waiting() == 0);
}

TEST_CASE("a filter may name one object", "[poolserver][events]") {
    Watch watch;
    const Array filter = classes({"vm/" + watch.vm});
    const auto first = watch.from(filter, "");
    watch.pass(50ms);
    CHECK(told(first).events ==
          std::vector<std::pair<std::string, std::string>>{{"add", watch.vm}});
    const auto waiting = watch.from(filter, told(first).token);
    const std::string other = watch.service.database().find_by_name("VM", "web")[0];
    watch.service.database().set(other, "name_label", text("other"));
    watch.pass(1s);
    CHECK_FALSE(waiting->replied);
    watch.service.database().set(watch.vm, "name_label", text("it"));
    watch.pass(0us);
    CHECK(told(waiting).events ==
          std::vector<std::pair<std::string, std::string>>{{"mod", watch.vm}});
}

TEST_CASE("who waits for tasks only is answered at once", "[poolserver][events]") {
    Watch watch;
    watch.client.words("task.create", {text("one"), text("")});
    const auto first = watch.from(classes({"task"}), "");
    CHECK(told(first).events.size() == 1);
    watch.client.words("task.create", {text("two"), text("")});
    CHECK(told(watch.from(classes({"task"}), told(first).token)).events.size() == 1);
}

TEST_CASE("an unknown class has no events, a broken token is refused", "[poolserver][events]") {
    Watch watch;
    const auto waiting = watch.from(classes({"nosuch"}), "", 1.0);
    watch.pass(1s);
    CHECK(told(waiting).events.empty());
    CHECK(told(waiting).token == std::string(20, '0') + "," + std::string(20, '0'));
    for (const std::string bad : {"nonsense", "12", "1,", "1,x", "-1,0"}) {
        INFO(bad);
        const auto refused = watch.from(classes({"vm"}), bad);
        REQUIRE(refused->replied);
        CHECK(refused->answer->error().description == Words{"EVENT_FROM_TOKEN_PARSE_FAILURE", bad});
    }
}

TEST_CASE("events are lost once deletions are forgotten, for their class only",
          "[poolserver][events]") {
    PoolService::Options options;
    options.database.deletions_kept = 2;
    Watch watch(options);
    const std::string token = watch.caught_up(classes({"*"}));
    Database& database = watch.service.database();
    for (int i = 0; i < 2; ++i) database.destroy(database.create("message", "m", {}));
    const auto kept = watch.from(classes({"message"}), token);
    watch.pass(50ms);
    CHECK(told(kept).events.size() == 2);

    const auto waiting = watch.from(classes({"vm"}), token);  // not concerned
    database.destroy(database.create("message", "m", {}));
    const auto lost = watch.from(classes({"message"}), token);
    REQUIRE(lost->replied);
    CHECK(lost->answer->error() == Failure{{"EVENTS_LOST"}});
    const auto everything = watch.from(classes({"*"}), token);
    CHECK(everything->answer->error() == Failure{{"EVENTS_LOST"}});
    watch.pass(1s);
    CHECK_FALSE(waiting->replied);
    // Starting anew works.
    const auto again = watch.from(classes({"message", "pool"}), "");
    watch.pass(50ms);
    CHECK(told(again).events.size() == 1);
}

TEST_CASE("a client that waits while deletions are forgotten is told so", "[poolserver][events]") {
    PoolService::Options options;
    options.database.deletions_kept = 1;
    Watch watch(options);
    const std::string token = watch.caught_up(classes({"*"}));
    const auto waiting = watch.from(classes({"message"}), token);
    Database& database = watch.service.database();
    for (int i = 0; i < 2; ++i) database.destroy(database.create("message", "m", {}));
    watch.pass(50ms);
    REQUIRE(waiting->replied);
    CHECK(waiting->answer->error() == Failure{{"EVENTS_LOST"}});
}

TEST_CASE("an injected event comes behind its token", "[poolserver][events]") {
    Watch watch;
    const std::string pool = watch.service.pool();
    const std::string token = watch.client.words("event.inject", {text("pool"), text(pool)});
    const auto next = watch.from(classes({"pool"}), token);
    watch.pass(50ms);
    CHECK(told(next).events == std::vector<std::pair<std::string, std::string>>{{"mod", pool}});
    CHECK(watch.client.error("event.inject", {text("VM"), text(pool)}) ==
          Words{"HANDLE_INVALID", "VM", pool});
}

TEST_CASE("the older register and next tell the same", "[poolserver][events]") {
    Watch watch;
    CHECK(watch.client.error("event.next") ==
          Words{"SESSION_NOT_REGISTERED", watch.client.session()});
    watch.client.value("event.register", {{classes({"vm"})}});
    const auto waiting = watch.client.begin_here("event.next");
    watch.pass(1s);
    CHECK_FALSE(waiting->replied);
    watch.service.database().set(watch.vm, "name_label", text("x"));
    watch.pass(0us);
    REQUIRE(waiting->replied);
    CHECK(std::get<Array>((**waiting->answer).of).size() == 1);
    const auto next = watch.client.begin_here("event.next");
    watch.pass(1s);
    CHECK_FALSE(next->replied);
}

TEST_CASE("sessions and calls that only look make no events", "[poolserver][events]") {
    Watch watch;
    const std::string token = watch.caught_up(classes({"*"}));
    watch.client.value("VM.get_all_records");
    Client(watch.service).log_in();
    const auto waiting = watch.from(classes({"*"}), token, 1.0);
    watch.pass(1s);
    CHECK(told(waiting).events.empty());
}

TEST_CASE("fifty subscribers of 1,500 VMs cost as many snapshots as one",
          "[poolserver][events][load]") {
    const Scenario scenario = scenario_of("scenarios/large/64-hosts.json");
    REQUIRE(scenario.pool.vms.size() == 1'500);
    PoolService service(scenario, {});
    std::vector<Client> clients(50, Client(service));
    Duration now{};
    const auto ask = [&](const std::vector<std::string>& tokens) {
        std::vector<std::shared_ptr<Outcome>> outcomes;
        for (std::size_t i = 0; i < clients.size(); ++i) {
            outcomes.push_back(clients[i].begin_here(
                "event.from", {{classes({"vm", "host", "pool"})}, text(tokens[i]), {30.0}}));
        }
        return outcomes;
    };
    for (Client& client : clients) client.log_in();
    std::vector<std::string> tokens(clients.size());
    auto waiting = ask(tokens);
    now += 50ms;
    service.advance(at(now));
    for (std::size_t i = 0; i < clients.size(); ++i) {
        const Told all = told(waiting[i]);
        CHECK(all.events.size() == 1'500 + 64 + 64 + 1);  // VMs, control domains, hosts, pool
        tokens[i] = all.token;
    }
    CHECK(service.database().snapshots_built() == 1'500 + 64 + 64 + 1);
    CHECK(service.events().answers_built() == 1);

    // Ten rounds, each changing one VM: one snapshot and one answer each, not fifty.
    const std::vector<std::string> vms = [&] {
        std::vector<std::string> refs;
        for (const auto& [ref, vm] : service.database().table("VM")) refs.push_back(ref);
        return refs;
    }();
    for (std::size_t round = 0; round < 10; ++round) {
        waiting = ask(tokens);
        now += 1s;
        service.advance(at(now));
        service.database().set(vms[round], "name_description", text("round"));
        service.advance(at(now));
        for (std::size_t i = 0; i < clients.size(); ++i) {
            const Told change = told(waiting[i]);
            REQUIRE(change.events.size() == 1);
            REQUIRE(change.events[0].second == vms[round]);
            tokens[i] = change.token;
        }
    }
    CHECK(service.database().snapshots_built() == 1'500 + 64 + 64 + 1 + 10);
    CHECK(service.events().answers_built() == 1 + 10);
}

}  // namespace vacate::poolserver
