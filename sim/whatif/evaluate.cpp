// From the number of a row to its answer.
#include "sim/whatif/evaluate.hpp"

#include <algorithm>
#include <array>

#include "model/check.hpp"
#include "model/digest.hpp"
#include "model/edit.hpp"
#include "model/limits.hpp"
#include "sim/whatif/questions.hpp"

namespace vacate {
namespace {

using Answer = void (*)(const AskedCase&, RowFiller&);
constexpr std::array<Answer, ask_names.size()> answers{
    answer_compare, answer_headroom, answer_smallest, answer_losses, answer_risk, answer_when};

StudyRow empty_row(const Study& study, const StudyCase& one, std::int64_t number) {
    const Ask ask = study.questions[one.question].ask;
    StudyRow row;
    row.number = number;
    row.ask = ask_names[static_cast<std::size_t>(ask)];
    row.variant = study.variants[one.variant].name;
    for (std::size_t i = 0; i < one.point.size(); ++i) {
        const Axis& axis = study.sweeps[one.sweep].axes[i];
        row.point.emplace_back(axis.name, axis.values[one.point[i]].label);
    }
    for (const std::string& name : figure_names(ask)) row.figures.push_back({name, {}});
    return row;
}

// What cannot be done is an answer too.
void put_refusal(StudyRow& row, const std::string& reason) {
    for (Figure& one : row.figures) {
        if (one.name == "feasible") one.value = std::string("no");
        const bool is_reason =
            one.name == "reason" || one.name == "upgrade_reason" || one.name == "loss_reason";
        if (is_reason) one.value = reason;
    }
}

/// Tries the changes of a study one by one.
class Checker {
  public:
    Checker(const Study& study, const ChangeMaker& maker, const std::string& source)
        : study_(study), maker_(maker), error_{Error::Kind::bad_input, source, {}} {}

    tl::expected<void, Error> check() {
        for (const Variant& variant : study_.variants) {
            if (!tried(variant.changes)) continue;
            for (const Sweep& sweep : study_.sweeps) check_sweep(variant, sweep);
        }
        for (const Question& question : study_.questions) check_question(question);
        if (error_.items.empty()) return {};
        if (error_.items.size() > limits::errors_listed) {
            error_.items.resize(limits::errors_listed);
        }
        return tl::unexpected<Error>(error_);
    }

  private:
    bool tried(const std::vector<Change>& changes) {
        if (error_.items.size() > limits::errors_listed) return false;
        const Result<Changed> changed = maker_.with(changes);
        if (changed) {
            check_runs(changed->scenario);
            return check_loss(*changed, changes);
        }
        for (const Error::Item& item : changed.error().items) note(item);
        return false;
    }

    // Once, however many cases it is wrong in.
    void note(const Error::Item& item) {
        if (std::find(error_.items.begin(), error_.items.end(), item) == error_.items.end()) {
            error_.items.push_back(item);
        }
    }

    // Times of all runs and hosts are kept side by side.
    void check_runs(const Scenario& scenario) {
        for (const Question& question : study_.questions) {
            const bool may_double =
                question.ask == Ask::smallest && question.smallest == Smallest::hosts;
            const auto hosts =
                static_cast<std::int64_t>(scenario.pool.hosts.size()) * (may_double ? 2 : 1);
            const std::int64_t most = limits::runs_times_hosts / std::max<std::int64_t>(1, hosts);
            if (question.runs <= most || !varies(scenario.chance)) continue;
            note({question.place,
                  std::to_string(question.runs) + " runs of " + std::to_string(hosts) +
                      " hosts need too much memory",
                  "ask for at most " + std::to_string(most)});
        }
    }

    bool check_loss(const Changed& changed, const std::vector<Change>& changes) {
        const bool only_compared =
            std::all_of(study_.questions.begin(), study_.questions.end(),
                        [](const Question& one) { return one.ask == Ask::compare; });
        if (!changed.loss || only_compared) return true;
        for (const Change& change : changes) {
            const auto* loss = std::get_if<LoseHost>(&change.what);
            if (loss == nullptr || loss->when == LoseHost::When::before) continue;
            note({change.place, "a host lost during the run is for compare alone",
                  "ask nothing else in this study, or lose it before the run"});
        }
        return false;
    }

    // The first values of all axes on each variant, so that they meet; on the base each other one
    // beside the first ones of the other axes. A range only grows, so its ends say enough.
    void check_sweep(const Variant& variant, const Sweep& sweep) {
        constexpr std::size_t few = 64;
        std::vector<Change> first = variant.changes;
        for (const Axis& axis : sweep.axes) first.push_back(axis.values.front().change);
        (void)tried(first);
        if (&variant != &study_.variants.front()) return;
        for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
            const Axis& axis = sweep.axes[i];
            std::vector<Change> point = first;  // the base has no changes of its own
            for (std::size_t k = 1; k < axis.values.size(); ++k) {
                if (k >= few && k + 1 < axis.values.size()) continue;
                point[i] = axis.values[k].change;
                (void)tried(point);
            }
        }
    }

    void check_question(const Question& question) {
        if (question.like.empty()) return;
        if (!vm_called(maker_.base().pool, question.like).is_none()) return;
        error_.items.push_back(
            {question.place, "there is no VM \"" + question.like + "\"", "name a VM of the base"});
    }

    const Study& study_;
    const ChangeMaker& maker_;
    Error error_;
};

}  // namespace

