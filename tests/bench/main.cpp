// bench [--json] [--peers FILE] [--only REGEX]: measures the kernel; says which targets are met.
// bench --peak NAME: runs one workload once and prints the memory that took.
//
// FILE has lines "name value [makespan]": seconds that SimGrid took for the same workload, and
// what --peak printed. Exit status 0 whether targets are met or not, 3 when something broke.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Optional = std::optional<double>;

struct Measured {
    double seconds = 0;  // the least of all repetitions
    std::map<std::string, double> counters;
};

struct Peer {
    double value = 0;
    Optional makespan;
};

/// A line of the table. Units "x" and "1/s" are to be at least their target, others at most.
struct Row {
    std::string name;
    Optional value;
    std::string unit;
    Optional target = std::nullopt;
    Optional peer = std::nullopt;  // in the same unit
    Optional ratio = std::nullopt;

    [[nodiscard]] std::optional<bool> met() const {
        if (!value || !target) return std::nullopt;
        const bool at_least = unit == "x" || unit == "1/s";
        return at_least ? *value >= *target : *value <= *target;
    }
};

class Collector : public benchmark::BenchmarkReporter {
  public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            if (run.run_type != Run::RT_Iteration) continue;
            const std::string name = run.run_name.function_name + "/" + run.run_name.args;
            const double seconds =
                run.real_accumulated_time / static_cast<double>(std::max<std::int64_t>(
                                                1, static_cast<std::int64_t>(run.iterations)));
            const auto [at, is_new] = measured.try_emplace(name);
            if (is_new || seconds < at->second.seconds) at->second.seconds = seconds;
            for (const auto& [key, counter] : run.counters) {
                at->second.counters[key] = counter.value;
            }
        }
    }

    std::map<std::string, Measured> measured;
};

class Table {
  public:
    Table(const std::map<std::string, Measured>& measured, const std::map<std::string, Peer>& peers)
        : measured_(measured), peers_(peers) {}

