// Each change carried out on a scenario.
#include "model/change.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>

#include "model/edit.hpp"
#include "model/limits.hpp"
#include "model/restart.hpp"
#include "model/rule.hpp"

namespace vacate {
namespace {

std::int64_t grown(std::int64_t bytes, Growth by) {
    const Wide more = static_cast<Wide>(bytes) * by.permille;
    return bytes + divide_up(more, 1000) + by.bytes.count;
}

Bytes grown(Bytes amount, Growth by) {
    if (by == Growth{}) return amount;
    return round_up_to_mebibyte(Bytes{grown(amount.count, by)});
}

void grow_one(Scenario& scenario, Id<Vm> id, Growth by) {
    Vm& vm = scenario.pool.vms[id];
    const Bytes overhead = vm.memory - vm.ram;
    const Bytes before = charge_in(scenario.pool, scenario.state, id);
    const Bytes wanted = grown(full_ram(vm), by);
    if (vm.squeeze.count > 0 && wanted > vm.ram) {
        vm.squeeze = wanted - vm.ram;  // what it is squeezed to is the operator's word, and stays
    } else {
        keep_range(vm);
        vm.admission = grown(vm.admission - overhead, by) + overhead;
        vm.ram = wanted;
        vm.memory = vm.ram + overhead;
    }
    const Id<Host> host = scenario.state.vms[id].host;
    if (host.is_none()) return;
    scenario.state.hosts[host].committed += charge_in(scenario.pool, scenario.state, id) - before;
}

// A host that holds more than it has.
Finding overfull(const Scenario& scenario, Id<Host> host) {
    const std::string& name = scenario.pool.hosts[host].name;
    return {Severity::blocks, "HOST_OVERFULL", "host " + name,
            name + " has " + display(capacity_in(scenario.pool, scenario.state, host)) +
                " for VMs, those on it take " + display(scenario.state.hosts[host].committed) +
                " (R1)",
            "move some of its VMs elsewhere first"};
}

bool fits(const Scenario& scenario, Findings& cannot) {
    bool all = true;
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        if (free_in(scenario.pool, scenario.state, host).count >= 0) continue;
        cannot.push_back(overfull(scenario, host));
        all = false;
    }
    return all;
}

// "web+3": a name that is not there yet.
std::string fresh_name(const std::string& stem, std::int64_t& number) {
    return stem + std::to_string(number++);
}

// What a reader makes a VM immobile by, so that a text of this pool says the same.
Note pinned_by_change() { return {"OPERATION_BLOCKED", "pinned by a change"}; }

bool exceeds(std::size_t there, std::int64_t more, std::size_t most) {
    return there + static_cast<std::size_t>(more) > most;
}

// Where all hosts may be out, all may be still.
void keep_width(Pool& pool, std::int64_t more) {
    const auto count = static_cast<std::int64_t>(pool.hosts.size());
    if (pool.policy.hosts_down_max == count) pool.policy.hosts_down_max += more;
}

void choose_coordinator(Scenario& scenario, Id<Host> lost) {
    Pool& pool = scenario.pool;
    if (pool.coordinator != lost) return;
    Id<Host> best = Id<Host>::none();
    for (const Id<Host> host : pool.hosts.ids()) {
        if (host == lost || scenario.state.hosts[host].phase == HostPhase::lost) continue;
        const bool newer = !best.is_none() && scenario.state.hosts[host].upgraded &&
                           !scenario.state.hosts[best].upgraded;
        if (best.is_none() || newer) best = host;
    }
    pool.coordinator = best;
}

/// Carries out one change after the other; one that is refused is as if it were not there.
class Maker {
  public:
    Maker(Changed& changed, std::string source) : changed_(changed), source_(std::move(source)) {}

    bool make(const Change& change) {
        place_ = &change.place;
        return std::visit([this](const auto& what) { return carry_out(what); }, change.what);
    }
    [[nodiscard]] Error error() const { return error_; }

  private:
    Scenario& now() { return changed_.scenario; }
    Pool& pool() { return changed_.scenario.pool; }

    bool refuse(const std::string& sentence, const std::string& remedy) {
        error_ = bad_input(source_, *place_, sentence, remedy);
        return false;
    }

    std::optional<Id<Host>> host(const std::string& name) {
        const Id<Host> found = host_called(pool(), name);
        if (!found.is_none()) return found;
        refuse("there is no host \"" + name + "\" at this point",
               "hosts are " + first_names(pool().hosts) + "; earlier changes count");
        return std::nullopt;
    }

