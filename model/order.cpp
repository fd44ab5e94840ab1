// Orders and the steps behind them, matched by name.
#include "model/order.hpp"

#include <algorithm>
#include <charconv>

namespace vacate {
namespace {

constexpr std::array<std::string_view, act_names.size()> words{"take the pool's lock",
                                                               "give the pool's lock back",
                                                               "back up the database",
                                                               "turn HA off",
                                                               "turn HA on",
                                                               "turn WLB off",
                                                               "turn WLB on",
                                                               "turn auto power-on off",
                                                               "turn auto power-on on",
                                                               "eject the CD of",
                                                               "insert the CD of",
                                                               "squeeze the memory of",
                                                               "restore the memory of",
                                                               "disable",
                                                               "enable",
                                                               "migrate",
                                                               "migrate with its disks",
                                                               "suspend",
                                                               "resume",
                                                               "stop",
                                                               "start",
                                                               "restart"};

Act act_of(std::size_t kind) {
    const auto found = std::find(act_names.begin(), act_names.end(), kind_name(kind));
    if (found == act_names.end()) return Act::restart_host;  // the one step of another name
    return static_cast<Act>(found - act_names.begin());
}

// Tables are in name order.
template <class Of>
bool find(const Table<Of>& table, const std::string& name, Id<Of>& id) {
    const auto found = std::lower_bound(
        table.begin(), table.end(), name,
        [](const Of& one, const std::string& wanted) { return one.name < wanted; });
    if (found == table.end() || found->name != name) return false;
    id = Id<Of>{static_cast<std::uint32_t>(found - table.begin())};
    return true;
}

template <class One>
std::optional<Step> step_as(const Pool& pool, const Order& order) {
    One one;
    bool known = true;
    if constexpr (requires { one.vm; }) known = find(pool.vms, order.vm, one.vm);
    if constexpr (requires { one.host; }) known = known && find(pool.hosts, order.host, one.host);
    if constexpr (requires { one.from; }) known = known && find(pool.hosts, order.host, one.from);
    if constexpr (requires { one.to; }) known = known && find(pool.hosts, order.to, one.to);
    if constexpr (requires { one.storage; }) {
        known = known && find(pool.storages, order.storage, one.storage);
    }
    return known ? std::optional<Step>(one) : std::nullopt;
}

template <std::size_t kind>
std::optional<Step> step_of_kind(const Pool& pool, const Order& order) {
    if constexpr (kind < step_kinds) {
        if (act_of(kind) != order.act) return step_of_kind<kind + 1>(pool, order);
        return step_as<std::variant_alternative_t<kind, Step>>(pool, order);
    }
    return std::nullopt;
}

}  // namespace

Order order_of(const Pool& pool, const Step& step) {
    Order order;
    order.act = act_of(step.index());
    const StepSubject subject = subject_of(step);
    if (!subject.vm.is_none()) order.vm = pool.vms[subject.vm].name;
    if (!subject.host.is_none()) order.host = pool.hosts[subject.host].name;
    if (!subject.from.is_none()) order.host = pool.hosts[subject.from].name;
    if (!subject.to.is_none()) order.to = pool.hosts[subject.to].name;
    if (const auto* squeeze = std::get_if<SqueezeMemory>(&step)) {
        const Bytes least = pool.vms[squeeze->vm].ram;
        order.range = print_range({least, least});  // its most as well: it gives up memory at once
    }
    if (const auto* motion = std::get_if<MigrateStorage>(&step)) {
        order.storage = pool.storages[motion->storage].name;
    }
    return order;
}

std::optional<Step> step_of(const Pool& pool, const Order& order) {
    return step_of_kind<0>(pool, order);
}

std::string print_range(const MemoryRange& range) {
    return std::to_string(range.least.count) + " " + std::to_string(range.most.count);
}

std::optional<MemoryRange> read_range(std::string_view text) {
    MemoryRange range;
    const std::size_t blank = text.find(' ');
    if (blank == text.npos) return std::nullopt;
    const auto read = [](std::string_view digits, Bytes& amount) {
        const char* end = digits.data() + digits.size();
        const auto [stop, problem] = std::from_chars(digits.data(), end, amount.count);
        return problem == std::errc{} && stop == end && amount.count >= 0;
    };
    const bool good =
        read(text.substr(0, blank), range.least) && read(text.substr(blank + 1), range.most);
    return good && range.least <= range.most ? std::optional(range) : std::nullopt;
}

std::optional<Act> undo_of(Act act) {
    switch (act) {
        case Act::lock_pool:
            return Act::unlock_pool;
        case Act::disable_ha:
            return Act::enable_ha;
        case Act::disable_wlb:
            return Act::enable_wlb;
        case Act::disable_auto_power_on:
            return Act::enable_auto_power_on;
        case Act::eject_cd:
            return Act::insert_cd;
        case Act::squeeze_memory:
            return Act::restore_memory;
        case Act::disable_host:
            return Act::enable_host;
        case Act::suspend:
            return Act::resume;
        case Act::stop:
            return Act::start;
        default:
            return std::nullopt;
    }
}

std::string describe(const Order& order) {
    std::string text{words[static_cast<std::size_t>(order.act)]};
    if (!order.vm.empty()) text += " " + order.vm;
    if (!order.to.empty()) {
        text += " from " + order.host + " to " + order.to;
    } else if (!order.host.empty()) {
        text += (order.vm.empty() ? " " : " on ") + order.host;
    }
    if (!order.storage.empty()) text += " (storage " + order.storage + ")";
    return text;
}

}  // namespace vacate
