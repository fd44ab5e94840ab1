// How good plans are: ours, the peers' and hroller's on the same pools, through the same kernel.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "model/codec/scenario.hpp"
#include "sim/search/baseline.hpp"
#include "sim/search/bound.hpp"
#include "sim/search/planner.hpp"
#include "tools/generator/generate.hpp"

// Usage: quality [--json] [--quick] [--shortest] [--only REGEX] [--hroller PROGRAM] [--effort N]
//        [SCENARIO]...
// tests/bench/quality builds it and says what it prints.

namespace vacate {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    bool json = false;
    bool quick = false;
    bool shortest = false;  // our own plans of the least makespan, nothing else
    std::regex only{""};    // of the pools, by name
    std::string hroller;    // empty: it is not installed
    std::int64_t effort = PlanOptions{}.effort;
    std::vector<std::string> scenarios;
};

struct Row {
    std::string pool, policy;
    bool feasible = false;
    std::int64_t hosts = 0, vms = 0, fill_permille = 0;
    Duration makespan{}, bound{};
    std::int64_t moves = 0, bound_moves = 0;
    double seconds = 0;
    std::string why;  // where it is not feasible
};

// ---- Ganeti's htools text format

std::string mebibytes_text(Bytes amount) { return std::to_string(amount.count >> 20); }

// VMs as instances on shared storage, whatever their features: hroller knows memory alone.
std::string htools_text(const Scenario& scenario) {
    const Pool& pool = scenario.pool;
    std::string text = "group|uuid-1|preferred||\n\n";
    for (const Id<Host> host : pool.hosts.ids()) {
        const HostState& now = scenario.state.hosts[host];
        text += pool.hosts[host].name + "|" + mebibytes_text(pool.hosts[host].memory) + "|0|" +
                mebibytes_text(pool.hosts[host].memory - now.committed) + "|4000000|4000000|256|" +
                (host == pool.coordinator ? "M" : "N") + "|uuid-1|1\n";
    }
    text += "\n";
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> host = scenario.state.vms[vm].host;
        if (host.is_none()) continue;
        text += pool.vms[vm].name + "|" + mebibytes_text(pool.vms[vm].memory) +
                "|1024|1|running|Y|" + pool.hosts[host].name + "||ext||1\n";
    }
    text +=
        "\n\n|128,1,1024,1,1,1|128,1,1024,1,1,1;1048576,64,1048576,16,8,12|"
        "ext,plain,drbd,sharedfile|1000.0|1000.0\n";
    text +=
        "group|128,1,1024,1,1,1|128,1,1024,1,1,1;1048576,64,1048576,16,8,12|"
        "ext,plain,drbd,sharedfile|1000.0|1000.0\n";
    return text;
}

struct RebootGroup {
    std::vector<Id<Host>> hosts;
    std::vector<Migrate> moves;
};

template <class Of, class Named>
std::map<std::string, Id<Of>> by_name(const Named& table) {
    std::map<std::string, Id<Of>> found;
    for (const auto id : table.ids()) found.emplace(table[id].name, id);
    return found;
}

// What hroller prints with --print-moves: a line of nodes, then one line for each instance.
std::vector<RebootGroup> parse_groups(const Scenario& scenario, const std::string& text) {
    const auto hosts = by_name<Host>(scenario.pool.hosts);
    const auto vms = by_name<Vm>(scenario.pool.vms);
    std::vector<RebootGroup> groups;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) continue;
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream words(line);
        std::string first, second;
        if (line[0] != ' ') {
            groups.emplace_back();
            while (words >> first) {
                if (hosts.count(first) > 0) groups.back().hosts.push_back(hosts.at(first));
            }
        } else if (words >> first >> second && vms.count(first) > 0 && hosts.count(second) > 0) {
            const Id<Vm> vm = vms.at(first);
            groups.back().moves.push_back({vm, scenario.state.vms[vm].host, hosts.at(second)});
        }
    }
    return groups;
}

struct Ran {
    bool fine = false;
    std::string out;
};

Ran run(const std::string& command) {
    Ran result;
    std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return result;
    char buffer[4096];
    while (std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) {
        result.out.append(buffer, count);
    }
    const int status = pclose(pipe);
    result.fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return result;
}

