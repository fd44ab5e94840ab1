// Kinds of change as a table, and the values that an axis takes.
#include "model/codec/study_change.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "model/codec/amount.hpp"
#include "model/codec/shown.hpp"
#include "model/rule.hpp"

namespace vacate::codec {
namespace {

constexpr std::array<std::string_view, 4> add_host_members{"like", "count", "name", "memory"};
constexpr std::array<std::string_view, 1> host_members{"host"};
constexpr std::array<std::string_view, 3> resize_members{"host", "to", "by"};
constexpr std::array<std::string_view, 2> dom0_members{"host", "by"};
constexpr std::array<std::string_view, 4> lose_members{"host", "at", "step", "any"};
constexpr std::array<std::string_view, 3> grow_members{"vms", "group", "by"};
constexpr std::array<std::string_view, 4> new_vm_members{"like", "count", "name", "memory"};
constexpr std::array<std::string_view, 1> vm_members{"vm"};
constexpr std::array<std::string_view, 2> group_members{"name", "vms"};
constexpr std::array<std::string_view, 1> drop_members{"name"};

struct Kind {
    std::string_view name;
    std::span<const std::string_view> members;  // the main one first
};
constexpr std::array<Kind, 12> kinds{{{"add_host", add_host_members},
                                      {"lend_host", add_host_members},
                                      {"remove_host", host_members},
                                      {"resize_host", resize_members},
                                      {"grow_dom0", dom0_members},
                                      {"lose_host", lose_members},
                                      {"grow_vms", grow_members},
                                      {"new_vms", new_vm_members},
                                      {"stop_vm", vm_members},
                                      {"pin_vm", vm_members},
                                      {"keep_apart", group_members},
                                      {"keep_together", group_members}}};

const Kind* find_kind(std::string_view name) {
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [name](const Kind& kind) { return kind.name == name; });
    return found == kinds.end() ? nullptr : &*found;
}

// ---- one change

std::optional<Bytes> signed_bytes(const ObjectReader& reader, std::string_view member) {
    const Place place = reader.at(member);
    if (place.node == nullptr) return std::nullopt;
    const auto text = text_of(place, reader.problems());
    if (!text) return std::nullopt;
    const bool is_less = text->starts_with('-');
    const bool has_sign = is_less || text->starts_with('+');
    const auto amount = parse_bytes(has_sign ? text->substr(1) : *text);
    if (amount) return is_less ? Bytes{-amount->count} : *amount;
    reader.problems().add(place, amount.error().sentence, amount.error().remedy);
    return std::nullopt;
}

AnyChange read_add_hosts(const ObjectReader& reader, bool lent) {
    AddHosts change;
    change.like = named(reader, "like", R"(name the one to copy: "like": "srv-1")");
    change.count = reader.integer("count", {1, 1, limits::study_added});
    change.name = reader.text("name").value_or("");
    change.memory = memory_of(reader, "memory");
    change.lent = lent;
    return change;
}

AnyChange read_resize(const ObjectReader& reader) {
    ResizeHost change;
    change.host = named(reader, "host", R"(write "host": "srv-1")");
    change.to = reader.bytes("to");
    change.by = signed_bytes(reader, "by").value_or(Bytes{});
    if (reader.is_object() && reader.has("to") == reader.has("by")) {
        reader.missing(reader.has("to") ? "only one of \"to\" and \"by\"" : "\"to\" or \"by\"",
                       R"(write "to": "512 GiB" or "by": "-64 GiB")");
    }
    return change;
}

AnyChange read_dom0(const ObjectReader& reader) {
    GrowDom0 change;
    change.host = named(reader, "host", R"(write "host": "srv-1")");
    if (reader.is_object() && !reader.has("by")) reader.missing("by", R"(write "by": "1 GiB")");
    change.by = reader.bytes("by").value_or(Bytes{});
    return change;
}

AnyChange read_loss(const ObjectReader& reader) {
    LoseHost change;
    change.host = named(reader, "host", R"(write "host": "srv-1")");
    const bool any = reader.boolean("any", false);
    const int given = (reader.has("at") ? 1 : 0) + (reader.has("step") ? 1 : 0) + (any ? 1 : 0);
    if (given > 1) {
        reader.problems().add(reader.at("at").node != nullptr ? reader.at("at") : reader.at("step"),
                              "a host is lost once", "keep one of \"at\", \"step\" and \"any\"");
    }
    if (any) change.when = LoseHost::When::any;
    if (const auto at = reader.duration("at")) {
        change.when = LoseHost::When::at;
        change.at = *at;
    }
    if (reader.has("step")) {
        change.when = LoseHost::When::step;
        change.step = reader.integer("step", {0, 0, static_cast<std::int64_t>(limits::steps)});
    }
    return change;
}

AnyChange read_growth(const ObjectReader& reader) {
    GrowVms change;
    change.is_group = reader.has("group");
    change.vms = change.is_group ? named(reader, "group", R"(write "group": "databases")")
                                 : named(reader, "vms", R"(write "vms": "db-1", or "*" for all)");
    if (change.is_group && reader.has("vms")) {
        reader.problems().add(reader.at("group"), "both \"vms\" and \"group\" are there",
                              "keep one of the two");
    }
    const Place by = reader.at("by");
    if (by.node == nullptr) {
        reader.missing("by", R"(write "by": "6 %" or "by": "512 MiB")");
    } else if (const auto growth = growth_of(by, reader.problems())) {
        change.by = *growth;
    }
    return change;
}

AnyChange read_new_vms(const ObjectReader& reader) {
    NewVms change;
    change.like = named(reader, "like", R"(name the one to copy: "like": "srv-1")");
    change.count = reader.integer("count", {1, 1, limits::study_added});
    change.name = reader.text("name").value_or("");
    change.memory = memory_of(reader, "memory");
    return change;
}

AnyChange read_group(const ObjectReader& reader, bool apart) {
    AddGroup change;
    change.name = named(reader, "name", R"(write "name": "databases")");
    change.apart = apart;
    const auto names = reader.names("vms");
    for (const NamedEntry& one : names.value_or(std::vector<NamedEntry>{})) {
        change.vms.emplace_back(one.name);
    }
    if (reader.is_object() && change.vms.size() < 2) {
        reader.missing("vms", R"(name two VMs or more: "vms": ["db-1", "db-2"])");
    }
    return change;
}

AnyChange read_kind(std::string_view kind, const ObjectReader& reader) {
    if (kind == "add_host" || kind == "lend_host") {
        return read_add_hosts(reader, kind == "lend_host");
    }
    if (kind == "remove_host") return RemoveHost{named(reader, "host", R"(write "host": "srv-1")")};
    if (kind == "resize_host") return read_resize(reader);
    if (kind == "grow_dom0") return read_dom0(reader);
    if (kind == "lose_host") return read_loss(reader);
    if (kind == "grow_vms") return read_growth(reader);
    if (kind == "new_vms") return read_new_vms(reader);
    if (kind == "stop_vm") return StopVm{named(reader, "vm", R"(write "vm": "db-1")")};
    if (kind == "pin_vm") return PinVm{named(reader, "vm", R"(write "vm": "db-1")")};
    return read_group(reader, kind == "keep_apart");
}

std::string kinds_text() {
    std::string text = "changes are set, drop_group";
    for (const Kind& kind : kinds) text += ", " + std::string(kind.name);
    return text;
}

// ---- axes

/// A value of an axis that may be counted on.
struct Measure {
    enum class Kind { count, percent, bytes, bandwidth, duration };
    Kind kind = Kind::count;
    std::int64_t value = 0;
};

std::optional<Measure> measure_of(std::string_view text) {
    if (const auto bytes = parse_bytes(text)) return Measure{Measure::Kind::bytes, bytes->count};
    if (const auto rate = parse_bandwidth(text)) {
        return Measure{Measure::Kind::bandwidth, rate->count};
    }
    if (const auto time = parse_duration(text)) {
        return Measure{Measure::Kind::duration, time->count()};
    }
    std::string_view number = text;
    const bool is_percent = number.ends_with('%');
    if (is_percent) number.remove_suffix(1);
    while (number.ends_with(' ')) number.remove_suffix(1);
    const auto thousandths = parse_thousandths(number);
    if (!thousandths) return std::nullopt;
    if (is_percent && *thousandths % 100 == 0) {
        return Measure{Measure::Kind::percent, *thousandths / 100};
    }
    if (is_percent || *thousandths % 1000 != 0) return std::nullopt;
    return Measure{Measure::Kind::count, *thousandths / 1000};
}

std::string text_of_measure(const Measure& one) {
    switch (one.kind) {
        case Measure::Kind::count:
            return std::to_string(one.value);
        case Measure::Kind::percent:
            return print_thousandths(one.value * 100) + " %";
        case Measure::Kind::bytes:
            return print_exact(Bytes{one.value});
        case Measure::Kind::bandwidth:
            return print_exact(Bandwidth{one.value});
        case Measure::Kind::duration:
            return print_exact(Duration{one.value});
    }
    return {};
}

// Numbers are not told from texts here: both may stand for a count.
std::optional<Measure> read_measure(const ObjectReader& reader, std::string_view member) {
    const Place place = reader.at(member);
    if (place.node == nullptr) {
        reader.missing(member, R"(write "from": 1, "to": 4, "step": 1, or "values": [...])");
        return std::nullopt;
    }
    const auto measure = measure_of(place.node->text);
    if (!measure) {
        reader.problems().add(
            place, shown(place.node->text) + " is no amount to count on",
            "write a whole number, \"10 Gbps\", \"64 GiB\", \"15 min\" or \"2 %\"");
    }
    return measure;
}

std::vector<Node> range_of(const ObjectReader& reader) {
    const auto from = read_measure(reader, "from");
    const auto to = read_measure(reader, "to");
    const auto step = read_measure(reader, "step");
    if (!from || !to || !step) return {};
    if (from->kind != to->kind || from->kind != step->kind) {
        reader.problems().add(reader.at("step"), "\"from\", \"to\" and \"step\" differ in kind",
                              "write all three in units of one kind");
        return {};
    }
    if (step->value == 0 || to->value < from->value) {
        reader.problems().add(reader.at("step"), "this range has no values or no end",
                              "let \"to\" be at least \"from\", and \"step\" more than 0");
        return {};
    }
    const std::int64_t count = (to->value - from->value) / step->value + 1;
    if (count > static_cast<std::int64_t>(limits::study_values)) {
        reader.problems().add(reader.at("step"),
                              "this range has " + std::to_string(count) + " values, more than " +
                                  std::to_string(limits::study_values),
                              "take a larger step");
        return {};
    }
    std::vector<Node> values;
    for (std::int64_t i = 0; i < count; ++i) {
        const Measure value{from->kind, from->value + i * step->value};
        values.push_back(value.kind == Measure::Kind::count ? make_integer(value.value)
                                                            : make_text(text_of_measure(value)));
    }
    return values;
}

std::vector<Node> values_of(const ObjectReader& reader) {
    const Place array = reader.at("values");
    if (array.node == nullptr) return range_of(reader);
    if (!array.node->is_array()) {
        refuse_kind(array, "an array", R"(write "values": ["10 Gbps", "25 Gbps"])",
                    reader.problems());
        return {};
    }
    for (std::size_t i = 0; i < array.node->children.size(); ++i) {
        const Node& value = array.node->children[i];
        if (value.is_object() || value.is_array()) {
            reader.problems().add(entry_of(array, i), "a value is a text, a number or a bool", "");
            return {};
        }
    }
    if (array.node->children.empty()) {
        reader.problems().add(array, "this axis has no values", "give one value or more");
    }
    return array.node->children;
}

// Puts the value where "$" stands.
void substitute(Node& node, const Node& value) {
    if (node.is_text() && node.text == "$") {
        node.text = value.text;
        node.kind = value.kind;
    } else if (node.is_text()) {
        const std::size_t at = node.text.find('$');
        if (at != std::string::npos) node.text.replace(at, 1, value.text);
    }
    for (Node& child : node.children) substitute(child, value);
}

bool has_dollar(const Node& node) {
    return (node.is_text() && node.text.find('$') != std::string::npos) ||
           std::any_of(node.children.begin(), node.children.end(), has_dollar);
}

// The change of an axis with "$" for the value, and what the axis is called.
std::optional<Node> template_of(const ObjectReader& reader, std::string& name) {
    if (const auto path = reader.text("set")) {
        name = *path;
        Node change = make_object();
        put(change, "set", make_text(*path + "=$"));
        return change;
    }
    const Place change = reader.at("change");
    if (change.node == nullptr) {
        reader.missing("set", R"(write "set": "hosts.*.link" or "change": {...})");
        return std::nullopt;
    }
    if (!has_dollar(*change.node)) {
        reader.problems().add(change, "no \"$\" says where the values go",
                              R"(write {"grow_vms": {"vms": "*", "by": "$"}})");
        return std::nullopt;
    }
    if (change.node->is_object() && !change.node->children.empty()) {
        name = change.node->children.front().key;
    }
    return *change.node;
}

}  // namespace