    std::optional<Id<Vm>> vm(const std::string& name) {
        const Id<Vm> found = vm_called(pool(), name);
        if (!found.is_none()) return found;
        refuse("there is no VM \"" + name + "\"", "VMs are " + first_names(pool().vms));
        return std::nullopt;
    }

    // "*" is every host.
    std::optional<std::vector<Id<Host>>> hosts(const std::string& name) {
        std::vector<Id<Host>> all;
        if (name == "*") {
            for (const Id<Host> one : pool().hosts.ids()) all.push_back(one);
            return all;
        }
        const auto one = host(name);
        if (!one) return std::nullopt;
        return std::vector<Id<Host>>{*one};
    }

    template <class Of>
    static std::string first_names(const Table<Of>& rows) {
        std::string text;
        std::size_t count = 0;
        for (const Of& row : rows) {
            if (++count > 3) break;
            text += (text.empty() ? "" : ", ") + row.name;
        }
        if (rows.size() > 3) text += " and " + std::to_string(rows.size() - 3) + " more";
        return text.empty() ? "none" : text;
    }

    bool carry_out(const SetField&) { return true; }  // the codec's business

    bool carry_out(const AddHosts& wanted) {
        const auto like = host(wanted.like);
        if (!like) return false;
        if (wanted.count == 1 && !host_called(pool(), wanted.name).is_none()) {
            return refuse("there is a host \"" + wanted.name + "\" already", "give another name");
        }
        if (exceeds(pool().hosts.size(), wanted.count, limits::hosts)) {
            return refuse("there would be more than " + std::to_string(limits::hosts) + " hosts",
                          "add fewer");
        }
        keep_width(pool(), wanted.count);
        if (wanted.lent) {
            for (std::int64_t i = 0, number = 1; i < wanted.count; ++i) {
                const Id<Host> model = host_called(pool(), wanted.like);
                lend_host(now(), model, name_for(wanted, number),
                          wanted.memory.value_or(pool().hosts[model].memory_after));
            }
            return true;
        }
        Edit edit(now());
        for (std::int64_t i = 0, number = 1; i < wanted.count; ++i) {
            const Id<Host> fresh = edit.add_host(*like, name_for(wanted, number));
            if (!wanted.memory) continue;
            pool().hosts[fresh].memory = pool().hosts[fresh].memory_after = *wanted.memory;
        }
        edit.settle();
        return true;
    }

    std::string name_for(const AddHosts& wanted, std::int64_t& number) {
        const std::string stem = wanted.name.empty() ? wanted.like + "+" : wanted.name;
        if (!wanted.name.empty() && wanted.count == 1) return stem;
        const auto is_taken = [this](const std::string& name) {
            return std::any_of(pool().hosts.begin(), pool().hosts.end(),
                               [&name](const Host& one) { return one.name == name; });
        };
        std::string name = fresh_name(stem, number);
        while (is_taken(name)) name = fresh_name(stem, number);
        return name;
    }

    bool carry_out(const RemoveHost& wanted) {
        const auto one = host(wanted.host);
        if (!one) return false;
        if (*one == pool().coordinator) {
            return refuse(wanted.host + " is the coordinator",
                          "set another one first: set pool.coordinator=NAME");
        }
        for (const Id<Vm> id : pool().vms.ids()) {
            const std::vector<Note>& notes = pool().vms[id].notes;
            const bool stays =
                std::find(notes.begin(), notes.end(), pinned_by_change()) != notes.end();
            if (!stays || now().state.vms[id].host != *one) continue;
            return refuse("VM \"" + pool().vms[id].name + "\" is pinned to " + wanted.host,
                          "leave one of the two changes out");
        }
        const std::vector<std::string> left = lose(now(), *one);
        for (const std::string& name : left) {
            changed_.cannot.push_back(
                {Severity::blocks, "NO_ROOM_WITHOUT_HOST", "VM " + name,
                 name + " finds no room once " + wanted.host + " is gone (R1, R2, R5)",
                 "remove another host, or stop the VM"});
        }
        return true;
    }

