// One table says which members each kind of fault has.
#include "tools/poolserver/faults_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "model/codec/object_reader.hpp"
#include "model/codec/shown.hpp"
#include "tools/poolserver/field_calls.hpp"
#include "tools/poolserver/population.hpp"

namespace vacate::poolserver {
namespace {

using codec::ObjectReader;
using codec::Place;
using codec::Problems;
using What = Fault::What;
using Names = std::vector<std::string_view>;

constexpr std::size_t faults_max = 10'000;
constexpr const char* name_a_method = R"(name one, such as "host.reboot", or "*" for all)";

/// A kind of fault: members that must be there, members that may be, and when it can strike.
struct Kind {
    enum class When { call, event, act };  // a named call; every event, or some; at or a call
    What what;
    std::string_view word;
    When when;
    Names needed;
    Names more;
};

const std::vector<Kind>& kinds() {
    using When = Kind::When;
    static const std::vector<Kind> all{
        {What::refuse_call, "refuse_call", When::call, {}, {}},
        {What::fail_call, "fail_call", When::call, {"error"}, {}},
        {What::slow_answer, "slow_answer", When::call, {"by"}, {}},
        {What::lose_answer, "lose_answer", When::call, {}, {}},
        {What::repeat_call, "repeat_call", When::call, {}, {}},
        {What::migration_fails, "migration_fails", When::event, {}, {"vm", "host", "progress"}},
        {What::migration_halts_vm,
         "migration_halts_vm",
         When::event,
         {},
         {"vm", "host", "progress"}},
        {What::migration_slow, "migration_slow", When::event, {"share"}, {"vm", "host"}},
        {What::host_late, "host_late", When::event, {"by"}, {"host"}},
        {What::host_never_returns, "host_never_returns", When::event, {}, {"host"}},
        {What::host_old_version, "host_old_version", When::event, {}, {"host"}},
        {What::host_other_version, "host_other_version", When::event, {"version"}, {"host"}},
        {What::host_crashes, "host_crashes", When::act, {"host"}, {"returns"}},
        {What::coordinator_dies, "coordinator_dies", When::act, {}, {"returns"}},
        {What::agent_restarts, "agent_restarts", When::act, {"host"}, {}},
        {What::storage_detached, "storage_detached", When::act, {"host", "storage"}, {}},
        {What::link_slow, "link_slow", When::act, {"host", "share"}, {"lasts"}},
        {What::vm_moved, "vm_moved", When::act, {"vm", "host"}, {}},
        {What::vm_started, "vm_started", When::act, {"vm", "host"}, {}},
        {What::vm_stopped, "vm_stopped", When::act, {"vm"}, {}},
        {What::vm_paused, "vm_paused", When::act, {"vm"}, {}}};
    return all;
}

Names members_of(const Kind& kind) {
    Names members{"what", "nth", "chance"};
    if (kind.when != Kind::When::event) members.push_back("method");
    if (kind.when == Kind::When::act) {
        members.push_back("at");
        members.push_back("after");
    }
    members.insert(members.end(), kind.needed.begin(), kind.needed.end());
    members.insert(members.end(), kind.more.begin(), kind.more.end());
    return members;
}

class FaultReader {
  public:
    FaultReader(const Scenario& scenario, Problems& problems)
        : pool_(scenario.pool),
          known_methods_(method_names(Schema(release_of(scenario)))),
          problems_(problems) {
        methods_.emplace_back("system.listMethods");
        for (const Value& method : std::get<Array>(known_methods_.of)) {
            methods_.push_back(std::get<std::string>(method.of));
        }
        for (const Host& host : pool_.hosts) hosts_.push_back(host.name);
        for (const Vm& vm : pool_.vms) vms_.push_back(vm.name);
        for (const Storage& storage : pool_.storages) storages_.push_back(storage.name);
    }

