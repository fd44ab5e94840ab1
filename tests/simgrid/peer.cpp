// The cases as zones of one SimGrid platform.
//
// network/crosstraffic:0, because by default every flow puts 5 % of its rate on the way back;
// no latency, so that CM02 is max-min fair and nothing else; rates given to put_init(), because
// sendto_init() takes them without a word and ignores them.
#include "tests/simgrid/peer.hpp"

#include <simgrid/plugins/live_migration.h>
#include <xbt/log.h>

#include <simgrid/s4u.hpp>
#include <string>

namespace vacate {
namespace {

namespace s4u = simgrid::s4u;

double seconds(Instant at) { return static_cast<double>(at.time_since_epoch().count()) / 1e6; }

std::vector<s4u::Host*> build_star(s4u::NetZone* root, const std::string& name,
                                   const std::vector<StarHost>& hosts) {
    std::vector<s4u::Host*> built;
    auto* zone = s4u::create_star_zone(name);
    zone->set_parent(root);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const std::string own = name + "-" + std::to_string(i);
        auto* host = zone->create_host(own, 1e9)->set_core_count(64)->seal();
        const std::string link = own + "-link";
        if (hosts[i].full_duplex) {
            auto* both = zone->create_split_duplex_link(link, hosts[i].rate);
            both->set_latency(0)->seal();
            zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr,
                            {{both, s4u::LinkInRoute::Direction::UP}}, true);
        } else {
            auto* shared = zone->create_link(link, hosts[i].rate)->set_latency(0)->seal();
            zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr,
                            {s4u::LinkInRoute(shared)}, true);
        }
        built.push_back(host);
    }
    zone->seal();
    return built;
}

void send(const FlowJob* job, s4u::Host* to, std::string name, double* ended) {
    static int token = 0;
    s4u::this_actor::sleep_until(seconds(job->start));
    s4u::Mailbox* box = s4u::Mailbox::by_name(name);
    s4u::Actor::create("receiver", to, [box] { box->get<int>(); });
    box->put_init(&token, static_cast<std::uint64_t>(job->bytes))->set_rate(job->cap)->wait();
    *ended = s4u::Engine::get_clock();
}

// A VM dirties memory only while something computes in it, at intensity * migration speed.
void set_up(const Mover& one, double cap, const std::string& name, s4u::Host* from, s4u::Host* to,
            Move* move) {
    auto* vm = from->create_vm(name, 1, static_cast<std::size_t>(one.ram));
    sg_vm_set_dirty_page_intensity(vm, one.dirty_rate / cap);
    sg_vm_set_working_set_memory(vm, static_cast<sg_size_t>(one.working_set));
    sg_vm_set_migration_speed(vm, cap);
    vm->start();
    s4u::Actor::create(name + "-guest", vm, [] { s4u::this_actor::execute(1e18); })->daemonize();
    s4u::Actor::create(name + "-mover", from, [vm, to, move] {
        s4u::VirtualMachine::on_suspend_cb([vm, move](const s4u::VirtualMachine& paused) {
            if (&paused == vm) move->pause_s = -s4u::Engine::get_clock();
        });
        sg_vm_migrate(vm, to);
        move->total_s = s4u::Engine::get_clock();
        move->pause_s += move->total_s;
    });
}

}  // namespace

PeerAnswers ask_simgrid(const std::vector<FlowCase>& flows, const std::vector<MoveCase>& moves) {
    static int count = 1;
    static char program[] = "simgrid_tests";
    static char* arguments[] = {program, nullptr};
    s4u::Engine engine(&count, arguments);
    xbt_log_control_set("root.thres:warning");
    for (const char* setting : {"network/model:CM02", "network/crosstraffic:0",
                                "contexts/guard-size:0", "contexts/stack-size:64"}) {
        s4u::Engine::set_config(setting);
    }
    sg_vm_live_migration_plugin_init();
    PeerAnswers answers;
    answers.ended_s.resize(flows.size());
    answers.moves.resize(moves.size());
    s4u::NetZone* root = s4u::create_full_zone("root");
    for (std::size_t i = 0; i < flows.size(); ++i) {
        const std::string name = "flows" + std::to_string(i);
        const std::vector<s4u::Host*> hosts = build_star(root, name, flows[i].hosts);
        answers.ended_s[i].resize(flows[i].jobs.size());
        for (std::size_t k = 0; k < flows[i].jobs.size(); ++k) {
            const FlowJob& job = flows[i].jobs[k];
            s4u::Actor::create("sender", hosts[job.from], send, &job, hosts[job.to],
                               name + "-" + std::to_string(k), &answers.ended_s[i][k]);
        }
    }
    for (std::size_t i = 0; i < moves.size(); ++i) {
        const std::string name = "moves" + std::to_string(i);
        const std::vector<s4u::Host*> hosts = build_star(root, name, moves[i].hosts);
        answers.moves[i].resize(moves[i].movers.size());
        for (std::size_t k = 0; k < moves[i].movers.size(); ++k) {
            const Mover& one = moves[i].movers[k];
            set_up(one, moves[i].cap, name + "-vm" + std::to_string(k), hosts[one.from],
                   hosts[one.to], &answers.moves[i][k]);
        }
    }
    root->seal();
    engine.run();
    return answers;
}

}  // namespace vacate
