// Reports as text: aligned tables, totals, findings.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "model/rule.hpp"
#include "reports/report.hpp"

namespace vacate {
namespace {

constexpr std::size_t columns_of_terminal = 80;

// Columns on a terminal: bytes that do not continue a UTF-8 character.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char letter) {
        return (static_cast<unsigned char>(letter) & 0xc0) != 0x80;
    }));
}

std::string padded(const std::string& text, std::size_t width, bool right) {
    const std::size_t used = width_of(text);
    const std::string space(width > used ? width - used : 0, ' ');
    return right ? space + text : text + space;
}

void trim_right(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

// The quote that ends what one at `begin` begins; one inside a word ends nothing.
std::size_t closing_quote(const std::string& text, std::size_t begin) {
    for (std::size_t at = text.find('\'', begin + 1); at != std::string::npos;
         at = text.find('\'', at + 1)) {
        const char next = at + 1 < text.size() ? text[at + 1] : ' ';
        if (std::string_view(" ,;.:)").find(next) != std::string_view::npos) return at;
    }
    return std::string::npos;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

// Where a line may be broken: at spaces, but neither inside 'one argument' nor between it and its
// option, nor between a number and its unit, nor before "(12)".
std::vector<std::string> pieces_of(const std::string& text) {
    std::vector<std::string> pieces;
    const auto begins = [&text](std::size_t at, std::string_view with) {
        return std::string_view(text).substr(std::min(at, text.size())).starts_with(with);
    };
    std::size_t begin = 0;
    while (begin <= text.size()) {
        std::size_t end = std::min(text.find(' ', begin), text.size());
        std::size_t quote = begin;
        // "--fingerprint AB:CD", but not "--resume, or".
        const bool has_value =
            begins(begin, "--") && end + 1 < text.size() &&
            std::string_view(",;.:)").find(text[end - 1]) == std::string_view::npos;
        if (has_value) quote = end + 1;
        if (has_value && !begins(quote, "-")) {
            end = std::min(text.find(' ', quote), text.size());
        }
        if (begins(quote, "'")) {
            const std::size_t close = closing_quote(text, quote);
            if (close != std::string::npos) end = std::min(text.find(' ', close), text.size());
        }
        if (is_number(std::string_view(text).substr(begin, end - begin)) && end < text.size()) {
            end = std::min(text.find(' ', end + 1), text.size());
        }
        while (begins(end, " (")) end = std::min(text.find(' ', end + 1), text.size());
        pieces.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return pieces;
}

// What is too long for a line by itself stays whole.
std::vector<std::string> lines_of(const std::string& text, std::size_t width) {
    std::vector<std::string> lines;
    std::size_t used = 0;
    for (const std::string& piece : pieces_of(text)) {
        const std::size_t more = width_of(piece);
        if (lines.empty() || used + 1 + more > width) {
            lines.push_back(piece);
            used = more;
        } else {
            lines.back() += " " + piece;
            used += 1 + more;
        }
    }
    return lines;
}

std::size_t longest_piece(const std::string& text) {
    std::size_t longest = 0;
    for (const std::string& piece : pieces_of(text)) {
        longest = std::max(longest, width_of(piece));
    }
    return longest;
}

// A table that is about to be printed: what stands in it, and how wide its columns are.
class TableText {
  public:
    explicit TableText(const ReportTable& table) : table_(table) {
        std::vector<std::string> headings;
        for (const auto& column : table.columns) headings.push_back(column.heading);
        lines_.push_back(std::move(headings));
        for (const auto& row : table.rows) {
            lines_.emplace_back();
            for (const std::string& cell : row) lines_.back().push_back(printable(cell));
        }
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            widths_.push_back(widest(i, 0, width_of));
        }
        fit();
    }

    [[nodiscard]] std::string text() const {
        std::string text;
        for (const std::string& line : lines_of(table_.title, columns_of_terminal)) {
            if (!line.empty()) text += line + "\n";
        }
        for (const auto& line : lines_) {
            if (is_stacked_) text += "  " + line.front() + "\n";
            text += row_text(line);
        }
        return text;
    }

  private:
    // The widest of a column, from a line on: of whole cells, or of what they cannot do without.
    template <class Measure>
    [[nodiscard]] std::size_t widest(std::size_t column, std::size_t from,
                                     const Measure& measure) const {
        std::size_t most = 0;
        for (std::size_t i = from; i < lines_.size(); ++i) {
            most = std::max<std::size_t>(most, measure(lines_[i][column]));
        }
        return most;
    }

    [[nodiscard]] std::size_t excess() const {
        std::size_t width = is_stacked_ ? 4 : 2;
        for (std::size_t i = is_stacked_; i < widths_.size(); ++i) width += widths_[i] + gap_;
        width -= std::min(width, gap_);
        return width > columns_of_terminal ? width - columns_of_terminal : 0;
    }

    // As narrow as it must be, but no narrower than `least`.
    void shrink(std::size_t column, std::size_t least) {
        const std::size_t spare = widths_[column] > least ? widths_[column] - least : 0;
        widths_[column] -= std::min(spare, excess());
    }

    // Narrower, as long as it is too wide: headings, then texts in several lines, then no air
    // between columns, then the first cell above the others.
    void fit() {
        if (excess() == 0) return;
        for (std::size_t i = widths_.size(); i-- > 0;) {
            shrink(i, std::max(longest_piece(lines_.front()[i]), widest(i, 1, width_of)));
        }
        for (std::size_t i = widths_.size(); i-- > 0;) {
            if (!table_.columns[i].right) {
                shrink(i, std::max<std::size_t>(12, widest(i, 0, longest_piece)));
            }
        }
        if (excess() > 0) gap_ = 1;
        is_stacked_ = excess() > 0 && widths_.size() > 1;
        if (is_stacked_) {
            gap_ = 2;
            if (excess() > 0) gap_ = 1;
        }
    }

    [[nodiscard]] std::string row_text(const std::vector<std::string>& cells) const {
        std::vector<std::vector<std::string>> parts;
        std::size_t height = 1;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            parts.push_back(lines_of(cells[i], widths_[i]));
            if (i >= is_stacked_) height = std::max(height, parts.back().size());
        }
        std::string text;
        for (std::size_t at = 0; at < height; ++at) {
            std::string line(is_stacked_ ? 4 : 2, ' ');
            for (std::size_t i = is_stacked_; i < cells.size(); ++i) {
                const std::string part = at < parts[i].size() ? parts[i][at] : std::string();
                line += padded(part, widths_[i], table_.columns[i].right);
                if (i + 1 < cells.size()) line += std::string(gap_, ' ');
            }
            trim_right(line);
            text += line + "\n";
        }
        return text;
    }

    const ReportTable& table_;
    std::vector<std::vector<std::string>> lines_;  // headings first
    std::vector<std::size_t> widths_;
    std::size_t gap_ = 2;
    bool is_stacked_ = false;
};

std::string heading_of(Severity severity) {
    switch (severity) {
        case Severity::blocks:
            return "In the way:";
        case Severity::act:
            return "To act on:";
        case Severity::know:
            return "To know:";
    }
    return {};
}

}  // namespace

