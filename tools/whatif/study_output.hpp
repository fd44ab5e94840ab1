// Where rows go as they are done, one after the other: a file, standard output, tables.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reports/study_answer.hpp"
#include "tools/vacate/outcome.hpp"
#include "tools/whatif/progress.hpp"
#include "tools/whatif/study_input.hpp"

namespace vacate {

/// Takes rows in the order of their numbers and passes each on at once, so that what was written
/// is whole whenever the program ends. Keeps no more than StudyTables does.
class StudyOutput {
  public:
    /// Fails: outside, where a file cannot be read or written; bad input, where the file to go on
    ///        with is of another study or is damaged. A last line without an end is dropped.
    static Result<std::unique_ptr<StudyOutput>> open(const WhatifArguments& arguments,
                                                     const LoadedStudy& loaded);
    ~StudyOutput();
    StudyOutput(const StudyOutput&) = delete;
    StudyOutput& operator=(const StudyOutput&) = delete;

    /// The row that comes next; those before it are there.
    [[nodiscard]] std::int64_t next() const { return next_; }
    /// Requires: row.number == next(). Returns: false when it could not be written.
    bool take(const StudyRow& row);
    /// The end of what is printed, and how it went.
    [[nodiscard]] Outcome close();

    /// Tells how far it is and how long it will still take, where that is wanted.
    void show_progress(std::int64_t done);

  private:
    using Clock = std::chrono::steady_clock;

    StudyOutput(const WhatifArguments& arguments, const LoadedStudy& loaded);
    // The rows that the file has already.
    [[nodiscard]] Result<std::vector<StudyRow>> begin_file(const WhatifArguments& arguments);
    [[nodiscard]] Result<std::vector<StudyRow>> resume_file(const std::string& path);
    void print(const StudyRow& row);
    void put(std::FILE* file, const std::string& text);

    StudyHead head_;
    StudyCsv csv_;
    StudyTables tables_;
    bool json_;
    bool prints_csv_;
    bool with_lines_;
    bool file_is_csv_ = false;
    bool failed_ = false;
    std::FILE* file_ = nullptr;
    std::string path_;
    std::int64_t next_ = 0;
    std::int64_t begun_at_ = 0;  // the first row of this run
    Clock::time_point told_{};   // with_lines_
    Progress progress_;
};

}  // namespace vacate
