// JSON to the answer that there is no plan.
#include "tools/vacate/no_plan.hpp"

#include <nlohmann/json.hpp>

namespace vacate {
namespace {

using Json = nlohmann::json;

// The member as text; empty where it is absent or something else.
std::string text_in(const Json& object, const char* member) {
    const auto found = object.is_object() ? object.find(member) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& list_in(const Json& object, const char* member) {
    static const Json none = Json::array();
    const auto found = object.find(member);
    return found != object.end() && found->is_array() ? *found : none;
}

Finding finding_in(const Json& one) {
    const std::string severity = text_in(one, "severity");
    return {severity == "blocks" ? Severity::blocks
            : severity == "act"  ? Severity::act
                                 : Severity::know,
            text_in(one, "code"), text_in(one, "subject"), text_in(one, "sentence"),
            text_in(one, "remedy")};
}

RepairRow repair_in(const Json& one) {
    RepairRow row{text_in(one, "kind"), text_in(one, "sentence"), {}, {}};
    if (!one.is_object()) return row;
    for (const Json& set : list_in(one, "sets")) {
        if (set.is_string()) row.sets.push_back(set.get<std::string>());
    }
    const auto makespan = one.find("makespan_us");
    if (makespan != one.end() && makespan->is_number_integer()) {
        row.makespan = Duration{makespan->get<std::int64_t>()};
    }
    return row;
}

}  // namespace

std::optional<NoPlanFile> read_no_plan(const std::string& text) {
    const Json document = Json::parse(text, nullptr, false);
    if (!document.is_object() || text_in(document, "format") != "vacate-plan-1") {
        return std::nullopt;
    }
    const auto summary = document.find("summary");
    if (summary == document.end() || !summary->is_object()) return std::nullopt;
    const auto feasible = summary->find("feasible");
    const bool says_no = feasible != summary->end() && feasible->is_boolean() && !*feasible;
    if (!says_no) return std::nullopt;
    NoPlanFile file;
    const auto proven = summary->find("proven");
    file.proven = proven != summary->end() && proven->is_boolean() && *proven;
    for (const Json& one : list_in(document, "findings")) file.findings.push_back(finding_in(one));
    for (const Json& one : list_in(document, "repairs")) file.repairs.push_back(repair_in(one));
    return file;
}

}  // namespace vacate
