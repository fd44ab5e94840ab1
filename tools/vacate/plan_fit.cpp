// Counts and first examples instead of lists.
#include "tools/vacate/plan_fit.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "model/explain.hpp"
#include "reports/report.hpp"

namespace vacate {
namespace {

constexpr std::size_t examples = 3;

// "srv-1, srv-2, srv-3 and 4 more"
template <class Names>
std::string first_of(const Names& names) {
    std::string text;
    std::size_t count = 0;
    for (const std::string& name : names) {
        if (++count <= examples) text += (count == 1 ? "" : ", ") + printable(name);
    }
    return count > examples ? text + " and " + std::to_string(count - examples) + " more" : text;
}

std::string words_of(Drift::Kind kind) {
    std::string words = drift_name(kind);
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

Findings drift_in(const PlannedPool& loaded, const std::string& plan, const std::string& pool) {
    const Scenario& scenario = loaded.scenario;
    if (!loaded.file.origin) return {};
    std::map<Drift::Kind, std::vector<std::string>> subjects;
    for (const Drift& one : drift_since(*loaded.file.origin, scenario.pool, scenario.state)) {
        subjects[one.kind].push_back(one.subject);
    }
    Findings findings;
    for (const auto& [kind, names] : subjects) {
        findings.push_back({Severity::know, "PLAN_DRIFT", words_of(kind), first_of(names),
                            "vacate check --pool " + pool + " " + plan + " lists all"});
    }
    return findings;
}

}  // namespace

Result<void> names_fit(const PlannedPool& loaded, const std::string& plan,
                       const std::string& pool) {
    if (loaded.file.missing.empty()) return {};
    std::set<std::uint32_t> steps;
    std::map<std::string, std::set<std::string>> names;  // by what they are
    for (const MissingName& one : loaded.file.missing) {
        steps.insert(one.step.index);
        names[one.thing].insert(one.name);
    }
    std::string sentence =
        "it is not for this pool as it is now: " + std::to_string(steps.size()) + " of its " +
        std::to_string(loaded.file.plan.steps.size()) + " steps name what " +
        (loaded.scenario.pool.name.empty() ? "the pool" : printable(loaded.scenario.pool.name)) +
        " does not have";
    for (const auto& [thing, missing] : names) {
        sentence += "; " + thing + " " + first_of(missing);
    }
    return tl::unexpected(bad_input(plan, "steps", sentence,
                                    "give the address of the pool that it was made for, or plan "
                                    "again: vacate capture " +
                                        pool + " -o pool.json, vacate plan pool.json -o " + plan));
}

Findings steps_fit(const PlannedPool& loaded, const std::string& plan, const std::string& pool) {
    const Scenario& scenario = loaded.scenario;
    const Table<Step>& steps = loaded.file.plan.steps;
    const auto legal = replay(scenario.pool, scenario.state, steps);
    if (legal) return {};
    const BrokenStep& broken = legal.error();
    Findings findings{
        {Severity::blocks, "STEP_FORBIDDEN",
         "step " + std::to_string(broken.step.index) + " of " + std::to_string(steps.size()),
         describe(scenario.pool, steps[broken.step]) + ": " +
             explain_broken(scenario.pool, scenario.state, steps, broken),
         "plan again for the pool as it is now: vacate capture " + pool +
             " -o pool.json, vacate plan pool.json -o " + plan}};
    const Findings drift = drift_in(loaded, plan, pool);
    findings.insert(findings.end(), drift.begin(), drift.end());
    return findings;
}

bool restarts_hosts(const std::string& plan) {
    const nlohmann::json document = nlohmann::json::parse(plan, nullptr, false);
    const auto steps = document.is_object() ? document.find("steps") : document.end();
    if (!document.is_object() || steps == document.end() || !steps->is_array()) return true;
    return std::any_of(steps->begin(), steps->end(), [](const nlohmann::json& step) {
        const auto kind = step.is_object() ? step.find("kind") : step.end();
        return step.is_object() && kind != step.end() && (*kind == "upgrade" || *kind == "reboot");
    });
}

}  // namespace vacate
