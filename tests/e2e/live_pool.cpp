// Starts the pool, and drives it.
#include "tests/e2e/live_pool.hpp"

#include <algorithm>
#include <chrono>

#include "tests/e2e/running_server.hpp"
#include "tools/poolserver/faults_text.hpp"

namespace vacate::e2e {

std::string three_hosts(const std::string& more) {
    std::string hosts;
    for (const std::string name : {"a", "b", "c"}) {
        hosts += (hosts.empty() ? "" : ",") + std::string(R"({"name": ")") + name +
                 R"(", "memory": "32 GiB", "link": "10 Gbps", "upgrade_time": "15 min",
                "networks": ["lan"], "storages": ["iso", "local-)" +
                 name + R"(", "san"],
                "version": {"label": "8.2.1", "platform": "3.2.1", "xapi": "25.6"}})";
    }
    return R"({"about": "three hosts", "pool": {"name": "three", "coordinator": "a",
        "target": {"label": "8.3.0", "platform": "3.4.0", "xapi": "25.33"},
        "ha_enabled": true, "wlb_enabled": true, "auto_power_on": true)" +
           more + R"(},
      "networks": [{"name": "lan"}],
      "storages": [{"name": "iso", "type": "iso", "shared": true, "free": "0 B"},
        {"name": "local-a", "type": "lvm", "shared": false, "free": "100 GiB"},
        {"name": "local-b", "type": "lvm", "shared": false, "free": "100 GiB"},
        {"name": "local-c", "type": "lvm", "shared": false, "free": "100 GiB"},
        {"name": "san", "type": "lvmoiscsi", "shared": true, "free": "500 GiB"}],
      "hosts": [)" +
           hosts + R"(],
      "vms": [
        {"name": "db", "host": "a", "memory": "4 GiB", "networks": ["lan"], "storages": ["san"]},
        {"name": "web", "host": "a", "memory": "2 GiB", "networks": ["lan"], "storages": ["san"],
         "cd": "iso"},
        {"name": "lo", "host": "b", "memory": "1 GiB", "storages": ["local-b"], "disk": "2 GiB",
         "when_pinned": "storage"},
        {"name": "idle", "host": "c", "memory": "1 GiB", "storages": ["san"]}]})";
}

LivePool::LivePool(const std::string& text, const LiveOptions& live) {
    const auto scenario = read_scenario(text, "live");
    if (!scenario) FAIL(scenario.error().items[0].place + " " + scenario.error().items[0].sentence);
    poolserver::SimulatedPool::Options pool;
    pool.service.users = {{"root", live_password, live.role}};
    const auto faults =
        poolserver::read_faults("{\"faults\": [" + live.faults + "]}", "faults", *scenario);
    if (!faults) FAIL(faults.error().items[0].place + " " + faults.error().items[0].sentence);
    pool.faults = *faults;
    pool_ = std::make_unique<poolserver::SimulatedPool>(*scenario, pool);
    poolserver::ServerOptions options;
    options.speed.factor = live.speed;
    options.address_per_host = true;
    options.json_rpc = live.json_rpc;
    auto opened = poolserver::Server::open(*pool_, scenario->pool.hosts.size(), options);
    REQUIRE(opened.has_value());
    server_ = std::move(*opened);
    pool_->service().set_addresses(server_->addresses(), server_->ports()[0]);
    thread_ = std::thread([this] { ended_well_ = server_->run().has_value(); });
}

LivePool::~LivePool() {
    server_->stop();
    thread_.join();
    CHECK(ended_well_);
}

std::string LivePool::url(std::size_t host) const {
    return "https://" + server_->addresses()[host] + ":" + std::to_string(server_->ports()[host]);
}

xapi::Access LivePool::access(std::size_t host) const {
    xapi::TrustOptions options;
    options.fingerprints = {server_->fingerprint()};
    auto trust = xapi::Trust::open(options, {});
    REQUIRE(trust.has_value());
    xapi::Access access;
    const auto endpoint = xapi::read_endpoint(url(host));
    REQUIRE(endpoint.has_value());
    access.endpoint = *endpoint;
    access.password = std::make_shared<const xapi::Secret>(live_password);
    access.trust = *trust;
    return access;
}

