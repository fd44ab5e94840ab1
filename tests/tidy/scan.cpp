// Reads C++ just well enough to tell code from comments, and functions from the rest.
#include "tests/tidy/scan.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace vacate::tidy {
namespace {

bool is_word(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

bool is_space(char letter) { return std::isspace(static_cast<unsigned char>(letter)) != 0; }

// Copies a text letter by letter, blanking out comments and the insides of literals.
class Stripper {
  public:
    explicit Stripper(std::string_view text) : text_(text), code_(text) {}

    std::string strip() {
        while (at_ < text_.size()) {
            if (starts_with("//")) {
                blank_to(text_.find('\n', at_));
            } else if (starts_with("/*")) {
                blank_past(text_.find("*/", at_ + 2), 2);
            } else if (starts_with("R\"") && !follows_word()) {
                raw_string();
            } else if (text_[at_] == '"' || (text_[at_] == '\'' && !follows_word())) {
                literal(text_[at_]);
            } else {
                ++at_;
            }
        }
        return code_;
    }

  private:
    [[nodiscard]] bool starts_with(std::string_view what) const {
        return text_.substr(at_, what.size()) == what;
    }
    [[nodiscard]] bool follows_word() const { return at_ > 0 && is_word(text_[at_ - 1]); }

    void blank_to(std::size_t end) {
        end = std::min(end, text_.size());
        for (; at_ < end; ++at_) {
            if (text_[at_] != '\n') code_[at_] = ' ';
        }
    }
    void blank_past(std::size_t end, std::size_t width) {
        blank_to(end == std::string_view::npos ? end : end + width);
    }
    void raw_string() {
        const std::size_t open = text_.find('(', at_);
        if (open == std::string_view::npos) return blank_to(open);
        const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
        blank_past(text_.find(close, open), close.size());
    }
    void literal(char quote) {
        ++at_;
        while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
            const std::size_t width = text_[at_] == '\\' ? 2 : 1;
            blank_to(at_ + width);
        }
        if (at_ < text_.size()) ++at_;
    }

    std::string_view text_;
    std::string code_;
    std::size_t at_ = 0;
};

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

// Removes "template <...>" and its constraints' brackets from the front.
std::string_view without_template(std::string_view head) {
    while (head.starts_with("template")) {
        std::size_t at = head.find('<');
        int depth = 0;
        for (; at < head.size(); ++at) {
            if (head[at] == '<') ++depth;
            if (head[at] == '>' && --depth == 0) break;
        }
        if (at >= head.size()) return {};
        head = trimmed(head.substr(at + 1));
    }
    return head;
}

std::string_view first_word(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && is_word(text[end])) ++end;
    return text.substr(0, end);
}

enum class Opens { scope, function, initialiser };

// What the brace behind `head` opens; `head` is the code since the last statement ended.
Opens judge(std::string_view head) {
    head = without_template(trimmed(head));
    while (true) {
        const std::string_view word = first_word(head);
        if (word != "inline" && word != "constexpr" && word != "static" && word != "friend") break;
        head = trimmed(head.substr(word.size()));
    }
    constexpr std::array<std::string_view, 6> scopes{"namespace", "struct", "class",
                                                     "union",     "enum",   "extern"};
    for (const std::string_view scope : scopes) {
        if (first_word(head) == scope) return Opens::scope;
    }
    if (head.ends_with('=') || head.ends_with(',')) return Opens::initialiser;
    return head.find('(') == std::string_view::npos ? Opens::initialiser : Opens::function;
}

// Follows the braces of a source, line by line.
class FunctionFinder {
  public:
    std::vector<Function> find(const Source& source) {
        bool continued = false;
        for (line_ = 0; line_ < source.code.size(); ++line_) {
            const std::string& code = source.code[line_];
            const bool directive = continued || trimmed(code).starts_with('#');
            continued = directive && code.ends_with('\\');
            if (directive) continue;
            for (const char letter : code) step(letter);
            step(' ');
        }
        return std::move(found_);
    }

  private:
    void step(char letter) {
        if (inner_ > 0) {  // inside a function or an initialiser: only count
            if (letter == '{') ++inner_;
            if (letter == '}' && --inner_ == 0 && in_function_) close_function();
            return;
        }
        if (letter == '(') ++parentheses_;
        if (letter == ')') --parentheses_;
        if (letter == '{') {
            open();
        } else if (letter == '}' || (letter == ';' && parentheses_ == 0)) {
            head_.clear();
        } else if (!head_.empty() || !is_space(letter)) {
            if (head_.empty()) head_line_ = line_;
            head_ += letter;
            if (is_access(head_)) head_.clear();
        }
    }

    static bool is_access(std::string_view head) {
        return head == "public:" || head == "private:" || head == "protected:";
    }

    void open() {
        // "Type(int a) : a_{a} {": a member's brace touches its name, the body's does not.
        const bool of_member = head_.find(") :") != std::string::npos && is_word(head_.back());
        const Opens opens = parentheses_ > 0 || of_member ? Opens::initialiser : judge(head_);
        if (opens == Opens::scope) {
            head_.clear();
            return;
        }
        inner_ = 1;
        in_function_ = opens == Opens::function;
    }

    void close_function() {
        const std::string_view name = trimmed(std::string_view(head_).substr(0, head_.find('(')));
        found_.push_back({std::string(name), head_line_ + 1, line_ - head_line_ + 1});
        head_.clear();
        in_function_ = false;
    }

    std::vector<Function> found_;
    std::string head_;           // code since the last statement or brace
    std::size_t line_ = 0;       // from 0
    std::size_t head_line_ = 0;  // where head_ began
    int parentheses_ = 0;        // open ones, outside of functions
    int inner_ = 0;              // open braces since the function or initialiser began
    bool in_function_ = false;
};

}  // namespace

Source scan(std::string path, std::string_view text) {
    Source source;
    source.path = std::move(path);
    source.raw = lines_of(text);
    source.code = lines_of(Stripper(text).strip());
    return source;
}

std::vector<Function> functions_of(const Source& source) { return FunctionFinder().find(source); }

}  // namespace vacate::tidy
