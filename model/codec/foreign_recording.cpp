// Reading leniently, and writing the documents of recordings.
#include "model/codec/foreign_recording.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "model/codec/amount.hpp"
#include "model/codec/object_reader.hpp"
#include "model/codec/shown.hpp"

namespace vacate::codec {
namespace {

constexpr double largest_number = 1e15;

const Node& empty_object() {
    static const Node node = make_object();
    return node;
}
const Node& empty_list() {
    static const Node node = make_list();
    return node;
}

bool makes_same_moves(const ForeignRun& one, const ForeignRun& other) {
    const auto same = [](const ForeignMove& a, const ForeignMove& b) {
        return a.vm == b.vm && a.from == b.from && a.to == b.to && a.disks == b.disks &&
               a.completed && b.completed && a.after == b.after;
    };
    return std::equal(one.moves.begin(), one.moves.end(), other.moves.begin(), other.moves.end(),
                      same);
}

Node move_node(const ForeignMove& move, bool with_figures) {
    Node node = make_object();
    put(node, "vm", make_text(move.vm));
    put(node, "from", make_text(move.from));
    put(node, "to", make_text(move.to));
    if (move.disks) put(node, "disks", make_boolean(true));
    if (!move.after.empty()) {
        Node after = make_list();
        for (const std::uint32_t index : move.after) after.children.push_back(make_integer(index));
        put(node, "after", std::move(after));
    }
    if (!with_figures) return node;
    if (move.start && *move.start > Duration{}) put(node, "start", time_node(*move.start));
    if (move.total) put(node, "total", time_node(*move.total));
    if (move.pause) put(node, "pause", time_node(*move.pause));
    if (move.gap) put(node, "gap", time_node(*move.gap));
    if (move.sent) put(node, "sent", bytes_node(*move.sent));
    if (!move.completed) put(node, "completed", make_boolean(false));
    return node;
}

Node move_nodes(const ForeignRun& run, bool with_figures) {
    Node nodes = make_list();
    for (const ForeignMove& move : run.moves) {
        nodes.children.push_back(move_node(move, with_figures));
    }
    return nodes;
}

// One figure of every move side by side; null where it was not measured.
template <class Figure>
void put_column(Node& node, std::string_view member, const ForeignRun& run, Figure figure) {
    Node values = make_list();
    bool any = false;
    for (const ForeignMove& move : run.moves) {
        Node value = figure(move);
        any = any || value.kind != Node::Kind::null;
        values.children.push_back(std::move(value));
    }
    if (any) put(node, member, std::move(values));
}

bool is_same(const Node& a, const Node& b) {
    return a.kind == b.kind && a.text == b.text && a.key == b.key &&
           std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(),
                      is_same);
}

void remove_member(Node& object, std::string_view key) {
    std::erase_if(object.children, [key](const Node& node) { return node.key == key; });
}

// The objects of one section in all cases: the section itself, or its entries.
std::vector<Node*> objects_of(Node& cases, std::string_view section) {
    std::vector<Node*> objects;
    for (Node& one : cases.children) {
        Node* found = find_member(*find_member(one, "scenario"), section);
        if (found == nullptr) return {};
        if (found->is_object()) objects.push_back(found);
        if (!found->is_array()) continue;
        for (Node& entry : found->children) objects.push_back(&entry);
    }
    return objects;
}

Node null_node() {
    Node node;
    node.text = "null";
    return node;
}

Node time_or_null(const std::optional<Duration>& time) {
    return time ? time_node(*time) : null_node();
}

}  // namespace

Place ForeignObject::at(std::string_view member) const {
    Place place = member_of(place_, member);
    if (place.node != nullptr && place.node->kind == Node::Kind::null) place.node = nullptr;
    return place;
}

Place ForeignObject::of_kind(std::string_view member, Node::Kind kind, std::string_view wanted,
                             const Node& otherwise) const {
    Place place = at(member);
    if (place.node != nullptr && place.node->kind != kind) {
        refuse_kind(place, wanted, {}, problems_);
        place.node = nullptr;
    }
    if (place.node == nullptr) place.node = &otherwise;
    return place;
}

std::optional<double> ForeignObject::number(std::string_view member) const {
    const Place place = at(member);
    if (place.node == nullptr) return std::nullopt;
    return number_of(place, problems_);
}

std::string ForeignObject::text(std::string_view member) const {
    static const Node none = make_text({});
    return of_kind(member, Node::Kind::text, "a text", none).node->text;
}

Place ForeignObject::list(std::string_view member) const {
    return of_kind(member, Node::Kind::array, "an array", empty_list());
}