xapi::DriverOptions LivePool::driver_options(const std::string& run) const {
    xapi::DriverOptions options;
    options.access = access();
    options.source = "the pool";
    options.acts.run = run;
    options.acts.owner = "tester@here";
    options.acts.since = "2026-03-01T22:00:00Z";
    options.acts.backup_file = path("backup.xml");
    options.overrides.sets = {"pool.target.platform=3.4.0", "pool.target.xapi=25.33",
                              "pool.target.label=8.3.0", "hosts.*.link=10Gbps",
                              "hosts.*.upgrade_time=15min"};
    return options;
}

std::uint64_t Driving::submit(const Order& wanted) {
    Commanded command;
    command.key = next_key++;
    command.order = wanted;
    driver_->submit(command);
    return command.key;
}

void Driving::hear() {
    for (live::Observation& each : driver_->poll(Instant{})) {
        if (const auto* answer = std::get_if<Answered>(&each)) {
            answers_[answer->key].push_back(*answer);
        } else if (const auto* progress = std::get_if<live::Progress>(&each)) {
            progress_.push_back(*progress);
        } else {
            looks_.push_back(std::move(each));
        }
    }
}

Answered Driving::end_of(std::uint64_t key, bool begun_will_do) {
    const bool ended = comes_true([&] {
        hear();
        const std::vector<Answered>& given = answers_[key];
        return !given.empty() && (begun_will_do || given.back().kind != Answered::Kind::begun);
    });
    INFO("command " << key);
    REQUIRE(ended);
    return answers_[key].back();
}

live::Observation Driving::look_once() {
    driver_->look();
    REQUIRE(comes_true([&] {
        hear();
        return !looks_.empty();
    }));
    live::Observation seen = std::move(looks_.back());
    looks_.clear();
    return seen;
}

live::Snapshot Driving::look() {
    std::string why;
    live::Snapshot snapshot;
    const bool seen = comes_true([&] {
        live::Observation observation = look_once();
        auto* const found = std::get_if<live::Snapshot>(&observation);
        if (found == nullptr) {
            why = std::get<live::Unreachable>(observation).sentence;
            return false;
        }
        snapshot = std::move(*found);
        return true;
    });
    INFO(why);
    REQUIRE(seen);
    return snapshot;
}

Order order(Act act, const std::string& vm, const std::string& host, const std::string& to) {
    Order made;
    made.act = act;
    made.vm = vm;
    made.host = host;
    made.to = to;
    return made;
}

namespace {

Id<Vm> vm_named(const live::Snapshot& snapshot, const std::string& name) {
    const Pool& pool = snapshot.scenario.pool;
    for (const Id<Vm> id : pool.vms.ids()) {
        if (pool.vms[id].name == name) return id;
    }
    FAIL("there is no VM " + name);
    return Id<Vm>::none();
}

}  // namespace

const live::HostLook& host_in(const live::Snapshot& snapshot, const std::string& name) {
    const Pool& pool = snapshot.scenario.pool;
    for (const Id<Host> id : pool.hosts.ids()) {
        if (pool.hosts[id].name == name) return snapshot.hosts[id];
    }
    FAIL("there is no host " + name);
    return snapshot.hosts[Id<Host>{0}];
}

std::string place_of(const live::Snapshot& snapshot, const std::string& vm) {
    const VmState& state = snapshot.scenario.state.vms[vm_named(snapshot, vm)];
    return state.host.is_none() ? "" : snapshot.scenario.pool.hosts[state.host].name;
}

Power power_of(const live::Snapshot& snapshot, const std::string& vm) {
    return snapshot.scenario.state.vms[vm_named(snapshot, vm)].power;
}

}  // namespace vacate::e2e
