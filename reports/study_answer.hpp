// What a study came to: its rows as lines of JSON and CSV, and as tables for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/study_row.hpp"
#include "reports/report.hpp"
#include "reports/study_charts.hpp"

namespace vacate {

/// What stands in front of the rows: whose they are.
struct StudyHead {
    std::string pool;
    std::string base;  // the file of its scenario
    std::string about;
    std::uint64_t fingerprint = 0;
    std::int64_t rows = 0;
    friend bool operator==(const StudyHead&, const StudyHead&) = default;
};

/// A column of the table that answers a question.
struct StudyColumn {
    std::string_view figure;
    std::string_view heading;
    bool right = true;
};
/// The columns of a question, its case apart, and the table's title.
[[nodiscard]] const std::vector<StudyColumn>& study_columns(std::string_view ask);
[[nodiscard]] std::string study_title(std::string_view ask);
/// A figure for people, by what its name says it counts.
[[nodiscard]] std::string shown_figure(const StudyRow& row, std::string_view name);
/// Of P50 the makespan, where the case was run once; nothing where it is no number.
[[nodiscard]] std::optional<std::int64_t> figure_number(const StudyRow& row, std::string_view name);

/// A study's answer as vacate whatif --json or -o writes it; nothing when it is none.
struct StudyFile {
    StudyHead head;
    std::vector<StudyRow> rows;
};
[[nodiscard]] std::optional<StudyFile> read_study_file(std::string_view text);

/// The answer as one HTML page that asks the network for nothing.
[[nodiscard]] std::string study_html(const StudyFile& file);

/// The same without script, as one picture.
[[nodiscard]] std::string study_svg(const StudyFile& file);
/// The document that vacate whatif --json prints.
[[nodiscard]] std::string study_json(const StudyFile& file);

/// One line of JSON each, without its end; the forms stand in tools/README.md.
[[nodiscard]] std::string head_json(const StudyHead& head);
[[nodiscard]] std::string row_json(const StudyRow& row);

/// The row of a line that row_json() wrote; nothing when it is none.
[[nodiscard]] std::optional<StudyRow> read_row(std::string_view line);

/// Rows as CSV (RFC 4180): the columns of every question of the study, one after the other, and a
/// column for each axis; what a row does not have is empty. Tables beside a row are left out.
class StudyCsv {
  public:
    explicit StudyCsv(const Study& study);
    [[nodiscard]] std::string head() const;
    [[nodiscard]] std::string line(const StudyRow& row) const;

  private:
    std::vector<std::string> axes_;
    std::vector<std::string> figures_;
};

/// Collects rows and tells them as tables; of more than `rows_shown` it keeps the first ones.
class StudyTables {
  public:
    explicit StudyTables(StudyHead head) : head_(std::move(head)) {}

    void add(const StudyRow& row);
    /// True when some row is no "no": its pool can be upgraded, or what was asked for exists.
    [[nodiscard]] bool any_yes() const { return any_yes_; }
    [[nodiscard]] Report report() const;

    static constexpr std::size_t rows_shown = 400;

  private:
    StudyHead head_;
    std::vector<StudyRow> rows_;
    std::int64_t count_ = 0;
    bool any_yes_ = false;
};

}  // namespace vacate