Place ForeignObject::object(std::string_view member) const {
    return of_kind(member, Node::Kind::object, "an object", empty_object());
}

std::optional<double> number_of(const Place& place, Problems& problems) {
    if (place.node->kind != Node::Kind::number) {
        refuse_kind(place, "a number", "write it without quotes and unit", problems);
        return std::nullopt;
    }
    const std::string& text = place.node->text;
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || !(value >= 0 && value <= largest_number)) {
        problems.add(place, shown(text) + " is out of range",
                     "write a number that is not negative and at most 10^15");
        return std::nullopt;
    }
    return value;
}

Node time_node(Duration time) { return make_text(print_exact(time)); }
Node bytes_node(Bytes amount) { return make_text(print_exact(amount)); }
Node rate_node(Bandwidth rate) { return make_text(print_exact(rate)); }

Duration from_seconds(double seconds) {
    return Duration{std::llround(std::min(seconds, 1e12) * 1e6)};
}
Bandwidth from_megabits(double megabits) {
    return Bandwidth{std::llround(std::min(megabits, 1e12) * 125'000)};
}
Bytes from_mebibytes(double mebibytes) {
    return Bytes{std::llround(std::min(mebibytes, 1e12) * 1'048'576)};
}

Node case_node(const std::string& name, Node scenario, const std::vector<ForeignRun>& runs) {
    const bool same =
        runs.size() > 1 && std::all_of(runs.begin(), runs.end(), [&](const auto& run) {
            return makes_same_moves(runs.front(), run);
        });
    Node node = make_object();
    put(node, "name", make_text(name));
    put(node, "scenario", std::move(scenario));
    if (same) put(node, "moves", move_nodes(runs.front(), false));
    Node run_nodes = make_list();
    for (const ForeignRun& run : runs) {
        Node one = make_object();
        put(one, "name", make_text(run.name));
        if (run.makespan) put(one, "makespan", time_node(*run.makespan));
        if (same) {
            put_column(one, "start", run, [](const ForeignMove& move) {
                const bool at_once = !move.start || *move.start == Duration{};
                return at_once ? null_node() : time_node(*move.start);
            });
            put_column(one, "total", run,
                       [](const auto& move) { return time_or_null(move.total); });
            put_column(one, "pause", run,
                       [](const auto& move) { return time_or_null(move.pause); });
            put_column(one, "gap", run, [](const auto& move) { return time_or_null(move.gap); });
            put_column(one, "sent", run, [](const ForeignMove& move) {
                return move.sent ? bytes_node(*move.sent) : null_node();
            });
        } else {
            put(one, "moves", move_nodes(run, true));
        }
        run_nodes.children.push_back(std::move(one));
    }
    put(node, "runs", std::move(run_nodes));
    return node;
}

void gather_defaults(Node& recording) {
    Node& cases = *find_member(recording, "cases");
    if (cases.children.empty()) return;
    Node defaults = make_object();
    for (const std::string_view section : {"timing", "hosts", "vms"}) {
        const std::vector<Node*> objects = objects_of(cases, section);
        if (objects.size() < 2) continue;
        Node alike = make_object();
        for (const Node& member : objects.front()->children) {
            const bool all = std::all_of(objects.begin(), objects.end(), [&](const Node* other) {
                const Node* found = find_member(*other, member.key);
                return found != nullptr && is_same(*found, member);
            });
            if (all && member.key != "name") alike.children.push_back(member);
        }
        for (const Node& member : alike.children) {
            for (Node* object : objects) remove_member(*object, member.key);
        }
        if (!alike.children.empty()) put(defaults, section, std::move(alike));
    }
    for (Node& one : cases.children) {
        Node& scenario = *find_member(one, "scenario");
        const Node* timing = find_member(scenario, "timing");
        if (timing != nullptr && timing->children.empty()) remove_member(scenario, "timing");
    }
    if (defaults.children.empty()) return;
    defaults.key = "defaults";
    recording.children.insert(recording.children.begin() + 1, std::move(defaults));
}

Node recording_node(const std::string& about, const std::string& source,
                    const std::vector<std::string>& remarks, Node defaults, Node cases) {
    Node head = make_object();
    put(head, "about", make_text(about));
    put(head, "source", make_text(source));
    if (!remarks.empty()) {
        Node texts = make_list();
        for (const std::string& remark : remarks) texts.children.push_back(make_text(remark));
        put(head, "remarks", std::move(texts));
    }
    Node root = make_object();
    put(root, "recording", std::move(head));
    if (!defaults.children.empty()) put(root, "defaults", std::move(defaults));
    put(root, "cases", std::move(cases));
    return root;
}

}  // namespace vacate::codec
