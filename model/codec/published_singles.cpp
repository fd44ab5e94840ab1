// Published single migrations: mostly what QEMU's "info migrate" printed at the end.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "model/codec/amount.hpp"
#include "model/codec/published_recording.hpp"

namespace vacate::codec {
namespace {

constexpr double pages_in_mebibyte = 256;
constexpr double page_bytes = 4096;
// What a guest that does nothing but write its memory reached in the one case that tells it.
constexpr double busy_pages_per_second = 598'555;
constexpr double loopback_megabits = 100'000;
constexpr double stream_megabits = 8'050;   // one stream of filled memory, 2022
constexpr double streams_megabits = 5'000;  // each of several
constexpr double most_megabits = 80'000;    // all of them

/// One migration on its way; why it cannot be replayed, where it cannot.
struct Single {
    ForeignObject at;
    ForeignObject inputs;
    ForeignObject measured;
    std::string workload;
    std::string why_not;
};

bool mentions(const std::string& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

/// The MiB of "stress 4 x 1 GiB kept"; nothing when the workload is another.
std::optional<double> stressed_mebibytes(const std::string& workload) {
    const std::size_t at = workload.find("stress ");
    if (at == std::string::npos) return std::nullopt;
    const char* text = workload.data() + at + 7;
    const char* end = workload.data() + workload.size();
    double amount = 1;
    for (int part = 0; part < 2; ++part) {
        double value = 0;
        const auto read = std::from_chars(text, end, value);
        if (read.ec != std::errc{}) return std::nullopt;
        amount *= value;
        text = read.ptr;
        while (text != end && (*text == ' ' || *text == 'x')) ++text;
        if (text != end && (*text == 'G' || *text == 'M')) break;
    }
    if (text == end) return std::nullopt;
    return *text == 'G' ? amount * 1024 : amount;
}

double zero_share(const Single& one) {
    const double memory = one.inputs.number("ram_mib").value_or(1);
    auto filled = one.inputs.number("filled_mib");
    if (!filled) filled = one.inputs.number("used_mib");
    if (filled) return std::clamp(1 - *filled / memory, 0.0, 1.0);
    const auto normal = one.inputs.number("normal_pages_sent");
    const auto zero = one.inputs.number("zero_pages_sent");
    if (!normal || !zero) return 0;
    // Pages that were sent again are no more memory, so the zero pages tell where there are some.
    const double pages = memory * pages_in_mebibyte;
    const bool again = *normal + *zero > pages;
    return std::clamp(again ? *zero / pages : 1 - *normal / pages, 0.0, 1.0);
}

Node ratio_node(double ratio) {
    return make_text(print_thousandths(std::llround(std::clamp(ratio, 0.0, 1.0) * 1000)));
}

Node vm_node(Single& one) {
    Node vm = make_object();
    put(vm, "name", make_text("vm"));
    put(vm, "memory", bytes_node(from_mebibytes(one.inputs.number("ram_mib").value_or(0))));
    put(vm, "zero_pages", ratio_node(zero_share(one)));
    std::optional<double> set = stressed_mebibytes(one.workload);
    auto rate = one.inputs.number("dirty_pages_per_s");
    if (rate && !set) {
        const auto left = one.measured.number("remaining_kib");
        if (left) set = *left / 1024;
    }
    if (mentions(one.workload, "writer") || (rate && !set)) {
        one.why_not = "how fast it writes its memory is not told";
    }
    if (set && !rate) rate = busy_pages_per_second;
    put(vm, "dirty_rate", rate_node(from_megabits(rate.value_or(0) * page_bytes / 125'000)));
    put(vm, "working_set", bytes_node(from_mebibytes(set.value_or(0))));
    return vm;
}

// The link, and how much of it one migration gets.
void put_rates(Single& one, Node& timing, Node& hosts) {
    const std::string link = one.inputs.text("link");
    auto megabits = one.inputs.number("link_mbps");
    auto limit = one.inputs.number("max_bandwidth_mib_s");
    if (!limit && mentions(link, "32 MiB/s")) limit = 32;
    if (!megabits && mentions(link, "10 GbE")) megabits = 10'000;
    if (!megabits && (mentions(link, "loopback") || limit)) megabits = loopback_megabits;
    if (!megabits) one.why_not = "its link is not told";
    const double streams = one.inputs.number("streams").value_or(1);
    const double cap =
        streams <= 1 ? stream_megabits : std::min(most_megabits, streams * streams_megabits);
    put(timing, "stream_cap", rate_node(from_megabits(cap)));
    if (limit) put(timing, "live_cap", rate_node(Bandwidth{from_mebibytes(*limit).count}));
    for (const std::string name : {"source", "target"}) {
        Node host = make_object();
        put(host, "name", make_text(name));
        put(host, "link", rate_node(from_megabits(megabits.value_or(1000))));
        hosts.children.push_back(std::move(host));
    }
}

Node timing_node(Single& one, Node& hosts) {
    Node timing = make_object();
    put(timing, "stop_rule", make_text("qemu"));
    const double limit = one.inputs.number("downtime_limit_ms").value_or(300);
    put(timing, "downtime_limit", time_node(from_seconds(limit / 1000)));
    const bool proxmox = mentions(one.at.text("hypervisor"), "Proxmox");
    put(timing, "before", make_text(proxmox ? "6 s" : "0 s"));
    put(timing, "after", make_text(proxmox ? "2 s" : "0 s"));
    put(timing, "setup", make_text("10 ms"));
    put(timing, "setup_per_tebibyte", make_text("270 ms"));
    put(timing, "pause_overhead", make_text("20 ms"));
    put(timing, "pause_per_tebibyte", make_text("60 ms"));
    // One thread finds 4.6 million zero pages a second; several do what took 83 s in 53 s.
    const bool threads = mentions(one.inputs.text("zero_detect"), "threads");
    if (threads) put(timing, "zero_scan", make_text("29.5 GB/s"));
    put_rates(one, timing, hosts);
    const auto ratio = one.inputs.number("compression_ratio");
    if (ratio && *ratio > 1) put(timing, "compressed_to", ratio_node(1 / *ratio));
    const std::string packing = one.inputs.text("compression");
    if (!ratio && !packing.empty() && packing != "none") {
        one.why_not = "how far its pages were compressed is not told";
    }
    return timing;
}

ForeignMove measured_move(Single& one) {
    ForeignMove move;
    move.vm = "vm";
    move.from = "source";
    move.to = "target";
    const Place converged = one.measured.at("converged");
    move.completed = converged.node == nullptr || converged.node->text != "false";
    auto total = one.measured.number(move.completed ? "total_ms" : "observed_at_ms");
    if (!total) {
        if (const auto seconds = one.measured.number("task_total_s")) total = *seconds * 1000;
    }
    if (total) move.total = from_seconds(*total / 1000);
    if (!total) one.why_not = "how long it took is not told";
    const auto pause = one.measured.number("downtime_ms");
    if (pause) move.pause = from_seconds(*pause / 1000);
    const auto sent = one.measured.number("transferred_kib");
    if (sent && move.completed) move.sent = from_mebibytes(*sent / 1024);
    return move;
}

}  // namespace

std::vector<Node> single_cases(const ForeignObject& at, std::vector<std::string>& remarks) {
    const ForeignObject inputs(at.object("inputs"), at.problems());
    Single one{at,
               inputs,
               ForeignObject(at.object("measured"), at.problems()),
               inputs.text("workload"),
               {}};
    ForeignRun run;
    run.name = "1";
    run.moves.push_back(measured_move(one));
    Node hosts = make_list();
    Node timing = timing_node(one, hosts);
    Node vms = make_list();
    vms.children.push_back(vm_node(one));
    const std::string system = at.text("hypervisor");
    if (!inputs.has("ram_mib")) one.why_not = "its memory is not told";
    if (mentions(system, "RDMA")) one.why_not = "it goes by RDMA";
    if (!mentions(system, "QEMU") && !mentions(system, "Proxmox")) {
        one.why_not = "its hypervisor does not stop as QEMU does, and its rounds are not told";
    }
    if (!one.why_not.empty()) {
        remarks.push_back(at.text("id") + " was not replayed because " + one.why_not);
        return {};
    }
    Node scenario = make_object();
    put(scenario, "timing", std::move(timing));
    put(scenario, "hosts", std::move(hosts));
    put(scenario, "vms", std::move(vms));
    return {case_node(at.text("id"), std::move(scenario), {run})};
}

}  // namespace vacate::codec
