// Distributions by their kind, each value by its measure.
#include "model/codec/chance_text.hpp"

#include <algorithm>

#include "model/codec/amount.hpp"
#include "model/codec/shown.hpp"

namespace vacate::codec {
namespace {

using Kind = Distribution::Kind;

/// What the values of a distribution count, and what they may be.
struct Amount {
    enum class Measure { time, ratio };
    Measure measure;
    std::int64_t least;
    std::int64_t most;
    std::string_view range;         // the remedy for a value outside
    std::string_view example;       // of a value
    std::int64_t p95_permille = 0;  // of the median, where the operator gives none; 0: he must
};

constexpr Amount time_amount{Amount::Measure::time, 0, limits::duration_us, "", "15 min"};
constexpr Amount factor_amount{Amount::Measure::ratio, 1, limits::factor_permille,
                               "write a ratio above 0 and at most 1000", "1.25"};
// Four repeats of each of 50 plans on Grid'5000 varied by 2.2 % of their mean: e^(1.645 * 0.022).
constexpr Amount stream_amount{Amount::Measure::ratio,
                               1,
                               limits::factor_permille,
                               "write a ratio above 0 and at most 1000",
                               "1.25",
                               1037};
constexpr Amount share_amount{Amount::Measure::ratio, 1, 1000,
                              "write a ratio above 0 and at most 1", "0.5"};

using Value = std::optional<std::int64_t>;

Value judged(const Place& place, const tl::expected<std::int64_t, AmountError>& value,
             const Amount& amount, Problems& problems) {
    if (!value) {
        problems.add(place, value.error().sentence, value.error().remedy);
        return std::nullopt;
    }
    if (*value < amount.least || *value > amount.most) {
        problems.add(place, shown(place.node->text) + " is out of range",
                     std::string(amount.range));
        return std::nullopt;
    }
    return *value;
}

// One value, wherever it stands.
Value read_value(const Place& place, const Amount& amount, Problems& problems) {
    const auto text = text_of(place, problems);
    if (!text) return std::nullopt;
    if (amount.measure == Amount::Measure::ratio) {
        return judged(place, parse_thousandths(*text), amount, problems);
    }
    const auto time = parse_duration(*text);
    if (!time) {
        problems.add(place, time.error().sentence, time.error().remedy);
        return std::nullopt;
    }
    return time->count();
}

using Shape = std::pair<Kind, std::span<const std::string_view>>;

const Shape* shape_of(std::string_view word) {
    static const std::array<std::pair<std::string_view, Shape>, 3> shapes{
        {{"uniform", {Kind::uniform, uniform_members}},
         {"triangular", {Kind::triangular, triangular_members}},
         {"lognormal", {Kind::lognormal, lognormal_members}}}};
    for (const auto& [name, shape] : shapes) {
        if (name == word) return &shape;
    }
    return nullptr;
}

// Named values that must not go down: "low", "mode", "high".
std::optional<Distribution> read_named(const Place& place, const Shape& shape, const Amount& amount,
                                       Problems& problems) {
    const auto& [kind, names] = shape;
    const ObjectReader reader(place, names, problems);
    if (!reader.is_object()) return std::nullopt;
    Distribution found{kind, {}};
    bool whole = true;
    for (const std::string_view name : names) {
        const Place at = reader.at(name);
        Value value;
        if (at.node != nullptr) {
            value = read_value(at, amount, problems);
        } else if (name == "p95" && amount.p95_permille > 0) {
            // Half of all values lie below the median, so the median there is the first one.
            if (whole) value = (found.values[0] * amount.p95_permille + 500) / 1000;
        } else {
            reader.missing(name);
        }
        whole = whole && value.has_value();
        if (whole) found.values.push_back(*value);
    }
    if (!whole) return std::nullopt;
    for (std::size_t i = 1; i < names.size(); ++i) {
        if (found.values[i - 1] <= found.values[i]) continue;
        problems.add(place, std::string(names[i - 1]) + " is more than " + std::string(names[i]),
                     "write them in ascending order");
        return std::nullopt;
    }
    if (kind == Kind::lognormal && found.values[0] <= 0) {
        problems.add(reader.at("median"), "a log-normal time is above 0", "write its median");
        return std::nullopt;
    }
    return found;
}

std::optional<Distribution> read_recorded(const Place& place, const Amount& amount,
                                          Problems& problems) {
    if (!place.node->is_array()) {
        refuse_kind(place, "an array", "write [\"" + std::string(amount.example) + "\", ...]",
                    problems);
        return std::nullopt;
    }
    const std::size_t count = place.node->children.size();
    if (count == 0 || count > limits::recorded_values) {
        problems.add(place, "there are " + std::to_string(count) + " recorded values",
                     "list 1 to " + std::to_string(limits::recorded_values));
        return std::nullopt;
    }
    Distribution found{Kind::recorded, {}};
    for (std::size_t i = 0; i < count; ++i) {
        const Value value = read_value(entry_of(place, i), amount, problems);
        if (value) found.values.push_back(*value);
    }
    if (found.values.size() < count) return std::nullopt;
    std::sort(found.values.begin(), found.values.end());
    return found;
}

/// The distribution at a member, or nothing; a bare amount is a fixed one.
std::optional<Distribution> read_distribution(const ObjectReader& object, std::string_view member,
                                              const Amount& amount) {
    const Place place = object.at(member);
    if (place.node == nullptr) return std::nullopt;
    Problems& problems = object.problems();
    if (!place.node->is_object()) {
        const Value value = read_value(place, amount, problems);
        return value ? std::optional(Distribution{Kind::fixed, {*value}}) : std::nullopt;
    }
    const ObjectReader reader(place, distribution_members, problems);
    std::string_view word;
    for (const std::string_view name : distribution_members) {
        if (!reader.has(name)) continue;
        if (!word.empty()) {
            problems.add(place, "it is " + std::string(word) + " and " + std::string(name),
                         "keep one of the two");
            return std::nullopt;
        }
        word = name;
    }
    if (word.empty()) {
        const std::string example(amount.example);
        problems.add(place, "this is no distribution",
                     "write \"" + example + "\", or one of uniform, triangular, lognormal and " +
                         "recorded");
        return std::nullopt;
    }
    const Place values = reader.at(word);
    const Shape* shape = shape_of(word);
    return shape != nullptr ? read_named(values, *shape, amount, problems)
                            : read_recorded(values, amount, problems);
}

/// `all`: what is said of every host, where this is one of them.
HostChance read_host_part(const ObjectReader& reader, const HostChance* all) {
    HostChance chance;
    chance.upgrade_time = read_distribution(reader, "upgrade_time", time_amount);
    chance.upgrade_factor = read_distribution(reader, "upgrade_factor", factor_amount);
    chance.late_chance = reader.chance("late_chance");
    chance.late_by = read_distribution(reader, "late_by", time_amount);
    chance.lost_chance = reader.chance("lost_chance");
    if (reader.has("upgrade_time") && reader.has("upgrade_factor")) {
        reader.problems().add(reader.at("upgrade_factor"),
                              "upgrade_time and upgrade_factor are both given",
                              "keep one of the two");
    }
    const bool is_known = reader.has("late_by") || (all != nullptr && all->late_by);
    if (chance.late_chance.value_or(0) > 0 && !is_known) {
        reader.missing("late_by", R"(say how late: "late_by": "20 min")");
    }
    return chance;
}

VmChance read_vm_part(const ObjectReader& reader) {
    VmChance chance;
    chance.stream_factor = read_distribution(reader, "stream_factor", stream_amount);
    chance.dirty_factor = read_distribution(reader, "dirty_factor", factor_amount);
    chance.failure_chance = reader.chance("failure_chance");
    return chance;
}

void read_link_fault(Decoding& decoding, const Place& place) {
    const ObjectReader reader(place, link_fault_members, decoding.problems);
    if (!reader.is_object()) return;
    LinkFault fault;
    fault.hosts = sorted_ids<Host>(reader, "hosts", decoding.hosts);
    if (const Place hosts = reader.at("hosts");
        hosts.node != nullptr && hosts.node->is_array() && hosts.node->children.empty()) {
        decoding.problems.add(hosts, "it is the fault of no host",
                              "name one, or leave hosts out to mean all");
    }
    fault.chance = reader.chance("chance").value_or(sure);
    const auto required = [&](std::string_view member, const Amount& amount) {
        if (!reader.has(member)) reader.missing(member);
        return read_distribution(reader, member, amount)
            .value_or(Distribution{Kind::fixed, {amount.most}});
    };
    fault.at = required("at", time_amount);
    fault.share = required("share", share_amount);
    fault.lasts = read_distribution(reader, "lasts", time_amount);
    decoding.scenario.chance.links.push_back(std::move(fault));
}

void read_link_faults(Decoding& decoding, const ObjectReader& reader) {
    const Place array = reader.at("links");
    if (array.node == nullptr) return;
    if (!array.node->is_array()) {
        refuse_kind(array, "an array", R"(write [{"at": "10 min", "share": "0.5"}])",
                    decoding.problems);
        return;
    }
    const std::size_t count = array.node->children.size();
    if (count > limits::link_faults) {
        decoding.problems.add(array, "there are " + std::to_string(count) + " faults of links",
                              "describe at most " + std::to_string(limits::link_faults));
        return;
    }
    for (std::size_t i = 0; i < count; ++i) read_link_fault(decoding, entry_of(array, i));
}

// ---- to text

Node value_node(std::int64_t value, const Amount& amount) {
    return make_text(amount.measure == Amount::Measure::time ? print_exact(Duration{value})
                                                             : print_thousandths(value));
}

Node named_node(const Distribution& spread, std::span<const std::string_view> names,
                const Amount& amount) {
    Node node = make_object();
    for (std::size_t i = 0; i < names.size(); ++i) {
        put(node, names[i], value_node(spread.values[i], amount));
    }
    return node;
}

Node distribution_node(const Distribution& spread, const Amount& amount) {
    if (spread.kind == Kind::fixed) return value_node(spread.values[0], amount);
    Node node = make_object();
    if (spread.kind == Kind::recorded) {
        Node values = make_list();
        for (const std::int64_t value : spread.values) {
            values.children.push_back(value_node(value, amount));
        }
        put(node, "recorded", std::move(values));
        return node;
    }
    for (const std::string_view word : distribution_members) {
        const Shape* shape = shape_of(word);
        if (shape == nullptr || shape->first != spread.kind) continue;
        put(node, word, named_node(spread, shape->second, amount));
    }
    return node;
}

void put_spread(Node& object, std::string_view member, const std::optional<Distribution>& spread,
                const Amount& amount) {
    if (spread) put(object, member, distribution_node(*spread, amount));
}

void put_millionths(Node& object, std::string_view member, const Value& millionths) {
    if (millionths) put(object, member, make_text(print_chance(*millionths)));
}

void put_part(Node& object, const HostChance& chance) {
    put_spread(object, "upgrade_time", chance.upgrade_time, time_amount);
    put_spread(object, "upgrade_factor", chance.upgrade_factor, factor_amount);
    put_millionths(object, "late_chance", chance.late_chance);
    put_spread(object, "late_by", chance.late_by, time_amount);
    put_millionths(object, "lost_chance", chance.lost_chance);
}

void put_part(Node& object, const VmChance& chance) {
    put_spread(object, "stream_factor", chance.stream_factor, stream_amount);
    put_spread(object, "dirty_factor", chance.dirty_factor, factor_amount);
    put_millionths(object, "failure_chance", chance.failure_chance);
}

Node link_fault_node(const LinkFault& fault, const Pool& pool) {
    Node node = make_object();
    if (!fault.hosts.empty()) {
        Node hosts = make_list();
        for (const Id<Host> id : fault.hosts) {
            hosts.children.push_back(make_text(pool.hosts[id].name));
        }
        put(node, "hosts", std::move(hosts));
    }
    put_millionths(node, "chance", fault.chance);
    put(node, "at", distribution_node(fault.at, time_amount));
    put(node, "share", distribution_node(fault.share, share_amount));
    put_spread(node, "lasts", fault.lasts, time_amount);
    return node;
}

template <class Of, class Part>
void put_own(Node& thing, const std::vector<std::pair<Id<Of>, Part>>& all, Id<Of> id) {
    const auto found = std::lower_bound(all.begin(), all.end(), id,
                                        [](const auto& one, Id<Of> at) { return one.first < at; });
    if (found == all.end() || found->first != id) return;
    Node node = make_object();
    put_part(node, found->second);
    put(thing, "chance", std::move(node));
}

template <class Part>
bool by_id(const Part& a, const Part& b) {
    return a.first < b.first;
}

}  // namespace

void decode_chance(Decoding& decoding) {
    const Place place = member_of(decoding.document, "chance");
    if (place.node == nullptr) return;
    const ObjectReader reader(place, chance_fields, decoding.problems);
    if (!reader.is_object()) return;
    Chance& chance = decoding.scenario.chance;
    chance.hosts = read_host_part(reader, nullptr);
    chance.vms = read_vm_part(reader);
    read_link_faults(decoding, reader);
}

void read_host_chance(Decoding& decoding, const ObjectReader& host, Id<Host> id) {
    const Place place = host.at("chance");
    if (place.node == nullptr) return;
    const ObjectReader reader(place, host_chance_members, decoding.problems);
    if (!reader.is_object()) return;
    Chance& chance = decoding.scenario.chance;
    HostChance own = read_host_part(reader, &chance.hosts);
    if (own != HostChance{}) chance.of_host.emplace_back(id, std::move(own));
}

void read_vm_chance(Decoding& decoding, const ObjectReader& vm, Id<Vm> id) {
    const Place place = vm.at("chance");
    if (place.node == nullptr) return;
    const ObjectReader reader(place, vm_chance_members, decoding.problems);
    if (!reader.is_object()) return;
    VmChance own = read_vm_part(reader);
    if (own != VmChance{}) decoding.scenario.chance.of_vm.emplace_back(id, std::move(own));
}

void settle_chance(Chance& chance) {
    std::sort(chance.of_host.begin(), chance.of_host.end(), by_id<std::pair<Id<Host>, HostChance>>);
    std::sort(chance.of_vm.begin(), chance.of_vm.end(), by_id<std::pair<Id<Vm>, VmChance>>);
}

Node chance_node(const Chance& chance, const Pool& pool) {
    Node node = make_object();
    put_part(node, chance.hosts);
    put_part(node, chance.vms);
    if (chance.links.empty()) return node;
    Node links = make_list();
    for (const LinkFault& fault : chance.links) {
        links.children.push_back(link_fault_node(fault, pool));
    }
    put(node, "links", std::move(links));
    return node;
}

void put_chance(Node& host, const Chance& chance, Id<Host> id) {
    put_own(host, chance.of_host, id);
}

void put_chance(Node& vm, const Chance& chance, Id<Vm> id) { put_own(vm, chance.of_vm, id); }

}  // namespace vacate::codec