std::string place_text(const Place& place, const OptionTexts& options) {
    const std::uint32_t origin = place.node->origin;
    if (origin > 0 && origin <= options.size()) return options[origin - 1];
    return json_pointer(place);
}

std::string named(const ObjectReader& reader, std::string_view member, const char* remedy) {
    if (reader.has(member)) return reader.required_name(member);
    reader.missing(member, remedy);
    return {};
}

std::optional<Bytes> memory_of(const ObjectReader& reader, std::string_view member) {
    constexpr Bytes least{std::int64_t{1} << 20};
    const auto amount = reader.bytes(member);
    if (!amount || *amount >= least) return amount;
    reader.problems().add(reader.at(member), display(*amount) + " is less than any host or VM has",
                          "give 1 MiB or more");
    return std::nullopt;
}

std::optional<Growth> growth_of(const Place& place, Problems& problems) {
    const auto text = text_of(place, problems);
    if (!text) return std::nullopt;
    const auto measure = measure_of(*text);
    if (measure && measure->kind == Measure::Kind::percent) return Growth{measure->value, {}};
    if (measure && measure->kind == Measure::Kind::bytes) return Growth{0, Bytes{measure->value}};
    problems.add(place, shown(*text) + " is no growth", "write \"6 %\", \"0.5 %\" or \"512 MiB\"");
    return std::nullopt;
}

