// Placements by name.
#include "model/codec/placement_text.hpp"

#include <array>

#include "model/codec/job_text.hpp"
#include "model/codec/object_reader.hpp"
#include "model/codec/plan_text.hpp"
#include "model/codec/shown.hpp"

namespace vacate {
namespace {

Result<Placement> end_of_plan(std::string_view text, const std::string& source, const Pool& pool) {
    const Result<Plan> plan = read_plan(text, source, pool);
    if (!plan) return tl::unexpected<Error>(plan.error());
    Placement goal(pool.vms.size(), Id<Host>::none());
    for (const Step& step : plan->steps) {
        const StepSubject subject = subject_of(step);
        if (is_migration(step)) goal[subject.vm] = subject.to;
    }
    return goal;
}

}  // namespace

Result<Placement> read_placement(std::string_view text, const std::string& source, const Pool& pool,
                                 const PoolState& state) {
    auto document = codec::parse_document(text);
    if (!document) {
        return tl::unexpected<Error>(
            Error{Error::Kind::bad_input, source, {std::move(document.error())}});
    }
    const codec::Node* format = codec::find_member(*document, "format");
    if (format != nullptr && format->text == "vacate-plan-1") {
        return end_of_plan(text, source, pool);
    }
    codec::Problems problems(source);
    const codec::Place root{nullptr, &*document, {}, 0, {}};
    constexpr std::array<std::string_view, 2> members{"format", "vms"};
    const codec::ObjectReader reader(root, std::span<const std::string_view>(members), problems);
    Placement goal(pool.vms.size(), Id<Host>::none());
    if (reader.is_object()) {
        if (format == nullptr || format->text != "vacate-placement-1") {
            problems.add(root, "this is no placement: \"format\" is not \"vacate-placement-1\"",
                         "give {\"format\": \"vacate-placement-1\", \"vms\": {\"VM\": \"host\"}}, "
                         "or a plan");
        }
        const codec::Place vms = reader.at("vms");
        if (vms.node == nullptr || !vms.node->is_object()) {
            problems.add(root, "there is no object \"vms\"", "name a host for each VM to move");
        } else {
            codec::report_duplicate_members(vms, problems);
            codec::read_goal(vms, pool, false, goal, problems);
            for (const Id<Vm> vm : pool.vms.ids()) {
                if (goal[vm].is_none() || !state.vms[vm].host.is_none()) continue;
                problems.add(codec::member_of(vms, pool.vms[vm].name),
                             codec::shown(pool.vms[vm].name) + " does not run", "leave it out");
            }
        }
    }
    if (!problems.empty()) return tl::unexpected<Error>(problems.take());
    return goal;
}

}  // namespace vacate