std::string printable(const std::string& text) {
    std::string shown;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte >= 0x20 && byte != 0x7f) {
            shown += letter;
            continue;
        }
        std::array<char, 8> code{};
        std::snprintf(code.data(), code.size(), "\\x%02x", static_cast<unsigned>(byte));
        shown += code.data();
    }
    return shown;
}

std::string with_rules_in_words(const std::string& text, std::set<int>& told) {
    std::string out;
    std::size_t from = 0;
    for (std::size_t at = text.find('R'); at != std::string::npos; at = text.find('R', at + 1)) {
        // "(R1)" or "(R1, R5)".
        const std::size_t open = text.find_last_not_of("R0123456789, ", at);
        const std::size_t close = text.find_first_not_of("R0123456789, ", at);
        const bool is_listed = open != std::string::npos && text[open] == '(' &&
                               close != std::string::npos && text[close] == ')';
        const std::size_t end = text.find_first_not_of("0123456789", at + 1);
        if (!is_listed || end > at + 3 || end == at + 1) continue;
        const int number = std::stoi(text.substr(at + 1, end - at - 1));
        if (number < 1 || number > rule_count || !told.insert(number).second) continue;
        out += text.substr(from, end - from) + ": " +
               std::string(rule_words(static_cast<Rule>(number)));
        // Behind words a comma no longer parts one rule from the next.
        from = end;
        if (text[end] == ',') {
            out += ";";
            ++from;
        }
    }
    return out + text.substr(from);
}

