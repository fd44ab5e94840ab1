// What a real xapi 24.0.0 answered about placing VMs, asked again on the same pool here.
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/shared_data.hpp"
#include "tests/unit/poolserver/vm_bench.hpp"

namespace vacate::poolserver {
namespace {

using Json = nlohmann::json;

std::string pool_text(const Json& hosts, const Json& vms) {
    Json scenario{
        {"about", "golden"},
        {"pool", {{"name", "golden"}, {"coordinator", "h1"}, {"target", {{"platform", "3.5.0"}}}}},
        {"hosts", Json::array()},
        {"vms", Json::array()}};
    for (const auto& [ref, host] : hosts.items()) {
        scenario["hosts"].push_back(
            {{"name", host["name_label"]},
             {"memory", "64 GiB"},
             {"version", {{"platform", host["software_version"]["platform_version"]}}}});
    }
    for (const auto& [ref, vm] : vms.items()) {
        if (vm["is_control_domain"]) continue;
        const Json& home = hosts[vm["resident_on"].get<std::string>()];
        scenario["vms"].push_back(
            {{"name", vm["name_label"]}, {"host", home["name_label"]}, {"memory", "1 GiB"}});
    }
    return scenario.dump();
}

/// A pool of ours with the memory, the guests and the blocks of a recorded one.
struct Golden {
    explicit Golden(const Json& all)
        : exchanges(all),
          hosts(records("host.get_all_records")),
          vms(records("VM.get_all_records")),
          bench(scenario_in(pool_text(hosts, vms))) {
        Database& database = bench.service.database();
        const Json metrics = records("host_metrics.get_all_records");
        const Json guests = records("VM_guest_metrics.get_all_records");
        for (const auto& [ref, host] : hosts.items()) {
            const std::string ours = bench.host(host["name_label"]);
            ours_of[ref] = ours;
            database.set(ours, "memory_overhead", {host["memory_overhead"].get<std::int64_t>()});
            const Json& figures = metrics[host["metrics"].get<std::string>()];
            database.set(database.text_of(ours, "metrics"), "memory_total",
                         {figures["memory_total"].get<std::int64_t>()});
            // Their hosts have no control domain, but for the first.
            const std::string dom0 = database.text_of(ours, "control_domain");
            for (const char* field : {"memory_dynamic_min", "memory_overhead"}) {
                database.set(dom0, field, {std::int64_t{0}});
            }
        }
        for (const auto& [ref, vm] : vms.items()) {
            const bool control = vm["is_control_domain"];
            const std::string ours =
                control ? database.text_of(ours_of[vm["resident_on"]], "control_domain")
                        : bench.vm(vm["name_label"]);
            ours_of[ref] = ours;
            for (const char* field : {"memory_dynamic_min", "memory_dynamic_max",
                                      "memory_static_max", "memory_overhead"}) {
                database.set(ours, field, {vm[field].get<std::int64_t>()});
            }
            for (const auto& [operation, reason] : vm["blocked_operations"].items()) {
                database.put_entry(ours, "blocked_operations", operation,
                                   text(reason.get<std::string>()));
            }
            if (!control && !guests.contains(vm["guest_metrics"].get<std::string>())) {
                database.set(ours, "guest_metrics", text(null_ref));
            }
        }
        const Json pool = records("pool.get_all_records").begin().value();
        for (const auto& [key, value] : pool["other_config"].items()) {
            database.put_entry(bench.service.pool(), "other_config", key,
                               text(value.get<std::string>()));
        }
        bench.behaviour.vms().operations.update_all();
    }

    static Json body(const Json& exchange) {
        return Json::parse(exchange["json"]["response"].get<std::string>());
    }
    Json records(const std::string& method) const {
        for (const Json& each : exchanges) {
            if (each["method"] == method && each.contains("json")) return body(each)["result"];
        }
        FAIL("not recorded: " << method);
        return {};
    }
    /// Their references become ours, wherever they stand in a text.
    std::string translated(std::string words) const {
        for (const auto& [theirs, ours] : ours_of) {
            for (std::size_t at = words.find(theirs); at != std::string::npos;
                 at = words.find(theirs, at + ours.size())) {
                words.replace(at, theirs.size(), ours);
            }
        }
        return words;
    }

