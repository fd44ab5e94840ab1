// Reads XML through expat into a small tree, and from it values; writes values.
#include "tools/xapi_wire/xml_value.hpp"

#include <expat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tools/xapi_wire/date_time.hpp"
#include "tools/xapi_wire/markup.hpp"

namespace vacate::wire {
namespace {

/// What the expat callbacks share.
struct Reading {
    XML_Parser parser = nullptr;
    XmlNode root;
    std::vector<XmlNode*> open;
    std::string problem;

    void fail(std::string sentence) {
        if (problem.empty()) problem = std::move(sentence);
        XML_StopParser(parser, XML_FALSE);
    }
};

void XMLCALL on_start(void* user, const XML_Char* name, const XML_Char**) {
    Reading& reading = *static_cast<Reading*>(user);
    if (reading.open.size() >= element_depth) {
        reading.fail("elements are nested too deep");
        return;
    }
    XmlNode* node = &reading.root;
    if (!reading.open.empty()) node = &reading.open.back()->children.emplace_back();
    node->tag = name;
    reading.open.push_back(node);
}

void XMLCALL on_end(void* user, const XML_Char*) {
    Reading& reading = *static_cast<Reading*>(user);
    if (!reading.open.empty()) reading.open.pop_back();
}

void XMLCALL on_text(void* user, const XML_Char* text, int length) {
    Reading& reading = *static_cast<Reading*>(user);
    if (reading.open.empty() || length <= 0) return;
    reading.open.back()->text.append(text, static_cast<std::size_t>(length));
}

void XMLCALL on_entity(void* user, const XML_Char*, int, const XML_Char*, int, const XML_Char*,
                       const XML_Char*, const XML_Char*, const XML_Char*) {
    static_cast<Reading*>(user)->fail("entities are not declared here");
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\n\r") == text.npos; }

/// XML has no way to write most control characters; xapi drops them too.
void add_text(std::string& out, std::string_view text) {
    const auto cannot_be = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
    };
    if (std::ranges::none_of(text, cannot_be)) return add_escaped(out, text, "&<>\"");
    std::string kept(text);
    std::erase_if(kept, cannot_be);
    add_escaped(out, kept, "&<>\"");
}

/// As printf would with %.16g, in every locale.
void add_double(std::string& out, double number) {
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                            std::chars_format::general, 16);
    if (error == std::errc{}) out.append(digits.data(), end);
}

struct ValueWriter {
    std::string& out;

    void operator()(std::monostate) const {}
    void operator()(bool yes) const {
        out += yes ? "<boolean>1</boolean>" : "<boolean>0</boolean>";
    }
    void operator()(std::int64_t number) const { out += std::to_string(number); }
    void operator()(Int32 number) const { out += "<i4>" + std::to_string(number.count) + "</i4>"; }
    void operator()(double number) const {
        out += "<double>";
        add_double(out, number);
        out += "</double>";
    }
    void operator()(const std::string& text) const { add_text(out, text); }
    void operator()(DateTime moment) const {
        out += "<dateTime.iso8601>" + print_date_time(moment) + "</dateTime.iso8601>";
    }
    void operator()(const Array& values) const {
        out += "<array><data>";
        for (const Value& value : values) add_xml(out, value);
        out += "</data></array>";
    }
    void operator()(const Struct& members) const {
        out += "<struct>";
        for (const Member& member : members) {
            out += "<member><name>";
            add_text(out, member.name);
            out += "</name>";
            add_xml(out, member.value);
            out += "</member>";
        }
        out += "</struct>";
    }
};

}  // namespace

tl::expected<XmlNode, std::string> read_xml(std::string_view text) {
    const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
        XML_ParserCreate(nullptr), &XML_ParserFree);
    if (!parser) return tl::unexpected(std::string("out of memory"));
    Reading reading;
    reading.parser = parser.get();
    XML_SetUserData(parser.get(), &reading);
    XML_SetElementHandler(parser.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser.get(), on_text);
    XML_SetEntityDeclHandler(parser.get(), on_entity);
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        return tl::unexpected(std::string("it is too long"));
    }
    const XML_Status status =
        XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (!reading.problem.empty()) return tl::unexpected(std::move(reading.problem));
    if (status != XML_STATUS_OK) {
        return tl::unexpected("line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) +
                              ": " + XML_ErrorString(XML_GetErrorCode(parser.get())));
    }
    return std::move(reading.root);
}

