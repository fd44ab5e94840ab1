// From the file of a problem to a pool.
#include "tests/support/ucc15.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace vacate {
namespace {

using Json = nlohmann::json;

struct Action {
    std::string vm, from, to;
    std::int64_t megabits = 0;
    std::int64_t start = 0;
    std::int64_t end = 0;
};

std::string name_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : std::to_string(value.get<int>());
}

std::vector<Action> actions_of(const Json& file) {
    std::vector<Action> all;
    for (const Json& one : file.at("actions")) {
        all.push_back({name_of(one.at("vm")), name_of(one.at("from")), name_of(one.at("to")),
                       one.at("bw"), one.at("start"), one.at("end")});
    }
    return all;
}

// The most that the published plan sends from a host, or to it, at once.
std::int64_t most_at_once(const std::vector<Action>& actions, const std::string& host) {
    std::int64_t most = 0;
    for (const Action& at : actions) {
        std::int64_t out = 0;
        std::int64_t in = 0;
        for (const Action& one : actions) {
            if (one.start > at.start || one.end <= at.start) continue;
            if (one.from == host) out += one.megabits;
            if (one.to == host) in += one.megabits;
        }
        most = std::max({most, out, in});
    }
    return most;
}

const Json& memory_of(const Json& origin) {
    for (const Json& view : origin.at("views")) {
        if (view.at("rcId") == "mem") return view;
    }
    std::cerr << "a problem without memory\n";
    std::abort();
}

// What a link of so many Mbit/s carries: a ninth of it as MB/s.
Bandwidth carried(std::int64_t megabits) { return Bandwidth{megabits * 1'000'000 / 9}; }

Id<Host> id_of(const std::string& host) {
    return Id<Host>{static_cast<std::uint32_t>(std::stoul(host))};
}

void add_hosts(const Json& file, const std::vector<Action>& actions, TransferProblem& problem) {
    const Json& origin = file.at("origin");
    for (const auto& [name, running] : origin.at("mapping").at("onlineNodes").items()) {
        Host host;
        host.name = name;
        host.memory = gibibytes(memory_of(origin).at("nodes").at(name));
        host.memory_after = host.memory;
        host.link = carried(most_at_once(actions, name));
        host.send_budget = host.link;
        host.version.label = host.target.label = "same";
        problem.pool.hosts.push_back(std::move(host));
    }
}

void add_vms(const Json& file, const std::vector<Action>& actions, TransferProblem& problem) {
    const Json& memory = memory_of(file.at("origin")).at("vms");
    for (std::size_t i = 0; i < memory.size(); ++i) {
        Vm vm;
        vm.name = std::to_string(i);
        vm.memory = gibibytes(memory.at(vm.name));
        vm.admission = vm.memory;
        for (const Action& one : actions) {
            if (one.vm != vm.name) continue;
            // Rounded down: never longer than in the file.
            vm.ram = moved_in(carried(one.megabits), std::chrono::seconds(one.end - one.start));
        }
        problem.pool.vms.push_back(std::move(vm));
    }
    problem.pool.groups_of = Table<Vm, std::vector<Id<Group>>>(problem.pool.vms.size());
}

}  // namespace

TransferProblem read_ucc15(const std::string& text) {
    const Json file = Json::parse(text);
    const std::vector<Action> actions = actions_of(file);
    TransferProblem problem;
    Pool& pool = problem.pool;
    pool.coordinator = Id<Host>{0};
    pool.policy.one_way = false;
    pool.policy.migrations_per_host_max = 1'000;
    pool.policy.migrations_per_pair_max = 1'000;
    pool.timing.link_efficiency_permille = 1000;
    pool.timing.stream_cap = gigabits_per_second(1'000);
    add_hosts(file, actions, problem);
    add_vms(file, actions, problem);
    problem.state = empty_state(pool);
    for (const auto& [name, node] : file.at("origin").at("mapping").at("onlineNodes").items()) {
        for (const Json& vm : node.at("runningVMs")) {
            place(pool, problem.state, Id<Vm>{vm.get<std::uint32_t>()}, id_of(name));
        }
    }
    problem.goal = Table<Vm, Id<Host>>(pool.vms.size(), Id<Host>::none());
    for (const Action& one : actions) {
        problem.goal[Id<Vm>{static_cast<std::uint32_t>(std::stoul(one.vm))}] = id_of(one.to);
        problem.published = std::max<Duration>(problem.published, std::chrono::seconds(one.end));
    }
    return problem;
}

}  // namespace vacate
