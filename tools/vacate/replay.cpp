// vacate simulate with a recording: what was measured, carried out again.
#include "sim/kernel/replay.hpp"

#include "model/codec/recording.hpp"
#include "model/rule.hpp"
#include "reports/plan_answer.hpp"
#include "reports/replay_answer.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

Findings findings_of(const Recording& recording, const Replay& replay) {
    Findings findings = recording.remarks;
    if (replay.stalled > 0) {
        findings.insert(findings.begin(),
                        {Severity::act, "NOT_REPLAYED", "recording",
                         std::to_string(replay.stalled) +
                             " runs cannot be carried out: a rule forbids one of their moves (" +
                             rule_name(replay.stall->broken.violation.rule) + ")",
                         "give the hosts what the VMs need"});
    }
    if (!recording.verified) {
        findings.push_back({Severity::know, "NOT_VERIFIED", "recording",
                            "its figures were not compared with their source again", ""});
    }
    return findings;
}

}  // namespace

Outcome replay_outcome(const std::string& text, const InputOptions& options,
                       const Overrides& overrides, const ReplayOptions& wanted) {
    const auto recording = read_recording(text, options.scenario, overrides, wanted.cases);
    if (!recording) {
        return outcome_of(recording.error(), options.json, "nothing was simulated");
    }
    const Replay replay = replay_all(*recording);
    const ReplayAnswer answer{*recording, replay.runs, findings_of(*recording, replay),
                              wanted.with_moves};
    Outcome outcome;
    if (replay.stalled > 0) outcome.status = Status::no;
    outcome.out = options.json ? replay_json(answer) : render_text(report_replay(answer));
    return outcome;
}

}  // namespace vacate
