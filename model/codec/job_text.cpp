// Jobs by name.
#include "model/codec/job_text.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "model/codec/names.hpp"
#include "model/codec/object_reader.hpp"
#include "model/codec/shown.hpp"

namespace vacate::codec {
namespace {

template <class Value, std::size_t count>
Value value_of(const Place& place, const std::array<std::string_view, count>& names,
               const std::string& name, const char* thing, Problems& problems) {
    const auto known = std::find(names.begin(), names.end(), name);
    if (known != names.end()) return static_cast<Value>(known - names.begin());
    problems.add(place, std::string("there is no ") + thing + " " + shown(name));
    return Value{};
}

}  // namespace

void read_goal(const Place& place, const Pool& pool, bool lenient, Placement& goal,
               Problems& problems) {
    const Names<Vm> vms(pool.vms);
    const Names<Host> hosts(pool.hosts);
    for (const Node& node : place.node->children) {
        const Place entry = member_of(place, node.key);
        const Id<Vm> vm = vms.find(node.key);
        if (vm.is_none()) {
            if (lenient) continue;
            problems.add(entry, "there is no VM " + shown(node.key),
                         problems.did_you_mean(node.key, vms.all()));
            continue;
        }
        const auto name = text_of(entry, problems);
        if (!name) continue;
        const Id<Host> host = hosts.find(*name);
        if (host.is_none() && !lenient) {
            problems.add(entry, "there is no host " + shown(*name),
                         problems.did_you_mean(*name, hosts.all()));
        }
        goal[vm] = host;
    }
}

Job read_job(const Place& place, const Pool& pool, bool lenient, Problems& problems) {
    Job job;
    constexpr std::array<std::string_view, 4> members{"action", "hosts", "home", "goal"};
    const ObjectReader reader(place, std::span<const std::string_view>(members), problems);
    if (!reader.is_object()) return job;
    job.action = value_of<HostAction>(reader.at("action"), host_action_names,
                                      reader.required_text("action"), "action", problems);
    if (const auto home = reader.text("home")) {
        job.home = value_of<Home>(reader.at("home"), home_names, *home, "way home", problems);
    }
    const Names<Host> hosts(pool.hosts);
    const auto names = reader.names("hosts");
    for (const NamedEntry& one : names.value_or(std::vector<NamedEntry>{})) {
        const Id<Host> host = hosts.find(one.name);
        if (!host.is_none()) job.hosts.push_back(host);
        if (!host.is_none() || lenient) continue;
        problems.add(reader.at("hosts"), "there is no host " + shown(one.name),
                     problems.did_you_mean(one.name, hosts.all()));
    }
    std::sort(job.hosts.begin(), job.hosts.end());
    if (job.action != HostAction::place) return job;
    job.goal = Placement(pool.vms.size(), Id<Host>::none());
    const Place goal = reader.at("goal");
    if (goal.node == nullptr || !goal.node->is_object()) {
        reader.missing("goal", "name a host for each VM to move");
    } else {
        read_goal(goal, pool, lenient, job.goal, problems);
    }
    return job;
}

Node job_node(const Pool& pool, const Job& job) {
    Node node = make_object();
    const auto word = [](std::string_view text) { return make_text(std::string(text)); };
    put(node, "action", word(host_action_names[static_cast<std::size_t>(job.action)]));
    if (!job.hosts.empty()) {
        Node hosts = make_list();
        for (const Id<Host> host : job.hosts) {
            hosts.children.push_back(make_text(pool.hosts[host].name));
        }
        put(node, "hosts", std::move(hosts));
    }
    if (job.home != Home::none) {
        put(node, "home", word(home_names[static_cast<std::size_t>(job.home)]));
    }
    if (job.action != HostAction::place) return node;
    Node goal = make_object();
    for (const Id<Vm> vm : pool.vms.ids()) {
        if (job.goal[vm].is_none()) continue;
        put(goal, pool.vms[vm].name, make_text(pool.hosts[job.goal[vm]].name));
    }
    put(node, "goal", std::move(goal));
    return node;
}

}  // namespace vacate::codec
