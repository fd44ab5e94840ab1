// Our own format of recordings: cases, each a scenario and the runs on it.
#include <algorithm>
#include <charconv>

#include "model/codec/amount.hpp"
#include "model/codec/foreign_recording.hpp"
#include "model/codec/overrides.hpp"
#include "model/codec/recording.hpp"
#include "model/codec/scenario_decoding.hpp"
#include "model/codec/shown.hpp"

namespace vacate {
namespace codec {
namespace {

constexpr std::array<std::string_view, 3> recording_members{"recording", "defaults", "cases"};
constexpr std::array<std::string_view, 4> head_members{"about", "source", "verified", "remarks"};
constexpr std::array<std::string_view, 4> case_members{"name", "scenario", "moves", "runs"};
constexpr std::array<std::string_view, 8> run_members{"name",  "makespan", "moves", "start",
                                                      "total", "pause",    "gap",   "sent"};
constexpr std::array<std::string_view, 11> move_members{
    "vm", "from", "to", "disks", "completed", "after", "start", "total", "pause", "gap", "sent"};

/// What a pool of a recording has when neither it nor its defaults say otherwise: room for all,
/// one version, nothing that keeps a migration waiting.
constexpr std::string_view plain_pool = R"({
  "pool": {"target": {"platform": "1"}},
  "policy": {"one_way": false, "migrations_per_host_max": 1000000,
             "migrations_per_pair_max": 1000000, "storage_motions_per_source_max": 1000000},
  "hosts": {"memory": "1024 TiB", "version": {"platform": "1"}, "send_budget": "10 Tbps"}
})";

// ---- defaults

void supply(Node& object, const Node& value) {
    if (object.is_object() && find_member(object, value.key) == nullptr) {
        object.children.push_back(value);
    }
}

/// Puts into a scenario what it lacks; `defaults` has sections of members.
void complete(Node& scenario, const Node& defaults) {
    for (const Node& given : defaults.children) {
        const Section* section = find_section(given.key);
        if (section == nullptr || !given.is_object()) continue;
        Node* found = find_member(scenario, section->name);
        if (!section->thing.empty()) {
            for (std::size_t i = 0; found != nullptr && i < found->children.size(); ++i) {
                for (const Node& value : given.children) supply(found->children[i], value);
            }
            continue;
        }
        if (found == nullptr) {
            put(scenario, section->name, make_object());
            found = &scenario.children.back();
        }
        for (const Node& value : given.children) supply(*found, value);
    }
}

void mark_origin(Node& node, std::uint32_t origin) {
    node.origin = origin;
    for (Node& child : node.children) mark_origin(child, origin);
}

/// The defaults of the recording are judged once, and what is wrong with them is said of them.
void check_defaults(const Place& place, Node& defaults, Problems& problems) {
    if (!defaults.is_object()) {
        return refuse_kind(place, "an object", R"(write {"vms": {"dirty_rate": ...}})", problems);
    }
    for (Node& section : defaults.children) {
        const Place inner = member_of(place, section.key);
        const Section* known = find_section(section.key);
        if (known == nullptr) {
            problems.add(inner, "there is no section " + shown(section.key),
                         "sections are pool, policy, timing, networks, storages, hosts and vms");
        } else if (!section.is_object()) {
            refuse_kind(inner, "an object", {}, problems);
        } else {
            const ObjectReader members(inner, known->fields, problems);
            for (Node& value : section.children) {
                mark_origin(value, problems.new_origin("/defaults/" + section.key + '/' +
                                                       made_safe(value.key)));
            }
        }
    }
}

void complete_case(Node& one, const Node* defaults, const Overrides& overrides,
                   Problems& problems) {
    if (!one.is_object()) return;
    Node* scenario = find_member(one, "scenario");
    if (scenario == nullptr || !scenario->is_object()) return;
    apply_overrides(*scenario, overrides, problems);
    if (defaults != nullptr) complete(*scenario, *defaults);
    if (const auto plain = parse_document(plain_pool)) complete(*scenario, *plain);
    if (find_member(*scenario, "about") == nullptr) {
        const Node* name = find_member(one, "name");
        put(*scenario, "about", make_text(name == nullptr ? "a case" : name->text));
    }
    Node* pool = find_member(*scenario, "pool");
    const Node* hosts = find_member(*scenario, "hosts");
    if (!pool->is_object() || find_member(*pool, "coordinator") != nullptr || hosts == nullptr ||
        hosts->children.empty()) {
        return;
    }
    const Node* name = find_member(hosts->children.front(), "name");
    if (name != nullptr) put(*pool, "coordinator", make_text(name->text));
}

void complete_cases(Node& root, const Overrides& overrides, Problems& problems) {
    Node* defaults = find_member(root, "defaults");
    if (defaults != nullptr) {
        const Place place{nullptr, &root, {}, 0, {}};
        check_defaults(member_of(place, "defaults"), *defaults, problems);
        if (!defaults->is_object()) defaults = nullptr;
    }
    Node* cases = find_member(root, "cases");
    if (cases == nullptr || !cases->is_array()) return;
    for (Node& one : cases->children) {
        complete_case(one, defaults, overrides, problems);
        if (!problems.empty()) return;  // of an override, which would be said for every case
    }
}

// ---- moves

/// Reads the moves of one case.
class MoveReader {
  public:
    MoveReader(const Scenario& scenario, Problems& problems)
        : scenario_(scenario), problems_(problems) {}

