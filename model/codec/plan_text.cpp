// Steps of a plan by kind and name.
#include "model/codec/plan_text.hpp"

#include <algorithm>
#include <charconv>

#include "model/codec/job_text.hpp"
#include "model/codec/names.hpp"
#include "model/codec/object_reader.hpp"
#include "model/codec/origin_text.hpp"
#include "model/codec/shown.hpp"

namespace vacate {
namespace {

using codec::Node;
using codec::ObjectReader;
using codec::Place;
using codec::Problems;

constexpr std::string_view format_name = "vacate-plan-1";

// Finds one kind of thing by name.
template <class Of>
class Finder {
  public:
    Finder(std::string_view thing, const Table<Of>& table) : thing_(thing), names_(table) {}

    // A name that there is not goes to `missing` where one is given, else it is a problem.
    Id<Of> find(const ObjectReader& step, std::string_view member,
                std::vector<MissingName>* missing, Id<Step> id) const {
        if (!step.has(member)) {
            step.missing(member);
            return Id<Of>::none();
        }
        const auto name = step.text(member);
        if (!name) return Id<Of>::none();
        if (const Id<Of> found = names_.find(*name); !found.is_none()) return found;
        if (missing != nullptr) {
            missing->push_back({id, std::string(thing_), *name});
            return Id<Of>::none();
        }
        step.problems().add(step.at(member),
                            "there is no " + std::string(thing_) + " " + codec::shown(*name),
                            step.problems().did_you_mean(*name, names_.all()));
        return Id<Of>::none();
    }

  private:
    std::string_view thing_;
    codec::Names<Of> names_;
};

class Reader {
  public:
    /// `lenient`: names that the pool does not know are listed.
    Reader(const Pool& pool, const std::string& source, bool lenient)
        : pool_(pool),
          lenient_(lenient),
          hosts_("host", pool.hosts),
          vms_("VM", pool.vms),
          storages_("storage", pool.storages),
          problems_(source) {}

    Result<PlanFile> read(const Node& root) {
        const Place place{nullptr, &root, {}, 0, {}};
        head(place);
        const Place steps = codec::member_of(place, "steps");
        if (steps.node == nullptr || !steps.node->is_array()) {
            problems_.add(place, "there is no array \"steps\"",
                          "give a plan of vacate plan --json");
        } else if (steps.node->children.size() > limits::steps) {
            problems_.add(steps, "there are too many steps", "");
        } else {
            for (std::size_t i = 0; i < steps.node->children.size(); ++i) {
                one_step(codec::entry_of(steps, i), i);
            }
        }
        const Place job = codec::member_of(place, "job");
        if (job.node != nullptr) file_.job = codec::read_job(job, pool_, lenient_, problems_);
        const Place origin = codec::member_of(place, "made_for");
        if (origin.node != nullptr) file_.origin = codec::read_origin(origin, problems_);
        if (!problems_.empty()) return tl::unexpected<Error>(problems_.take());
        return std::move(file_);
    }

  private:
    void head(const Place& place) {
        const Node* format = codec::find_member(*place.node, "format");
        if (format == nullptr || format->text != format_name) {
            problems_.add(place, "this is no plan: \"format\" is not \"vacate-plan-1\"",
                          "give a file that vacate plan -o wrote");
        }
        const Node* mark = codec::find_member(*place.node, "fingerprint");
        if (mark == nullptr) return;
        const char* last = mark->text.data() + mark->text.size();
        const auto [stopped, problem] =
            std::from_chars(mark->text.data(), last, file_.plan.fingerprint, 16);
        if (problem != std::errc{} || stopped != last) {
            problems_.add(codec::member_of(place, "fingerprint"),
                          codec::shown(mark->text) + " is no hexadecimal number");
        }
    }

    void one_step(const Place& place, std::size_t index) {
        constexpr std::array<std::string_view, 13> members{
            "id",    "kind",     "vm",     "host",     "from",       "to",    "storage",
            "after", "start_us", "end_us", "pause_us", "sent_bytes", "rounds"};
        const ObjectReader step(place, std::span<const std::string_view>(members), problems_);
        if (!step.is_object()) return;
        const std::int64_t id = step.integer("id", {-1, 0, static_cast<std::int64_t>(1) << 30});
        if (id != static_cast<std::int64_t>(index)) {
            problems_.add(step.at("id"), "the id of this step is not " + std::to_string(index),
                          "number the steps 0, 1, 2 ... in their order");
        }
        file_.plan.steps.push_back(step_of(step));
        file_.plan.after.push_back(predecessors(step, index));
    }

    Step step_of(const ObjectReader& step) {
        std::string kind = step.required_text("kind");
        if (kind == reboot_name) kind = kind_name(Step{Upgrade{}}.index());
        for (std::size_t i = 0; i < step_kinds; ++i) {
            if (kind == kind_name(i)) return make<0>(step, i);
        }
        std::vector<std::string_view> known;
        for (std::size_t i = 0; i < step_kinds; ++i) known.push_back(kind_name(i));
        problems_.add(step.at("kind"), "there is no kind of step " + codec::shown(kind),
                      codec::known_words(known));
        return BackUpDatabase{};
    }

    template <std::size_t kind>
    Step make(const ObjectReader& step, std::size_t wanted) {
        if constexpr (kind < step_kinds) {
            if (kind != wanted) return make<kind + 1>(step, wanted);
            std::variant_alternative_t<kind, Step> one;
            if constexpr (requires { one.vm; }) one.vm = find(vms_, step, "vm");
            if constexpr (requires { one.host; }) one.host = find(hosts_, step, "host");
            if constexpr (requires { one.from; }) one.from = find(hosts_, step, "from");
            if constexpr (requires { one.to; }) one.to = find(hosts_, step, "to");
            if constexpr (requires { one.storage; }) one.storage = find(storages_, step, "storage");
            return one;
        }
        return BackUpDatabase{};
    }

