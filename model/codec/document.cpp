// The JSON tree over nlohmann's event parser, which keeps no stack of its own making.
#include "model/codec/document.hpp"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/codec/shown.hpp"
#include "model/limits.hpp"

namespace vacate::codec {
namespace {

using nlohmann::json;

constexpr std::size_t most_values = limits::input_bytes / 16;
constexpr std::size_t columns = 100;
constexpr std::size_t indentation = 2;

/// "line 3, column 14" of the byte at `offset`.
std::string line_and_column(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t line_break = before.rfind('\n');
    const std::string_view row =
        before.substr(line_break == std::string_view::npos ? 0 : line_break + 1);
    const auto column = std::count_if(row.begin(), row.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xc0u) != 0x80u;
    });
    return "line " + std::to_string(line) + ", column " + std::to_string(column + 1);
}

/// nlohmann's message without its own name and place for it.
std::string cleaned(std::string_view message) {
    if (const std::size_t end = message.find("] "); end != std::string_view::npos) {
        message.remove_prefix(end + 2);
    }
    if (message.starts_with("parse error at")) {
        const std::size_t colon = message.find(": ");
        if (colon != std::string_view::npos) message.remove_prefix(colon + 2);
    }
    return made_safe(message, 200);
}

/// Takes the parser's events and builds the tree; refuses what goes beyond a limit.
class TreeBuilder {
  public:
    explicit TreeBuilder(std::string_view text) : text_(text) {}

    bool null() { return scalar(Node::Kind::null, "null"); }
    bool boolean(bool value) { return scalar(Node::Kind::boolean, value ? "true" : "false"); }
    bool number_integer(json::number_integer_t value) {
        return scalar(Node::Kind::number, std::to_string(value));
    }
    bool number_unsigned(json::number_unsigned_t value) {
        return scalar(Node::Kind::number, std::to_string(value));
    }
    bool number_float(json::number_float_t /*value*/, const std::string& digits) {
        return scalar(Node::Kind::number, digits);
    }
    bool string(std::string& value) { return scalar(Node::Kind::text, value); }
    bool binary(json::binary_t& /*value*/) { return false; }  // JSON text has none
    bool key(std::string& value) {
        key_ = value;
        return true;
    }
    bool start_object(std::size_t /*size*/) { return open(Node::Kind::object); }
    bool start_array(std::size_t /*size*/) { return open(Node::Kind::array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }

    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const json::exception& problem) {
        const std::size_t offset = std::min(position > 0 ? position - 1 : 0, text_.size());
        problem_ = {line_and_column(text_, offset), cleaned(problem.what()), "correct the JSON"};
        return false;
    }

    Node root;
    std::optional<Error::Item> problem_;

  private:
    Node* add(Node::Kind kind) {
        if (++count_ > most_values) {
            problem_ = {pointer(), "there are more than " + std::to_string(most_values) + " values",
                        "describe a smaller pool"};
            return nullptr;
        }
        Node* node = &root;
        if (!open_.empty()) {
            node = &open_.back()->children.emplace_back();
            if (open_.back()->is_object()) node->key = std::move(key_);
        }
        node->kind = kind;
        node->ordinal = count_;
        return node;
    }
    bool scalar(Node::Kind kind, std::string text) {
        Node* node = add(kind);
        if (node != nullptr) node->text = std::move(text);
        return node != nullptr;
    }
    bool open(Node::Kind kind) {
        if (open_.size() >= limits::nesting) {
            problem_ = {pointer(),
                        "values are nested more than " + std::to_string(limits::nesting) + " deep",
                        "a scenario needs six levels"};
            return false;
        }
        Node* node = add(kind);
        // A node moves only while nothing inside it is open, so the addresses stay right.
        if (node != nullptr) open_.push_back(node);
        return node != nullptr;
    }
    bool close() {
        open_.pop_back();
        return true;
    }
    [[nodiscard]] std::string pointer() const {
        std::string path;
        for (std::size_t i = 1; i < open_.size() && i < 6; ++i) {
            const Node& above = *open_[i - 1];
            path += '/';
            path += above.is_object() ? made_safe(open_[i]->key)
                                      : std::to_string(above.children.size() - 1);
        }
        return path;
    }