    [[nodiscard]] std::vector<RecordedMove> moves(const Place& array) const;
    [[nodiscard]] RecordedRun run(const Place& place, const std::vector<RecordedMove>& moves,
                                  bool has_moves) const;

  private:
    template <class Of>
    [[nodiscard]] Id<Of> refer_in(const ObjectReader& move, std::string_view member,
                                  const Table<Of>& table, std::string_view thing) const;
    [[nodiscard]] RecordedMove move(const Place& place, std::size_t index) const;
    void read_after(const ObjectReader& reader, std::size_t index, RecordedMove& move) const;
    void judge_path(const Place& array, const std::vector<RecordedMove>& moves) const;
    template <class Put>
    void column(const ObjectReader& run, std::string_view member, std::vector<RecordedMove>& moves,
                Put put_value) const;

    const Scenario& scenario_;
    Problems& problems_;
};

template <class Of>
Id<Of> MoveReader::refer_in(const ObjectReader& move, std::string_view member,
                            const Table<Of>& table, std::string_view thing) const {
    if (!move.has(member)) {
        move.missing(member);
        return Id<Of>::none();
    }
    const auto name = move.text(member);
    if (!name) return Id<Of>::none();
    const auto found = std::lower_bound(
        table.begin(), table.end(), *name,
        [](const Of& one, const std::string& wanted) { return one.name < wanted; });
    if (found != table.end() && found->name == *name) {
        return Id<Of>{static_cast<std::uint32_t>(found - table.begin())};
    }
    std::vector<std::string_view> known;
    for (const Of& one : table) known.push_back(one.name);
    problems_.add(move.at(member), "there is no " + std::string(thing) + ' ' + shown(*name),
                  problems_.did_you_mean(*name, known));
    return Id<Of>::none();
}

void MoveReader::read_after(const ObjectReader& reader, std::size_t index,
                            RecordedMove& move) const {
    const Place array = reader.at("after");
    if (array.node == nullptr) return;
    if (!array.node->is_array()) return refuse_kind(array, "an array", "write [0, 1]", problems_);
    for (std::size_t i = 0; i < array.node->children.size(); ++i) {
        const Place place = entry_of(array, i);
        const std::string& text = place.node->text;
        std::uint32_t before = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), before);
        const bool whole = place.node->kind == Node::Kind::number && read.ec == std::errc{} &&
                           read.ptr == text.data() + text.size();
        if (!whole || before >= index) {
            problems_.add(place, shown(text) + " is no earlier move of this run",
                          "number the moves 0, 1, 2 ... and name what ended before");
            continue;
        }
        move.after.push_back(before);
    }
    std::sort(move.after.begin(), move.after.end());
    move.after.erase(std::unique(move.after.begin(), move.after.end()), move.after.end());
}

