// Files of rows: begun, gone on with, written line by line.
#include "tools/whatif/study_output.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "model/rule.hpp"

namespace vacate {
namespace {

Error cannot(const std::string& path, const std::string& what) {
    Error error{Error::Kind::outside, path, {}};
    error.items.push_back({"", what + ": " + std::strerror(errno),
                           "give the path of a file in a folder that may be written to"});
    return error;
}

Error damaged(const std::string& path, std::int64_t line, const std::string& what) {
    return bad_input(path, "line " + std::to_string(line), what,
                     "cut the file off before that line, or begin anew with -o");
}

}  // namespace

StudyOutput::StudyOutput(const WhatifArguments& arguments, const LoadedStudy& loaded)
    : head_(loaded.head),
      csv_(loaded.study),
      tables_(loaded.head),
      json_(arguments.json),
      prints_csv_(arguments.csv),
      with_lines_(arguments.progress) {}

StudyOutput::~StudyOutput() {
    if (file_ != nullptr) std::fclose(file_);
}

Result<std::unique_ptr<StudyOutput>> StudyOutput::open(const WhatifArguments& arguments,
                                                       const LoadedStudy& loaded) {
    std::unique_ptr<StudyOutput> output(new StudyOutput(arguments, loaded));
    // Nothing is printed before it is known that all can be written: an error is a document, too.
    const auto kept = output->begin_file(arguments);
    if (!kept) return tl::unexpected<Error>(kept.error());
    if (output->json_)
        output->put(stdout, "{\"study\": " + head_json(loaded.head) + ",\n\"rows\": [");
    if (output->prints_csv_) output->put(stdout, output->csv_.head() + "\n");
    for (const StudyRow& row : *kept) output->print(row);
    output->next_ = static_cast<std::int64_t>(kept->size());
    output->begun_at_ = output->next_;
    return output;
}

Result<std::vector<StudyRow>> StudyOutput::begin_file(const WhatifArguments& arguments) {
    if (!arguments.resume.empty() && std::filesystem::exists(arguments.resume)) {
        return resume_file(arguments.resume);
    }
    path_ = arguments.resume.empty() ? arguments.output : arguments.resume;
    if (path_.empty()) return std::vector<StudyRow>{};
    file_is_csv_ = arguments.resume.empty() && path_.ends_with(".csv");
    file_ = std::fopen(path_.c_str(), "wb");
    if (file_ == nullptr) return tl::unexpected<Error>(cannot(path_, "cannot be written"));
    put(file_, (file_is_csv_ ? csv_.head() : head_json(head_)) + "\n");
    return std::vector<StudyRow>{};
}

Result<std::vector<StudyRow>> StudyOutput::resume_file(const std::string& path) {
    path_ = path;
    std::ifstream lines(path, std::ios::binary);
    if (!lines) return tl::unexpected<Error>(cannot(path, "cannot be opened"));
    std::vector<StudyRow> kept;
    std::uintmax_t whole = 0;  // bytes of complete lines
    std::int64_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        if (lines.eof()) break;  // torn: it has no end
        ++number;
        if (number == 1 && line != head_json(head_)) {
            return tl::unexpected<Error>(bad_input(
                path, "line 1", "this file is not of this study, or not of this version of it",
                "resume with the study and the pool it was begun with, or begin anew"));
        }
        if (number > 1) {
            const auto row = read_row(line);
            const auto next = static_cast<std::int64_t>(kept.size());
            if (!row || row->number != next || next >= head_.rows) {
                return tl::unexpected<Error>(
                    damaged(path, number, "this is not row " + std::to_string(next)));
            }
            kept.push_back(*row);
        }
        whole += line.size() + 1;
    }
    lines.close();
    std::error_code failed;
    std::filesystem::resize_file(path, whole, failed);
    file_ = failed ? nullptr : std::fopen(path.c_str(), "ab");
    if (file_ == nullptr) return tl::unexpected<Error>(cannot(path, "cannot be gone on with"));
    if (number == 0) put(file_, head_json(head_) + "\n");
    return kept;
}

void StudyOutput::put(std::FILE* file, const std::string& text) {
    const bool written =
        std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
    if (!written) failed_ = true;
}

void StudyOutput::print(const StudyRow& row) {
    tables_.add(row);
    if (json_) put(stdout, (row.number == 0 ? "\n" : ",\n") + row_json(row));
    if (prints_csv_) put(stdout, csv_.line(row) + "\n");
}

bool StudyOutput::take(const StudyRow& row) {
    progress_.erase();
    print(row);
    ++next_;
    if (file_ != nullptr) put(file_, (file_is_csv_ ? csv_.line(row) : row_json(row)) + "\n");
    return !failed_;
}

void StudyOutput::show_progress(std::int64_t done) {
    const std::string words = std::to_string(done) + " of " + std::to_string(head_.rows) + " rows";
    const auto all = static_cast<double>(std::max<std::int64_t>(1, head_.rows - begun_at_));
    const double part = static_cast<double>(done - begun_at_) / all;
    if (!with_lines_) return progress_.show(part, words);
    const auto now = Clock::now();
    if (told_ != Clock::time_point{} && now - told_ < std::chrono::seconds(1)) return;
    told_ = now;
    std::string line = words;
    if (part > 0) {
        const double more = static_cast<double>(progress_.passed().count()) * (1 - part) / part;
        const Duration left{static_cast<Duration::rep>(more)};
        line += ", " + display(std::chrono::round<std::chrono::seconds>(left)) + " to go";
    }
    std::fputs((line + "\n").c_str(), stderr);
    std::fflush(stderr);
}

Outcome StudyOutput::close() {
    progress_.erase();
    Outcome outcome;
    const bool complete = next_ == head_.rows;
    if (json_)
        outcome.out = complete ? "\n]}\n" : "\n],\n\"next\": " + std::to_string(next_) + "}\n";
    if (!json_ && !prints_csv_) outcome.out = render_text(tables_.report());
    outcome.status = tables_.any_yes() ? Status::done : Status::no;
    if (!complete) {
        outcome.status = Status::stopped;
        outcome.words = "stopped: rows " + std::to_string(next_) + " to " +
                        std::to_string(head_.rows - 1) + " are missing";
        const bool resumable = file_ != nullptr && !file_is_csv_;
        outcome.words += resumable ? "; go on with --resume " + path_ + "\n" : "\n";
    }
    if (failed_) {
        outcome.status = Status::outside;
        outcome.words +=
            "vacate: rows could not be written: " + std::string(std::strerror(errno)) + "\n";
    }
    return outcome;
}

}  // namespace vacate
