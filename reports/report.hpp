// One Report value: what a verb has to say. Renderers only lay it out.
#pragma once

#include <set>
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

/// The report as text for people, in 80 columns: sentences are broken at spaces, cells of wide
/// tables go on below. A name or a path that is longer by itself stays whole.
[[nodiscard]] std::string render_text(const Report& report);
[[nodiscard]] std::string render_table(const ReportTable& table);

/// The report as markdown: nothing in a name marks anything up.
[[nodiscard]] std::string render_markdown(const Report& report);

/// Findings alone, as render_text() shows them: each rule in words where it is named first.
[[nodiscard]] std::string render_findings(const Findings& findings);

/// An error for people: "FILE: N errors, nothing was planned", then one line each.
[[nodiscard]] std::string render_error(const Error& error, const std::string& not_done);

/// `text` in lines of at most 80 columns, broken at spaces, each behind `indent`; or the first
/// behind `first` and those after it behind `others`, which is as wide.
[[nodiscard]] std::string wrapped(const std::string& text, const std::string& indent);
[[nodiscard]] std::string wrapped(const std::string& text, const std::string& first,
                                  const std::string& others);

/// `text` with each rule in words where it is named first: "(R2)" becomes "(R2: no VM moves to an
/// older version)". `told` holds the rules that were explained already.
[[nodiscard]] std::string with_rules_in_words(const std::string& text, std::set<int>& told);

/// Text that a terminal shows as it is: control characters are written as \xNN.
[[nodiscard]] std::string printable(const std::string& text);

}  // namespace vacate