template <class Number>
Value XmlReader::number(std::string_view digits) {
    const std::string_view shown = digits;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    Number read{};
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, read);
    bool good = error == std::errc{} && stop == end;
    if constexpr (std::is_floating_point_v<Number>) good = good && std::isfinite(read);
    if (!good) fail("\"" + std::string(shown.substr(0, 40)) + "\" is no such number");
    return {read};
}

bool XmlReader::holds_elements(const XmlNode& node, std::string_view tag) {
    if (node.tag != tag)
        return fail("<" + node.tag + "> where <" + std::string(tag) + "> was expected");
    if (!is_blank(node.text)) return fail("text inside <" + node.tag + ">");
    return true;
}

const std::string& XmlReader::text_of(const XmlNode& node, std::string_view tag) {
    if (node.tag != tag || !node.children.empty()) {
        fail("<" + node.tag + "> where a text in <" + std::string(tag) + "> was expected");
    }
    return node.text;
}

Value XmlReader::value(const XmlNode& node) {
    if (node.tag != "value") {
        fail("<" + node.tag + "> where <value> was expected");
        return {};
    }
    if (node.children.empty()) return text(node.text);
    if (node.children.size() > 1 || !is_blank(node.text)) {
        fail("a value holds either a text or one element");
        return {};
    }
    return typed(node.children.front());
}

bool XmlReader::fail(std::string sentence) {
    if (problem.empty()) problem = std::move(sentence);
    return false;
}

Value XmlReader::typed(const XmlNode& node) {
    const std::string& tag = node.tag;
    if (tag == "array") return array(node);
    if (tag == "struct") return members(node);
    if (!node.children.empty()) {
        fail("elements inside <" + tag + ">");
    } else if (tag == "string") {
        return text(node.text);
    } else if (tag == "nil") {
        return {};
    } else if (node.text.empty()) {
        fail("an empty <" + tag + ">");
    } else if (tag == "boolean") {
        return {node.text == "1"};
    } else if (tag == "int" || tag == "i4" || tag == "i8") {
        return number<std::int64_t>(node.text);
    } else if (tag == "double") {
        return number<double>(node.text);
    } else if (tag == "dateTime.iso8601") {
        const std::optional<DateTime> moment = read_date_time(node.text);
        return moment ? Value{*moment} : text(node.text);
    } else {
        fail("there is no type <" + tag + ">");
    }
    return {};
}

Value XmlReader::array(const XmlNode& node) {
    Array values;
    if (node.children.empty() && node.text.empty()) return {std::move(values)};
    if (!holds_elements(node, "array")) return {};
    if (node.children.size() != 1) {
        fail("an array holds one <data>");
        return {};
    }
    const XmlNode& data = node.children.front();
    if (!holds_elements(data, "data")) return {};
    for (const XmlNode& child : data.children) {
        values.push_back(value(child));
        if (!problem.empty()) return {};
    }
    return {std::move(values)};
}

Value XmlReader::members(const XmlNode& node) {
    Struct all;
    if (!holds_elements(node, "struct")) return {};
    for (const XmlNode& member : node.children) {
        if (!holds_elements(member, "member")) return {};
        if (member.children.size() != 2) {
            fail("a member holds <name> and <value>");
            return {};
        }
        const std::string& name = text_of(member.children.front(), "name");
        all.push_back({name, value(member.children.back())});
        if (!problem.empty()) return {};
    }
    return {std::move(all)};
}

void add_xml(std::string& out, const Value& value) {
    out += "<value>";
    std::visit(ValueWriter{out}, value.of);
    out += "</value>";
}

}  // namespace vacate::wire
