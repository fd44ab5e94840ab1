// Captures the pool, checks it like a scenario, and asks it the rest.
#include "tools/vacate/check_live.hpp"

#include <algorithm>
#include <functional>

#include "model/precheck.hpp"
#include "reports/plan_answer.hpp"
#include "reports/report.hpp"
#include "tools/vacate/check_plan.hpp"
#include "tools/vacate/files.hpp"
#include "tools/xapi/preflight.hpp"

namespace vacate {

Outcome check_answer(const Scenario& scenario, const Findings& asked, bool json) {
    Findings findings = precheck(scenario.pool, scenario.state);
    findings.insert(findings.end(), asked.begin(), asked.end());
    std::ranges::stable_sort(findings, {}, &Finding::severity);
    const bool blocked = !findings.empty() && findings.front().severity == Severity::blocks;
    findings.insert(findings.end(), scenario.remarks.begin(), scenario.remarks.end());
    Outcome outcome;
    outcome.status = blocked ? Status::no : Status::done;
    outcome.out = json ? check_json(scenario.pool, scenario.state, findings)
                       : render_text(report_check(scenario.pool, scenario.state, findings));
    return outcome;
}

namespace {

constexpr const char* not_done = "nothing was checked";

// Captures the pool, and lets `ask` ask it the rest.
Outcome with_captured(
    const ConnectionOptions& connection, bool json,
    const std::function<Outcome(xapi::Client& client, const xapi::Captured& captured)>& ask) {
    const Result<xapi::Access> access = access_of(connection);
    if (!access) return outcome_of(access.error(), json, not_done);
    xapi::Client client(*access);
    NameBooks books;
    const Result<xapi::Captured> captured = xapi::capture(client, connection.pool, books);
    if (!captured) return outcome_of(captured.error(), json, not_done);
    return ask(client, *captured);
}

}  // namespace

Outcome check_live(const ConnectionOptions& connection, const InputOptions& options,
                   const std::string& backup_file) {
    const auto ask = [&](xapi::Client& client, const xapi::Captured& captured) -> Outcome {
        const std::string& text = captured.scenario.text;
        const Result<Overrides> overrides = overrides_of(options, text);
        if (!overrides) return outcome_of(overrides.error(), options.json, not_done);
        const Result<Scenario> scenario = read_scenario(text, connection.pool, *overrides);
        if (!scenario) return outcome_of(scenario.error(), options.json, not_done);

        xapi::PreflightOptions asked;
        asked.backup_file = backup_file;
        return check_answer(*scenario, xapi::preflight(client, captured, *scenario, asked),
                            options.json);
    };
    return with_captured(connection, options.json, ask);
}

Outcome check_plan_live(const ConnectionOptions& connection, const InputOptions& options,
                        const PlanInput& input, const std::string& backup_file, bool with_steps) {
    const auto ask = [&](xapi::Client& client, const xapi::Captured& captured) -> Outcome {
        InputOptions live = options;
        live.scenario = connection.pool;
        const std::string& text = captured.scenario.text;
        auto loaded = load_with_plan(text, live, {input.plan, true}, UnknownNames::listed);
        if (!loaded) return outcome_of(loaded.error(), options.json, not_done);
        // Not yet narrowed to what the plan is about: the pool is asked about all of it.
        const Result<Scenario> scenario = read_any(text, connection.pool, loaded->used);
        if (!scenario) return outcome_of(scenario.error(), options.json, not_done);
        const HeldPlan held = hold_plan(std::move(*loaded));
        xapi::PreflightOptions asked;
        asked.backup_file = backup_file;
        for (const Step& step : held.progress.rest.steps) {
            asked.orders.push_back(order_of(held.loaded.scenario.pool, step));
        }
        return plan_answer(held, xapi::preflight(client, captured, *scenario, asked), with_steps,
                           options.json);
    };
    return with_captured(connection, options.json, ask);
}

}  // namespace vacate