    std::optional<Fault> read(const Place& place) const {
        if (!place.node->is_object()) {
            codec::refuse_kind(place, "an object", R"(write {"what": "host_crashes", ...})",
                               problems_);
            return std::nullopt;
        }
        const Kind* kind = kind_of(place);
        if (kind == nullptr) return std::nullopt;
        const Names members = members_of(*kind);
        const ObjectReader reader(place, members, problems_);
        for (const std::string_view member : kind->needed) {
            if (!reader.has(member)) reader.missing(member);
        }
        Fault fault;
        fault.what = kind->what;
        read_when(reader, *kind, fault);
        read_subject(reader, fault);
        read_amounts(reader, fault);
        return fault;
    }

  private:
    const Kind* kind_of(const Place& place) const {
        const Place at = codec::member_of(place, "what");
        Names known;
        for (const Kind& kind : kinds()) known.push_back(kind.word);
        if (at.node == nullptr) {
            problems_.add(at, "the fault does not say what happens", codec::known_words(known));
            return nullptr;
        }
        const auto word = codec::text_of(at, problems_);
        if (!word) return nullptr;
        const auto found = std::ranges::find(kinds(), *word, &Kind::word);
        if (found != kinds().end()) return &*found;
        std::string remedy = problems_.did_you_mean(*word, known);
        if (remedy.empty()) remedy = codec::known_words(known);
        problems_.add(at, "there is no fault " + codec::shown(*word), std::move(remedy));
        return nullptr;
    }