RecordedMove MoveReader::move(const Place& place, std::size_t index) const {
    RecordedMove move;
    const ObjectReader reader(place, std::span<const std::string_view>(move_members), problems_);
    if (!reader.is_object()) return move;
    const Pool& pool = scenario_.pool;
    move.vm = refer_in(reader, "vm", pool.vms, "VM");
    move.from = refer_in(reader, "from", pool.hosts, "host");
    move.to = refer_in(reader, "to", pool.hosts, "host");
    move.with_disks = reader.boolean("disks", false);
    move.completed = reader.boolean("completed", true);
    move.start = Instant{reader.duration("start").value_or(Duration{})};
    read_after(reader, index, move);
    move.total = reader.duration("total");
    move.pause = reader.duration("pause");
    move.gap = reader.duration("gap");
    move.sent = reader.bytes("sent");
    if (!move.completed && !move.total) {
        reader.missing("total", "say for how long it was watched");
    }
    return move;
}

// A VM begins where its last move ended; it has no other host, and disks to move where it says so.
void MoveReader::judge_path(const Place& array, const std::vector<RecordedMove>& moves) const {
    const Pool& pool = scenario_.pool;
    Table<Vm, Id<Host>> at(pool.vms.size(), Id<Host>::none());
    for (std::size_t i = 0; i < moves.size(); ++i) {
        const RecordedMove& move = moves[i];
        if (move.vm.is_none() || move.from.is_none() || move.to.is_none()) continue;
        const Place place = entry_of(array, i);
        const std::string& name = pool.vms[move.vm].name;
        if (move.from == move.to) {
            problems_.add(place, "VM " + shown(name) + " stays on its host", "leave the move out");
        }
        if (at[move.vm].is_none() && !scenario_.state.vms[move.vm].host.is_none()) {
            problems_.add(place, "VM " + shown(name) + " moves, but the scenario gives it a host",
                          "leave the host out: a run begins with every VM where it moves from");
        } else if (!at[move.vm].is_none() && at[move.vm] != move.from) {
            problems_.add(member_of(place, "from"),
                          "VM " + shown(name) + " is on " + shown(pool.hosts[at[move.vm]].name),
                          "let each move begin where the one before ended");
        }
        const bool can =
            pool.vms[move.vm].mobility == (move.with_disks ? Mobility::storage : Mobility::live);
        if (!can) {
            problems_.add(place, "VM " + shown(name) + " cannot move so",
                          "with disks it needs a local storage and when_pinned \"storage\"");
        }
        at[move.vm] = move.to;
    }
}

std::vector<RecordedMove> MoveReader::moves(const Place& array) const {
    std::vector<RecordedMove> moves;
    if (!array.node->is_array()) {
        refuse_kind(array, "an array", R"(write [{"vm": ..., "from": ..., "to": ...}])", problems_);
        return moves;
    }
    if (array.node->children.size() > limits::steps) {
        problems_.add(array, "there are too many moves", "give at most 2^20");
        return moves;
    }
    for (std::size_t i = 0; i < array.node->children.size(); ++i) {
        moves.push_back(move(entry_of(array, i), i));
    }
    judge_path(array, moves);
    return moves;
}