    bool carry_out(const ResizeHost& wanted) {
        const auto all = hosts(wanted.host);
        if (!all) return false;
        for (const Id<Host> id : *all) {
            Host& one = pool().hosts[id];
            const Bytes growth = wanted.to ? *wanted.to - one.memory : wanted.by;
            one.memory += growth;
            one.memory_after += growth;
            if (one.memory.count <= 0 || one.memory_after.count <= 0) {
                return refuse(one.name + " would have no memory left", "take away less");
            }
        }
        (void)fits(now(), changed_.cannot);
        return true;
    }

    bool carry_out(const GrowDom0& wanted) {
        const auto all = hosts(wanted.host);
        if (!all) return false;
        for (const Id<Host> id : *all) {
            Host& one = pool().hosts[id];
            if (now().state.hosts[id].upgraded) continue;  // it has grown already
            one.memory_after -= wanted.by;
            if (one.memory_after.count <= 0) {
                return refuse(one.name + " would have no memory for VMs once upgraded",
                              "let dom0 grow by less");
            }
        }
        return true;
    }

    bool carry_out(const LoseHost& wanted) {
        const auto one = host(wanted.host);
        if (!one) return false;
        if (pool().hosts.size() == 1) return refuse("it is the only host", "add another one first");
        if (wanted.when != LoseHost::When::before) {
            if (changed_.loss) {
                return refuse("two hosts would be lost during one run",
                              "lose one of them before the run, or ask n-k with \"losses\": 2");
            }
            changed_.loss = wanted;
            return true;
        }
        const std::vector<std::string> down = lose(now(), *one);
        changed_.down.insert(changed_.down.end(), down.begin(), down.end());
        return true;
    }

    bool carry_out(const GrowVms& wanted) {
        std::vector<Id<Vm>> which;
        if (wanted.is_group) {
            const auto group =
                std::find_if(pool().groups.begin(), pool().groups.end(),
                             [&wanted](const Group& one) { return one.name == wanted.vms; });
            if (group == pool().groups.end()) {
                return refuse("there is no group \"" + wanted.vms + "\"",
                              "groups are " + first_names(pool().groups));
            }
            which = group->members;
        } else if (wanted.vms == "*") {
            for (const Id<Vm> id : pool().vms.ids()) which.push_back(id);
        } else {
            const auto one = vm(wanted.vms);
            if (!one) return false;
            which.push_back(*one);
        }
        (void)grow(now(), which, wanted.by, changed_.cannot);
        return true;
    }

    bool carry_out(const NewVms& wanted) {
        const auto like = vm(wanted.like);
        if (!like) return false;
        if (wanted.count == 1 && !vm_called(pool(), wanted.name).is_none()) {
            return refuse("there is a VM \"" + wanted.name + "\" already", "give another name");
        }
        if (exceeds(pool().vms.size(), wanted.count, limits::vms)) {
            return refuse("there would be more than " + std::to_string(limits::vms) + " VMs",
                          "add fewer");
        }
        (void)add_vms(now(), *like, wanted, changed_.cannot);
        return true;
    }

    bool carry_out(const StopVm& wanted) {
        const auto one = vm(wanted.vm);
        if (!one) return false;
        halt(now(), *one);
        return true;
    }

    bool carry_out(const PinVm& wanted) {
        const auto one = vm(wanted.vm);
        if (!one) return false;
        if (now().state.vms[*one].host.is_none()) {
            return refuse(wanted.vm + " does not run, so it need not stay anywhere",
                          "leave one of the two changes out");
        }
        Vm& pinned = pool().vms[*one];
        pinned.mobility = Mobility::pinned;
        const Note note = pinned_by_change();
        pinned.notes.insert(std::lower_bound(pinned.notes.begin(), pinned.notes.end(), note), note);
        return true;
    }

    bool carry_out(const AddGroup& wanted) {
        Group group;
        group.name = wanted.name;
        group.kind = wanted.apart ? Group::Kind::apart : Group::Kind::together;
        for (const std::string& name : wanted.vms) {
            const auto one = vm(name);
            if (!one) return false;
            group.members.push_back(*one);
        }
        std::sort(group.members.begin(), group.members.end());
        const auto twice = std::adjacent_find(group.members.begin(), group.members.end());
        if (twice != group.members.end()) {
            return refuse("VM \"" + pool().vms[*twice].name + "\" is named twice", "name it once");
        }
        if (const Group* other = contradicting(group); other != nullptr) {
            return refuse(std::string("group \"") + other->name + "\" says that two of these VMs " +
                              (wanted.apart ? "stay together" : "stay apart"),
                          "drop one of the two groups");
        }
        const auto at =
            std::lower_bound(pool().groups.begin(), pool().groups.end(), group,
                             [](const Group& a, const Group& b) { return a.name < b.name; });
        if (at != pool().groups.end() && at->name == group.name) {
            return refuse("there is a group \"" + group.name + "\" already", "give another name");
        }
        std::vector<Group> groups(pool().groups.begin(), pool().groups.end());
        groups.insert(groups.begin() + (at - pool().groups.begin()), std::move(group));
        set_groups(std::move(groups));
        return true;
    }

