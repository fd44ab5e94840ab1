// One Report value: what a verb has to say. Renderers only lay it out.
#pragma once

#include <string>
#include <vector>

#include "model/result.hpp"

namespace vacate {

/// A table of texts; numbers are already written out.
struct ReportTable {
    struct Column {
        std::string heading;
        bool right = false;  // aligned to the right, for numbers
        friend bool operator==(const Column&, const Column&) = default;
    };
    std::string title;
    std::vector<Column> columns;
    std::vector<std::vector<std::string>> rows;  // each as long as `columns`
    friend bool operator==(const ReportTable&, const ReportTable&) = default;
};

/// A label and its value, for the totals.
struct ReportLine {
    std::string label;
    std::string value;
    friend bool operator==(const ReportLine&, const ReportLine&) = default;
};

struct Report {
    std::string verdict;  // one sentence that answers the question
    std::vector<ReportTable> tables;
    std::vector<ReportLine> totals;
    Findings findings;  // shown by severity, in the order given
    friend bool operator==(const Report&, const Report&) = default;
};

/// The report as text for people, lines at most about 100 columns but for long sentences.
[[nodiscard]] std::string render_text(const Report& report);

/// Findings alone, as render_text() shows them.
[[nodiscard]] std::string render_findings(const Findings& findings);

/// An error for people: "FILE: N errors, nothing was planned", then one line each.
[[nodiscard]] std::string render_error(const Error& error, const std::string& not_done);

/// Text that a terminal shows as it is: control characters are written as \xNN.
[[nodiscard]] std::string printable(const std::string& text);

}  // namespace vacate
