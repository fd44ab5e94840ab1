// One row of a study's answer: figures with names, and small tables beside them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/study.hpp"

namespace vacate {

/// Nothing, a number, a yes or no, a text. What a number counts stands at the end of its name:
/// _us, _bytes, _ppm.
using Cell = std::variant<std::monostate, std::int64_t, bool, std::string>;

struct Figure {
    std::string name;
    Cell value;
    friend bool operator==(const Figure&, const Figure&) = default;
};

struct RowTable {
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::vector<Cell>> rows;  // each as long as `columns`
    friend bool operator==(const RowTable&, const RowTable&) = default;
};

struct StudyRow {
    std::int64_t number = 0;
    std::string ask;                                         // "compare"
    std::string variant;                                     // "base"
    std::vector<std::pair<std::string, std::string>> point;  // by axis: name and value
    std::vector<Figure> figures;                             // all of figure_names(), in order
    std::vector<RowTable> tables;
    friend bool operator==(const StudyRow&, const StudyRow&) = default;
};

/// The figures that every row of a question has, in their order.
[[nodiscard]] const std::vector<std::string>& figure_names(Ask ask);

/// The figure of this name; nothing (a monostate) where the row has none.
[[nodiscard]] const Cell& figure_of(const StudyRow& row, std::string_view name);

}  // namespace vacate
