// Steps of a plan by kind and name.
#include "model/codec/plan_text.hpp"

#include <algorithm>
#include <charconv>

#include "model/codec/object_reader.hpp"
#include "model/codec/shown.hpp"

namespace vacate {
namespace {

using codec::Node;
using codec::ObjectReader;
using codec::Place;
using codec::Problems;

constexpr std::string_view format_name = "vacate-plan-1";

template <class Of>
std::vector<std::string_view> names_of(const Table<Of>& table) {
    std::vector<std::string_view> names;
    for (const Of& one : table) names.push_back(one.name);
    return names;
}

// Finds one kind of thing by name; its table is in name order.
template <class Of>
class Finder {
  public:
    Finder(std::string_view thing, const Table<Of>& table)
        : thing_(thing), names_(names_of(table)) {}

    Id<Of> find(const ObjectReader& step, std::string_view member) const {
        if (!step.has(member)) {
            step.missing(member);
            return Id<Of>::none();
        }
        const auto name = step.text(member);
        if (!name) return Id<Of>::none();
        const auto found = std::lower_bound(names_.begin(), names_.end(), *name);
        if (found != names_.end() && *found == *name) {
            return Id<Of>{static_cast<std::uint32_t>(found - names_.begin())};
        }
        step.problems().add(step.at(member),
                            "there is no " + std::string(thing_) + " " + codec::shown(*name),
                            step.problems().did_you_mean(*name, names_));
        return Id<Of>::none();
    }

  private:
    std::string_view thing_;
    std::vector<std::string_view> names_;
};

class Reader {
  public:
    Reader(const Pool& pool, const std::string& source)
        : hosts_("host", pool.hosts),
          vms_("VM", pool.vms),
          storages_("storage", pool.storages),
          problems_(source) {}

    Result<Plan> read(const Node& root) {
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
        if (!problems_.empty()) return tl::unexpected<Error>(problems_.take());
        return std::move(plan_);
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
            std::from_chars(mark->text.data(), last, plan_.fingerprint, 16);
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
        plan_.steps.push_back(step_of(step));
        plan_.after.push_back(predecessors(step, index));
    }

    Step step_of(const ObjectReader& step) {
        const std::string kind = step.required_text("kind");
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
            if constexpr (requires { one.vm; }) one.vm = vms_.find(step, "vm");
            if constexpr (requires { one.host; }) one.host = hosts_.find(step, "host");
            if constexpr (requires { one.from; }) one.from = hosts_.find(step, "from");
            if constexpr (requires { one.to; }) one.to = hosts_.find(step, "to");
            if constexpr (requires { one.storage; }) one.storage = storages_.find(step, "storage");
            return one;
        }
        return BackUpDatabase{};
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

    Finder<Host> hosts_;
    Finder<Vm> vms_;
    Finder<Storage> storages_;
    Problems problems_;
    Plan plan_;
};

}  // namespace

Result<Plan> read_plan(std::string_view text, const std::string& source, const Pool& pool) {
    auto document = codec::parse_document(text);
    if (!document) {
        return tl::unexpected<Error>(
            Error{Error::Kind::bad_input, source, {std::move(document.error())}});
    }
    if (!document->is_object()) {
        return tl::unexpected<Error>(bad_input(source, "", "a plan is a JSON object"));
    }
    return Reader(pool, source).read(*document);
}

}  // namespace vacate
