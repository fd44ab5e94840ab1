// Paths like hosts.*.link=10Gbps, a defaults file and included ones, applied to a document.
#include "model/codec/overrides.hpp"

#include <algorithm>
#include <optional>

#include "model/codec/scenario_fields.hpp"
#include "model/codec/shown.hpp"
#include "model/limits.hpp"

namespace vacate::codec {
namespace {

// Overrides are listed behind the problems of the input, which has fewer values than this.
constexpr std::uint32_t defaults_ordinal = 0xe000'0000;
constexpr std::uint32_t sets_ordinal = 0xf000'0000;

/// One name of a path. A quoted "*" is a name like any other.
struct Piece {
    std::string text;
    bool quoted = false;
    [[nodiscard]] bool is_star() const { return !quoted && text == "*"; }
};

/// One --set, taken apart, and where its problems are said to be.
struct Assignment {
    std::vector<Piece> path;
    Node value;
    std::string place;
    std::uint32_t ordinal = 0;
    std::uint32_t origin = 0;
};

/// Where everything below comes from.
struct Mark {
    Node::Source source;
    std::uint32_t origin;
    std::uint32_t ordinal;
};

void mark(Node& node, const Mark& by) {
    node.source = by.source;
    node.origin = by.origin;
    node.ordinal = by.ordinal;
    for (Node& child : node.children) mark(child, by);
}

/// Takes a name in double quotes, where a backslash keeps the letter behind it.
std::optional<Piece> take_quoted(std::string_view& rest) {
    Piece piece{{}, true};
    rest.remove_prefix(1);
    while (!rest.empty() && rest.front() != '"') {
        if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
        piece.text += rest.front();
        rest.remove_prefix(1);
    }
    if (rest.empty()) return std::nullopt;
    rest.remove_prefix(1);
    return piece;
}

/// The names in front of the first "=", which is taken off too; nothing when it is no path.
std::optional<std::vector<Piece>> take_path(std::string_view& rest) {
    std::vector<Piece> path;
    while (true) {
        Piece piece;
        if (!rest.empty() && rest.front() == '"') {
            std::optional<Piece> quoted = take_quoted(rest);
            if (!quoted) return std::nullopt;
            piece = std::move(*quoted);
        } else {
            piece.text = rest.substr(0, rest.find_first_of(".=\""));
            rest.remove_prefix(piece.text.size());
        }
        if (piece.text.empty() || rest.empty()) return std::nullopt;
        path.push_back(std::move(piece));
        const char end = rest.front();
        rest.remove_prefix(1);
        if (end == '=') return path;
        if (end != '.') return std::nullopt;
    }
}

/// JSON where it reads as JSON, otherwise a text.
Node value_of(std::string_view text) {
    auto document = parse_document(text);
    if (!document) return make_text(std::string(text));
    const bool is_scalar = !document->is_text() && !document->is_object() && !document->is_array();
    // The digits as typed: 25.30 may be meant as a version.
    if (is_scalar) {
        const std::size_t first = text.find_first_not_of(" \t\r\n");
        const std::size_t last = text.find_last_not_of(" \t\r\n");
        document->text = text.substr(first, last - first + 1);
    }
    return std::move(*document);
}

std::string remedy_for_section(std::string_view wanted, Problems& problems) {
    std::vector<std::string_view> known(sections.size());
    std::transform(sections.begin(), sections.end(), known.begin(),
                   [](const Section& section) { return section.name; });
    std::string remedy = problems.did_you_mean(wanted, known);
    if (!remedy.empty()) return remedy;
    return "sections are pool, policy, timing, chance, networks, storages, hosts, vms and groups";
}

/// What to write instead, for a path that is none.
constexpr std::string_view path_remedy =
    "write section.field=value or section.NAME.field=value, a name with a dot in double quotes";

/// Carries out assignments on one document.
class Assigner {
  public:
    Assigner(Node& document, Problems& problems) : document_(document), problems_(problems) {}

    void assign(const std::string& text, std::uint32_t ordinal);

