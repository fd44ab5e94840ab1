// simgrid_side flows|migrations HOSTS JOBS WINDOW CAPPED: one of our workloads in SimGrid 3.32.
//
// Prints "flows/HOSTS/JOBS/WINDOW/CAPPED seconds makespan"; the seconds are those of the run
// without building the platform. What makes the two the same:
//  - network/crosstraffic:0; by default every flow also puts 5 % of its rate on the way back;
//  - a rate must be given to put_init(); that of sendto_init() is ignored without a word. Flows
//    without a cap take sendto_init(), which is faster;
//  - no latency, so that CM02 shares links max-min fairly and nothing else.
#include <simgrid/plugins/live_migration.h>
#include <unistd.h>
#include <xbt/log.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

#include "tests/bench/workload.hpp"

namespace {

namespace s4u = simgrid::s4u;
namespace bench = vacate::bench;
using Clock = std::chrono::steady_clock;

struct Workload {
    std::string kind;
    std::uint32_t hosts = 0;
    std::uint32_t window = 0;
    bool capped = false;
    std::vector<bench::Job> jobs;
    std::vector<std::vector<std::uint32_t>> line;  // by host: its jobs
    std::vector<std::size_t> next;                 // by host: into its line
    std::vector<s4u::Host*> host;
    std::vector<s4u::VirtualMachine*> vm;  // by job
};

void send_capped(const Workload& all, std::uint32_t job) {
    static int token = 0;
    s4u::Mailbox* box = s4u::Mailbox::by_name(std::to_string(job));
    s4u::Actor::create("receiver", all.host[all.jobs[job].to], [box] { box->get<int>(); });
    box->put_init(&token, static_cast<std::uint64_t>(all.jobs[job].bytes))
        ->set_rate(bench::stream_cap)
        ->wait();
}

void send_freely(const Workload& all, std::uint32_t job) {
    const bench::Job& one = all.jobs[job];
    s4u::Comm::sendto_init()
        ->set_payload_size(static_cast<std::uint64_t>(one.bytes))
        ->set_source(all.host[one.from])
        ->set_destination(all.host[one.to])
        ->wait();
}

// Flows: the next one of the host's line. Migrations: every window-th of the line, from `lane`.
void work(Workload* all, std::uint32_t host, std::uint32_t lane) {
    const std::vector<std::uint32_t>& line = all->line[host];
    if (all->kind == "migrations") {
        for (std::size_t i = lane; i < line.size(); i += all->window) {
            sg_vm_migrate(all->vm[line[i]], all->host[all->jobs[line[i]].to]);
        }
        return;
    }
    while (all->next[host] < line.size()) {
        const std::uint32_t job = line[all->next[host]++];
        all->capped ? send_capped(*all, job) : send_freely(*all, job);
    }
}

void build_star(Workload& all) {
    auto* star = s4u::create_star_zone("star");
    for (std::uint32_t i = 0; i < all.hosts; ++i) {
        const std::string name = std::to_string(i);
        auto* host = star->create_host("host" + name, 1e9)->set_core_count(64)->seal();
        auto* link =
            star->create_split_duplex_link("link" + name, bench::nic_rate)->set_latency(0)->seal();
        star->add_route(host->get_netpoint(), nullptr, nullptr, nullptr,
                        {{link, s4u::LinkInRoute::Direction::UP}}, true);
        all.host.push_back(host);
    }
    star->seal();
}

// A VM dirties memory only while something computes in it.
void build_vms(Workload& all) {
    for (std::uint32_t i = 0; i < all.jobs.size(); ++i) {
        const bench::Job& one = all.jobs[i];
        auto* vm = all.host[one.from]->create_vm("vm" + std::to_string(i), 1,
                                                 static_cast<std::size_t>(one.bytes));
        sg_vm_set_dirty_page_intensity(vm, bench::dirty_rate / bench::stream_cap);
        sg_vm_set_working_set_memory(vm,
                                     static_cast<sg_size_t>(one.bytes * bench::working_set_share));
        sg_vm_set_migration_speed(vm, bench::stream_cap);
        vm->start();
        s4u::Actor::create("guest", vm, [] { s4u::this_actor::execute(1e18); })->daemonize();
        all.vm.push_back(vm);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) {
        std::fprintf(stderr,
                     "usage: simgrid_side flows|migrations HOSTS JOBS WINDOW CAPPED(0|1)\n");
        return 2;
    }
    int no_arguments = 1;
    s4u::Engine engine(&no_arguments, arguments);
    xbt_log_control_set("root.thres:warning");
    for (const char* setting : {"network/model:CM02", "network/crosstraffic:0",
                                "contexts/guard-size:0", "contexts/stack-size:64"}) {
        s4u::Engine::set_config(setting);
    }
    Workload all;
    all.kind = arguments[1];
    all.hosts = static_cast<std::uint32_t>(std::atoi(arguments[2]));
    const auto jobs = static_cast<std::uint32_t>(std::atoi(arguments[3]));
    all.window = static_cast<std::uint32_t>(std::atoi(arguments[4]));
    all.capped = std::atoi(arguments[5]) != 0;
    all.jobs = bench::jobs_of(all.hosts, jobs);
    all.line.resize(all.hosts);
    all.next.assign(all.hosts, 0);
    for (std::uint32_t job = 0; job < jobs; ++job) all.line[all.jobs[job].from].push_back(job);
    if (all.kind == "migrations") sg_vm_live_migration_plugin_init();
    build_star(all);
    if (all.kind == "migrations") build_vms(all);
    for (std::uint32_t host = 0; host < all.hosts; ++host) {
        for (std::uint32_t lane = 0; lane < all.window; ++lane) {
            s4u::Actor::create("worker", all.host[host], work, &all, host, lane);
        }
    }
    const Clock::time_point before = Clock::now();
    engine.run();
    const double seconds = std::chrono::duration<double>(Clock::now() - before).count();
    std::printf("%s/%u/%u/%u/%d %.4f %.6f\n", all.kind.c_str(), all.hosts, jobs, all.window,
                all.capped ? 1 : 0, seconds, s4u::Engine::get_clock());
    std::fflush(stdout);
    _exit(0);  // taking thousands of VMs down takes longer than the run
}
