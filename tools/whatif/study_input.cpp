// From the command line to a study that may be run.
#include "tools/whatif/study_input.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <utility>

#include "sim/whatif/evaluate.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/include.hpp"

namespace vacate {
namespace {

// Members of questions, and of the study, as options.
const std::vector<std::pair<std::string, std::string>>& more_options() {
    static const std::vector<std::pair<std::string, std::string>> all{
        {"variant", "begin another variant with this name"},
        {"sweep",
         "vary something: 'hosts.*.link=10 Gbps, 25 Gbps', 'policy.hosts_down_max=1..4' or "
         "'grow-vms * by $=0 %..20 % step 2 %'; several make a grid"},
        {"ask",
         "compare, headroom, 'headroom 2 %', 'smallest hosts', 'smallest memory', "
         "'smallest link', 'smallest width', n-k, 'n-k 2', risk or 'when 3 h'; may be repeated "
         "(compare)"},
        {"window", "of smallest, when, risk and compare: the time there is"},
        {"confidence", "of smallest and when: so many in 100 runs must fit (95)"},
        {"runs", "runs by chance for each case"},
        {"step", "of headroom: how finely, '1 %' or '512 MiB' (1 %)"},
        {"like", "of headroom: count new VMs like this one instead of growth"},
        {"size", "of headroom: the memory of these VMs"},
        {"effort", "transitions to spend on each plan (20000)"},
        {"seed", "seed of searches and chance (1)"}};
    return all;
}

const char* help_of_change(const std::string& option) {
    static const std::map<std::string, const char*> all{
        {"set", "any field, as for the other verbs: 'hosts.*.link=25 Gbps'"},
        {"add-host", "'like srv-1 x2 memory 512 GiB'"},
        {"lend-host", "the same, running the target version already"},
        {"remove-host", "'srv-3': it leaves, its VMs go elsewhere"},
        {"resize-host", "'srv-1 to 512 GiB', '* by -64 GiB'"},
        {"grow-dom0", "'* by 1 GiB': less for VMs once upgraded"},
        {"lose-host", "'srv-3', 'srv-3 at 40 min', 'srv-3 step 12', 'srv-3 any', '*'"},
        {"grow-vms", "'* by 6 %', 'group db by 4 GiB', 'db-1 by 4 GiB'"},
        {"new-vms", "'like web-1 x10 memory 8 GiB'"},
        {"stop-vm", "'db-1'"},
        {"pin-vm", "'db-1': it may not leave its host"},
        {"keep-apart", "'NAME vms db-1,db-2'"},
        {"keep-together", "'NAME vms db-1,db-2'"},
        {"drop-group", "'NAME'"}};
    return all.at(option);
}

bool is_study(const std::string& text) { return text.find("\"vacate-study-") != std::string::npos; }

// "../typical/8-hosts.json" of a study is relative to the study.
std::string beside(const std::string& study, const std::string& name) {
    namespace fs = std::filesystem;
    return (fs::path(study).parent_path() / name).lexically_normal().string();
}

Result<Study> study_of(const WhatifArguments& arguments, const std::string& text) {
    if (!is_study(text)) return study_of_options(arguments.options, arguments.input);
    auto study = read_study(text, arguments.input);
    if (!study) return study;
    Error error{Error::Kind::bad_input, "the command line", {}};
    for (const StudyOption& option : arguments.options) {
        if (option.name == "set") {
            study->sets.push_back(option.value);
            continue;
        }
        error.items.push_back({"--" + option.name, "a study says itself what is changed and asked",
                               "write it into " + arguments.input + ", or give a scenario"});
    }
    if (!error.items.empty()) return tl::unexpected<Error>(error);
    return study;
}

tl::expected<void, Error> read_base(const WhatifArguments& arguments, const std::string& text,
                                    LoadedStudy& loaded) {
    loaded.source = arguments.input;
    loaded.text = text;
    if (is_study(text)) {
        loaded.source = beside(arguments.input, loaded.study.base);
        auto base = read_file(loaded.source);
        if (!base) {
            Error error = base.error();
            for (Error::Item& item : error.items) item.place = arguments.input + " /base";
            return tl::unexpected<Error>(error);
        }
        loaded.text = std::move(*base);
    }
    loaded.overrides.sets = arguments.base_sets;
    loaded.overrides.sets.insert(loaded.overrides.sets.end(), loaded.study.sets.begin(),
                                 loaded.study.sets.end());
    if (!arguments.defaults.empty()) {
        auto defaults = read_file(arguments.defaults);
        if (!defaults) return tl::unexpected<Error>(defaults.error());
        loaded.overrides.defaults = std::move(*defaults);
        loaded.overrides.defaults_source = arguments.defaults;
    }
    auto included = read_included(loaded.text, loaded.source);
    if (!included) return tl::unexpected<Error>(included.error());
    loaded.overrides.included = std::move(*included);
    return {};
}

}  // namespace

std::function<void()> add_whatif_options(CLI::App& verb, WhatifArguments& arguments) {
    verb.add_option("STUDY", arguments.input,
                    "a study (JSON), or any pool that the other verbs read, with the options below")
        ->required()
        ->type_name("");
    const auto values = std::make_shared<std::map<std::string, std::vector<std::string>>>();
    const auto add = [&](const std::string& name, const std::string& help,
                         const std::string& group) {
        verb.add_option("--" + name, (*values)[name], help)
            ->type_name("TEXT")
            ->expected(1)
            ->take_all()
            ->allow_extra_args(false)
            ->group(group);
    };
    for (const std::string& name : change_options()) add(name, help_of_change(name), "Changes");
    for (const auto& [name, help] : more_options()) add(name, help, "Questions");
    verb.add_option("--base-set", arguments.base_sets, "set a field of the base too")
        ->type_name("PATH=VALUE")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    verb.add_option("--defaults", arguments.defaults, "JSON file that supplies what the base lacks")
        ->type_name("FILE");
    verb.add_option("-o,--output", arguments.output,
                    "write every row to this file too, as it is done: JSON lines, or CSV where "
                    "its name ends in .csv")
        ->type_name("FILE");
    verb.add_option("--resume", arguments.resume,
                    "go on with this file of JSON lines: what is in it is not done again")
        ->type_name("FILE")
        ->excludes("--output");
    verb.add_flag("--json", arguments.json, "print JSON instead of text");
    verb.add_flag("--csv", arguments.csv, "print CSV instead of text")->excludes("--json");
    verb.add_option("--threads", arguments.threads,
                    "threads to use, 0 for all cores; never changes the rows")
        ->check(CLI::Range(0, 1024))
        ->type_name("N")
        ->capture_default_str();
    verb.add_flag("--progress", arguments.progress,
                  "report progress on standard error, a line now and then");
    return [&verb, &arguments, values] {
        std::map<std::string, std::size_t> taken;
        for (const CLI::Option* option : verb.parse_order()) {
            const std::string name = option->get_lnames().empty() ? "" : option->get_lnames()[0];
            const auto found = values->find(name);
            if (found == values->end()) continue;
            const std::size_t at = taken[name]++;
            if (at < found->second.size()) arguments.options.push_back({name, found->second[at]});
        }
    };
}

Result<std::unique_ptr<LoadedStudy>> load_study(const WhatifArguments& arguments) {
    const Result<std::string> text = read_file(arguments.input);
    if (!text) return tl::unexpected<Error>(text.error());
    auto loaded = std::make_unique<LoadedStudy>();
    Result<Study> study = study_of(arguments, *text);
    if (!study) return tl::unexpected<Error>(study.error());
    loaded->study = std::move(*study);
    if (const auto read = read_base(arguments, *text, *loaded); !read) {
        return tl::unexpected<Error>(read.error());
    }
    auto maker = ChangeMaker::make(loaded->text, loaded->source, loaded->overrides);
    if (!maker) return tl::unexpected<Error>(maker.error());
    loaded->maker = std::move(*maker);
    std::vector<std::string> hosts;
    for (const Host& host : loaded->maker->base().pool.hosts) hosts.push_back(host.name);
    expand_losses(loaded->study, hosts);
    const auto checked = check_study(loaded->study, *loaded->maker, arguments.input);
    if (!checked) return tl::unexpected<Error>(checked.error());
    loaded->head = {loaded->maker->base().pool.name, loaded->study.base, loaded->study.about,
                    fingerprint_of(loaded->study, loaded->text, loaded->overrides),
                    rows_of(loaded->study).value_or(0)};
    return loaded;
}

}  // namespace vacate
