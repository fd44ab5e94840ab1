// A study with all that it rests on: read, checked, and ready to be asked for rows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/change.hpp"
#include "model/codec/study_text.hpp"
#include "reports/study_answer.hpp"

namespace CLI {
class App;
}

namespace vacate {

/// What vacate whatif and vacate-whatif-mpi understand.
struct WhatifArguments {
    std::string input;                 // a study, or a scenario with options
    std::vector<StudyOption> options;  // of the study, in the order given
    std::vector<std::string> base_sets;
    std::string defaults;
    std::string output;  // rows go here too
    std::string resume;  // a file of rows to go on with
    bool json = false;
    bool csv = false;
    bool progress = false;
    int threads = 0;
};

/// Adds them to a command line; what it gives back puts `options` in their order once parsed.
[[nodiscard]] std::function<void()> add_whatif_options(CLI::App& verb, WhatifArguments& arguments);

/// Everything that a row needs. Not to be moved: parts of it point to one another.
struct LoadedStudy {
    Study study;
    std::string text;  // of the base
    std::string source;
    Overrides overrides;
    std::optional<ChangeMaker> maker;
    StudyHead head;
};

/// Reads the study, or makes one of the options; reads its base; tries every change.
/// Fails: as read_file(), read_study(), read_any() and check_study() do; nothing has run then.
[[nodiscard]] Result<std::unique_ptr<LoadedStudy>> load_study(const WhatifArguments& arguments);

}  // namespace vacate