// Whole stages, each behind the one before.
class Stages {
  public:
    void add(const Step& step) {
        plan_.steps.push_back(step);
        plan_.after.push_back(last_);
        current_.push_back(Id<Step>{static_cast<std::uint32_t>(plan_.steps.size() - 1)});
    }
    void close() {
        if (current_.empty()) return;
        last_ = std::move(current_);
        current_.clear();
    }
    [[nodiscard]] const Plan& plan() const { return plan_; }

  private:
    Plan plan_;
    std::vector<Id<Step>> last_, current_;
};

// Each group is emptied, upgraded side by side, and gets its VMs back, as hroller assumes.
Plan replay_plan(const Scenario& scenario, const std::vector<RebootGroup>& groups) {
    Stages stages;
    const PoolState& state = scenario.state;
    if (!state.backed_up) stages.add(BackUpDatabase{});
    if (state.ha.on) stages.add(DisableHa{});
    if (state.wlb.on) stages.add(DisableWlb{});
    if (state.auto_power_on.on) stages.add(DisableAutoPowerOn{});
    for (const Id<Vm> vm : scenario.pool.vms.ids()) {
        if (scenario.pool.vms[vm].cd && !state.vms[vm].host.is_none()) stages.add(EjectCd{vm});
    }
    stages.close();
    for (const RebootGroup& group : groups) {
        for (const Id<Host> host : group.hosts) stages.add(DisableHost{host});
        stages.close();
        for (const Migrate& move : group.moves) stages.add(move);
        stages.close();
        for (const Id<Host> host : group.hosts) stages.add(Upgrade{host});
        stages.close();
        for (const Id<Host> host : group.hosts) stages.add(EnableHost{host});
        stages.close();
        for (const Migrate& move : group.moves) stages.add(Migrate{move.vm, move.to, move.from});
        stages.close();
    }
    return stages.plan();
}

// The pool with one more host that has nothing to do: the coordinator, upgraded before. So
// hroller's order, the master last of all, breaks no rule of ours.
Scenario with_coordinator_apart(Scenario scenario) {
    Host extra = scenario.pool.hosts[scenario.pool.coordinator];
    extra.name = "~coordinator";
    extra.memory = extra.memory_after = Bytes{};
    extra.version = extra.target;
    scenario.pool.coordinator = scenario.pool.hosts.push_back(extra);
    HostState state;
    state.upgraded = true;
    scenario.state.hosts.push_back(state);
    ++scenario.state.hosts_upgraded;
    scenario.state.backed_up = true;
    ++scenario.pool.policy.hosts_down_max;
    return scenario;
}

// The coordinator alone before everybody else.
std::vector<RebootGroup> coordinator_first(const Scenario& scenario,
                                           std::vector<RebootGroup> groups) {
    RebootGroup first;
    const Id<Host> coordinator = scenario.pool.coordinator;
    for (RebootGroup& group : groups) {
        if (std::erase(group.hosts, coordinator) == 0) continue;
        first.hosts.push_back(coordinator);
        const auto of_it =
            std::stable_partition(group.moves.begin(), group.moves.end(),
                                  [&](const Migrate& move) { return move.from != coordinator; });
        first.moves.assign(of_it, group.moves.end());
        group.moves.erase(of_it, group.moves.end());
    }
    std::erase_if(groups, [](const RebootGroup& group) { return group.hosts.empty(); });
    groups.insert(groups.begin(), first);
    return groups;
}

// ---- policies

double seconds_since(std::chrono::steady_clock::time_point begun) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

void take_figures(Row& row, const Schedule& schedule) {
    row.feasible = true;
    row.makespan = schedule.makespan;
    row.moves = schedule.moves;
}

void simulate_into(Row& row, const Scenario& scenario, const Plan& plan) {
    const auto ran = simulate(scenario.pool, scenario.state, plan, {.timeline = false});
    if (ran) return take_figures(row, *ran);
    row.why = "stalls: " + explain(scenario.pool, ran.error().broken.violation);
}

void plan_ours(Row& row, const Scenario& scenario, Objective objective, std::int64_t effort) {
    PlanOptions options;
    options.effort = effort;
    options.objective = objective;
    options.threads = 2;
    const auto planned = plan_upgrade(scenario.pool, scenario.state, options);
    if (planned) return take_figures(row, planned->simulation);
    row.why = planned.error().proven ? "proved impossible" : "not found";
}

