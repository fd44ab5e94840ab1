// What the forms of a study's report share: its rows by question, their answers in words, maps.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/study_answer.hpp"

namespace vacate {

using Rows = std::vector<const StudyRow*>;

/// The questions that rows answer, in their order; what a reader calls each.
[[nodiscard]] std::vector<std::string> asks_in(const StudyFile& file);
[[nodiscard]] std::string_view ask_title(std::string_view ask);
[[nodiscard]] Rows rows_that(const StudyFile& file, std::string_view ask);

/// A figure that is text; empty where there is none.
[[nodiscard]] std::string text_figure(const StudyRow& row, std::string_view name);
/// Nothing where the row has no such table.
[[nodiscard]] const RowTable* table_called(const StudyRow& row, std::string_view name);
/// The cell of a line in a named column: as text, empty where there is none; as a number, 0.
[[nodiscard]] std::string text_in(const RowTable& table, const std::vector<Cell>& line,
                                  std::string_view column);
[[nodiscard]] std::int64_t number_in(const RowTable& table, const std::vector<Cell>& line,
                                     std::string_view column);

/// What a question is mostly about, and whether less of it is better.
struct MainFigure {
    std::string_view name;
    std::string_view heading;
    bool less_is_better = true;
};
[[nodiscard]] MainFigure main_figure(std::string_view ask);

[[nodiscard]] bool has_no_plan(const StudyRow& row);
/// Fewer than half of the runs end in the window.
[[nodiscard]] bool misses_window(const StudyRow& row);

/// A row's answer: "4 of 6 losses can be survived".
[[nodiscard]] std::string sentence_of(const StudyRow& row);
/// "16 answers"; of a study that was stopped, how many there would be.
[[nodiscard]] std::string study_state(const StudyFile& file);
/// The answers to all questions, a sentence each, the first one first.
[[nodiscard]] std::vector<std::string> study_answers(const StudyFile& file);

/// The rows of one variant whose sweep has two axes, by the main figure of their question.
struct HeatMap {
    std::string variant;
    std::vector<std::string> down;  // values of the first axis
    std::vector<std::string> across;
    Rows rows;
};
/// One scale for all maps of a question.
struct Heat {
    MainFigure figure;
    std::int64_t least = INT64_MAX;
    std::int64_t most = INT64_MIN;
    std::vector<HeatMap> maps;

    /// 0 to 3, from good to bad.
    [[nodiscard]] int shade(std::int64_t value) const;
};
[[nodiscard]] Heat heat_of(const StudyFile& file, std::string_view ask);
/// The row of a cell; nothing where there is none.
[[nodiscard]] const StudyRow* row_at(const HeatMap& map, const std::string& down,
                                     const std::string& across);
/// The main figure, marked where most runs miss the window; a mark alone where there is no plan.
[[nodiscard]] std::string heat_text(const StudyRow& row, std::string_view figure);
[[nodiscard]] bool has_value(const StudyRow& row, std::string_view figure);

/// What a loss leads to.
struct Loss {
    std::string survival;
    std::string when;
    std::string vms;
};
/// The losses of a row of n-k by what is lost and by stage; empty where it has none.
struct LossMatrix {
    std::vector<std::string> hosts;
    std::map<std::int64_t, std::string> stages;  // when each begins, in words
    std::map<std::pair<std::string, std::int64_t>, Loss> losses;
};
[[nodiscard]] LossMatrix losses_of(const StudyRow& row);
/// Of "survivable", "not found" and the rest.
[[nodiscard]] const char* mark_of(const std::string& survival);

}  // namespace vacate