Evaluator::Evaluator(const Study& study, const ChangeMaker& maker, int trial_threads)
    : study_(study), maker_(maker), trial_threads_(trial_threads) {}

std::optional<StudyRow> Evaluator::row(std::int64_t number, const Stops& stops) const {
    const StudyCase one = case_of(study_, number);
    const Question& question = study_.questions[one.question];
    StudyRow row = empty_row(study_, one, number);
    const Result<Changed> changed = maker_.with(changes_of(study_, one));
    if (!changed) {
        const Error::Item& item = changed.error().items.front();
        put_refusal(row, item.place + ": " + item.sentence);
        return row;
    }
    if (!changed->cannot.empty()) {
        put_refusal(row, changed->cannot.front().sentence);
        return row;
    }
    const CasePlanner planner(study_, stops, trial_threads_);
    RowFiller filler(row);
    answers[static_cast<std::size_t>(question.ask)]({question, *changed, planner}, filler);
    if (planner.stopped()) return std::nullopt;
    return row;
}

void RowFiller::put(const std::string& name, Cell value) {
    const auto found = std::find_if(row_.figures.begin(), row_.figures.end(),
                                    [&name](const Figure& one) { return one.name == name; });
    VACATE_CHECK(found != row_.figures.end(), "a question has no figure of this name");
    found->value = std::move(value);
}

tl::expected<void, Error> check_study(const Study& study, const ChangeMaker& maker,
                                      const std::string& source) {
    return Checker(study, maker, source).check();
}

namespace {

// Every value of a change, by what it is printed from: its labels and fields.
void add(Digest& digest, const Change& change) {
    digest.add(static_cast<std::uint64_t>(change.what.index()));
    const auto text = [&digest](const std::string& one) { digest.add(std::string_view{one}); };
    if (const auto* set = std::get_if<SetField>(&change.what)) text(set->text);
    if (const auto* more = std::get_if<AddHosts>(&change.what)) {
        text(more->like);
        text(more->name);
        digest.add(more->count);
        digest.add(more->memory);
        digest.add(more->lent);
    }
    if (const auto* gone = std::get_if<RemoveHost>(&change.what)) text(gone->host);
    if (const auto* size = std::get_if<ResizeHost>(&change.what)) {
        text(size->host);
        digest.add(size->to);
        digest.add(size->by);
    }
    if (const auto* dom0 = std::get_if<GrowDom0>(&change.what)) {
        text(dom0->host);
        digest.add(dom0->by);
    }
    if (const auto* loss = std::get_if<LoseHost>(&change.what)) {
        text(loss->host);
        digest.add(static_cast<std::uint64_t>(loss->when));
        digest.add(loss->at);
        digest.add(loss->step);
    }
    if (const auto* grow = std::get_if<GrowVms>(&change.what)) {
        text(grow->vms);
        digest.add(grow->is_group);
        digest.add(grow->by.permille);
        digest.add(grow->by.bytes);
    }
    if (const auto* fresh = std::get_if<NewVms>(&change.what)) {
        text(fresh->like);
        text(fresh->name);
        digest.add(fresh->count);
        digest.add(fresh->memory);
    }
    if (const auto* stop = std::get_if<StopVm>(&change.what)) text(stop->vm);
    if (const auto* pin = std::get_if<PinVm>(&change.what)) text(pin->vm);
    if (const auto* group = std::get_if<AddGroup>(&change.what)) {
        text(group->name);
        digest.add(group->apart);
        for (const std::string& vm : group->vms) text(vm);
    }
    if (const auto* drop = std::get_if<DropGroup>(&change.what)) text(drop->name);
}

void add(Digest& digest, const Question& question) {
    digest.add(static_cast<std::uint64_t>(question.ask));
    digest.add(question.window);
    digest.add(static_cast<std::int64_t>(question.confidence));
    digest.add(question.runs);
    digest.add(question.step.permille);
    digest.add(question.step.bytes);
    digest.add(std::string_view{question.like});
    digest.add(question.size);
    digest.add(static_cast<std::uint64_t>(question.smallest));
    digest.add(static_cast<std::int64_t>(question.losses));
}

}  // namespace

std::uint64_t fingerprint_of(const Study& study, const std::string& text,
                             const Overrides& overrides) {
    Digest digest;
    digest.add(std::string_view{text});
    digest.add(std::string_view{overrides.defaults});
    for (const IncludedFile& file : overrides.included) digest.add(std::string_view{file.text});
    for (const std::string& set : overrides.sets) digest.add(std::string_view{set});
    digest.add(study.effort);
    digest.add(study.seed);
    for (const Variant& variant : study.variants) {
        digest.add(std::string_view{variant.name});
        digest.add(static_cast<std::uint64_t>(variant.changes.size()));
        for (const Change& change : variant.changes) add(digest, change);
    }
    for (const Sweep& sweep : study.sweeps) {
        digest.add(static_cast<std::uint64_t>(sweep.axes.size()));
        for (const Axis& axis : sweep.axes) {
            digest.add(std::string_view{axis.name});
            digest.add(static_cast<std::uint64_t>(axis.values.size()));
            for (const Axis::Value& value : axis.values) {
                digest.add(std::string_view{value.label});
                add(digest, value.change);
            }
        }
    }
    for (const Question& question : study.questions) add(digest, question);
    return digest.value();
}

}  // namespace vacate
