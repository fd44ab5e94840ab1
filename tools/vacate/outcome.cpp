// Printing outcomes.
#include "tools/vacate/outcome.hpp"

#include <cstdio>

#include "reports/plan_answer.hpp"
#include "reports/report.hpp"

namespace vacate {

Outcome outcome_of(const Error& error, bool json, const std::string& not_done) {
    const bool outside = error.kind == Error::Kind::outside;
    Outcome outcome;
    outcome.status = outside ? Status::outside : Status::bad_input;
    if (json) outcome.out = error_json(error);
    outcome.words = render_error(error, not_done);
    return outcome;
}

int print(const Outcome& outcome) {
    std::fputs(outcome.words.c_str(), stderr);
    const bool written = std::fputs(outcome.out.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    if (!written) {
        std::fputs("vacate: the result could not be written to standard output\n", stderr);
        return static_cast<int>(Status::outside);
    }
    return static_cast<int>(outcome.status);
}

}  // namespace vacate
