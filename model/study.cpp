// Rows of a study by their number.
#include "model/study.hpp"

#include <algorithm>

namespace vacate {
namespace {

// Nothing where it overflows.
std::optional<std::int64_t> points_of(const Sweep& sweep) {
    std::int64_t points = 1;
    for (const Axis& axis : sweep.axes) {
        const auto values = static_cast<std::int64_t>(axis.values.size());
        if (__builtin_mul_overflow(points, values, &points)) return std::nullopt;
    }
    return points;
}

std::int64_t cases_per_point(const Study& study) {
    return static_cast<std::int64_t>(study.variants.size() * study.questions.size());
}

}  // namespace

std::optional<std::int64_t> rows_of(const Study& study) {
    std::int64_t points = study.sweeps.empty() ? 1 : 0;
    for (const Sweep& sweep : study.sweeps) {
        const auto more = points_of(sweep);
        if (!more || __builtin_add_overflow(points, *more, &points)) return std::nullopt;
    }
    std::int64_t rows = 0;
    if (__builtin_mul_overflow(points, cases_per_point(study), &rows)) return std::nullopt;
    return rows;
}

StudyCase case_of(const Study& study, std::int64_t number) {
    StudyCase one;
    const auto questions = static_cast<std::int64_t>(study.questions.size());
    const auto variants = static_cast<std::int64_t>(study.variants.size());
    one.question = static_cast<std::size_t>(number % questions);
    one.variant = static_cast<std::size_t>(number / questions % variants);
    std::int64_t point = number / cases_per_point(study);
    for (; one.sweep < study.sweeps.size(); ++one.sweep) {
        const std::int64_t here = points_of(study.sweeps[one.sweep]).value_or(0);
        if (point < here) break;
        point -= here;
    }
    if (one.sweep == study.sweeps.size()) return one;
    const std::vector<Axis>& axes = study.sweeps[one.sweep].axes;
    one.point.resize(axes.size());
    for (std::size_t axis = axes.size(); axis-- > 0;) {
        const auto values = static_cast<std::int64_t>(axes[axis].values.size());
        one.point[axis] = static_cast<std::size_t>(point % values);
        point /= values;
    }
    return one;
}

std::vector<Change> changes_of(const Study& study, const StudyCase& one) {
    std::vector<Change> changes = study.variants[one.variant].changes;
    for (std::size_t axis = 0; axis < one.point.size(); ++axis) {
        changes.push_back(study.sweeps[one.sweep].axes[axis].values[one.point[axis]].change);
    }
    return changes;
}

void expand_losses(Study& study, const std::vector<std::string>& hosts) {
    std::vector<Variant> all;
    for (const Variant& variant : study.variants) {
        const auto lost =
            std::find_if(variant.changes.begin(), variant.changes.end(), [](const Change& change) {
                const auto* loss = std::get_if<LoseHost>(&change.what);
                return loss != nullptr && loss->host == "*";
            });
        if (lost == variant.changes.end()) {
            all.push_back(variant);
            continue;
        }
        const auto at = lost - variant.changes.begin();
        for (const std::string& host : hosts) {
            Variant one = variant;
            one.name += ": " + host;
            std::get<LoseHost>(one.changes[static_cast<std::size_t>(at)].what).host = host;
            all.push_back(std::move(one));
        }
    }
    study.variants = std::move(all);
}

std::string path_of_set(const std::string& set) {
    bool quoted = false;
    for (std::size_t i = 0; i < set.size(); ++i) {
        if (quoted && set[i] == '\\')
            ++i;
        else if (set[i] == '"')
            quoted = !quoted;
        else if (set[i] == '=' && !quoted)
            return set.substr(0, i);
    }
    return set;
}

}  // namespace vacate
