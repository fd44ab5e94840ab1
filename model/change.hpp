// Changes of a pool, made one after the other: other hosts, other VMs, other fields.
#pragma once

#include <optional>
#include <vector>

#include "model/codec/scenario.hpp"
#include "model/study.hpp"

namespace vacate {

/// A pool after its changes.
struct Changed {
    Scenario scenario;
    Findings cannot;  // what could not be done, each with its rule; then nothing is asked
    std::vector<std::string> down;  // VMs that did not start again after a loss
    std::optional<LoseHost> loss;   // that happens during the run; `scenario` is before it
    friend bool operator==(const Changed&, const Changed&) = default;
};

/// Makes `changes` in their order. Each sees what those before it made of the pool.
///
/// A set is decoded as --set is: those in front of everything else together with the text of the
/// base, a later one with the text of what the pool has become. A removed host's VMs go where
/// restart_elsewhere() puts them; where they find no room, or where a host is smaller than what it
/// holds, `cannot` says so. A lost host is gone; VMs that start nowhere are down. When it was the
/// coordinator, the first of the most upgraded hosts becomes it.
///
/// Fails:  as read_any() does, and for names that are not there or that came twice, with all that
///         is refused up to a failed addition; each item's place is that of its change.
/// Costs:  reading the pool where a field is set, else a copy of `base`.
class ChangeMaker {
  public:
    /// Requires: text and overrides live as long as this.
    /// Fails:    as read_any() does.
    static Result<ChangeMaker> make(const std::string& text, const std::string& source,
                                    const Overrides& overrides);

    [[nodiscard]] const Scenario& base() const { return base_; }
    [[nodiscard]] Result<Changed> with(const std::vector<Change>& changes) const;

  private:
    ChangeMaker() = default;
    const std::string* text_ = nullptr;
    std::string source_;
    const Overrides* overrides_ = nullptr;
    Scenario base_;
};

/// `host` and its VMs as after its loss: those that start again elsewhere do, in `scenario`, where
/// the host is no more; the others are halted, and named. Requires: another host.
[[nodiscard]] std::vector<std::string> lose(Scenario& scenario, Id<Host> host);

/// The VMs of `which` grown; false where a host then holds more than it has (R1), which
/// `cannot` tells.
[[nodiscard]] bool grow(Scenario& scenario, const std::vector<Id<Vm>>& which, Growth by,
                        Findings& cannot);

/// The pool with a host more that is like `like` and runs its target already. The database counts
/// as saved, as it must be before a host of the new version joins.
void lend_host(Scenario& scenario, Id<Host> like, const std::string& name, Bytes memory);

/// Running VMs like `like`, where most memory is free; false, and `cannot` says why, where one
/// finds no host.
[[nodiscard]] bool add_vms(Scenario& scenario, Id<Vm> like, const NewVms& wanted, Findings& cannot);

}  // namespace vacate