std::string_view main_member(std::string_view kind) {
    const Kind* found = find_kind(kind);
    return found == nullptr ? "name" : found->members.front();
}

std::span<const std::string_view> members_of_change(std::string_view kind) {
    const Kind* found = find_kind(kind);
    return found == nullptr ? std::span<const std::string_view>(drop_members) : found->members;
}

std::optional<Change> change_of(const Place& place, const OptionTexts& options,
                                Problems& problems) {
    const Node& node = *place.node;
    if (!node.is_object() || node.children.size() != 1) {
        refuse_kind(place, "a change, an object of one member",
                    R"(write {"set": "hosts.*.link=25 Gbps"} or {"remove_host": "srv-3"})",
                    problems);
        return std::nullopt;
    }
    Change change;
    change.place = place_text(place, options);
    const std::string& kind = node.children.front().key;
    const Place inner = member_of(place, kind);
    if (kind == "set") {
        const auto text = text_of(inner, problems, limits::attribute_bytes);
        if (!text) return std::nullopt;
        change.what = SetField{std::string(*text)};
        return change;
    }
    if (kind != "drop_group" && find_kind(kind) == nullptr) {
        std::vector<std::string_view> known{"set", "drop_group"};
        for (const Kind& one : kinds) known.push_back(one.name);
        std::string remedy = problems.did_you_mean(kind, known);
        problems.add(inner, "there is no change " + shown(kind),
                     remedy.empty() ? kinds_text() : std::move(remedy));
        return std::nullopt;
    }
    // A bare name stands for the member that the change is about.
    Node object = *inner.node;
    if (!object.is_object() && !object.is_array()) {
        object = make_object();
        put(object, main_member(kind), *inner.node);
        object.origin = inner.node->origin;
        object.ordinal = inner.node->ordinal;
    }
    Place held = inner;
    held.node = &object;
    const ObjectReader reader(held, members_of_change(kind), problems);
    if (!reader.is_object()) return std::nullopt;
    if (kind == "drop_group") {
        change.what = DropGroup{named(reader, "name", R"(write "name": "databases")")};
    } else {
        change.what = read_kind(kind, reader);
    }
    return change;
}

