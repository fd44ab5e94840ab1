// The answer that there is no plan, read back from its JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/result.hpp"
#include "reports/plan_answer.hpp"

namespace vacate {

struct NoPlanFile {
    bool proven = false;
    Findings findings;
    std::vector<RepairRow> repairs;
};

/// What `vacate plan --json` wrote where there is no plan; nothing for any other text.
[[nodiscard]] std::optional<NoPlanFile> read_no_plan(const std::string& text);

}  // namespace vacate