void plan_peer(Row& row, const Scenario& scenario, Baseline baseline) {
    const BaselinePlan peer = plan_baseline(scenario.pool, scenario.state, baseline);
    if (peer.stuck) {
        row.why = "stuck at " + scenario.pool.hosts[peer.stuck->host].name;
        return;
    }
    simulate_into(row, scenario, peer.plan);
}

void add_hroller(std::vector<Row>& rows, const Row& blank, const Scenario& scenario,
                 const std::string& program) {
    const auto file = std::filesystem::temp_directory_path() /
                      ("vacate-quality-" + std::to_string(getpid()) + ".data");
    std::ofstream(file) << htools_text(scenario);
    const auto begun = std::chrono::steady_clock::now();
    const Ran ran =
        run("'" + program + "' -t '" + file.string() + "' -f --no-headers --print-moves");
    std::filesystem::remove(file);
    for (const bool first : {false, true}) {
        Row row = blank;
        row.policy = first ? "hroller-first" : "hroller";
        row.seconds = seconds_since(begun);
        const auto groups = parse_groups(scenario, ran.out);
        if (!ran.fine || groups.empty()) {
            row.why = "refuses: " + ran.out.substr(0, ran.out.find('\n'));
        } else if (first) {
            simulate_into(row, scenario,
                          replay_plan(scenario, coordinator_first(scenario, groups)));
        } else {
            const Scenario apart = with_coordinator_apart(scenario);
            simulate_into(row, apart, replay_plan(apart, groups));
        }
        rows.push_back(row);
    }
}

std::vector<Row> judge(const std::string& name, const Scenario& scenario, const Options& options) {
    Row blank;
    blank.pool = name;
    blank.hosts = static_cast<std::int64_t>(scenario.pool.hosts.size());
    Bytes memory, used;
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        memory += scenario.pool.hosts[host].memory;
        used += scenario.state.hosts[host].committed;
        blank.vms += scenario.state.hosts[host].vms;
    }
    blank.fill_permille = static_cast<std::int64_t>(static_cast<Wide>(used.count) * 1000 /
                                                    std::max<std::int64_t>(1, memory.count));
    const LowerBounds bounds = lower_bounds(scenario.pool, scenario.state);
    blank.bound = bounds.makespan.makespan;
    blank.bound_moves = bounds.moves.moves;
    std::vector<Row> rows;
    const auto add = [&](const char* policy, auto plan) {
        Row row = blank;
        row.policy = policy;
        const auto begun = std::chrono::steady_clock::now();
        plan(row);
        row.seconds = seconds_since(begun);
        rows.push_back(row);
    };
    add("vacate", [&](Row& row) { plan_ours(row, scenario, Objective::makespan, options.effort); });
    if (options.shortest) return rows;
    add("vacate-moves",
        [&](Row& row) { plan_ours(row, scenario, Objective::moves, options.effort); });
    add("wizard", [&](Row& row) { plan_peer(row, scenario, Baseline::wizard); });
    add("rpu", [&](Row& row) { plan_peer(row, scenario, Baseline::rpu); });
    if (!options.hroller.empty()) add_hroller(rows, blank, scenario, options.hroller);
    return rows;
}

// ---- pools

struct Family {
    const char* name;
    std::int64_t hosts, fill;
    SizeMix sizes;
    std::int64_t unequal = 0, apart = 0, spare = 0;
    bool one_by_one = false;  // half duplex, one migration at a time on each host
};

constexpr Family families[]{
    {"8-mixed-50", 8, 50, SizeMix::mixed},
    {"8-mixed-65", 8, 65, SizeMix::mixed},
    {"8-uniform-80", 8, 80, SizeMix::uniform},
    {"16-mixed-65", 16, 65, SizeMix::mixed},
    {"16-heavy-75", 16, 75, SizeMix::heavy},
    {"16-mixed-85", 16, 85, SizeMix::mixed},
    {"16-mixed-90", 16, 90, SizeMix::mixed},
    {"16-big-75", 16, 75, SizeMix::big},
    {"16-unequal-75", 16, 75, SizeMix::mixed, 40},
    {"16-groups-75", 16, 75, SizeMix::mixed, 0, 20},
    {"32-uniform-70", 32, 70, SizeMix::uniform},
    {"32-mixed-85", 32, 85, SizeMix::mixed},
    {"32-heavy-91", 32, 91, SizeMix::heavy},
    {"64-mixed-60", 64, 60, SizeMix::mixed},
    {"64-mixed-74", 64, 74, SizeMix::mixed},
    {"64-mixed-85", 64, 85, SizeMix::mixed},
    {"64-mixed-90", 64, 90, SizeMix::mixed},
    {"64-big-80", 64, 80, SizeMix::big},
    {"64-unequal-80", 64, 80, SizeMix::mixed, 40},
    {"64-groups-75", 64, 75, SizeMix::mixed, 0, 60},
    {"16-spare-75", 16, 75, SizeMix::mixed, 0, 0, 1},

    {"16-single-75", 16, 75, SizeMix::mixed, 0, 0, 0, true},
    {"64-single-80", 64, 80, SizeMix::mixed, 0, 0, 0, true},
};