template <class Put>
void MoveReader::column(const ObjectReader& run, std::string_view member,
                        std::vector<RecordedMove>& moves, Put put_value) const {
    const Place array = run.at(member);
    if (array.node == nullptr) return;
    if (!array.node->is_array() || array.node->children.size() != moves.size()) {
        problems_.add(array, "this is no array of " + std::to_string(moves.size()) + " amounts",
                      "give one amount, or null, for each of the case's moves");
        return;
    }
    for (std::size_t i = 0; i < moves.size(); ++i) {
        const Place place = entry_of(array, i);
        if (place.node->kind == Node::Kind::null) continue;
        const auto text = text_of(place, problems_);
        if (!text) continue;
        if (const auto problem = put_value(moves[i], *text)) {
            problems_.add(place, problem->sentence, problem->remedy);
        }
    }
}

RecordedRun MoveReader::run(const Place& place, const std::vector<RecordedMove>& case_moves,
                            bool has_moves) const {
    RecordedRun run;
    const ObjectReader reader(place, std::span<const std::string_view>(run_members), problems_);
    if (!reader.is_object()) return run;
    run.name = reader.text("name").value_or("");
    run.makespan = reader.duration("makespan");
    const Place own = reader.at("moves");
    if (own.node != nullptr) {
        run.moves = moves(own);
    } else if (has_moves) {
        run.moves = case_moves;
    } else {
        reader.missing("moves", "give them here, or once for all runs in the case");
        return run;
    }
    using Problem = std::optional<AmountError>;
    const auto time_to = [](auto member) {
        return [member](RecordedMove& move, std::string_view text) -> Problem {
            const auto time = parse_duration(text);
            if (!time) return time.error();
            move.*member = *time;
            return std::nullopt;
        };
    };
    column(reader, "start", run.moves, [](RecordedMove& move, std::string_view text) -> Problem {
        const auto time = parse_duration(text);
        if (!time) return time.error();
        move.start = Instant{*time};
        return std::nullopt;
    });
    column(reader, "total", run.moves, time_to(&RecordedMove::total));
    column(reader, "pause", run.moves, time_to(&RecordedMove::pause));
    column(reader, "gap", run.moves, time_to(&RecordedMove::gap));
    column(reader, "sent", run.moves, [](RecordedMove& move, std::string_view text) -> Problem {
        const auto amount = parse_bytes(text);
        if (!amount) return amount.error();
        move.sent = *amount;
        return std::nullopt;
    });
    return run;
}

// ---- cases

std::optional<RecordedCase> decode_case(const Place& place, const std::string& source,
                                        Problems& problems) {
    const ObjectReader reader(place, std::span<const std::string_view>(case_members), problems);
    if (!reader.is_object()) return std::nullopt;
    RecordedCase one;
    one.name = reader.required_name("name");
    const Place scenario_place = reader.at("scenario");
    if (scenario_place.node == nullptr) {
        reader.missing("scenario", R"(add "scenario": {"hosts": [...], "vms": [...]})");
        return std::nullopt;
    }
    std::optional<Scenario> scenario = decode_scenario(scenario_place, source, problems);
    if (!scenario) return std::nullopt;
    const MoveReader moves(*scenario, problems);
    std::vector<RecordedMove> case_moves;
    const Place shared = reader.at("moves");
    if (shared.node != nullptr) case_moves = moves.moves(shared);
    const Place runs = reader.at("runs");
    if (runs.node == nullptr || !runs.node->is_array() || runs.node->children.empty()) {
        problems.add(runs, "there is no run", R"(add "runs": [{"moves": [...]}])");
        return std::nullopt;
    }
    for (std::size_t i = 0; i < runs.node->children.size(); ++i) {
        const Place run = entry_of(runs, i);
        one.runs.push_back(moves.run(run, case_moves, shared.node != nullptr));
    }
    one.pool = std::move(scenario->pool);
    one.state = std::move(scenario->state);
    return one;
}

