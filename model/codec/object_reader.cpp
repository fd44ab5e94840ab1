// Members by name and kind.
#include "model/codec/object_reader.hpp"

#include <algorithm>
#include <charconv>

#include "model/codec/amount.hpp"
#include "model/codec/shown.hpp"

namespace vacate::codec {
namespace {

/// A value as an error shows it.
std::string described(const Node& node) {
    switch (node.kind) {
        case Node::Kind::object:
            return "an object";
        case Node::Kind::array:
            return "an array";
        case Node::Kind::text:
            return shown(node.text);
        case Node::Kind::null:
        case Node::Kind::boolean:
        case Node::Kind::number:
            return made_safe(node.text);
    }
    return "";
}

std::vector<std::string_view> listed(std::span<const std::string_view> members) {
    return {members.begin(), members.end()};
}

bool stands_for_text(const Node& node) {
    if (node.is_text()) return true;
    return node.source == Node::Source::set && !node.is_object() && !node.is_array();
}

}  // namespace

std::string known_words(const std::vector<std::string_view>& known) {
    std::string text = known.size() == 1 ? "known is " : "known are ";
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (i > 0) text += i + 1 == known.size() ? " and " : ", ";
        text += known[i];
    }
    return text;
}

void refuse_kind(const Place& place, std::string_view wanted, std::string remedy,
                 Problems& problems) {
    problems.add(place, described(*place.node) + " is not " + std::string(wanted),
                 std::move(remedy));
}

std::optional<std::string_view> text_of(const Place& place, Problems& problems, std::size_t most) {
    const Node& node = *place.node;
    if (!stands_for_text(node)) {
        const bool is_number = node.kind == Node::Kind::number;
        refuse_kind(place, "a text", is_number ? "write \"" + made_safe(node.text) + '"' : "",
                    problems);
        return std::nullopt;
    }
    if (node.text.size() > most) {
        problems.add(place,
                     shown(node.text) + " is " + std::to_string(node.text.size()) + " bytes long",
                     "use at most " + std::to_string(most) + " bytes");
        return std::nullopt;
    }
    return node.text;
}

ObjectReader::ObjectReader(const Place& place, FieldList fields, Problems& problems)
    : place_(place), problems_(problems) {
    refuse_unknown(names_of(fields));
}

ObjectReader::ObjectReader(const Place& place, std::span<const std::string_view> members,
                           Problems& problems)
    : place_(place), problems_(problems) {
    refuse_unknown(listed(members));
}

void ObjectReader::refuse_unknown(const std::vector<std::string_view>& known) const {
    if (!is_object()) {
        std::string remedy = "write {\"" + std::string(known.front()) + "\": ...}";
        return refuse_kind(place_, "an object", std::move(remedy), problems_);
    }
    for (const Node& child : place_.node->children) {
        if (std::find(known.begin(), known.end(), child.key) != known.end()) continue;
        std::string remedy = problems_.did_you_mean(child.key, known);
        if (remedy.empty()) remedy = known_words(known);
        problems_.add(Place{&place_, &child, child.key},
                      "there is no member " + shown(child.key) + " here", std::move(remedy));
    }
}

void ObjectReader::missing(std::string_view member, std::string remedy) const {
    if (!is_object()) return;
    problems_.add(place_, shown(member) + " is missing", std::move(remedy));
}

std::optional<std::string> ObjectReader::text(std::string_view member, std::size_t most) const {
    const Place place = at(member);
    if (place.node == nullptr) return std::nullopt;
    const std::optional<std::string_view> found = text_of(place, problems_, most);
    return found ? std::optional<std::string>(*found) : std::nullopt;
}

std::string ObjectReader::required_text(std::string_view member, std::size_t most) const {
    if (!has(member)) missing(member);
    return text(member, most).value_or("");
}

std::string ObjectReader::required_name(std::string_view member) const {
    const std::optional<std::string> name = text(member);
    if (!has(member)) missing(member);
    if (name && name->empty()) problems_.add(at(member), "the name is empty", "give it a name");
    return name.value_or("");
}

bool ObjectReader::boolean(std::string_view member, bool fallback) const {
    const Place place = at(member);
    if (place.node == nullptr) return fallback;
    if (place.node->kind != Node::Kind::boolean) {
        refuse_kind(place, "true or false", "write true or false, without quotes", problems_);
        return fallback;
    }
    return place.node->text == "true";
}