    std::string_view text_;
    std::string key_;
    std::vector<Node*> open_;
    std::uint32_t count_ = 0;
};

void append_quoted(std::string& line, std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    line += '"';
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            line += '\\';
            line += letter;
        } else if (letter == '\n') {
            line += "\\n";
        } else if (byte < 0x20 || byte == 0x7f) {
            line += "\\u00";
            line += digits[byte >> 4];
            line += digits[byte & 0xfu];
        } else {
            line += letter;
        }
    }
    line += '"';
}

void append_key(std::string& line, const Node& parent, const Node& child) {
    if (!parent.is_object()) return;
    append_quoted(line, child.key);
    line += ": ";
}

/// Appends `node` without a line break; stops early once `line` is longer than `most`.
void append_flat(std::string& line, const Node& node, std::size_t most) {
    if (node.is_text()) return append_quoted(line, node.text);
    if (!node.is_object() && !node.is_array()) {
        line += node.text;
        return;
    }
    line += node.is_object() ? '{' : '[';
    for (std::size_t i = 0; i < node.children.size() && line.size() <= most; ++i) {
        if (i > 0) line += ", ";
        append_key(line, node, node.children[i]);
        append_flat(line, node.children[i], most);
    }
    line += node.is_object() ? '}' : ']';
}

void append_broken(std::string& text, const Node& node, std::size_t depth, std::size_t used) {
    const std::size_t start = text.size();
    const std::size_t room = columns - std::min(columns, depth * indentation + used + 1);
    append_flat(text, node, start + room);
    const bool is_leaf = node.children.empty();
    if (is_leaf || (depth > 0 && text.size() - start <= room)) return;
    text.resize(start);
    text += node.is_object() ? "{\n" : "[\n";
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        text.append((depth + 1) * indentation, ' ');
        const std::size_t before = text.size();
        append_key(text, node, node.children[i]);
        append_broken(text, node.children[i], depth + 1, text.size() - before);
        text += i + 1 < node.children.size() ? ",\n" : "\n";
    }
    text.append(depth * indentation, ' ');
    text += node.is_object() ? '}' : ']';
}

}  // namespace

const Node* find_member(const Node& object, std::string_view key) {
    if (!object.is_object()) return nullptr;
    const auto found = std::find_if(object.children.begin(), object.children.end(),
                                    [key](const Node& child) { return child.key == key; });
    return found == object.children.end() ? nullptr : &*found;
}

Node* find_member(Node& object, std::string_view key) {
    return const_cast<Node*>(find_member(std::as_const(object), key));
}

tl::expected<Node, Error::Item> parse_document(std::string_view text) {
    using Refused = tl::unexpected<Error::Item>;
    if (text.size() > limits::input_bytes) {
        return Refused({"", "the input has more than 256 MiB", "describe a smaller pool"});
    }
    TreeBuilder builder(text);
    try {
        if (!json::sax_parse(text.data(), text.data() + text.size(), &builder) &&
            !builder.problem_) {
            builder.problem_ = {"", "this is no JSON", "correct it"};
        }
    } catch (const std::exception& problem) {
        builder.problem_ = {"", cleaned(problem.what()), "correct the JSON"};
    }
    if (builder.problem_) return Refused(*builder.problem_);
    return std::move(builder.root);
}

std::string print_document(const Node& document) {
    std::string text;
    append_broken(text, document, 0, 0);
    return text + '\n';
}

Node make_text(std::string text) {
    Node node;
    node.kind = Node::Kind::text;
    node.text = std::move(text);
    return node;
}

Node make_integer(std::int64_t number) {
    Node node;
    node.kind = Node::Kind::number;
    node.text = std::to_string(number);
    return node;
}

Node make_boolean(bool value) {
    Node node;
    node.kind = Node::Kind::boolean;
    node.text = value ? "true" : "false";
    return node;
}

Node make_object() {
    Node node;
    node.kind = Node::Kind::object;
    return node;
}

Node make_list() {
    Node node;
    node.kind = Node::Kind::array;
    return node;
}

void put(Node& object, std::string_view key, Node value) {
    value.key = key;
    object.children.push_back(std::move(value));
}

}  // namespace vacate::codec
