// What the QEMU lab writes: real QEMU guests that dirty memory at an exact rate over capped links.
#include <algorithm>
#include <set>

#include "model/codec/foreign_recording.hpp"
#include "model/codec/shown.hpp"
#include "model/limits.hpp"

namespace vacate::codec {
namespace {

constexpr double page_bytes = 4096;
constexpr double pages_in_mebibyte = 256;
// QEMU's machine "pc" has this much memory beside the guest's RAM, of which so much is zero.
// Source: ram_total_bytes, normal_pages and zero_pages in the lab's own measurements.
constexpr double other_pages = 130;
constexpr double other_zero_pages = 40;
constexpr std::size_t most_hosts = 64;

// The rate of the link as tc caps it; TCP carries 0.957 of it (the lab's own iperf figures).
constexpr std::string_view uncapped = "10 Gbps";

std::string host_name(double number) {
    return "h" + std::to_string(static_cast<std::int64_t>(number));
}

/// One case, and what of it cannot be replayed.
class LabCase {
  public:
    LabCase(const Place& place, Problems& problems, std::vector<std::string>& remarks)
        : at_(place, problems),
          remarks_(remarks),
          name_(at_.text("id")),
          is_libvirt_(at_.has("flags")) {}

    std::optional<Node> node();

  private:
    struct Route {
        std::string from, to;
    };

    void remark(const std::string& why) { remarks_.push_back(name_ + " " + why); }
    bool is_replayable();
    void read_routes();
    void add_route(const std::optional<double>& from, const std::optional<double>& to);
    [[nodiscard]] Node scenario();
    [[nodiscard]] Node vm(std::size_t index);
    [[nodiscard]] Node timing();
    void time_flags(Node& timing);
    void time_capabilities(Node& timing);
    void time_interventions(Node& timing);
    [[nodiscard]] std::vector<ForeignRun> runs();
    std::optional<ForeignRun> run(const std::string& name, const Place& migrations);
    bool read_move(const ForeignObject& result, ForeignMove& move);
    bool read_qmp_move(const ForeignObject& result, ForeignMove& move);
    bool read_libvirt_move(const ForeignObject& result, ForeignMove& move);