void decode_head(const Place& place, Recording& recording, Problems& problems) {
    if (place.node == nullptr) return;
    const ObjectReader head(place, std::span<const std::string_view>(head_members), problems);
    if (!head.is_object()) return;
    recording.about = head.required_text("about", limits::attribute_bytes);
    recording.source = head.text("source", limits::attribute_bytes).value_or("");
    recording.verified = head.boolean("verified", true);
    const auto remarks = head.names("remarks", limits::attribute_bytes);
    if (!remarks) return;
    for (const NamedEntry& remark : *remarks) {
        recording.remarks.push_back({Severity::know, std::string(not_represented_code), "input",
                                     std::string(remark.name), ""});
    }
}

Result<Recording> decode_recording(const Node& root, const std::string& source,
                                   Problems& problems) {
    const Place place{nullptr, &root, {}, 0, {}};
    const ObjectReader top(place, std::span<const std::string_view>(recording_members), problems);
    Recording recording;
    if (top.is_object()) {
        decode_head(top.at("recording"), recording, problems);
        const Place cases = top.at("cases");
        if (cases.node == nullptr || !cases.node->is_array()) {
            problems.add(cases, "there is no array \"cases\"", R"(add "cases": [...])");
        } else {
            for (std::size_t i = 0; i < cases.node->children.size(); ++i) {
                Place entry = entry_of(cases, i);
                const Node* name = find_member(*entry.node, "name");
                const std::string subject =
                    name == nullptr ? std::string() : "case " + made_safe(name->text);
                entry.subject = subject;
                auto one = decode_case(entry, source, problems);
                if (one) recording.cases.push_back(std::move(*one));
            }
        }
    }
    if (!problems.empty()) return tl::unexpected<Error>(problems.take());
    return recording;
}

/// The document in our format, whichever it was in.
Node in_our_format(Node root, std::string_view prefix, Problems& problems) {
    if (is_lab_recording(root)) return recording_from_lab(root, prefix, problems);
    if (is_published_recording(root)) {
        Node node = recording_from_published(root, prefix, problems);
        if (problems.empty()) gather_defaults(node);
        return node;
    }
    Node* cases = find_member(root, "cases");
    if (prefix.empty() || cases == nullptr || !cases->is_array()) return root;
    std::erase_if(cases->children, [prefix](const Node& one) {
        const Node* name = find_member(one, "name");
        return name != nullptr && !name->text.starts_with(prefix);
    });
    return root;
}

}  // namespace
}  // namespace codec

bool holds_recording(std::string_view text) {
    // Cheap for what is none: a scenario has neither of them anywhere, as a rule.
    if (text.find("\"cases\"") == std::string_view::npos &&
        text.find("\"cap_mbit\"") == std::string_view::npos) {
        return false;
    }
    const auto root = codec::parse_document(text);
    if (!root) return false;
    return codec::find_member(*root, "cases") != nullptr || codec::is_lab_recording(*root);
}

Result<Recording> read_recording(std::string_view text, const std::string& source,
                                 const Overrides& overrides, std::string_view prefix) {
    auto document = codec::parse_document(text);
    if (!document) {
        Error error{Error::Kind::bad_input, source, {document.error()}};
        return tl::unexpected<Error>(std::move(error));
    }
    codec::Problems problems(source);
    codec::report_duplicate_members(codec::Place{nullptr, &*document, {}, 0, {}}, problems);
    codec::Node root = codec::in_our_format(std::move(*document), prefix, problems);
    if (!problems.empty()) return tl::unexpected<Error>(problems.take());
    codec::complete_cases(root, overrides, problems);
    return codec::decode_recording(root, source, problems);
}

Result<std::string> recording_text(std::string_view text, const std::string& source,
                                   std::string_view prefix) {
    auto document = codec::parse_document(text);
    if (!document) {
        Error error{Error::Kind::bad_input, source, {document.error()}};
        return tl::unexpected<Error>(std::move(error));
    }
    codec::Problems problems(source);
    const codec::Node root = codec::in_our_format(std::move(*document), prefix, problems);
    if (!problems.empty()) return tl::unexpected<Error>(problems.take());
    return codec::print_document(root);
}

}  // namespace vacate
