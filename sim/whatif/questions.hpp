// The six questions, each about one case.
#pragma once

#include <string>

#include "model/change.hpp"
#include "model/study_row.hpp"
#include "sim/whatif/case_planner.hpp"

namespace vacate {

/// A case: the pool with its changes, and what is asked of it.
struct AskedCase {
    const Question& question;
    const Changed& changed;
    const CasePlanner& planner;
};

/// Collects the figures of a row under their names.
class RowFiller {
  public:
    explicit RowFiller(StudyRow& row) : row_(row) {}
    /// Requires: the question has a figure of this name.
    void put(const std::string& name, Cell value);
    void put(const std::string& name, Duration time) { put(name, Cell{time.count()}); }
    void put(const std::string& name, Bytes amount) { put(name, Cell{amount.count}); }
    void put(const std::string& name, std::string text) { put(name, Cell{std::move(text)}); }
    void add(RowTable table) { row_.tables.push_back(std::move(table)); }

  private:
    StudyRow& row_;
};

/// Is there a plan, how long does it take, what does it leave: see scenarios/README.md for the
/// figures of each.
void answer_compare(const AskedCase& asked, RowFiller& row);

/// How far VMs may grow, or how many may come.
///
/// The frontier is a step that was tried and has a plan (or survives every single loss), while the
/// next step was tried and has none: proved, or not found. A heuristic planner is not monotone, so
/// steps farther on might have one again; they are not looked for.
void answer_headroom(const AskedCase& asked, RowFiller& row);

/// The fewest hosts, least memory, slowest link or least width whose plan fits the window; found
/// as least() finds it.
void answer_smallest(const AskedCase& asked, RowFiller& row);

/// Every loss of one host, or of two, at every stage of the plan.
void answer_losses(const AskedCase& asked, RowFiller& row);

/// What chance makes of the plan.
void answer_risk(const AskedCase& asked, RowFiller& row);

/// The largest set of hosts found whose upgrade fits the window, coordinator first, and what that
/// leaves.
void answer_when(const AskedCase& asked, RowFiller& row);

/// "1.5 %" or "512 MiB" times a number of steps.
[[nodiscard]] std::string growth_text(Growth step, std::int64_t steps);

}  // namespace vacate