Scenario drawn(const Family& family) {
    GeneratorOptions options;
    options.seed = 20'260'101;
    options.hosts = family.hosts;
    options.fill_percent = family.fill;
    options.sizes = family.sizes;
    options.unequal_percent = family.unequal;
    options.apart = family.apart;
    options.spare_hosts = family.spare;
    if (family.spare > 0) options.protect_percent = 30;
    Scenario scenario = generate(options);
    if (family.one_by_one) {
        scenario.pool.policy.migrations_per_host_max = 1;
        for (Host& host : scenario.pool.hosts) host.full_duplex = false;
    }
    return scenario;
}

void print(const Row& row, bool json) {
    if (json) {
        Json line{{"pool", row.pool},
                  {"hosts", row.hosts},
                  {"vms", row.vms},
                  {"fill_permille", row.fill_permille},
                  {"policy", row.policy},
                  {"feasible", row.feasible},
                  {"makespan_us", row.makespan.count()},
                  {"moves", row.moves},
                  {"bound_us", row.bound.count()},
                  {"bound_moves", row.bound_moves},
                  {"seconds", row.seconds}};
        if (!row.why.empty()) line["why"] = row.why;
        std::printf("%s\n", line.dump().c_str());
    } else if (row.feasible) {
        std::printf(
            "%-16s %-13s %7.0f s %6.3f x bound %6lld moves %5.2f a VM (bound %lld) %6.2f s\n",
            row.pool.c_str(), row.policy.c_str(), static_cast<double>(row.makespan.count()) / 1e6,
            static_cast<double>(row.makespan.count()) /
                static_cast<double>(std::max<std::int64_t>(1, row.bound.count())),
            static_cast<long long>(row.moves),
            static_cast<double>(row.moves) /
                static_cast<double>(std::max<std::int64_t>(1, row.vms)),
            static_cast<long long>(row.bound_moves), row.seconds);
    } else {
        std::printf("%-16s %-13s %s\n", row.pool.c_str(), row.policy.c_str(), row.why.c_str());
    }
    std::fflush(stdout);
}

int measure(const Options& options) {
    const auto show = [&](const std::string& name, const Scenario& scenario) {
        if (!std::regex_search(name, options.only)) return;
        for (const Row& row : judge(name, scenario, options)) print(row, options.json);
    };
    for (const Family& family : families) {
        if (options.quick && family.hosts > 16) continue;
        show(family.name, drawn(family));
    }
    for (const std::string& path : options.scenarios) {
        std::ifstream file(path);
        std::ostringstream text;
        text << file.rdbuf();
        const auto scenario = read_any(text.str(), path, {});
        if (!scenario) {
            std::fprintf(stderr, "quality: %s cannot be read\n", path.c_str());
            return 2;
        }
        show(std::filesystem::path(path).stem().string(), *scenario);
    }
    return 0;
}

}  // namespace
}  // namespace vacate

int main(int count, char** arguments) {
    vacate::Options options;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        const bool has_value = i + 1 < count;
        if (argument == "--json") {
            options.json = true;
        } else if (argument == "--quick") {
            options.quick = true;
        } else if (argument == "--shortest") {
            options.shortest = true;
        } else if (argument == "--only" && has_value) {
            options.only = arguments[++i];
        } else if (argument == "--hroller" && has_value) {
            options.hroller = arguments[++i];
        } else if (argument == "--effort" && has_value) {
            options.effort = std::stoll(arguments[++i]);
        } else {
            options.scenarios.push_back(argument);
        }
    }
    return vacate::measure(options);
}
