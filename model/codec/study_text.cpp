// Studies from JSON or from options, and what they must not say.
#include "model/codec/study_text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <utility>

#include "model/codec/shown.hpp"
#include "model/codec/study_change.hpp"

namespace vacate {
namespace codec {
namespace {

constexpr std::array<std::string_view, 9> study_members{
    "format", "about", "base", "sets", "effort", "seed", "variants", "sweeps", "questions"};
constexpr std::array<std::string_view, 2> variant_members{"name", "changes"};
constexpr std::array<std::string_view, 1> sweep_members{"axes"};
constexpr std::array<std::string_view, 9> question_members{
    "ask", "window", "confidence", "runs", "step", "like", "size", "of", "losses"};

template <class Value, std::size_t count>
WordTable<Value, count> words_of(const std::array<std::string_view, count>& names) {
    WordTable<Value, count> words{};
    for (std::size_t i = 0; i < count; ++i) words[i] = {names[i], static_cast<Value>(i)};
    return words;
}

// Which questions look at which of their members.
bool is_used(std::string_view member, std::string_view ask) {
    static const std::map<std::string_view, std::vector<std::string_view>> used{
        {"window", {"smallest", "when", "risk", "compare"}},
        {"confidence", {"smallest", "when"}},
        {"runs", {"smallest", "when", "risk", "compare"}},
        {"step", {"headroom"}},
        {"like", {"headroom"}},
        {"size", {"headroom"}},
        {"of", {"smallest"}},
        {"losses", {"n-k"}}};
    const auto found = used.find(member);
    if (found == used.end()) return true;
    const auto& asks = found->second;
    return std::find(asks.begin(), asks.end(), ask) != asks.end();
}

/// Reads one study; what is wrong goes to the problems.
class StudyReader {
  public:
    StudyReader(const Place& root, const OptionTexts& options, Problems& problems)
        : root_(root), options_(options), problems_(problems) {}

    Study read() {
        const ObjectReader reader(root_, study_members, problems_);
        if (!reader.is_object()) return {};
        read_head(reader);
        study_.variants.push_back({"base", {}});
        each("variants", limits::study_variants, [this](const Place& at) { read_variant(at); });
        each("sweeps", limits::study_sweeps, [this](const Place& at) { read_sweep(at); });
        each("questions", limits::study_questions, [this](const Place& at) { read_question(at); });
        const Place questions = reader.at("questions");
        if (questions.node == nullptr) {
            reader.missing("questions", R"(ask something: "questions": [{"ask": "compare"}])");
        } else if (questions.node->is_array() && questions.node->children.empty()) {
            problems_.add(questions, "nothing is asked",
                          R"(write "questions": [{"ask": "compare"}])");
        }
        judge_size();
        return std::move(study_);
    }

