// Records to rows, rows to a scenario.
#include "tools/xapi/capture.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace vacate::xapi {
namespace {

constexpr int readings_max = 3;
constexpr std::chrono::milliseconds between_readings{500};
constexpr std::chrono::minutes reading_time{2};  // of one class

std::string amount_text(std::int64_t bytes) { return std::to_string(bytes) + " B"; }

Finding differs(const std::string& host, std::int64_t ours, std::int64_t theirs) {
    const std::string more = ours < theirs ? " less than" : " more than";
    return {Severity::act, "FREE_MEMORY_DIFFERS", "host " + host,
            "the scenario leaves " + amount_text(ours) + " free, " +
                amount_text(std::abs(ours - theirs)) + more + " the pool computes (" +
                amount_text(theirs) + ")",
            "capture again once no VM is on its way; if it stays, send the capture with a report"};
}

Finding gives_no_figure(const std::string& host, const std::string& why) {
    return {Severity::know, "FREE_MEMORY_UNKNOWN", "host " + host,
            "the pool does not compute its free memory: " + why, ""};
}

}  // namespace

tl::expected<Records, CallProblem> read_records(Client& client) {
    Records records;
    for (const auto& [name, columns] : codec::database_columns()) {
        CallResult answer =
            client.call(std::string(name) + ".get_all_records", {}, Manner::reads, reading_time);
        if (!answer) {
            if (answer.error().code == "MESSAGE_METHOD_UNKNOWN") continue;
            return tl::unexpected(std::move(answer.error()));
        }
        auto* const members = std::get_if<Struct>(&answer->of);
        if (members == nullptr) continue;
        Records::Class objects;
        for (Member& member : *members) {
            if (auto* record = std::get_if<Struct>(&member.value.of)) {
                objects.emplace(std::move(member.name), std::move(*record));
            }
        }
        records.put(name, std::move(objects));
    }
    return records;
}

codec::Database database_of(const Records& records) {
    codec::Database database;
    database.captured = true;
    for (const auto& [name, columns] : codec::database_columns()) {
        codec::DatabaseTable& table = database.tables[std::string(name)];
        for (const auto& [ref, record] : records.of(name)) {
            codec::DatabaseRow row;
            row.table = name;
            row.ref = ref;
            for (const std::string_view column : columns) {
                const Value* const value = find(record, column);
                if (value != nullptr) row.columns.emplace_back(column, text_of(*value));
            }
            table.emplace(ref, std::move(row));
        }
    }
    return database;
}

std::vector<std::string> addresses_in(const Records& records) {
    std::vector<std::string> addresses;
    for (const auto& [ref, host] : records.of("host")) {
        const std::string address = text_in(host, "address");
        if (!address.empty()) addresses.push_back(address);
    }
    return addresses;
}

Result<Captured> capture(Client& client, const std::string& source, NameBooks& books) {
    for (int reading = 1;; ++reading) {
        auto records = read_records(client);
        if (!records) return tl::unexpected(error_of(records.error(), source));
        client.learn(addresses_in(*records));
        const codec::Database database = database_of(*records);
        Result<XapiScenario> scenario = scenario_from_xapi_database(database, source, books);
        if (scenario) return Captured{std::move(*records), std::move(*scenario)};
        if (reading == readings_max) return tl::unexpected(scenario.error());
        std::this_thread::sleep_for(between_readings);
    }
}

Findings compare_free_memory(Client& client, const Captured& captured, const Scenario& scenario) {
    Findings findings;
    const Texts refs = refs_by_name(captured.scenario.names.hosts);
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        const std::string& name = scenario.pool.hosts[host].name;
        const auto ref = refs.find(name);
        if (ref == refs.end() || scenario.state.hosts[host].phase == HostPhase::lost) continue;
        const CallResult answer =
            client.call("host.compute_free_memory", {wire::text(ref->second)});
        if (!answer) {
            findings.push_back(gives_no_figure(name, answer.error().sentence));
            continue;
        }
        const std::int64_t theirs = number_of(*answer);
        const std::int64_t free = free_in(scenario.pool, scenario.state, host).count;
        const std::int64_t ours = std::max<std::int64_t>(0, free);
        if (ours != theirs) findings.push_back(differs(name, ours, theirs));
    }
    return findings;
}

Texts refs_by_name(const codec::NamesByRef& names) {
    Texts refs;
    for (const auto& [ref, name] : names) refs.emplace(name, ref);
    return refs;
}

}  // namespace vacate::xapi