    template <class Of>
    Id<Of> find(const Finder<Of>& finder, const ObjectReader& step, std::string_view member) {
        const Id<Step> id{static_cast<std::uint32_t>(file_.plan.steps.size())};
        return finder.find(step, member, lenient_ ? &file_.missing : nullptr, id);
    }

    std::vector<Id<Step>> predecessors(const ObjectReader& step, std::size_t index) {
        std::vector<Id<Step>> all;
        const Place place = step.at("after");
        if (place.node == nullptr || !place.node->is_array()) {
            problems_.add(place, "a step says in \"after\" which steps must have ended",
                          "write []");
            return all;
        }
        for (std::size_t i = 0; i < place.node->children.size(); ++i) {
            const std::string& digits = place.node->children[i].text;
            std::uint32_t before = 0;
            const char* last = digits.data() + digits.size();
            const auto [stopped, problem] = std::from_chars(digits.data(), last, before);
            const bool is_number = problem == std::errc{} && stopped == last;
            if (!is_number || before >= index) {
                problems_.add(codec::entry_of(place, i),
                              codec::shown(digits) + " is not the id of an earlier step");
                continue;
            }
            all.push_back(Id<Step>{before});
        }
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    }

    const Pool& pool_;
    bool lenient_;
    Finder<Host> hosts_;
    Finder<Vm> vms_;
    Finder<Storage> storages_;
    Problems problems_;
    PlanFile file_;
};

Result<Node> document_of(std::string_view text, const std::string& source) {
    auto document = codec::parse_document(text);
    if (!document) {
        return tl::unexpected<Error>(
            Error{Error::Kind::bad_input, source, {std::move(document.error())}});
    }
    if (!document->is_object()) {
        return tl::unexpected<Error>(bad_input(source, "", "a plan is a JSON object"));
    }
    return std::move(*document);
}

Result<PlanFile> read(std::string_view text, const std::string& source, const Pool& pool,
                      bool lenient) {
    const Result<Node> document = document_of(text, source);
    if (!document) return tl::unexpected<Error>(document.error());
    return Reader(pool, source, lenient).read(*document);
}

}  // namespace

Result<Plan> read_plan(std::string_view text, const std::string& source, const Pool& pool) {
    Result<PlanFile> file = read(text, source, pool, false);
    if (!file) return tl::unexpected<Error>(std::move(file.error()));
    return std::move(file->plan);
}

Result<PlanFile> read_plan_file(std::string_view text, const std::string& source, const Pool& pool,
                                UnknownNames unknown) {
    return read(text, source, pool, unknown == UnknownNames::listed);
}

std::string print_plan(const Pool& pool, const Plan& plan, const Job& job) {
    Node document = codec::make_object();
    put(document, "format", codec::make_text(std::string(format_name)));
    put(document, "fingerprint", codec::make_text(codec::hexadecimal(plan.fingerprint)));
    Node steps = codec::make_list();
    for (const Id<Step> id : plan.steps.ids()) {
        const Step& step = plan.steps[id];
        const StepSubject subject = subject_of(step);
        Node one = codec::make_object();
        const auto name = [&one](std::string_view member, const std::string& text) {
            put(one, member, codec::make_text(text));
        };
        put(one, "id", codec::make_integer(id.index));
        name("kind", std::string(kind_name(pool, step)));
        if (!subject.vm.is_none()) name("vm", pool.vms[subject.vm].name);
        if (!subject.host.is_none()) name("host", pool.hosts[subject.host].name);
        if (!subject.from.is_none()) name("from", pool.hosts[subject.from].name);
        if (!subject.to.is_none()) name("to", pool.hosts[subject.to].name);
        if (const auto* motion = std::get_if<MigrateStorage>(&step)) {
            name("storage", pool.storages[motion->storage].name);
        }
        Node after = codec::make_list();
        for (const Id<Step> before : plan.after[id]) {
            after.children.push_back(codec::make_integer(before.index));
        }
        put(one, "after", std::move(after));
        steps.children.push_back(std::move(one));
    }
    put(document, "steps", std::move(steps));
    if (!(job == Job{})) put(document, "job", codec::job_node(pool, job));
    return codec::print_document(document);
}

Result<Overrides> read_plan_overrides(std::string_view text, const std::string& source) {
    const Result<Node> document = document_of(text, source);
    if (!document) return tl::unexpected<Error>(document.error());
    Overrides overrides;
    Problems problems(source);
    const Place root{nullptr, &*document, {}, 0, {}};
    const Place made = codec::member_of(root, "made_with");
    if (made.node == nullptr) return overrides;
    constexpr std::array<std::string_view, 3> members{"sets", "defaults", "defaults_source"};
    const ObjectReader reader(made, std::span<const std::string_view>(members), problems);
    if (reader.is_object()) {
        const auto sets = reader.names("sets", limits::input_bytes);
        for (const auto& one : sets.value_or(std::vector<codec::NamedEntry>{})) {
            overrides.sets.emplace_back(one.name);
        }
        overrides.defaults = reader.text("defaults", limits::input_bytes).value_or("");
        overrides.defaults_source = reader.text("defaults_source").value_or("");
    }
    if (!problems.empty()) return tl::unexpected<Error>(problems.take());
    return overrides;
}

}  // namespace vacate