    // A group of the other kind that shares two VMs with this one.
    const Group* contradicting(const Group& group) {
        for (const Group& other : pool().groups) {
            if (other.kind == group.kind) continue;
            std::vector<Id<Vm>> both;
            std::set_intersection(group.members.begin(), group.members.end(), other.members.begin(),
                                  other.members.end(), std::back_inserter(both));
            if (both.size() > 1) return &other;
        }
        return nullptr;
    }

    bool carry_out(const DropGroup& wanted) {
        std::vector<Group> groups(pool().groups.begin(), pool().groups.end());
        const auto dropped =
            std::erase_if(groups, [&wanted](const Group& one) { return one.name == wanted.name; });
        if (dropped == 0) {
            return refuse("there is no group \"" + wanted.name + "\"",
                          "groups are " + first_names(pool().groups));
        }
        set_groups(std::move(groups));
        return true;
    }

    void set_groups(std::vector<Group> groups) {
        pool().groups = Table<Group>(std::move(groups));
        pool().groups_of = Table<Vm, std::vector<Id<Group>>>(pool().vms.size());
        for (const Id<Group> group : pool().groups.ids()) {
            for (const Id<Vm> id : pool().groups[group].members) {
                pool().groups_of[id].push_back(group);
            }
        }
    }

    Changed& changed_;
    std::string source_;
    const std::string* place_ = nullptr;
    Error error_;
};

// An error of reading with sets, said to be where the first of these sets is written.
Error placed(const std::string& source, const std::string& place, Error error) {
    error.source = source;
    for (Error::Item& item : error.items) {
        item.place = place + (item.place.empty() ? "" : " ") + item.place;
    }
    return error;
}

bool adds(const Change& change) {
    return std::holds_alternative<AddHosts>(change.what) ||
           std::holds_alternative<NewVms>(change.what) ||
           std::holds_alternative<AddGroup>(change.what);
}

// A host that is lost during the run must be there then, and not alone.
tl::expected<void, Error> check_loss(const std::string& source, const Changed& changed,
                                     const std::vector<Change>& changes) {
    if (!changed.loss) return {};
    const Pool& pool = changed.scenario.pool;
    const std::string& name = changed.loss->host;
    const bool is_there = !host_called(pool, name).is_none();
    if (is_there && pool.hosts.size() > 1) return {};
    const auto at = std::find_if(changes.begin(), changes.end(), [](const Change& change) {
        const auto* loss = std::get_if<LoseHost>(&change.what);
        return loss != nullptr && loss->when != LoseHost::When::before;
    });
    return tl::unexpected<Error>(
        bad_input(source, at == changes.end() ? "" : at->place,
                  is_there ? name + " would be the only host when it is lost during the run"
                           : name + " is gone before it could be lost during the run",
                  "leave one of the changes out"));
}

}  // namespace

std::vector<std::string> lose(Scenario& scenario, Id<Host> host) {
    const Restart restart = restart_elsewhere(scenario.pool, scenario.state, {host});
    std::vector<std::string> down;
    for (const auto& [vm, to] : restart.places) put_on(scenario, vm, to);
    for (const Id<Vm> vm : scenario.pool.vms.ids()) {
        const VmState& now = scenario.state.vms[vm];
        const bool is_down = now.host == host || now.parked == host;
        if (!is_down) continue;
        down.push_back(scenario.pool.vms[vm].name);
        halt(scenario, vm);
    }
    choose_coordinator(scenario, host);
    Edit edit(scenario);
    edit.remove_host(host);
    edit.settle();
    return down;
}

bool grow(Scenario& scenario, const std::vector<Id<Vm>>& which, Growth by, Findings& cannot) {
    for (const Id<Vm> vm : which) grow_one(scenario, vm, by);
    return fits(scenario, cannot);
}