  private:
    void refuse(const Assignment& set, std::string sentence, std::string remedy) {
        problems_.add_item(set.ordinal, {set.place, std::move(sentence), std::move(remedy)});
    }
    void assign_in(const Section& section, const Assignment& set);
    [[nodiscard]] bool is_known_field(const Section& section, const Assignment& set,
                                      std::size_t first);
    [[nodiscard]] std::vector<Node*> entries_of(const Section& section, const Assignment& set);
    void put_value(Node& object, const Assignment& set, std::size_t first);

    Node& document_;
    Problems& problems_;
};

void Assigner::assign(const std::string& text, std::uint32_t ordinal) {
    Assignment set;
    set.ordinal = ordinal;
    std::string_view rest = text;
    std::optional<std::vector<Piece>> path = take_path(rest);
    if (!path) {
        set.place = "--set " + made_safe(text);
        refuse(set, "this is no assignment", std::string(path_remedy));
        return;
    }
    set.path = std::move(*path);
    set.place = "--set " + made_safe(text.substr(0, text.size() - rest.size() - 1));
    set.origin = problems_.new_origin(set.place);
    set.value = value_of(rest);
    mark(set.value, {Node::Source::set, set.origin, ordinal});

    const std::string& name = set.path.front().text;
    if (name == "about" && set.path.size() == 1) return put_value(document_, set, 0);
    const Section* section = find_section(name);
    if (section != nullptr) return assign_in(*section, set);
    refuse(set, "there is no section " + shown(name), remedy_for_section(name, problems_));
}

void Assigner::assign_in(const Section& section, const Assignment& set) {
    const bool is_array = !section.thing.empty();
    const std::size_t first = is_array ? 2 : 1;  // of the names that lead to the member
    if (set.path.size() <= first || set.path.size() > first + 2) {
        const std::string form = is_array ? ".NAME.field=value" : ".field=value";
        refuse(set, set.path.size() <= first ? "the path ends too early" : "the path is too long",
               "write " + std::string(section.name) + form);
        return;
    }
    const bool is_known = is_known_field(section, set, first);
    if (is_array) {
        for (Node* entry : entries_of(section, set)) {
            if (is_known) put_value(*entry, set, first);
        }
        return;
    }
    if (!is_known || !document_.is_object()) return;
    Node* object = find_member(document_, section.name);
    if (object == nullptr) {
        Node empty = make_object();
        mark(empty, {Node::Source::set, set.origin, set.ordinal});
        put(document_, section.name, std::move(empty));
        object = &document_.children.back();
    }
    put_value(*object, set, first);
}

bool Assigner::is_known_field(const Section& section, const Assignment& set, std::size_t first) {
    const std::string& name = set.path[first].text;
    const Field* field = find_field(section.fields, name);
    if (field == nullptr) {
        refuse(set, "there is no member " + shown(name) + " in " + std::string(section.name),
               problems_.did_you_mean(name, names_of(section.fields)));
        return false;
    }
    if (set.path.size() == first + 1) return true;
    const std::string& inner = set.path[first + 1].text;
    if (std::find(field->members.begin(), field->members.end(), inner) != field->members.end()) {
        return true;
    }
    refuse(set, "there is no member " + shown(inner) + " in " + name,
           problems_.did_you_mean(inner, {field->members.begin(), field->members.end()}));
    return false;
}

std::vector<Node*> Assigner::entries_of(const Section& section, const Assignment& set) {
    std::vector<Node*> entries;
    std::vector<std::string_view> names;
    const Piece& wanted = set.path[1];
    Node* array = find_member(document_, section.name);
    // An array that is none is reported when the document is decoded.
    if (array != nullptr && !array->is_array()) return entries;
    for (std::size_t i = 0; array != nullptr && i < array->children.size(); ++i) {
        Node& entry = array->children[i];
        const Node* name = find_member(entry, "name");
        if (name != nullptr) names.push_back(name->text);
        if (wanted.is_star() || (name != nullptr && name->text == wanted.text)) {
            entries.push_back(&entry);
        }
    }
    if (!entries.empty()) return entries;
    if (wanted.is_star()) {
        refuse(set, "\"*\" meets nothing: there are no " + std::string(section.name), "");
    } else {
        std::string remedy = problems_.did_you_mean(wanted.text, names);
        if (remedy.empty() && !names.empty()) {
            remedy = std::string(section.name) + " are " + first_three(names);
        }
        refuse(set, "there is no " + std::string(section.thing) + ' ' + shown(wanted.text),
               std::move(remedy));
    }
    return entries;
}

void Assigner::put_value(Node& object, const Assignment& set, std::size_t first) {
    if (!object.is_object()) return;  // reported when the document is decoded
    const std::string& name = set.path[first].text;
    Node* member = find_member(object, name);
    const bool removes = set.value.kind == Node::Kind::null;
    if (first + 1 == set.path.size() && removes) {
        std::erase_if(object.children, [&name](const Node& one) { return one.key == name; });
        return;
    }
    if (first + 1 == set.path.size()) {
        Node value = set.value;
        value.key = name;
        if (member != nullptr) {
            *member = std::move(value);
        } else {
            put(object, name, std::move(value));
        }
        return;
    }
    if (member == nullptr) {
        Node empty = make_object();
        mark(empty, {Node::Source::set, set.origin, set.ordinal});
        put(object, name, std::move(empty));
        member = &object.children.back();
    }
    put_value(*member, set, first + 1);
}

/// Supplies from one defaults or included file what is missing.
class Completer {
  public:
    /// `kind` is what the file is called: "the defaults".
    Completer(Node& document, const std::string& file, std::string_view kind, Problems& problems)
        : document_(document), file_(made_safe(file)), kind_(kind), problems_(problems) {}

