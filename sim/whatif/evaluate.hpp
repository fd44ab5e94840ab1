// One row of a study: a pool with its changes, and the answer to one question about it.
#pragma once

#include <optional>

#include "model/change.hpp"
#include "model/study_row.hpp"
#include "sim/whatif/case_planner.hpp"

namespace vacate {

/// Answers the rows of a study, each by itself: the same row is the same on every thread and
/// machine, whatever was asked before.
class Evaluator {
  public:
    /// `trial_threads` carry the runs by chance of one row, for studies of few rows.
    /// Requires: study and maker live as long as this.
    Evaluator(const Study& study, const ChangeMaker& maker, int trial_threads = 1);

    /// Row `number`; nothing where `stops` said so before it was done.
    /// Requires: 0 <= number < rows_of(study); check_study() found nothing.
    [[nodiscard]] std::optional<StudyRow> row(std::int64_t number, const Stops& stops = {}) const;

  private:
    const Study& study_;
    const ChangeMaker& maker_;
    int trial_threads_;
};

/// Makes the changes of every variant, and of every value of each axis where there are only a few,
/// else of the first ones and the last, without planning anything.
///
/// Fails: with all that is refused: names that are not there, fields that are none, what the
///        questions name.
[[nodiscard]] tl::expected<void, Error> check_study(const Study& study, const ChangeMaker& maker,
                                                    const std::string& source);

/// A digest of everything that the rows of a study depend on.
[[nodiscard]] std::uint64_t fingerprint_of(const Study& study, const std::string& text,
                                           const Overrides& overrides);

}  // namespace vacate
