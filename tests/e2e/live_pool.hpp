// A simulated pool over TLS on loopback, and a driver at work on it.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/run_program.hpp"
#include "tools/poolserver/server.hpp"
#include "tools/poolserver/simulated_pool.hpp"
#include "tools/xapi/driver.hpp"

namespace vacate::e2e {

inline constexpr const char* live_password = "sesame-6317-opens";

/// Three hosts: a, the coordinator, b and c. db with memory to squeeze and web with a CD in its
/// drive run on a, lo on b with its disk on b's own storage, idle on c. HA, WLB and automatic
/// power-on are on. `more` is added to the members of the pool.
[[nodiscard]] std::string three_hosts(const std::string& more = "");

struct LiveOptions {
    std::string faults;  // entries of a file of faults
    double speed = 600;  // seconds of the pool per second
    bool json_rpc = true;
    poolserver::Role role = poolserver::Role::pool_admin;
};

class LivePool {
  public:
    explicit LivePool(const std::string& scenario, const LiveOptions& options = {});
    ~LivePool();
    LivePool(const LivePool&) = delete;
    LivePool& operator=(const LivePool&) = delete;

    [[nodiscard]] const poolserver::Server& server() const { return *server_; }
    [[nodiscard]] std::string url(std::size_t host = 0) const;
    /// How to log in, with the certificate's fingerprint.
    [[nodiscard]] xapi::Access access(std::size_t host = 0) const;
    /// The same for a driver; files go into a folder of the test.
    [[nodiscard]] xapi::DriverOptions driver_options(const std::string& run = "run-1") const;
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

  private:
    std::unique_ptr<poolserver::SimulatedPool> pool_;
    std::unique_ptr<poolserver::Server> server_;
    std::thread thread_;
    TemporaryFolder folder_;
    bool ended_well_ = false;
};

/// Submits orders, one after the other or all at once, and keeps what comes back.
class Driving {
  public:
    explicit Driving(const xapi::DriverOptions& options)
        : driver_(std::make_unique<xapi::XapiDriver>(options)) {}

    [[nodiscard]] xapi::XapiDriver& driver() { return *driver_; }
    std::uint64_t submit(const Order& order);
    /// The last answer to a command, waited for: what ends it, or `begun` of a restart.
    [[nodiscard]] Answered end_of(std::uint64_t key, bool begun_will_do = false);
    [[nodiscard]] Answered carry_out(const Order& order) { return end_of(submit(order)); }
    /// A look; fails the test when the pool cannot be reached for a minute.
    [[nodiscard]] live::Snapshot look();
    /// One look or the reason why there is none.
    [[nodiscard]] live::Observation look_once();
    [[nodiscard]] const std::vector<Answered>& answers(std::uint64_t key) { return answers_[key]; }
    [[nodiscard]] const std::vector<live::Progress>& progress() const { return progress_; }
    std::uint64_t next_key = 1;

  private:
    void hear();

    std::unique_ptr<xapi::XapiDriver> driver_;
    std::map<std::uint64_t, std::vector<Answered>> answers_;
    std::vector<live::Progress> progress_;
    std::vector<live::Observation> looks_;
};

[[nodiscard]] Order order(Act act, const std::string& vm = {}, const std::string& host = {},
                          const std::string& to = {});

/// The look at a host and a VM, and where it runs, by name.
[[nodiscard]] const live::HostLook& host_in(const live::Snapshot& snapshot,
                                            const std::string& name);
[[nodiscard]] std::string place_of(const live::Snapshot& snapshot, const std::string& vm);
[[nodiscard]] Power power_of(const live::Snapshot& snapshot, const std::string& vm);

}  // namespace vacate::e2e