namespace {

std::string findings_text(const Findings& findings, std::set<int>& told) {
    std::string text;
    for (const Severity severity : {Severity::blocks, Severity::act, Severity::know}) {
        bool first = true;
        for (const Finding& one : findings) {
            if (one.severity != severity) continue;
            if (first) text += (text.empty() ? "" : "\n") + heading_of(severity) + "\n";
            first = false;
            text += "  " + printable(one.subject) + "  [" + one.code + "]\n";
            text += wrapped(with_rules_in_words(printable(one.sentence), told), "      ");
            if (!one.remedy.empty()) {
                text += wrapped(with_rules_in_words(printable(one.remedy), told), "      -> ",
                                "         ");
            }
        }
    }
    return text;
}

}  // namespace

std::string render_findings(const Findings& findings) {
    std::set<int> told;
    return findings_text(findings, told);
}

std::string wrapped(const std::string& text, const std::string& first, const std::string& others) {
    std::string out;
    for (const std::string& line : lines_of(text, columns_of_terminal - width_of(first))) {
        out += (out.empty() ? first : others) + line + "\n";
    }
    return out;
}

std::string wrapped(const std::string& text, const std::string& indent) {
    return wrapped(text, indent, indent);
}

std::string render_table(const ReportTable& table) { return TableText(table).text(); }

std::string render_text(const Report& report) {
    std::set<int> told;
    std::string text = wrapped(with_rules_in_words(printable(report.verdict), told), "");
    for (ReportTable table : report.tables) {
        for (auto& row : table.rows) {
            for (std::string& cell : row) cell = with_rules_in_words(cell, told);
        }
        text += "\n" + render_table(table);
    }
    if (!report.totals.empty()) {
        text += "\n";
        std::size_t width = 0;
        for (const ReportLine& line : report.totals) width = std::max(width, width_of(line.label));
        const std::string indent(width + 4, ' ');
        for (const ReportLine& line : report.totals) {
            std::string lines = wrapped(printable(line.value), indent);
            text += lines.replace(0, width + 4, "  " + padded(line.label, width + 2, false));
        }
    }
    if (!report.findings.empty()) text += "\n" + findings_text(report.findings, told);
    return text;
}

std::string render_error(const Error& error, const std::string& not_done) {
    const std::size_t count = error.items.size();
    std::string text = printable(error.source) + ": " + std::to_string(count) +
                       (count == 1 ? " error" : " errors");
    if (!not_done.empty()) text += ", " + not_done;
    text += "\n";
    std::size_t width = 0;
    for (const Error::Item& item : error.items) {
        width = std::min<std::size_t>(20, std::max(width, width_of(printable(item.place))));
    }
    for (const Error::Item& item : error.items) {
        const std::string place = printable(item.place);
        std::string sentence = printable(item.sentence);
        if (!item.remedy.empty()) sentence += "; " + printable(item.remedy);
        if (width_of(place) > width) {
            text += "  " + place + "\n" + wrapped(sentence, "      ");
            continue;
        }
        const std::string indent(width == 0 ? 2 : width + 4, ' ');
        std::string lines = wrapped(sentence, indent);
        text += lines.replace(0, indent.size(), "  " + padded(place, indent.size() - 2, false));
    }
    return text;
}

}  // namespace vacate
