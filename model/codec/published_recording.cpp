// The published cases, "migration-validation-cases/1": replays, evacuations, single migrations.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "model/codec/foreign_recording.hpp"
#include "model/codec/published_recording.hpp"

namespace vacate::codec {
namespace {

constexpr std::size_t most_nodes = 64;
constexpr std::size_t most_vms = 4096;

Node host_node(const std::string& name, Bandwidth link) {
    Node node = make_object();
    put(node, "name", make_text(name));
    put(node, "link", rate_node(link));
    return node;
}

std::string numbered(std::string_view what, std::size_t number, std::size_t count) {
    std::string digits = std::to_string(number);
    const std::size_t width = std::to_string(count - 1).size();
    while (digits.size() < width) digits.insert(digits.begin(), '0');
    return std::string(what) + digits;
}

Node scenario_of(Node timing, Node hosts, Node vms) {
    Node node = make_object();
    if (!timing.children.empty()) put(node, "timing", std::move(timing));
    put(node, "hosts", std::move(hosts));
    put(node, "vms", std::move(vms));
    return node;
}

void put_text(Node& node, std::string_view member, std::string_view text) {
    put(node, member, make_text(std::string(text)));
}

// ---- replays: starts given, ends measured

/// "0-4": 2000 names the memory of VMs 0 to 4.
std::map<std::size_t, double> memory_by_vm(const ForeignObject& inputs) {
    std::map<std::size_t, double> memory;
    const Place ranges = inputs.object("vm_ram_mib");
    for (const Node& range : ranges.node->children) {
        const char* at = range.key.data();
        const char* end = at + range.key.size();
        std::size_t first = 0;
        const auto read = std::from_chars(at, end, first);
        std::size_t last = first;
        if (read.ec == std::errc{} && read.ptr != end && *read.ptr == '-') {
            std::from_chars(read.ptr + 1, end, last);
        }
        const Place place = member_of(ranges, range.key);
        const auto amount = number_of(place, inputs.problems());
        if (!amount || last >= most_vms) continue;
        for (std::size_t vm = first; vm <= last; ++vm) memory[vm] = *amount;
    }
    return memory;
}

// Guests that run `stress` on a testbed of 2015; the figures are a fit on half of the plans, see
// scenarios/README.md. The hot set that the inputs declare is not what the guests do.
Node testbed_timing() {
    Node timing = make_object();
    put_text(timing, "stop_rule", "qemu");
    put_text(timing, "link_efficiency", "0.96");
    put_text(timing, "stream_cap", "10 Gbps");
    put_text(timing, "before", "1 s");
    put_text(timing, "after", "500 ms");
    put_text(timing, "pause_overhead", "20 ms");
    put_text(timing, "opposing_factor", "0.98");
    return timing;
}

std::optional<ForeignRun> replayed_run(const Place& place, std::size_t nodes, std::size_t vms,
                                       Problems& problems) {
    const ForeignObject at(place, problems);
    ForeignRun run;
    run.name = at.text("id");
    if (const auto makespan = at.number("makespan_s")) run.makespan = from_seconds(*makespan);
    const Place rows = at.list("migrations");
    for (std::size_t i = 0; i < rows.node->children.size(); ++i) {
        const Place row = entry_of(rows, i);
        std::vector<double> values;
        for (std::size_t j = 0; row.node->is_array() && j < row.node->children.size(); ++j) {
            values.push_back(number_of(entry_of(row, j), problems).value_or(-1));
        }
        const auto count = static_cast<double>(nodes);
        if (values.size() < 5 || values[0] >= static_cast<double>(vms) || values[1] >= count ||
            values[2] >= count || values[4] < values[3]) {
            problems.add(row, "this is no migration of the case",
                         "write [vm, source, target, start, end] with its VMs and nodes");
            return std::nullopt;
        }
        ForeignMove move;
        move.vm = numbered("vm", static_cast<std::size_t>(values[0]), vms);
        move.from = numbered("node", static_cast<std::size_t>(values[1]), nodes);
        move.to = numbered("node", static_cast<std::size_t>(values[2]), nodes);
        move.start = from_seconds(values[3]);
        move.total = from_seconds(values[4] - values[3]);
        run.moves.push_back(std::move(move));
    }
    return run;
}

// In the order of the VMs, so that the runs of one plan list the same moves.
void sort_by_vm(ForeignRun& run) {
    std::stable_sort(run.moves.begin(), run.moves.end(),
                     [](const ForeignMove& a, const ForeignMove& b) { return a.vm < b.vm; });
}

std::vector<Node> replay_cases(const ForeignObject& at) {
    const ForeignObject inputs(at.object("inputs"), at.problems());
    const std::map<std::size_t, double> memory = memory_by_vm(inputs);
    const Place nics = inputs.list("nic_mbps_full_duplex");
    const std::size_t nodes = std::min(most_nodes, nics.node->children.size());
    Node hosts = make_list();
    for (std::size_t i = 0; i < nodes; ++i) {
        const auto nic = number_of(entry_of(nics, i), at.problems());
        hosts.children.push_back(
            host_node(numbered("node", i, nodes), from_megabits(nic.value_or(1000))));
    }
    Node vms = make_list();
    for (const auto& [vm, mebibytes] : memory) {
        Node node = make_object();
        put(node, "name", make_text(numbered("vm", vm, memory.rbegin()->first + 1)));
        put(node, "memory", bytes_node(from_mebibytes(mebibytes)));
        put_text(node, "dirty_rate", "15 MB/s");
        put_text(node, "working_set", "30 MB");
        put_text(node, "cold_rate", "2 MB/s");
        vms.children.push_back(std::move(node));
    }
    const std::size_t vm_count = memory.empty() ? 0 : memory.rbegin()->first + 1;
    std::map<std::string, std::vector<ForeignRun>> runs;  // by plan
    const Place all = at.list("runs");
    for (std::size_t i = 0; i < all.node->children.size(); ++i) {
        const ForeignObject one(entry_of(all, i), at.problems());
        auto run = replayed_run(one.place(), nodes, vm_count, at.problems());
        if (!run) continue;
        sort_by_vm(*run);
        std::string plan = one.has("instance") ? one.at("instance").node->text : run->name;
        while (plan.size() < 2) plan.insert(plan.begin(), '0');
        if (one.has("repeat")) run->name = one.at("repeat").node->text;
        runs[plan].push_back(std::move(*run));
    }
    std::vector<Node> cases;
    for (const auto& [plan, of_plan] : runs) {
        cases.push_back(case_node(at.text("id") + '-' + plan,
                                  scenario_of(testbed_timing(), hosts, vms), of_plan));
    }
    return cases;
}

// ---- evacuations: a host is emptied

/// What the inputs of an evacuation say, in our terms.
struct Evacuation {
    std::size_t vms = 1;
    std::size_t at_once = 1;
    bool with_disks = false;
    bool is_xenserver = false;
    bool tunnelled = false;
    bool kernel_tls = false;
    std::string load;
};

Evacuation evacuation_of(const ForeignObject& at, const ForeignObject& inputs) {
    Evacuation one;
    one.vms = static_cast<std::size_t>(
        std::clamp(inputs.number("n_vms").value_or(1), 1.0, static_cast<double>(most_vms)));
    one.is_xenserver = at.text("hypervisor").find("XenServer") != std::string::npos;
    const auto width = inputs.number(one.is_xenserver ? "parallel" : "client_parallelism");
    one.at_once = static_cast<std::size_t>(std::clamp(width.value_or(1), 1.0, 1e6));
    const auto is_true = [&inputs](std::string_view member) {
        const Place place = inputs.at(member);
        return place.node != nullptr && place.node->text == "true";
    };
    one.with_disks = is_true("disk_moved");
    one.tunnelled = is_true("tunnelled_by_libvirt");
    one.kernel_tls = inputs.text("transport").find("ktls") != std::string::npos;
    one.load = inputs.text("load");
    return one;
}

// Nova, one migration at a time per host; fits over the medians, see scenarios/README.md.
Node nova_timing(const Evacuation& one) {
    Node timing = make_object();
    const bool slow = one.tunnelled && !one.with_disks;
    put_text(timing, "stop_rule", "qemu");
    put_text(timing, "downtime_limit", "500 ms");
    put_text(timing, "stream_cap", slow ? "1.6 Gbps" : "3.77 Gbps");
    put_text(timing, "storage_stream_cap", "3.33 Gbps");
    put_text(timing, "before", one.with_disks ? "5 s" : slow ? "5.8 s" : "4.4 s");
    put_text(timing, "after", one.with_disks ? "3.6 s" : slow ? "3.6 s" : "2.8 s");
    put_text(timing, "pause_overhead", "20 ms");
    return timing;
}

// XenServer with ten streams; what dom0 can encrypt falls as the guests get busier.
std::string_view send_budget(const Evacuation& one) {
    if (one.kernel_tls) return "24 Gbps";
    if (one.load.find("application") != std::string::npos) return "16.3 Gbps";
    return one.load.find("thrash") != std::string::npos ? "14.8 Gbps" : "21 Gbps";
}

void put_load(Node& vm, const Evacuation& one) {
    if (one.load.find("application") != std::string::npos) {
        put_text(vm, "dirty_rate", "40 MB/s");
        put_text(vm, "working_set", "2 GiB");
    } else if (one.load.find("thrash") != std::string::npos) {
        put_text(vm, "dirty_rate", "1 GB/s");
        put_text(vm, "working_set", "46 GiB");
    } else {
        put_text(vm, "dirty_rate", "100 kB/s");
        put_text(vm, "working_set", "16 MiB");
    }
}

Node evacuated_vm(const ForeignObject& inputs, const Evacuation& one, std::size_t index) {
    Node vm = make_object();
    put(vm, "name", make_text(numbered("vm", index, one.vms)));
    put(vm, "memory", bytes_node(from_mebibytes(inputs.number("vm_ram_mib").value_or(0))));
    put_load(vm, one);
    if (one.is_xenserver) put_text(vm, "zero_pages", "0.3");
    if (!one.with_disks) return vm;
    // Half full: only what is there is copied.
    const double gigabytes = inputs.number("disk_gb").value_or(0) / 2;
    put(vm, "disk", bytes_node(Bytes{static_cast<std::int64_t>(gigabytes * 1e9)}));
    Node storages = make_list();
    storages.children.push_back(make_text("local"));
    put(vm, "storages", std::move(storages));
    put_text(vm, "when_pinned", "storage");
    return vm;
}

Node evacuation_scenario(const ForeignObject& inputs, const Evacuation& one) {
    const Bandwidth link = from_megabits(inputs.number("nic_mbps").value_or(1000));
    Node hosts = make_list();
    for (const std::string name : {"source", "target"}) {
        Node host = host_node(name, link);
        if (one.is_xenserver) put_text(host, "send_budget", send_budget(one));
        if (!one.is_xenserver) put(host, "streams_max", make_integer(1));
        if (one.with_disks) {
            Node storages = make_list();
            storages.children.push_back(make_text(name == "source" ? "local" : "target"));
            put(host, "storages", std::move(storages));
        }
        hosts.children.push_back(std::move(host));
    }
    Node timing = make_object();
    if (one.is_xenserver) put_text(timing, "stream_cap", one.kernel_tls ? "25 Gbps" : "2.1 Gbps");
    if (!one.is_xenserver) timing = nova_timing(one);
    Node vms = make_list();
    for (std::size_t i = 0; i < one.vms; ++i) {
        vms.children.push_back(evacuated_vm(inputs, one, i));
    }
    Node scenario = scenario_of(std::move(timing), std::move(hosts), std::move(vms));
    if (!one.with_disks) return scenario;
    Node storages = make_list();
    for (const std::string_view name : {"local", "target"}) {
        Node storage = make_object();
        put_text(storage, "name", name);
        put(storage, "shared", make_boolean(false));
        put_text(storage, "free", "100 TB");
        storages.children.push_back(std::move(storage));
    }
    put(scenario, "storages", std::move(storages));
    return scenario;
}

// XenServer refills its window; OpenStack's client waits for a whole batch. Which VM of a batch
// the hypervisor took first is not told: they are alike, and named by when they ended.
ForeignRun evacuation_run(const Evacuation& one, std::vector<double> durations) {
    ForeignRun run;
    for (std::size_t first = 0; first < durations.size(); first += one.at_once) {
        const auto begin = durations.begin() + static_cast<std::ptrdiff_t>(first);
        const std::size_t last = std::min(durations.size(), first + one.at_once);
        std::sort(begin, durations.begin() + static_cast<std::ptrdiff_t>(last));
    }
    for (std::size_t i = 0; i < one.vms; ++i) {
        ForeignMove move;
        move.vm = numbered("vm", i, one.vms);
        move.from = "source";
        move.to = "target";
        move.disks = one.with_disks;
        const std::size_t batch = i / one.at_once * one.at_once;
        for (std::size_t before = batch - std::min(batch, one.at_once); before < batch; ++before) {
            move.after.push_back(static_cast<std::uint32_t>(before));
        }
        if (i < durations.size()) move.total = from_seconds(durations[i]);
        run.moves.push_back(std::move(move));
    }
    return run;
}

std::vector<Node> evacuation_cases(const ForeignObject& at, std::vector<std::string>& remarks) {
    const ForeignObject inputs(at.object("inputs"), at.problems());
    const Evacuation one = evacuation_of(at, inputs);
    std::vector<ForeignRun> runs;
    const Place all = at.list("evacuations");
    for (std::size_t i = 0; i < all.node->children.size(); ++i) {
        const ForeignObject measured(entry_of(all, i), at.problems());
        const Place list = measured.list("vm_durations_s");
        std::vector<double> durations;
        for (std::size_t j = 0; j < list.node->children.size(); ++j) {
            durations.push_back(number_of(entry_of(list, j), at.problems()).value_or(0));
        }
        if (durations.size() != one.vms) continue;  // some of its VMs were not told of
        runs.push_back(evacuation_run(one, std::move(durations)));
        runs.back().name = std::to_string(i + 1);
        if (const auto total = measured.number("total_s")) {
            runs.back().makespan = from_seconds(*total);
        }
    }
    const ForeignObject measured(at.object("measured"), at.problems());
    const auto total = measured.number("evacuation_total_s");
    if (runs.empty() && total) {
        runs.push_back(evacuation_run(one, {}));
        runs.back().name = "1";
        runs.back().makespan = from_seconds(*total);
    }
    if (runs.empty() || !inputs.has("vm_ram_mib") || !inputs.has("nic_mbps")) {
        remarks.push_back(at.text("id") +
                          " was not replayed because its memory, link or times are not told");
        return {};
    }
    return {case_node(at.text("id"), evacuation_scenario(inputs, one), runs)};
}

}  // namespace

bool is_published_recording(const Node& root) {
    const Node* format = find_member(root, "format");
    return format != nullptr && format->text == "migration-validation-cases/1" &&
           find_member(root, "cases") != nullptr && find_member(root, "cases")->is_array();
}

Node recording_from_published(const Node& root, std::string_view prefix, Problems& problems) {
    const Place top{nullptr, &root, {}, 0, {}};
    const Place cases = member_of(top, "cases");
    std::vector<std::string> remarks;
    std::set<std::string> sources, systems;
    bool verified = true;
    Node nodes = make_list();
    for (std::size_t i = 0; i < cases.node->children.size(); ++i) {
        const ForeignObject at(entry_of(cases, i), problems);
        const std::string id = at.text("id");
        if (!id.starts_with(prefix)) continue;
        const std::string kind = at.text("kind");
        std::vector<Node> made;
        if (kind == "replay") {
            made = replay_cases(at);
        } else if (kind == "evacuation") {
            made = evacuation_cases(at, remarks);
        } else if (kind == "single") {
            made = single_cases(at, remarks);
        } else {
            remarks.push_back(id + " was not replayed because it is no migration but of kind " +
                              kind);
        }
        if (made.empty()) continue;
        sources.insert(at.text("source"));
        systems.insert(at.text("hypervisor"));
        const Place flag = at.at("verified");
        verified = verified && (flag.node == nullptr || flag.node->text == "true");
        for (Node& one : made) nodes.children.push_back(std::move(one));
    }
    const auto joined = [](const std::set<std::string>& texts) {
        std::string all;
        for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
        return all;
    };
    Node node = recording_node("Published measurements: " + joined(systems), joined(sources),
                               remarks, make_object(), std::move(nodes));
    if (!verified) put(*find_member(node, "recording"), "verified", make_boolean(false));
    return node;
}

}  // namespace vacate::codec