    void complete(std::string_view text);

  private:
    void refuse(const std::string& place, std::string sentence, std::string remedy) {
        problems_.add_item(defaults_ordinal,
                           {file_ + ' ' + place, std::move(sentence), std::move(remedy)});
    }
    [[nodiscard]] bool is_remark(const Node& given);
    void complete_section(const Node& given);
    void supply(const Section& section, const Node& value);

    Node& document_;
    std::string file_;
    std::string kind_;
    Problems& problems_;
};

void Completer::complete(std::string_view text) {
    auto defaults = parse_document(text);
    if (!defaults) {
        const Error::Item& item = defaults.error();
        return refuse(item.place, item.sentence, item.remedy);
    }
    mark(*defaults, {Node::Source::defaults, problems_.new_origin(file_), defaults_ordinal});
    report_duplicate_members(Place{nullptr, &*defaults}, problems_);
    if (!defaults->is_object()) {
        return refuse("", kind_ + " are no object", R"(write {"hosts": {"link": "10 Gbps"}})");
    }
    for (const Node& given : defaults->children) {
        if (!is_remark(given)) complete_section(given);
    }
}

/// What says where the values come from: kept to its form, and not used.
bool Completer::is_remark(const Node& given) {
    const std::string place = '/' + made_safe(given.key);
    if (given.key == "about") {
        if (!given.is_text()) refuse(place, "it is no text", R"(write "about": "...")");
        return true;
    }
    if (given.key != "confidence") return false;
    if (!given.is_object()) {
        refuse(place, "it is no object", R"(write {"timing.stream_cap": "..."})");
        return true;
    }
    for (const Node& one : given.children) {
        if (one.is_text()) continue;
        refuse(place + '/' + made_safe(one.key), "it is no text", "say in words how sure it is");
    }
    return true;
}

void Completer::complete_section(const Node& given) {
    const std::string place = '/' + made_safe(given.key);
    const Section* section = find_section(given.key);
    if (section == nullptr) {
        const bool nested = given.key == "include";
        return refuse(place, "there is no section " + shown(given.key),
                      nested ? "only a scenario includes files: list this one there too"
                             : remedy_for_section(given.key, problems_));
    }
    if (!given.is_object()) {
        return refuse(place, kind_ + " of a section are no object",
                      "write {\"" + given.key + "\": {\"" +
                          std::string(section->fields.back().name) + "\": ...}}");
    }
    for (const Node& field : given.children) {
        if (find_field(section->fields, field.key) == nullptr) {
            refuse(place + '/' + made_safe(field.key),
                   "there is no member " + shown(field.key) + " in " + given.key,
                   problems_.did_you_mean(field.key, names_of(section->fields)));
            continue;
        }
        Node value = field;
        const std::string origin = file_ + ' ' + place + '/' + field.key;
        mark(value, {Node::Source::defaults, problems_.new_origin(origin), defaults_ordinal});
        supply(*section, value);
    }
}

void Completer::supply(const Section& section, const Node& value) {
    if (!document_.is_object()) return;
    Node* found = find_member(document_, section.name);
    const auto supply_to = [&value](Node& object) {
        if (object.is_object() && find_member(object, value.key) == nullptr) {
            put(object, value.key, value);
        }
    };
    if (!section.thing.empty()) {
        for (std::size_t i = 0; found != nullptr && i < found->children.size(); ++i) {
            supply_to(found->children[i]);
        }
        return;
    }
    if (found == nullptr) {
        Node empty = make_object();
        mark(empty, {Node::Source::defaults, value.origin, defaults_ordinal});
        put(document_, section.name, std::move(empty));
        found = &document_.children.back();
    }
    supply_to(*found);
}

/// The names in the member `include`; every entry that is none is a problem, if those matter.
std::vector<std::string> names_to_include(const Node& document, Problems* problems) {
    const Place root{nullptr, &document};
    const Place array = member_of(root, "include");
    const auto refuse = [problems](const Place& place, std::string sentence) {
        if (problems == nullptr) return;
        problems->add(place, std::move(sentence), R"(write "include": ["calibrated.json"])");
    };
    std::vector<std::string> names;
    if (array.node == nullptr) return names;
    if (!array.node->is_array()) {
        refuse(array, "this is no array of file names");
        return names;
    }
    if (array.node->children.size() > limits::includes) {
        refuse(array, "there are " + std::to_string(array.node->children.size()) +
                          " files to include, more than " + std::to_string(limits::includes));
        return names;
    }
    for (std::size_t i = 0; i < array.node->children.size(); ++i) {
        const Node& entry = array.node->children[i];
        if (!entry.is_text() || entry.text.empty()) {
            refuse(entry_of(array, i), "this is no name of a file");
        } else if (std::find(names.begin(), names.end(), entry.text) != names.end()) {
            refuse(entry_of(array, i), shown(entry.text) + " is included twice");
        } else {
            names.push_back(entry.text);
        }
    }
    return names;
}

void apply_included(Node& document, const Overrides& overrides, Problems& problems) {
    for (const std::string& name : names_to_include(document, &problems)) {
        const auto file =
            std::find_if(overrides.included.begin(), overrides.included.end(),
                         [&name](const IncludedFile& one) { return one.name == name; });
        if (file != overrides.included.end()) {
            Completer(document, name, "the values", problems).complete(file->text);
            continue;
        }
        const Place root{nullptr, &document};
        problems.add(member_of(root, "include"), "the file " + shown(name) + " was not read here",
                     "write its values into the scenario, or give it with --defaults");
    }
}

}  // namespace

void apply_overrides(Node& document, const Overrides& overrides, Problems& problems) {
    if (!overrides.defaults.empty()) {
        Completer(document, overrides.defaults_source, "the defaults", problems)
            .complete(overrides.defaults);
    }
    apply_included(document, overrides, problems);
    Assigner assigner(document, problems);
    std::uint32_t ordinal = sets_ordinal;
    for (const std::string& set : overrides.sets) assigner.assign(set, ordinal++);
}

}  // namespace vacate::codec

namespace vacate {

std::vector<std::string> included_files(std::string_view text) {
    // Most scenarios include nothing and need not be parsed for that. One that hides the word
    // behind escapes is told that the file was not read.
    if (text.find("\"include\"") == std::string_view::npos) return {};
    const auto document = codec::parse_document(text);
    if (!document || !document->is_object()) return {};
    return codec::names_to_include(*document, nullptr);
}

}  // namespace vacate
