// The rows of a study on all cores of this machine.
#pragma once

#include "tools/whatif/study_input.hpp"
#include "tools/whatif/study_output.hpp"

namespace vacate {

/// Works out the rows that are missing, each on one thread, and passes them on in the order of
/// their numbers; no thread is more than a fixed number of rows ahead. Ends early at Ctrl-C,
/// keeping all rows up to the first that was not done, and where rows cannot be written.
void run_study(const LoadedStudy& loaded, int threads, StudyOutput& output);

/// All of vacate whatif: reads, runs, prints.
[[nodiscard]] Outcome whatif(const WhatifArguments& arguments);

}  // namespace vacate