void lend_host(Scenario& scenario, Id<Host> like, const std::string& name, Bytes memory) {
    Edit edit(scenario);
    const Id<Host> lent = edit.add_host(like, name);
    Host& host = scenario.pool.hosts[lent];
    host.memory = host.memory_after = memory;
    host.version = host.target;
    HostState& state = scenario.state.hosts[lent];
    if (!state.upgraded) ++scenario.state.hosts_upgraded;
    state.upgraded = true;
    scenario.state.backed_up = true;
    edit.settle();
}

bool add_vms(Scenario& scenario, Id<Vm> like, const NewVms& wanted, Findings& cannot) {
    const std::string model = scenario.pool.vms[like].name;
    const std::string stem = wanted.name.empty() ? model + "+" : wanted.name;
    bool all = true;
    Edit edit(scenario);
    for (std::int64_t i = 0, number = 1; i < wanted.count && all; ++i) {
        const bool is_named = !wanted.name.empty() && wanted.count == 1;
        std::string name = is_named ? stem : fresh_name(stem, number);
        while (!vm_called(scenario.pool, name).is_none()) name = fresh_name(stem, number);
        const Id<Vm> fresh = edit.add_vm(like, name);
        Vm& vm = scenario.pool.vms[fresh];
        if (wanted.memory) {
            const Bytes overhead = vm.memory - vm.ram;
            vm.ram = *wanted.memory;
            vm.memory = vm.admission = *wanted.memory + overhead;
            vm.squeeze = Bytes{};
            vm.working_set = std::min(vm.working_set, vm.ram);
        }
        const Restart room = room_for(scenario.pool, scenario.state, fresh);
        if (room.places.empty()) {
            cannot.push_back({Severity::blocks, "NO_ROOM_FOR_NEW_VM", "VM " + name,
                              name + " needs " + display(vm.admission) +
                                  ", and no host has that free and what else it needs (R1, R2, R5)",
                              "fewer or smaller new VMs"});
            all = false;
            continue;
        }
        put_on(scenario, fresh, room.places.front().second);
    }
    edit.settle();
    return all;
}

Result<ChangeMaker> ChangeMaker::make(const std::string& text, const std::string& source,
                                      const Overrides& overrides) {
    Result<Scenario> base = read_any(text, source, overrides);
    if (!base) return tl::unexpected<Error>(base.error());
    ChangeMaker maker;
    maker.text_ = &text;
    maker.source_ = source;
    maker.overrides_ = &overrides;
    maker.base_ = std::move(*base);
    return maker;
}

Result<Changed> ChangeMaker::with(const std::vector<Change>& changes) const {
    Changed changed;
    Error error{Error::Kind::bad_input, source_, {}};
    bool is_base = true;  // no change but sets so far
    std::vector<std::string> sets;
    std::string place;
    const auto read_sets = [&] {
        if (is_base) changed.scenario = base_;
        // What cannot be done leaves a pool that no text may say.
        if (sets.empty() || !changed.cannot.empty()) return;
        Overrides overrides = is_base ? *overrides_ : Overrides{};
        overrides.sets.insert(overrides.sets.end(), sets.begin(), sets.end());
        const Result<Scenario> read =
            read_any(is_base ? *text_ : print_scenario(changed.scenario), source_, overrides);
        sets.clear();
        if (read) {
            changed.scenario = *read;
            return;
        }
        const Error wrong = placed(source_, place, read.error());
        error.items.insert(error.items.end(), wrong.items.begin(), wrong.items.end());
    };
    for (const Change& change : changes) {
        if (const auto* set = std::get_if<SetField>(&change.what)) {
            if (sets.empty()) place = change.place;
            sets.push_back(set->text);
            continue;
        }
        read_sets();
        is_base = false;
        Maker maker(changed, source_);
        if (maker.make(change)) continue;
        error.items.push_back(maker.error().items.front());
        // What comes behind may be about what did not come.
        if (adds(change)) return tl::unexpected<Error>(error);
    }
    read_sets();
    if (!error.items.empty()) return tl::unexpected<Error>(error);
    if (!changed.cannot.empty()) return changed;
    if (const auto checked = check_loss(source_, changed, changes); !checked) {
        return tl::unexpected<Error>(checked.error());
    }
    return changed;
}

}  // namespace vacate