    Json exchanges, hosts, vms;
    VmBench bench;
    std::map<std::string, std::string> ours_of;
};

/// The entries of CANNOT_EVACUATE_HOST, whose order follows the references.
std::vector<std::string> entries(const std::string& joined) {
    std::vector<std::string> parts(1);
    for (const char c : joined) {
        if (c == '|') {
            parts.emplace_back();
        } else {
            parts.back().push_back(c);
        }
    }
    std::ranges::sort(parts);
    return parts;
}

void compare(Golden& golden, const Json& exchange) {
    const std::string method = exchange["method"];
    const Json theirs = Golden::body(exchange);
    Array arguments;
    for (const Json& each : exchange["args"]) {
        arguments.push_back(each.is_string() ? text(golden.translated(each.get<std::string>()))
                                             : Value{Struct{{"live", text("true")}}});
    }
    const auto outcome = golden.bench.client.begin_here(method, arguments);
    REQUIRE(outcome->replied);
    const Answer& ours = *outcome->answer;
    if (theirs.contains("error")) {
        REQUIRE_FALSE(ours.has_value());
        CHECK(ours.error().description[0] == theirs["error"]["message"].get<std::string>());
        const Json& data = theirs["error"]["data"];
        REQUIRE(ours.error().description.size() == data.size() + 1);
        for (std::size_t i = 0; i < data.size(); ++i) {
            CHECK(entries(ours.error().description[i + 1]) ==
                  entries(golden.translated(data[i].get<std::string>())));
        }
        return;
    }
    REQUIRE(ours.has_value());
    if (method == "host.compute_free_memory") {
        CHECK(std::get<std::int64_t>(ours->of) == theirs["result"].get<std::int64_t>());
    }
    if (method == "host.get_vms_which_prevent_evacuation") {
        std::map<std::string, std::vector<std::string>> expected;
        for (const auto& [vm, words] : theirs["result"].items()) {
            for (const Json& word : words) {
                expected[golden.translated(vm)].push_back(
                    golden.translated(word.get<std::string>()));
            }
        }
        std::map<std::string, std::vector<std::string>> found;
        for (const Member& each : std::get<Struct>(ours->of)) {
            for (const Value& word : std::get<Array>(each.value.of)) {
                found[each.name].push_back(std::get<std::string>(word.of));
            }
        }
        CHECK(found == expected);
    }
}

}  // namespace

TEST_CASE("placement answers as a real pool did", "[poolserver][golden]") {
    for (const char* file : {"xapi-24.0.0-normal.json", "xapi-24.0.0-rpu.json"}) {
        const auto recorded = read_shared(std::string("xapi-golden/") + file);
        if (!recorded) return;
        Golden golden(Json::parse(*recorded));
        std::size_t compared = 0;
        for (const Json& exchange : golden.exchanges) {
            const std::string note = exchange["note"];
            const std::string method = exchange["method"];
            const bool placed =
                method == "host.compute_free_memory" || method == "host.assert_can_evacuate" ||
                method == "host.get_vms_which_prevent_evacuation" || note == "no drivers" ||
                note == "does not fit" || note == "to its own host" || note == "new to old";
            if (!placed || !exchange.contains("json")) continue;
            INFO(file << ": " << note << ", " << method);
            compare(golden, exchange);
            ++compared;
        }
        CHECK(compared >= 10);
        for (const auto& [ref, vm] : golden.vms.items()) {
            INFO(vm["name_label"]);
            std::vector<std::string> theirs = vm["allowed_operations"];
            CHECK(golden.bench.service.database().set_of(golden.ours_of.at(ref),
                                                         "allowed_operations") == theirs);
        }
    }
}

}  // namespace vacate::poolserver