std::optional<Axis> axis_of(const Place& place, const OptionTexts& options, Problems& problems) {
    constexpr std::array<std::string_view, 7> members{"name", "set", "change", "values",
                                                      "from", "to",  "step"};
    const ObjectReader reader(place, members, problems);
    if (!reader.is_object()) return std::nullopt;
    Axis axis;
    const auto pattern = template_of(reader, axis.name);
    const std::vector<Node> values = values_of(reader);
    if (const auto name = reader.text("name")) axis.name = *name;
    if (!pattern || values.empty()) return std::nullopt;
    if (values.size() > limits::study_values) {
        problems.add(place, "this axis has " + std::to_string(values.size()) + " values",
                     "give at most " + std::to_string(limits::study_values));
        return std::nullopt;
    }
    std::set<std::string> known;
    for (const Node& value : values) {
        if (!known.insert(value.text).second) {
            problems.add(place, "the value " + shown(value.text) + " is there twice",
                         "give each value once");
        }
        Node node = *pattern;
        substitute(node, value);
        const Place at{place.above, &node, place.member, place.index, {}};
        auto change = change_of(at, options, problems);
        if (!change) return std::nullopt;
        change->place = place_text(place, options);
        axis.values.push_back({value.text, std::move(*change)});
    }
    return axis;
}

}  // namespace vacate::codec
