// The pool that tests of hosts take down and bring back.
#include "tests/unit/poolserver/pool_bench.hpp"

namespace vacate::poolserver {

Scenario upgrade_scenario(Upgrade upgrade) {
    const std::string old_version = R"({"label": "8.3.0", "platform": "3.4.0", "xapi": "25.33"})";
    const std::string new_version = R"({"label": "8.4.0", "platform": "3.4.1", "xapi": "25.38"})";
    const auto host = [&](const std::string& name, bool done) {
        const std::string memory = done ? "15 GiB" : "16 GiB";
        return R"({"name": ")" + name + R"(", "memory": ")" + memory + R"(",
                   "memory_after_upgrade": "15 GiB", "upgrade_time": "15 min",
                   "networks": ["lan"], "storages": ["san"], "version": )" +
               (done ? new_version : old_version) + "}";
    };
    const std::string text = R"({
        "about": "three hosts",
        "pool": {"name": "three", "coordinator": "a",
                 "target": )" +
                             new_version + R"(},
        "networks": [{"name": "lan"}],
        "storages": [{"name": "san", "type": "nfs"}],
        "hosts": [)" + host("a", upgrade == Upgrade::begun) +
                             ", " + host("b", false) + ", " + host("c", false) + R"(],
        "vms": [
          {"name": "db", "host": "a", "memory": "4 GiB", "storages": ["san"], "networks": ["lan"]},
          {"name": "web", "host": "b", "memory": "2 GiB", "storages": ["san"],
           "networks": ["lan"]}
        ]})";
    const Result<Scenario> scenario = read_scenario(text, "three");
    if (!scenario) FAIL(scenario.error().items[0].place + " " + scenario.error().items[0].sentence);
    return *scenario;
}

Answer PoolBench::call(const std::string& method, Array parameters) {
    const auto outcome = client.begin_here(method, std::move(parameters));
    while (!outcome->replied) {
        const auto next = pool.next_at();
        INFO(method);
        REQUIRE(next);
        pool.advance(*next);
    }
    INFO(method);
    REQUIRE(outcome->answer);
    return *outcome->answer;
}

Value PoolBench::value(const std::string& method, Array parameters) {
    const Answer answer = call(method, std::move(parameters));
    INFO(method << " " << (answer ? "" : answer.error().description[0]));
    REQUIRE(answer);
    return *answer;
}

std::vector<std::string> PoolBench::error(const std::string& method, Array parameters) {
    const Answer answer = call(method, std::move(parameters));
    INFO(method);
    REQUIRE_FALSE(answer);
    return answer.error().description;
}

std::string PoolBench::where(const std::string& name) const {
    const std::string ref = service.database().text_of(vm(name), "resident_on");
    return ref == null_ref ? "" : service.database().text_of(ref, "name_label");
}

std::vector<std::string> PoolBench::login_at(std::size_t index) {
    Client there(pool, index);
    const auto outcome = there.begin("session.login_with_password", {text("root"), text("root")});
    REQUIRE(outcome->replied);
    REQUIRE(outcome->answer);
    if (outcome->answer->has_value()) return {};
    const auto& description = outcome->answer->error().description;
    return description.empty() ? std::vector<std::string>{"HTTP 500"} : description;
}

void PoolBench::empty(std::size_t from, std::size_t to) {
    value("host.disable", {text(host(from))});
    for (const std::string& each : service.database().set_of(host(from), "resident_VMs")) {
        if (service.database().flag_of(each, "is_control_domain")) continue;
        value("VM.pool_migrate", {text(each), text(host(to)), {Struct{{"live", text("true")}}}});
    }
}

}  // namespace vacate::poolserver