    void read_when(const ObjectReader& reader, const Kind& kind, Fault& fault) const {
        fault.at = read(reader, "at", &ObjectReader::duration);
        fault.method = method_of(reader);
        fault.chance = reader.chance("chance");
        if (reader.has("nth")) fault.nth = reader.integer("nth", {1, 1, 1'000'000'000});
        fault.after = reader.duration("after").value_or(Duration{});
        if (reader.has("nth") && reader.has("chance")) {
            problems_.add(reader.at("chance"), "nth and chance exclude each other", "give one");
        }
        const bool by_call = reader.has("method");
        if (kind.when == Kind::When::call && !by_call) {
            reader.missing("method", name_a_method);
        }
        if (kind.when != Kind::When::act) return;
        if (reader.has("at") == by_call) {
            problems_.add(reader.at("at"),
                          by_call ? "at and method exclude each other"
                                  : "the fault does not say when it happens",
                          R"(give "at", or a "method" whose calls bring it)");
        }
        if (reader.has("at") && (reader.has("nth") || reader.has("chance"))) {
            problems_.add(reader.at("at"), "what happens at an instant happens once",
                          "take nth and chance out");
        }
    }

    std::string method_of(const ObjectReader& reader) const {
        if (!reader.has("method")) return "";
        const auto method = reader.text("method");
        if (!method || *method == "*") return method.value_or("");
        if (std::ranges::find(methods_, *method) != methods_.end()) return *method;
        constexpr std::string_view async = "Async.";
        std::string remedy = method->starts_with(async)
                                 ? "leave \"Async.\" out, both forms are meant"
                                 : problems_.did_you_mean(*method, methods_);
        if (remedy.empty()) remedy = name_a_method;
        problems_.add(reader.at("method"), "there is no method " + codec::shown(*method),
                      std::move(remedy));
        return "";
    }

    template <class Got>
    std::optional<Got> read(const ObjectReader& reader, std::string_view member,
                            std::optional<Got> (ObjectReader::*get)(std::string_view) const) const {
        return reader.has(member) ? (reader.*get)(member) : std::nullopt;
    }

    template <class Of>
    std::optional<Id<Of>> find(const ObjectReader& reader, std::string_view member,
                               std::string_view thing, const Names& names) const {
        if (!reader.has(member)) return std::nullopt;
        const auto name = reader.text(member);
        if (!name) return std::nullopt;
        const auto found = std::ranges::find(names, *name);
        if (found != names.end()) {
            return Id<Of>{static_cast<std::uint32_t>(found - names.begin())};
        }
        problems_.add(reader.at(member),
                      "there is no " + std::string(thing) + " " + codec::shown(*name),
                      problems_.did_you_mean(*name, names));
        return std::nullopt;
    }

    void read_subject(const ObjectReader& reader, Fault& fault) const {
        fault.host = find<Host>(reader, "host", "host", hosts_);
        fault.vm = find<Vm>(reader, "vm", "VM", vms_);
        fault.storage = find<Storage>(reader, "storage", "storage", storages_);
        if (fault.what != What::storage_detached || !fault.host || !fault.storage) return;
        if (sees(pool_.hosts[*fault.host], *fault.storage)) return;
        problems_.add(reader.at("storage"), "the host does not have it attached",
                      "name one that it has");
    }

    std::int64_t share_of(const ObjectReader& reader, std::string_view member,
                          std::int64_t fallback, std::int64_t least) const {
        if (!reader.has(member)) return fallback;
        const auto share = reader.thousandths(member);
        if (!share) return fallback;
        if (*share < least || *share > 1000) {
            problems_.add(reader.at(member),
                          codec::shown(reader.at(member).node->text) + " is out of range",
                          "write a ratio above 0 and at most 1, such as 0.5");
            return fallback;
        }
        return *share;
    }

    void read_amounts(const ObjectReader& reader, Fault& fault) const {
        fault.by = reader.duration("by").value_or(Duration{});
        fault.lasts = reader.duration("lasts").value_or(Duration{});
        fault.share_permille = share_of(reader, "share", 1000, 1);
        fault.at_permille = share_of(reader, "progress", 500, 1);
        fault.returns = reader.boolean("returns", true);
        if (reader.has("error")) {
            for (const auto& entry : reader.names("error").value_or(no_names)) {
                fault.error.emplace_back(entry.name);
            }
            if (fault.error.empty()) {
                problems_.add(reader.at("error"), "an error has a code",
                              R"(write ["HOST_STILL_BOOTING"], for example)");
            }
        }
        if (reader.has("version")) fault.version = read_version(reader.at("version"));
    }

    Version read_version(const Place& place) const {
        static constexpr std::array<std::string_view, 5> members{"label", "platform", "xapi",
                                                                 "xapi_build", "xen"};
        const ObjectReader reader(place, members, problems_);
        if (!reader.is_object()) return {};
        const auto dotted = [&](std::string_view member) {
            const auto words = reader.text(member);
            return words ? parse_dotted(*words) : absent_dotted();
        };
        const Version version{reader.text("label").value_or(""), dotted("platform"), dotted("xapi"),
                              dotted("xapi_build"), dotted("xen")};
        if (!reader.has("platform")) reader.missing("platform");
        if (!reader.has("xapi")) reader.missing("xapi");
        return version;
    }

    inline static const std::vector<codec::NamedEntry> no_names{};
    const Pool& pool_;
    Value known_methods_;  // what methods_ names
    Problems& problems_;
    Names methods_;
    Names hosts_;
    Names vms_;
    Names storages_;
};

}  // namespace

std::string_view word_of(Fault::What what) {
    return std::ranges::find(kinds(), what, &Kind::what)->word;
}

Result<std::vector<Fault>> read_faults(std::string_view text, const std::string& source,
                                       const Scenario& scenario) {
    const auto document = codec::parse_document(text);
    if (!document) {
        return tl::unexpected(Error{Error::Kind::bad_input, source, {document.error()}});
    }
    Problems problems(source);
    const Place root{nullptr, &*document};
    static constexpr std::array<std::string_view, 2> members{"about", "faults"};
    const ObjectReader reader(root, members, problems);
    std::vector<Fault> faults;
    if (reader.is_object()) {
        codec::report_duplicate_members(root, problems);
        static_cast<void>(reader.text("about"));
        const Place list = reader.at("faults");
        if (list.node == nullptr) {
            reader.missing("faults", "list them, or none: []");
        } else if (!list.node->is_array() || list.node->children.size() > faults_max) {
            codec::refuse_kind(list, "an array of at most " + std::to_string(faults_max), "",
                               problems);
        } else {
            const FaultReader each(scenario, problems);
            for (std::size_t i = 0; i < list.node->children.size(); ++i) {
                const Place place = codec::entry_of(list, i);
                if (auto fault = each.read(place)) faults.push_back(std::move(*fault));
            }
        }
    }
    if (!problems.empty()) return tl::unexpected(problems.take());
    return faults;
}

}  // namespace vacate::poolserver
