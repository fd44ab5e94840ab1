// The driver of a live XAPI pool.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/codec/scenario.hpp"
#include "sim/live/driver.hpp"
#include "tools/xapi/acts.hpp"

namespace vacate::xapi {

struct DriverOptions {
    Access access;
    ActOptions acts;
    std::string source;     // what errors call the pool
    std::string pool_uuid;  // another pool is none; empty: any
    // PBDs that were attached when the run began; empty: those of the first look.
    std::vector<std::string> attached;
    Overrides overrides;  // how it is read: links, targets, what --set says
    NameBooks names;      // what the run calls things
    // Where nobody names a target: what was taken for it when the run began, as --set takes it,
    // and what the coordinator ran then. When it comes back newer, that is the target.
    std::vector<std::string> assumed_target;
    std::string version_before;
    // Commands of an earlier driver of the run whose end nobody has heard of.
    std::vector<Commanded> open;
};

/// Drives a pool over its API by two connections: one waits for events, one calls: commands in
/// their order, and looks when no command waits, or behind so many.
///
/// - A command with a task is `begun`, and over when its task is; should the task be gone, its
///   end is `unknown`. Tasks are marked with the run and the key: those of `open` commands are
///   found again, and told of as if this driver had begun them. Whoever is guided is told again.
/// - restart_host is `begun` once the restart was asked for; no other answer follows but `unknown`
///   when whoever was to restart it failed. A look shows when it is over. Before, the host is read
///   anew: disabled, and no VM on it or coming to it.
/// - `attached` of a host wants again what was attached when the run began.
/// - Nothing is changed but what orders say; the lock is the entry lock_key of the pool's
///   other_config.
class XapiDriver : public live::Driver {
  public:
    explicit XapiDriver(DriverOptions options);
    /// Gives up what is under way; tasks and upgrade commands go on.
    ~XapiDriver() override;

    void submit(const Commanded& command) override;
    void look() override;
    std::vector<live::Observation> poll(Instant now) override;

  private:
    struct Core;
    std::unique_ptr<Core> core_;
};

}  // namespace vacate::xapi
