// Reads XAPI's sets and maps without recursion: nothing in a dump is nested deeper than a map.
#include "model/codec/sexpr.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace vacate::codec {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// A cursor over one value; `problem` is set by the first thing that does not fit.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : text_(text) {}

    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] bool at_char(char c) const { return !at_end() && text_[at_] == c; }
    bool take(char c) {
        if (!at_char(c)) return false;
        ++at_;
        return true;
    }

    /// The next quoted or bare string; nothing when there is none or its quote never ends.
    std::optional<std::string> take_string() {
        if (at_end() || at_char('(') || at_char(')')) return std::nullopt;
        const char quote = text_[at_];
        if (quote != '\'' && quote != '"') return take_symbol();
        ++at_;
        std::string value;
        while (!at_end() && !at_char(quote)) {
            if (at_char('\\') && at_ + 1 < text_.size()) ++at_;
            value.push_back(text_[at_++]);
        }
        if (!take(quote)) return std::nullopt;
        return value;
    }

    [[nodiscard]] std::string complain(std::string_view expected) const {
        std::string sentence = "expected ";
        sentence += expected;
        sentence += at_end() ? " before the end" : " at byte " + std::to_string(at_ + 1);
        return sentence;
    }

  private:
    std::string take_symbol() {
        const std::size_t start = at_;
        while (!at_end() && !is_space(text_[at_]) && !at_char('(') && !at_char(')')) ++at_;
        return std::string(text_.substr(start, at_ - start));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// The rest of a value behind its closing parenthesis may only be white space.
std::optional<std::string> complaint_at_end(Cursor& cursor) {
    cursor.skip_space();
    if (cursor.at_end()) return std::nullopt;
    return cursor.complain("nothing behind the closing parenthesis");
}

tl::expected<std::pair<std::string, std::string>, std::string> take_pair(Cursor& cursor) {
    if (!cursor.take('(')) return tl::unexpected(cursor.complain("a pair of key and value"));
    cursor.skip_space();
    std::optional<std::string> key = cursor.take_string();
    if (!key) return tl::unexpected(cursor.complain("a key"));
    cursor.skip_space();
    std::optional<std::string> value = cursor.take_string();
    if (!value) return tl::unexpected(cursor.complain("a value"));
    cursor.skip_space();
    if (!cursor.take(')')) return tl::unexpected(cursor.complain("the end of a pair"));
    return std::pair(std::move(*key), std::move(*value));
}

}  // namespace

std::string unprotect_spaces(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%' || i + 1 == text.size()) {
            plain.push_back(text[i]);
            continue;
        }
        switch (text[++i]) {
            case '.':
                plain.push_back(' ');
                break;
            case '_':
                plain.append("  ");
                break;
            case 't':
                plain.push_back('\t');
                break;
            case 'n':
                plain.push_back('\n');
                break;
            case 'r':
                plain.push_back('\r');
                break;
            default:
                plain.push_back(text[i]);
        }
    }
    return plain;
}

tl::expected<std::vector<std::string>, std::string> parse_set(std::string_view text) {
    Cursor cursor(text);
    std::vector<std::string> items;
    cursor.skip_space();
    if (cursor.at_end()) return items;
    if (!cursor.take('(')) return tl::unexpected(cursor.complain("an opening parenthesis"));
    for (cursor.skip_space(); !cursor.take(')'); cursor.skip_space()) {
        std::optional<std::string> item = cursor.take_string();
        if (!item) return tl::unexpected(cursor.complain("a string or the end of the set"));
        items.push_back(std::move(*item));
    }
    if (auto complaint = complaint_at_end(cursor)) return tl::unexpected(std::move(*complaint));
    return items;
}

tl::expected<TextMap, std::string> parse_map(std::string_view text) {
    Cursor cursor(text);
    TextMap map;
    cursor.skip_space();
    if (cursor.at_end()) return map;
    if (!cursor.take('(')) return tl::unexpected(cursor.complain("an opening parenthesis"));
    for (cursor.skip_space(); !cursor.take(')'); cursor.skip_space()) {
        auto pair = take_pair(cursor);
        if (!pair) return tl::unexpected(std::move(pair.error()));
        map.emplace(std::move(pair->first), std::move(pair->second));
    }
    if (auto complaint = complaint_at_end(cursor)) return tl::unexpected(std::move(*complaint));
    return map;
}

}  // namespace vacate::codec