std::int64_t ObjectReader::integer(std::string_view member, IntegerRange range) const {
    const Place place = at(member);
    if (place.node == nullptr) return range.fallback;
    const std::string& digits = place.node->text;
    const std::string between = std::to_string(range.least) + " to " + std::to_string(range.most);
    if (place.node->kind != Node::Kind::number) {
        refuse_kind(place, "a whole number", "write " + between + ", without quotes", problems_);
        return range.fallback;
    }
    std::int64_t value = 0;
    const char* last = digits.data() + digits.size();
    const auto [stopped, problem] = std::from_chars(digits.data(), last, value);
    if (stopped != last) {
        refuse_kind(place, "a whole number", "write " + between, problems_);
        return range.fallback;
    }
    if (problem != std::errc{} || value < range.least || value > range.most) {
        problems_.add(place, made_safe(digits) + " is out of range", "write " + between);
        return range.fallback;
    }
    return value;
}

template <class Amount, class Parse>
std::optional<Amount> ObjectReader::amount(std::string_view member, Parse parse,
                                           std::string_view example) const {
    const Place place = at(member);
    if (place.node == nullptr) return std::nullopt;
    const Node& node = *place.node;
    if (!node.is_text() && node.kind != Node::Kind::number) {
        refuse_kind(place, "an amount", "write a text like \"" + std::string(example) + '"',
                    problems_);
        return std::nullopt;
    }
    const auto value = parse(node.text);
    if (!value) {
        problems_.add(place, value.error().sentence, value.error().remedy);
        return std::nullopt;
    }
    return *value;
}

std::optional<Bytes> ObjectReader::bytes(std::string_view member) const {
    return amount<Bytes>(member, parse_bytes, "64 GiB");
}

std::optional<Bandwidth> ObjectReader::bandwidth(std::string_view member) const {
    return amount<Bandwidth>(member, parse_bandwidth, "10 Gbps");
}

Bandwidth ObjectReader::speed(std::string_view member, Bandwidth fallback) const {
    const std::optional<Bandwidth> rate = bandwidth(member);
    if (rate && rate->count == 0) {
        problems_.add(at(member), "nothing would ever end at " + shown(at(member).node->text),
                      "write a rate above 0");
        return fallback;
    }
    return rate.value_or(fallback);
}

std::optional<Duration> ObjectReader::duration(std::string_view member) const {
    return amount<Duration>(member, parse_duration, "15 min");
}

// A bare number in a file is refused like every other amount without its text.
bool ObjectReader::is_bare_number(std::string_view member) const {
    const Place place = at(member);
    if (place.node == nullptr || place.node->kind != Node::Kind::number) return false;
    if (stands_for_text(*place.node)) return false;
    refuse_kind(place, "a text", "write \"" + made_safe(place.node->text) + '"', problems_);
    return true;
}

std::optional<std::int64_t> ObjectReader::thousandths(std::string_view member) const {
    if (is_bare_number(member)) return std::nullopt;
    return amount<std::int64_t>(member, parse_thousandths, "1.25");
}

std::optional<std::int64_t> ObjectReader::chance(std::string_view member) const {
    if (is_bare_number(member)) return std::nullopt;
    return amount<std::int64_t>(member, parse_chance, "0.05");
}

std::optional<std::vector<NamedEntry>> ObjectReader::names(std::string_view member,
                                                           std::size_t most) const {
    const Place place = at(member);
    if (place.node == nullptr) return std::nullopt;
    std::vector<NamedEntry> found;
    if (!place.node->is_array()) {
        const std::string name = place.node->is_text() ? shown(place.node->text) : "\"...\"";
        refuse_kind(place, "an array of names", "write [" + name + ']', problems_);
        return found;
    }
    for (std::size_t i = 0; i < place.node->children.size(); ++i) {
        const std::optional<std::string_view> name = text_of(entry_of(place, i), problems_, most);
        if (name) found.push_back({i, *name});
    }
    return found;
}

std::optional<std::size_t> ObjectReader::word_index(
    std::string_view member, const std::vector<std::string_view>& known) const {
    const Place place = at(member);
    if (place.node == nullptr) return std::nullopt;
    const std::optional<std::string_view> word = text_of(place, problems_);
    if (!word) return std::nullopt;
    const auto found = std::find(known.begin(), known.end(), *word);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    std::string remedy = problems_.did_you_mean(*word, known);
    if (remedy.empty()) remedy = known_words(known);
    problems_.add(place, shown(*word) + " is not known here", std::move(remedy));
    return std::nullopt;
}

}  // namespace vacate::codec