    ForeignObject at_;
    std::vector<std::string>& remarks_;
    std::string name_;
    bool is_libvirt_;
    bool post_copy_ = false;
    std::vector<Route> routes_;
    std::set<std::string> hosts_;
};

std::string vm_name(std::size_t index) {
    return (index < 10 ? "vm0" : "vm") + std::to_string(index);
}

bool LabCase::is_replayable() {
    if (at_.has("error")) return remark("was not replayed because it failed in the lab"), false;
    if (at_.has("fault") || at_.has("twin")) {
        return remark("was not replayed because a fault was put into it"), false;
    }
    const Place acts = at_.list("act");
    for (std::size_t i = 0; i < acts.node->children.size(); ++i) {
        const std::vector<Node>& act = acts.node->children[i].children;
        const std::string command = act.size() > 1 ? act[1].text : "";
        if (command == "migrate-start-postcopy") continue;
        remark("was not replayed because of what was done while it ran: " + made_safe(command));
        return false;
    }
    return true;
}

void LabCase::add_route(const std::optional<double>& from, const std::optional<double>& to) {
    if (!from || !to || *from == *to || *from > most_hosts || *to > most_hosts) {
        at_.problems().add(at_.place(), "a VM has no way from one host to another",
                           "number the hosts 1, 2, 3 ... up to 64");
        return;
    }
    routes_.push_back({host_name(*from), host_name(*to)});
    hosts_.insert(routes_.back().from);
    hosts_.insert(routes_.back().to);
}

void LabCase::read_routes() {
    if (at_.has("routes")) {
        const Place routes = at_.list("routes");
        for (std::size_t i = 0; i < routes.node->children.size(); ++i) {
            const Place route = entry_of(routes, i);
            const bool pair = route.node->children.size() == 2;
            if (!pair) {
                add_route(std::nullopt, std::nullopt);
                continue;
            }
            add_route(number_of(entry_of(route, 0), at_.problems()),
                      number_of(entry_of(route, 1), at_.problems()));
        }
    } else if (at_.has("vms")) {
        const Place vms = at_.list("vms");
        for (std::size_t i = 0; i < vms.node->children.size(); ++i) {
            const ForeignObject route(entry_of(vms, i), at_.problems());
            add_route(route.number("src"), route.number("dst"));
        }
    } else {
        add_route(1.0, 2.0);
    }
}

// Filled pages first, zero pages behind them; both with what QEMU adds.
Node LabCase::vm(std::size_t index) {
    const double memory = at_.number("mem_mb").value_or(0) * pages_in_mebibyte;
    const double filled = at_.number("fill_mb").value_or(memory / pages_in_mebibyte - 16);
    const double zero = std::max(0.0, memory - filled * pages_in_mebibyte) + other_zero_pages;
    const double all = memory + other_pages;
    const auto permille = static_cast<std::int64_t>(std::min(1000.0, 1000 * zero / all + 0.5));
    const double rate = at_.number("rate_pps").value_or(0) * page_bytes;
    Node node = make_object();
    put(node, "name", make_text(vm_name(index)));
    put(node, "memory", bytes_node(from_mebibytes(all / pages_in_mebibyte)));
    put(node, "zero_pages",
        make_text("0." + std::string(permille < 100 ? "0" : "") +
                  std::string(permille < 10 ? "0" : "") +
                  std::to_string(std::min<std::int64_t>(permille, 999))));
    put(node, "dirty_rate", rate_node(from_megabits(rate / 125'000)));
    put(node, "working_set", bytes_node(from_mebibytes(at_.number("wss_mb").value_or(0))));
    if (at_.has("pattern") && at_.text("pattern") == "random") {
        put(node, "dirty_pattern", make_text("random"));
    }
    return node;
}

void LabCase::time_flags(Node& timing) {
    // virsh and libvirtd around QEMU's own part, from the wall times of the lab's libvirt cases.
    put(timing, "before", make_text("1200 ms"));
    put(timing, "after", make_text("400 ms"));
    const Place flags = at_.list("flags");
    const std::vector<Node>& words = flags.node->children;
    std::optional<double> timeout;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i].text;
        const auto value = [&]() -> std::optional<double> {
            if (i + 1 >= words.size()) return std::nullopt;
            Node number = words[i + 1];
            number.kind = Node::Kind::number;
            const Place at = entry_of(flags, i + 1);
            return number_of(Place{at.above, &number, at.member, at.index, at.subject},
                             at_.problems());
        };
        if (word == "--bandwidth") {
            if (const auto limit = value()) {
                put(timing, "live_cap", rate_node(Bandwidth{from_mebibytes(*limit).count}));
            }
            ++i;
        } else if (word == "--timeout") {
            timeout = value();
            ++i;
        } else if (word == "--timeout-suspend" && timeout) {
            put(timing, "live_max", time_node(from_seconds(*timeout)));
        } else if (word == "--timeout-postcopy" && timeout) {
            put(timing, "post_copy_after", time_node(from_seconds(*timeout)));
            post_copy_ = true;
        } else if (word == "--auto-converge") {
            put(timing, "auto_converge", make_boolean(true));
        } else if (word == "--postcopy-after-precopy") {
            put(timing, "post_copy_round", make_integer(1));
            post_copy_ = true;
        } else if (word != "--p2p" && word != "--postcopy" && word != "--live") {
            remark("was replayed as if without the flag " + made_safe(word));
        }
    }
}

void LabCase::time_capabilities(Node& timing) {
    const Place capabilities = at_.object("capabilities");
    for (const Node& one : capabilities.node->children) {
        if (one.text != "true" || one.key == "postcopy-ram" || one.key == "events") continue;
        if (one.key == "auto-converge") {
            put(timing, "auto_converge", make_boolean(true));
        } else {
            remark("was replayed as if without the capability " + made_safe(one.key));
        }
    }
}

void LabCase::time_interventions(Node& timing) {
    const Place acts = at_.list("act");
    for (std::size_t i = 0; i < acts.node->children.size(); ++i) {
        const Place act = entry_of(acts, i);
        if (act.node->children.size() < 2 || post_copy_) continue;
        const auto when = number_of(entry_of(act, 0), at_.problems());
        if (when) put(timing, "post_copy_after", time_node(from_seconds(*when)));
        post_copy_ = true;
    }
}

Node LabCase::timing() {
    Node timing = make_object();
    if (const auto limit = at_.number("downtime_limit_ms"); limit && *limit != 300) {
        put(timing, "downtime_limit", time_node(from_seconds(*limit / 1000)));
    }
    const ForeignObject parameters(at_.object("parameters"), at_.problems());
    auto cap = at_.number("max_bandwidth_bytes");
    if (parameters.has("max-bandwidth")) cap = parameters.number("max-bandwidth");
    if (cap && *cap > 0 && *cap < 1e11) {
        put(timing, "live_cap", rate_node(from_megabits(*cap / 125'000)));
    }
    if (is_libvirt_) time_flags(timing);
    time_capabilities(timing);
    time_interventions(timing);
    return timing;
}

Node LabCase::scenario() {
    const Place cap = at_.at("cap_mbit");
    const bool capped =
        cap.node != nullptr && cap.node->kind == Node::Kind::number && cap.node->text != "0";
    const std::string link = capped
                                 ? rate_node(from_megabits(at_.number("cap_mbit").value_or(1))).text
                                 : std::string(uncapped);
    Node hosts = make_list();
    for (const std::string& host : hosts_) {
        Node node = make_object();
        put(node, "name", make_text(host));
        put(node, "link", make_text(link));
        hosts.children.push_back(std::move(node));
    }
    Node vms = make_list();
    for (std::size_t i = 0; i < routes_.size(); ++i) vms.children.push_back(vm(i));
    Node node = make_object();
    Node timing_node = timing();
    if (!timing_node.children.empty()) put(node, "timing", std::move(timing_node));
    if (const auto width = at_.number("width"); width && *width >= 1) {
        Node policy = make_object();
        put(policy, "migrations_per_pool_max", make_integer(static_cast<std::int64_t>(*width)));
        put(node, "policy", std::move(policy));
    }
    put(node, "hosts", std::move(hosts));
    put(node, "vms", std::move(vms));
    return node;
}

// Event times where they are, which QEMU 7.2 fills in before its counters.
bool LabCase::read_qmp_move(const ForeignObject& result, ForeignMove& move) {
    const std::string outcome = result.text("outcome");
    if (outcome == "not-converged") {
        const ForeignObject plateau(result.object("plateau"), result.problems());
        move.completed = false;
        auto watched = plateau.number("at_s");
        if (!watched) watched = result.number("wall_s");
        if (watched) move.total = from_seconds(*watched);
        return watched.has_value();
    }
    if (outcome != "completed") return false;
    const ForeignObject qemu(result.object("qemu"), result.problems());
    const ForeignObject events(result.object("from_events"), result.problems());
    std::optional<double> total = events.number("total_ms");
    std::optional<double> pause = events.number("stop_to_completed_ms");
    const Place log = result.list("events");
    std::optional<double> stopped;
    for (std::size_t i = 0; i < log.node->children.size(); ++i) {
        const std::vector<Node>& event = log.node->children[i].children;
        if (event.size() < 3) continue;
        const Place when_place = entry_of(log, i);
        if (event[1].text == "STOP")
            stopped = number_of(entry_of(when_place, 0), result.problems());
        if (event[2].text != "completed") continue;
        const auto when = number_of(entry_of(when_place, 0), result.problems());
        if (!total && when) total = *when * 1000;
        if (!pause && when && stopped) pause = (*when - *stopped) * 1000;
    }
    if (!total) total = qemu.number("total_time_ms");
    if (!pause || post_copy_) pause = qemu.number("downtime_ms");
    if (total) move.total = from_seconds(*total / 1000);
    if (pause) move.pause = from_seconds(*pause / 1000);
    if (const auto sent = qemu.number("transferred_bytes")) {
        move.sent = Bytes{static_cast<std::int64_t>(*sent)};
    }
    return total.has_value();
}

bool LabCase::read_libvirt_move(const ForeignObject& result, ForeignMove& move) {
    const auto wall = result.number("wall_s");
    if (!wall) return false;
    move.total = from_seconds(*wall);
    const auto status = result.number("virsh_rc");
    if (!status || *status != 0) {
        move.completed = false;
        return result.text("virsh_error").find("TIMEOUT") != std::string::npos;
    }
    const ForeignObject job(result.object("job"), result.problems());
    if (const auto pause = job.number("downtime_ms")) move.pause = from_seconds(*pause / 1000);
    if (const auto sent = job.number("processed_bytes")) {
        move.sent = Bytes{static_cast<std::int64_t>(*sent)};
    }
    if (const auto start = result.number("start_s"); start && !at_.has("width")) {
        move.start = from_seconds(*start);
    }
    return true;
}

bool LabCase::read_move(const ForeignObject& result, ForeignMove& move) {
    const bool read = is_libvirt_ ? read_libvirt_move(result, move) : read_qmp_move(result, move);
    if (!read) return false;
    const ForeignObject heartbeat(result.object("heartbeat"), result.problems());
    const auto gap = heartbeat.number("switch_gap_ms");
    if (gap && move.completed) move.gap = from_seconds(*gap / 1000);
    return true;
}

std::optional<ForeignRun> LabCase::run(const std::string& name, const Place& migrations) {
    ForeignRun run;
    run.name = name;
    const std::size_t count = migrations.node->children.size();
    if (count != routes_.size()) {
        remark("run " + name + " was not replayed because it tells of " + std::to_string(count) +
               " of " + std::to_string(routes_.size()) + " migrations");
        return std::nullopt;
    }
    for (std::size_t i = 0; i < count; ++i) {
        ForeignMove move;
        move.vm = vm_name(i);
        move.from = routes_[i].from;
        move.to = routes_[i].to;
        if (!read_move(ForeignObject(entry_of(migrations, i), at_.problems()), move)) {
            remark("run " + name + " was not replayed because a migration of it failed");
            return std::nullopt;
        }
        run.moves.push_back(std::move(move));
    }
    return run;
}

std::vector<ForeignRun> LabCase::runs() {
    std::vector<ForeignRun> all;
    const Place runs = at_.list("runs");
    for (std::size_t i = 0; i < runs.node->children.size(); ++i) {
        const ForeignObject one(entry_of(runs, i), at_.problems());
        std::string name = one.has("run") ? one.at("run").node->text : std::to_string(i + 1);
        if (auto read = run(name, one.list("migrations"))) all.push_back(std::move(*read));
    }
    if (at_.has("result")) {
        if (auto read = run("1", at_.list("result"))) {
            if (const auto makespan = at_.number("makespan_s")) {
                read->makespan = from_seconds(*makespan);
            }
            all.push_back(std::move(*read));
        }
    }
    return all;
}

std::optional<Node> LabCase::node() {
    if (name_.empty()) {
        at_.problems().add(at_.place(), "the case has no id", "name it");
        return std::nullopt;
    }
    if (!is_replayable()) return std::nullopt;
    read_routes();
    if (!at_.problems().empty()) return std::nullopt;
    Node pool = scenario();
    const std::vector<ForeignRun> all = runs();
    if (all.empty()) {
        remark("was not replayed because it tells of no whole run");
        return std::nullopt;
    }
    return case_node(name_, std::move(pool), all);
}

// How QEMU 7.2 copies on the lab's network of capped veth pairs.
Node lab_defaults() {
    Node timing = make_object();
    put(timing, "stop_rule", make_text("qemu"));
    put(timing, "link_efficiency", make_text("0.957"));
    put(timing, "stream_cap", make_text("3.8 Gbps"));
    put(timing, "before", make_text("0 s"));
    put(timing, "after", make_text("0 s"));
    put(timing, "setup", make_text("2 ms"));
    put(timing, "pause_overhead", make_text("2 ms"));
    put(timing, "queued", make_text("2 MiB"));
    put(timing, "arrival", make_text("25 ms"));
    Node root = make_object();
    put(root, "timing", std::move(timing));
    return root;
}

bool is_lab_case(const Node& node) {
    return find_member(node, "mem_mb") != nullptr && find_member(node, "cap_mbit") != nullptr;
}

}  // namespace

bool is_lab_recording(const Node& root) {
    const Node* cases = root.is_array() ? &root : find_member(root, "cases");
    return cases != nullptr && cases->is_array() && !cases->children.empty() &&
           is_lab_case(cases->children.front());
}

Node recording_from_lab(const Node& root, std::string_view prefix, Problems& problems) {
    const Place top{nullptr, &root, {}, 0, {}};
    const Place cases = root.is_array() ? top : member_of(top, "cases");
    std::vector<std::string> remarks;
    Node nodes = make_list();
    for (std::size_t i = 0; i < cases.node->children.size(); ++i) {
        const Place place = entry_of(cases, i);
        if (!is_lab_case(*place.node)) {
            problems.add(place, "this is no case of the lab", "give it mem_mb and cap_mbit");
            continue;
        }
        const Node* id = find_member(*place.node, "id");
        if (id != nullptr && !id->text.starts_with(prefix)) continue;
        if (auto node = LabCase(place, problems, remarks).node()) {
            nodes.children.push_back(std::move(*node));
        }
    }
    return recording_node(
        "Live migrations of QEMU guests that write memory at an exact rate, over capped links",
        "the QEMU lab: real guests in network namespaces of one machine, links capped by tc",
        remarks, lab_defaults(), std::move(nodes));
}

}  // namespace vacate::codec