  private:
    void read_head(const ObjectReader& reader) {
        const std::string format = reader.text("format").value_or("vacate-study-1");
        if (format != "vacate-study-1") {
            problems_.add(reader.at("format"), shown(format) + " is no format of a study",
                          R"(write "format": "vacate-study-1")");
        }
        study_.about = reader.text("about", limits::attribute_bytes).value_or("");
        study_.base = named(reader, "base", R"(write "base": "pool.json")");
        const auto sets = reader.names("sets", limits::attribute_bytes);
        for (const NamedEntry& set : sets.value_or(std::vector<NamedEntry>{})) {
            study_.sets.emplace_back(set.name);
        }
        study_.effort = reader.integer("effort", {20'000, 1, 1'000'000'000'000});
        study_.seed =
            static_cast<std::uint64_t>(reader.integer("seed", {1, 0, std::int64_t{1} << 53}));
    }

    template <class Read>
    void each(std::string_view member, std::size_t most, Read read) {
        const Place array = member_of(root_, member);
        if (array.node == nullptr) return;
        if (!array.node->is_array()) {
            return refuse_kind(array, "an array", "write \"" + std::string(member) + "\": [...]",
                               problems_);
        }
        const std::size_t count = array.node->children.size();
        if (count > most) {
            problems_.add(array, "there are " + std::to_string(count) + " of them",
                          "give at most " + std::to_string(most));
            return;
        }
        for (std::size_t i = 0; i < count; ++i) read(entry_of(array, i));
    }

    // An array of one entry or more.
    bool is_filled(const ObjectReader& reader, const Place& array, std::string_view member,
                   const char* remedy) {
        if (array.node == nullptr) {
            reader.missing(member, remedy);
        } else if (!array.node->is_array()) {
            refuse_kind(array, "an array", remedy, problems_);
        } else if (array.node->children.empty()) {
            problems_.add(array, shown(member) + " is empty", remedy);
        } else {
            return true;
        }
        return false;
    }

    // ---- variants

    void read_variant(const Place& place) {
        const ObjectReader reader(place, variant_members, problems_);
        if (!reader.is_object()) return;
        Variant variant;
        variant.name = named(reader, "name", R"(write "name": "two more hosts")");
        const bool is_taken =
            std::any_of(study_.variants.begin(), study_.variants.end(),
                        [&variant](const Variant& one) { return one.name == variant.name; });
        if (is_taken) {
            problems_.add(
                reader.at("name"), "a variant " + shown(variant.name) + " is there already",
                "give each variant a name of its own; \"base\" is the one without changes");
        }
        const Place array = reader.at("changes");
        constexpr const char* remedy = R"(write "changes": [{"remove_host": "srv-3"}])";
        if (!is_filled(reader, array, "changes", remedy)) return;
        for (std::size_t i = 0; i < array.node->children.size(); ++i) {
            const Place at = entry_of(array, i);
            if (auto change = change_of(at, options_, problems_)) {
                judge_contradiction(at, variant, *change);
                variant.changes.push_back(std::move(*change));
            }
        }
        study_.variants.push_back(std::move(variant));
    }

    using Subject = std::pair<std::string, std::string>;  // what of it; which

    // What two changes of one variant must not both be about.
    static Subject subject_of(const Change& change) {
        if (const auto* set = std::get_if<SetField>(&change.what)) {
            return {"field", path_of_set(set->text)};
        }
        if (const auto* gone = std::get_if<RemoveHost>(&change.what)) return {"gone", gone->host};
        if (const auto* lost = std::get_if<LoseHost>(&change.what)) return {"gone", lost->host};
        if (const auto* size = std::get_if<ResizeHost>(&change.what)) return {"size", size->host};
        if (const auto* stop = std::get_if<StopVm>(&change.what)) return {"VM", stop->vm};
        if (const auto* pin = std::get_if<PinVm>(&change.what)) return {"VM", pin->vm};
        return {};
    }

    void judge_contradiction(const Place& place, const Variant& variant, const Change& change) {
        const auto subject = subject_of(change);
        if (subject.first.empty()) return;
        for (const Change& other : variant.changes) {
            if (subject_of(other) == subject) {
                problems_.add(place,
                              shown(subject.second) +
                                  " is changed twice in this variant, first at " + other.place,
                              "keep one of the two, or make two variants");
                return;
            }
            if (!is_for_all(change) || !covers(subject, subject_of(other))) continue;
            problems_.add(place,
                          shown(subject.second) + " undoes what is changed at " + other.place,
                          "put the change of all in front, or leave one of the two out");
            return;
        }
    }

    // It says anew what a change of one host or VM said before it.
    static bool is_for_all(const Change& change) {
        if (const auto* set = std::get_if<SetField>(&change.what)) {
            return path_of_set(set->text).find('*') != std::string::npos;
        }
        const auto* size = std::get_if<ResizeHost>(&change.what);
        return size != nullptr && size->host == "*" && size->to;
    }

    // Part by part of a path the same, or all.
    static bool covers(const Subject& all, const Subject& one) {
        if (all.first != one.first) return false;
        const auto parts = parts_of(all.second);
        const auto others = parts_of(one.second);
        return std::equal(
            parts.begin(), parts.end(), others.begin(), others.end(),
            [](const std::string& a, const std::string& b) { return a == "*" || a == b; });
    }

    // hosts."a.b".link: three parts.
    static std::vector<std::string> parts_of(const std::string& path) {
        std::vector<std::string> parts(1);
        bool quoted = false;
        for (const char c : path) {
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '.' && !quoted) {
                parts.emplace_back();
            } else {
                parts.back() += c;
            }
        }
        return parts;
    }

    // ---- sweeps

    void read_sweep(const Place& place) {
        const ObjectReader reader(place, sweep_members, problems_);
        if (!reader.is_object()) return;
        const Place array = reader.at("axes");
        constexpr const char* remedy =
            R"(write "axes": [{"set": "hosts.*.link", "values": [...]}])";
        if (!is_filled(reader, array, "axes", remedy)) return;
        if (array.node->children.size() > limits::study_axes) {
            problems_.add(array,
                          "this grid has more than " + std::to_string(limits::study_axes) + " axes",
                          "make several sweeps of it");
            return;
        }
        Sweep sweep;
        for (std::size_t i = 0; i < array.node->children.size(); ++i) {
            const Place at = entry_of(array, i);
            auto axis = axis_of(at, options_, problems_);
            if (!axis) continue;
            judge_axis(at, sweep, *axis);
            sweep.axes.push_back(std::move(*axis));
        }
        if (!sweep.axes.empty()) study_.sweeps.push_back(std::move(sweep));
    }

    void judge_axis(const Place& place, const Sweep& sweep, const Axis& axis) {
        std::map<Subject, std::string> elsewhere;  // and the place
        for (const Axis& other : sweep.axes) {
            for (const Axis::Value& value : other.values) {
                elsewhere.emplace(subject_of(value.change), value.change.place);
            }
        }
        for (const Variant& variant : study_.variants) {
            for (const Change& change : variant.changes) {
                elsewhere.emplace(subject_of(change), change.place);
            }
        }
        for (const Axis::Value& value : axis.values) {
            const auto subject = subject_of(value.change);
            if (subject.first.empty()) continue;
            auto found = elsewhere.find(subject);
            if (found == elsewhere.end() && is_for_all(value.change)) {
                found = std::find_if(elsewhere.begin(), elsewhere.end(), [&](const auto& other) {
                    return covers(subject, other.first);
                });
            }
            if (found == elsewhere.end()) continue;
            problems_.add(place,
                          shown(axis.name) + " is varied here and changed at " + found->second,
                          "leave one of the two out");
            return;
        }
    }

    // ---- questions

    void read_question(const Place& place) {
        const ObjectReader reader(place, question_members, problems_);
        if (!reader.is_object()) return;
        Question question;
        question.place = place_text(reader.has("like") ? reader.at("like") : place, options_);
        if (!reader.has("ask")) reader.missing("ask", R"(write "ask": "compare")");
        const auto ask = reader.word("ask", words_of<Ask>(ask_names));
        question.window = reader.duration("window");
        if (question.window == Duration{}) {
            problems_.add(reader.at("window"), "nothing fits a window of no time",
                          R"(write "window": "4 h")");
        }
        question.confidence = static_cast<int>(reader.integer("confidence", {95, 1, 99}));
        question.runs = reader.integer("runs", {0, 1, limits::runs});
        question.losses = static_cast<int>(reader.integer("losses", {1, 1, 2}));
        question.like = reader.text("like").value_or("");
        question.size = memory_of(reader, "size");
        const auto of = reader.word("of", words_of<Smallest>(smallest_names));
        const Place step = reader.at("step");
        if (step.node != nullptr) {
            question.step = growth_of(step, problems_).value_or(question.step);
            if (question.step == Growth{}) {
                problems_.add(step, "a step of nothing leads nowhere", R"(write "step": "1 %")");
            }
        }
        if (!ask) return;
        question.ask = *ask;
        question.smallest = of.value_or(question.smallest);
        const bool needs_window = *ask == Ask::smallest || *ask == Ask::when;
        if (needs_window && !reader.has("window")) {
            reader.missing("window", R"(write "window": "4 h")");
        }
        if (*ask == Ask::smallest && !reader.has("of")) {
            reader.missing("of", R"(write "of": "hosts", "memory", "link" or "width")");
        }
        if (question.size && question.like.empty()) {
            reader.missing("like", "say which VM the new ones are like");
        }
        refuse_idle(reader, *ask);
        for (Question other : study_.questions) {
            const std::string there = std::exchange(other.place, question.place);
            if (other != question) continue;
            problems_.add(place, "this is asked at " + there + " already", "ask it once");
        }
        study_.questions.push_back(std::move(question));
    }

    // Members that this question does not look at.
    void refuse_idle(const ObjectReader& reader, Ask ask) {
        const std::string_view name = ask_names[static_cast<std::size_t>(ask)];
        for (const std::string_view member : question_members) {
            if (is_used(member, name) || !reader.has(member)) continue;
            problems_.add(reader.at(member),
                          shown(member) + " says nothing to " + std::string(name), "leave it out");
        }
    }

    void judge_size() {
        if (!problems_.empty()) return;
        const auto rows = rows_of(study_);
        if (rows && *rows <= limits::study_rows) return;
        const std::string count = rows ? std::to_string(*rows) : "more than 10^18";
        problems_.add(
            member_of(root_, study_.sweeps.empty() ? "variants" : "sweeps"),
            "this study has " + count + " rows, more than " + std::to_string(limits::study_rows),
            "fewer values, or fewer axes in one grid");
    }

    const Place& root_;
    const OptionTexts& options_;
    Problems& problems_;
    Study study_;
};

Result<Study> read_document(const Node& document, const OptionTexts& options, Problems& problems) {
    const Place root{nullptr, &document, {}, 0, {}};
    report_duplicate_members(root, problems);
    Study study = StudyReader(root, options, problems).read();
    if (!problems.empty()) return tl::unexpected<Error>(problems.take());
    return study;
}

// ---- options to a document

bool is_number(const std::string& word) {
    return !word.empty() && word.size() <= 18 &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A number where it is one, else a text.
Node scalar(const std::string& text) {
    if (is_number(text)) return make_integer(std::stoll(text));
    if (text == "true" || text == "false") return make_boolean(text == "true");
    return make_text(text);
}

/// Builds the document that a command line stands for.
class OptionsToStudy {
  public:
    OptionsToStudy(OptionTexts& texts, Problems& problems) : texts_(texts), problems_(problems) {}

    Node build(const std::vector<StudyOption>& options, const std::string& base) {
        for (const StudyOption& option : options) take(option);
        Node document = make_object();
        put(document, "base", make_text(base));
        for (auto& [name, value] : head_) put(document, name, std::move(value));
        Node variants = make_list();
        for (Node& one : variants_) variants.children.push_back(std::move(one));
        put(document, "variants", std::move(variants));
        if (!axes_.children.empty()) {
            Node sweep = make_object();
            put(sweep, "axes", std::move(axes_));
            Node sweeps = make_list();
            sweeps.children.push_back(std::move(sweep));
            put(document, "sweeps", std::move(sweeps));
        }
        if (questions_.children.empty()) {
            Node question = make_object();
            put(question, "ask", make_text("compare"));
            questions_.children.push_back(std::move(question));
        }
        put_members();
        put(document, "questions", std::move(questions_));
        return document;
    }

  private:
    void take(const StudyOption& option) {
        text_ = "--" + option.name + " " + option.value;
        if (option.name == "variant") return begin_variant(option.value);
        if (option.name == "sweep") return add_axis(option.value);
        if (option.name == "ask") return add_question(option.value);
        if (option.name == "effort" || option.name == "seed") {
            head_.emplace_back(option.name, marked(scalar(option.value)));
            return;
        }
        const auto& known = change_options();
        if (std::find(known.begin(), known.end(), option.name) != known.end()) {
            return add_change(option);
        }
        members_.emplace_back(option.name, marked(scalar(option.value)));
    }

    // Given once, meant for every question that looks at it; where none does, each refuses it.
    void put_members() {
        for (const auto& [name, value] : members_) {
            const auto wants = [&member = name](const Node& question) {
                return is_used(member, find_member(question, "ask")->text);
            };
            const bool any =
                std::any_of(questions_.children.begin(), questions_.children.end(), wants);
            for (Node& question : questions_.children) {
                if (!any || wants(question)) put(question, name, value);
            }
        }
    }

    // Everything in it is said to be where the option is.
    Node marked(Node node) {
        const std::string where = made_safe(text_, 200);
        if (texts_.empty() || texts_.back() != where) {
            texts_.push_back(where);
            origin_ = problems_.new_origin(where);
        }
        mark(node);
        return node;
    }
    void mark(Node& node) const {
        node.origin = origin_;
        node.ordinal = origin_;
        for (Node& child : node.children) mark(child);
    }

    void begin_variant(const std::string& name) {
        Node variant = make_object();
        put(variant, "name", make_text(name));
        put(variant, "changes", make_list());
        variants_.push_back(marked(std::move(variant)));
    }

    void add_change(const StudyOption& option) {
        if (variants_.empty()) begin_variant("changed");
        Node change = make_object();
        std::string kind = option.name;
        std::replace(kind.begin(), kind.end(), '-', '_');
        put(change, kind, kind == "set" ? make_text(option.value) : object_of(kind, option.value));
        find_member(variants_.back(), "changes")->children.push_back(marked(std::move(change)));
    }

    // "srv-1 by 64 GiB": members by name, what stands in front of the first is the main one.
    static Node object_of(const std::string& kind, const std::string& text) {
        const auto members = members_of_change(kind);
        Node object = make_object();
        std::string member(main_member(kind));
        std::string value;
        const auto close = [&] {
            if (value.empty()) return;
            if (member == "vms" && kind.starts_with("keep")) {
                Node list = make_list();
                std::istringstream names(value);
                for (std::string name; std::getline(names, name, ',');) {
                    list.children.push_back(make_text(trimmed(name)));
                }
                put(object, member, std::move(list));
            } else {
                const bool is_count = member == "count" || member == "step";
                const bool is_flag = member == "any";
                put(object, member, is_count || is_flag ? scalar(value) : make_text(value));
            }
            value.clear();
        };
        std::istringstream words(text);
        for (std::string word; words >> word;) {
            if (word.size() > 1 && word.front() == 'x' && is_number(word.substr(1))) {
                close();
                put(object, "count", make_integer(std::stoll(word.substr(1))));
            } else if (std::find(members.begin(), members.end(), word) != members.end()) {
                close();
                member = word;
                if (word == "any") value = "true";
            } else {
                value += (value.empty() ? "" : " ") + word;
            }
        }
        close();
        return object;
    }

    // "PATH=VALUES", or "grow-vms * by $=VALUES" for another change than a set.
    void add_axis(const std::string& text) {
        Node axis = make_object();
        const std::size_t equals = text.rfind('=');
        const std::string what = text.substr(0, equals);
        const std::string values = equals == std::string::npos ? "" : text.substr(equals + 1);
        const std::size_t space = what.find(' ');
        const std::string option = what.substr(0, space);
        const auto& known = change_options();
        const bool is_change = space != std::string::npos && option != "set" &&
                               std::find(known.begin(), known.end(), option) != known.end();
        if (is_change) {
            std::string kind = option;
            std::replace(kind.begin(), kind.end(), '-', '_');
            Node change = make_object();
            put(change, kind, object_of(kind, what.substr(space + 1)));
            put(axis, "change", std::move(change));
        } else {
            put(axis, "set", make_text(what));
        }
        put_values(axis, values);
        axes_.children.push_back(marked(std::move(axis)));
    }

    static std::string trimmed(const std::string& text) {
        const std::size_t first = text.find_first_not_of(" \t");
        if (first == std::string::npos) return {};
        return text.substr(first, text.find_last_not_of(" \t") - first + 1);
    }

    static void put_values(Node& axis, const std::string& text) {
        const std::size_t dots = text.find("..");
        if (dots != std::string::npos) {
            const std::size_t step = text.find(" step ", dots);
            const std::size_t end = step == std::string::npos ? text.size() : step;
            put(axis, "from", scalar(trimmed(text.substr(0, dots))));
            put(axis, "to", scalar(trimmed(text.substr(dots + 2, end - dots - 2))));
            const bool has_step = step != std::string::npos;
            put(axis, "step", has_step ? scalar(trimmed(text.substr(step + 6))) : make_integer(1));
            return;
        }
        Node values = make_list();
        std::istringstream parts(text);
        for (std::string part; std::getline(parts, part, ',');) {
            values.children.push_back(scalar(trimmed(part)));
        }
        put(axis, "values", std::move(values));
    }

    // "smallest width", "n-k 2", "headroom 2 %", "when 3 h": behind the first word is what it
    // needs most.
    void add_question(const std::string& text) {
        const std::string all = trimmed(text);
        const std::string ask = all.substr(0, all.find(' '));
        const std::string more = trimmed(all.substr(ask.size()));
        Node question = make_object();
        put(question, "ask", make_text(ask));
        if (!more.empty() && ask == "n-k") {
            put(question, "losses", scalar(more));
        } else if (!more.empty()) {
            const char* member = ask == "smallest" ? "of" : ask == "headroom" ? "step" : "window";
            put(question, member, make_text(more));
        }
        questions_.children.push_back(marked(std::move(question)));
    }

    OptionTexts& texts_;
    Problems& problems_;
    std::string text_;
    std::uint32_t origin_ = 0;
    std::vector<std::pair<std::string, Node>> head_;
    std::vector<std::pair<std::string, Node>> members_;  // of questions
    std::vector<Node> variants_;
    Node axes_ = make_list();
    Node questions_ = make_list();
};

}  // namespace
}  // namespace codec

Result<Study> read_study(std::string_view text, const std::string& source) {
    auto document = codec::parse_document(text);
    if (!document) {
        Error error{Error::Kind::bad_input, source, {document.error()}};
        return tl::unexpected<Error>(std::move(error));
    }
    codec::Problems problems(source);
    return codec::read_document(*document, {}, problems);
}

const std::vector<std::string>& change_options() {
    static const std::vector<std::string> all{
        "set",       "add-host",   "lend-host",     "remove-host", "resize-host",
        "grow-dom0", "lose-host",  "grow-vms",      "new-vms",     "stop-vm",
        "pin-vm",    "keep-apart", "keep-together", "drop-group"};
    return all;
}

Result<Study> study_of_options(const std::vector<StudyOption>& options, const std::string& base) {
    codec::Problems problems("the command line");
    codec::OptionTexts texts;
    const codec::Node document = codec::OptionsToStudy(texts, problems).build(options, base);
    return codec::read_document(document, texts, problems);
}

}  // namespace vacate
