// Reports as text: aligned tables, totals, findings.
#include <algorithm>
#include <array>
#include <cstdio>

#include "reports/report.hpp"

namespace vacate {
namespace {

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

std::string table_text(const ReportTable& table) {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        widths.push_back(width_of(table.columns[i].heading));
        for (const auto& row : table.rows) {
            widths[i] = std::max(widths[i], width_of(printable(row[i])));
        }
    }
    const auto line_of = [&](const auto& cell) {
        std::string line = "  ";
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            line += padded(cell(i), widths[i], table.columns[i].right);
            if (i + 1 < table.columns.size()) line += "  ";
        }
        trim_right(line);
        return line + "\n";
    };
    std::string text = table.title.empty() ? "" : table.title + "\n";
    text += line_of([&](std::size_t i) { return table.columns[i].heading; });
    for (const auto& row : table.rows) {
        text += line_of([&](std::size_t i) { return printable(row[i]); });
    }
    return text;
}

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

std::string render_findings(const Findings& findings) {
    std::string text;
    for (const Severity severity : {Severity::blocks, Severity::act, Severity::know}) {
        bool first = true;
        for (const Finding& one : findings) {
            if (one.severity != severity) continue;
            if (first) text += (text.empty() ? "" : "\n") + heading_of(severity) + "\n";
            first = false;
            text += "  " + printable(one.subject) + "  [" + one.code + "]\n";
            text += "      " + printable(one.sentence) + "\n";
            if (!one.remedy.empty()) text += "      -> " + printable(one.remedy) + "\n";
        }
    }
    return text;
}

std::string render_text(const Report& report) {
    std::string text = printable(report.verdict) + "\n";
    for (const ReportTable& table : report.tables) text += "\n" + table_text(table);
    if (!report.totals.empty()) {
        text += "\n";
        std::size_t width = 0;
        for (const ReportLine& line : report.totals) width = std::max(width, line.label.size());
        for (const ReportLine& line : report.totals) {
            text += "  " + padded(line.label, width, false) + "  " + printable(line.value) + "\n";
        }
    }
    if (!report.findings.empty()) text += "\n" + render_findings(report.findings);
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
        width = std::min<std::size_t>(40, std::max(width, width_of(printable(item.place))));
    }
    for (const Error::Item& item : error.items) {
        text += "  " + padded(printable(item.place), width, false);
        text += (item.place.empty() ? "" : "  ") + printable(item.sentence);
        if (!item.remedy.empty()) text += "; " + printable(item.remedy);
        text += "\n";
    }
    return text;
}

}  // namespace vacate