    std::vector<Row> rows() {
        for (const char* args :
             {"64/2000/1/1", "64/2000/4/1", "64/2000/10/1", "64/2000/4/0", "1000/20000/1/1",
              "1000/20000/1/0", "1000/20000/4/0", "1000/20000/10/0", "10000/200000/4/1"}) {
            add_time(std::string("flows/") + args, std::nullopt);
        }
        add_time("flows/1000/20000/4/1", 50);
        add_time("flows/1000/20000/10/1", 250);
        add_time("migrations/64/2000/1/1", std::nullopt);
        add_time("migrations/64/2000/4/1", 10);
        add_time("migrations/1000/20000/4/1", 500);
        add_time("migrations/1000/20000/4/0", std::nullopt);
        for (const char* args : {"1/1", "4/1", "10/1", "1/0", "4/0", "10/0"}) {
            add_speedup(std::string("flows/1000/20000/") + args, 300);
        }
        add_speedup("migrations/64/2000/1/1", 500);
        add_speedup("migrations/64/2000/4/1", 500);
        add_events();
        for (const char* hosts : {"16", "64", "256", "1000"}) {
            const Measured* one = find(std::string("upgrades/") + hosts);
            if (one != nullptr) add({"upgrades/" + std::string(hosts), 1 / one->seconds, "1/s"});
        }
        for (const auto& [hosts, most] : {std::pair<const char*, Optional>{"64", 300},
                                          std::pair<const char*, Optional>{"1000", {}}}) {
            const Measured* one = find(std::string("forks/") + hosts);
            if (one == nullptr) continue;
            add({"forks/" + std::string(hosts), one->seconds * 1e6, "us"});
            add({"forks/size/" + std::string(hosts), one->counters.at("kibibytes"), "KiB", most});
        }
        // 10,000 runs of 64 hosts within 60 s.
        const std::vector<std::pair<std::string, Optional>> asked{
            {"16/1", std::nullopt}, {"64/1", std::nullopt}, {"64/2", 10'000. / 60}};
        for (const auto& [args, target] : asked) {
            const Measured* one = find("trials/" + args);
            if (one == nullptr) continue;
            add({"trials/" + args, one->counters.at("runs") / one->seconds, "1/s", target});
        }
        add_variants();
        for (const char* name : {"peak/migrations", "peak/upgrades"}) {
            const auto peer = peers_.find(name);
            if (peer != peers_.end()) add({name, peer->second.value, "MiB", 200});
        }
        std::stable_sort(rows_.begin(), rows_.end(),
                         [](const Row& a, const Row& b) { return family(a) < family(b); });
        return std::move(rows_);
    }

  private:
    static std::string family(const Row& row) { return row.name.substr(0, row.name.find('/')); }

    const Measured* find(const std::string& name) const {
        const auto at = measured_.find(name);
        return at == measured_.end() ? nullptr : &at->second;
    }

    void add(Row row) { rows_.push_back(std::move(row)); }

    void add_time(const std::string& name, Optional target) {
        const Measured* one = find(name);
        if (one == nullptr) return;
        Row row{name, one->seconds * 1e3, "ms", target};
        const auto peer = peers_.find(name);
        if (peer != peers_.end()) {
            row.peer = peer->second.value * 1e3;
            row.ratio = peer->second.value / one->seconds;
            compare_makespans(name, *one, peer->second);
        }
        add(row);
    }

    // What is not the same workload must not be compared.
    static void compare_makespans(const std::string& name, const Measured& one, const Peer& peer) {
        if (!peer.makespan) return;
        const double ours = one.counters.at("makespan_s");
        if (std::fabs(ours - *peer.makespan) <= 0.01 * ours) return;
        std::fprintf(stderr, "bench: %s ends at %.3f s here and at %.3f s in SimGrid\n",
                     name.c_str(), ours, *peer.makespan);
    }

    void add_speedup(const std::string& name, double target) {
        const Measured* one = find(name);
        const auto peer = peers_.find(name);
        if (one == nullptr || peer == peers_.end()) return;
        add({"speedup/" + name, peer->second.value / one->seconds, "x", target});
    }

    void add_variants() {
        for (const char* hosts : {"16", "64"}) {
            const Measured* one = find("variants/" + std::string(hosts) + "/1");
            const Measured* two = find("variants/" + std::string(hosts) + "/2");
            if (one == nullptr || two == nullptr) continue;
            for (const auto& [threads, run] : {std::pair{"/1", one}, std::pair{"/2", two}}) {
                add({"variants/" + std::string(hosts) + threads,
                     run->counters.at("variants") / run->seconds, "1/s"});
            }
            add({"variants/speedup/" + std::string(hosts), one->seconds / two->seconds, "x"});
        }
    }

    void add_events() {
        const auto cost = [this](const std::string& args) -> Optional {
            const Measured* one = find("flows/" + args);
            if (one == nullptr) return std::nullopt;
            return one->seconds * 1e9 / one->counters.at("events");
        };
        for (const char* args :
             {"16/320/4/1", "1000/20000/4/1", "1000/20000/10/1", "10000/200000/4/1"}) {
            if (!cost(args)) continue;
            add({std::string("event/") + args, cost(args), "ns"});
            add({std::string("event/changes/") + args,
                 find(std::string("flows/") + args)->counters.at("changes_per_event"), "rates"});
        }
        const Optional small = cost("1000/20000/4/1");
        const Optional large = cost("10000/200000/4/1");
        if (small) add({"event/rate/1000/20000/4/1", 1e9 / *small, "1/s"});
        if (small && large) {
            add({"event/growth from 1000 to 10000 hosts", *large / *small, "times", 1.5});
        }
    }

    const std::map<std::string, Measured>& measured_;
    const std::map<std::string, Peer>& peers_;
    std::vector<Row> rows_;
};

nlohmann::json json_of(const Optional& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
}

void print_json(const Row& row) {
    const std::optional<bool> met = row.met();
    const nlohmann::ordered_json line{{"name", row.name},
                                      {"value", json_of(row.value)},
                                      {"unit", row.unit},
                                      {"target", json_of(row.target)},
                                      {"peer", json_of(row.peer)},
                                      {"ratio", json_of(row.ratio)},
                                      {"met", met ? nlohmann::json(*met) : nlohmann::json()}};
    std::printf("%s\n", line.dump().c_str());
}

std::string shown(const Optional& value) {
    if (!value) return "-";
    std::ostringstream text;
    text.precision(*value < 10 ? 3 : 4);
    if (*value >= 1000)
        text << std::fixed << std::llround(*value);
    else
        text << *value;
    return text.str();
}

void print_line(const Row& row) {
    const std::optional<bool> met = row.met();
    std::printf("%-42s %12s %-6s %8s %10s %8s  %s\n", row.name.c_str(), shown(row.value).c_str(),
                row.unit.c_str(), shown(row.target).c_str(), shown(row.peer).c_str(),
                shown(row.ratio).c_str(), met ? (*met ? "yes" : "NO") : "");
}

std::map<std::string, Peer> read_peers(const char* path) {
    std::map<std::string, Peer> peers;
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        std::string name;
        Peer peer;
        if (!(words >> name >> peer.value)) continue;
        double makespan = 0;
        if (words >> makespan) peer.makespan = makespan;
        peers[name] = peer;
    }
    return peers;
}

// A process of its own for each, because the peak of a process never falls.
int print_peak(const std::string& name) {
    Collector collector;
    const std::string filter =
        "^" + (name == "migrations" ? "migrations/1000/20000/4/1" : name + "/1000") + "/";
    benchmark::RunSpecifiedBenchmarks(&collector, filter);
    for (const auto& [_, one] : collector.measured) {
        std::printf("peak/%s %.1f\n", name.c_str(), one.counters.at("peak_mebibytes"));
        return 0;
    }
    std::fprintf(stderr, "bench: there is no workload %s\n", name.c_str());
    return 2;
}

}  // namespace

int main(int count, char** arguments) {
    bool json = false;
    std::string only = "all";
    std::map<std::string, Peer> peers;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        const bool has_value = i + 1 < count;
        if (argument == "--json") {
            json = true;
        } else if (argument == "--peers" && has_value) {
            peers = read_peers(arguments[++i]);
        } else if (argument == "--only" && has_value) {
            only = arguments[++i];
        } else if (argument == "--peak" && has_value) {
            return print_peak(arguments[++i]);
        } else {
            std::fprintf(stderr,
                         "usage: bench [--json] [--peers FILE] [--only REGEX] | --peak NAME\n");
            return 2;
        }
    }
    Collector collector;
    benchmark::RunSpecifiedBenchmarks(&collector, only);
    const std::vector<Row> rows = Table(collector.measured, peers).rows();
    if (!json) {
        std::printf("%-42s %12s %-6s %8s %10s %8s  %s\n", "name", "value", "unit", "target",
                    "SimGrid", "ratio", "met");
    }
    for (const Row& row : rows) json ? print_json(row) : print_line(row);
    return 0;
}
