// vacate generate: writes a scenario drawn from a seed.
#include "tools/generator/generate.hpp"

#include <CLI/CLI.hpp>
#include <map>

#include "model/codec/amount.hpp"
#include "model/limits.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

struct GenerateArguments {
    GeneratorOptions options;
    std::string output;
    // Amounts as given; they were checked when they were read.
    std::string host_memory = "256 GiB";
    std::string link = "10 Gbps";
    std::string upgrade_time = "15 min";
    std::string dom0_growth = "0 B";
};

const std::map<std::string, SizeMix> size_words{{"mixed", SizeMix::mixed},
                                                {"uniform", SizeMix::uniform},
                                                {"heavy", SizeMix::heavy},
                                                {"big", SizeMix::big}};
const std::map<std::string, Mobility> pinned_words{{"restart", Mobility::restart},
                                                   {"refuse", Mobility::pinned}};
const std::map<std::string, Mobility> local_words{{"storage", Mobility::storage},
                                                  {"suspend", Mobility::suspend},
                                                  {"restart", Mobility::restart},
                                                  {"refuse", Mobility::pinned}};

// What CLI11 prints when `text` is no amount of this kind, or a smaller one than `least`.
template <class Amount>
CLI::Validator amount_of(tl::expected<Amount, AmountError> (*parse)(std::string_view),
                         Amount least) {
    return CLI::Validator(
        [parse, least](std::string& text) {
            const auto amount = parse(text);
            if (!amount) return amount.error().sentence + "; " + amount.error().remedy;
            if (*amount < least) return "\"" + text + "\" is less than " + print_exact(least);
            return std::string();
        },
        "", "amount");
}

void add_count(CLI::App& verb, const std::string& flag, std::int64_t& value, std::int64_t least,
               std::int64_t most, const std::string& help) {
    verb.add_option(flag, value, help)
        ->check(CLI::Range(least, most))
        ->type_name("N")
        ->capture_default_str();
}

template <class Amount>
void add_amount(CLI::App& verb, const std::string& flag, std::string& text,
                tl::expected<Amount, AmountError> (*parse)(std::string_view), Amount least,
                const std::string& help) {
    verb.add_option(flag, text, help)
        ->check(amount_of(parse, least))
        ->type_name("AMOUNT")
        ->capture_default_str();
}

template <class Value>
void add_word(CLI::App& verb, const std::string& flag, Value& value,
              const std::map<std::string, Value>& words, const std::string& default_word,
              const std::string& help) {
    std::vector<std::string> known;
    for (const auto& word : words) known.push_back(word.first);
    verb.add_option_function<std::string>(
            flag, [&value, &words](const std::string& word) { value = words.at(word); }, help)
        ->check(CLI::IsMember(known))
        ->type_name("WORD")
        ->default_str(default_word);
}

void add_host_options(CLI::App& verb, GenerateArguments& arguments) {
    GeneratorOptions& options = arguments.options;
    add_count(verb, "--hosts", options.hosts, 1, static_cast<std::int64_t>(limits::hosts),
              "how many hosts; the first is the coordinator");
    add_amount<Bytes>(verb, "--host-memory", arguments.host_memory, parse_bytes, gibibytes(16),
                      "memory of each machine, what dom0 and Xen take included");
    add_count(verb, "--unequal", options.unequal_percent, 0, 100,
              "percent of the hosts that have half or one and a half of that");
    add_amount<Bandwidth>(verb, "--link", arguments.link, parse_bandwidth, megabits_per_second(1),
                          "migration network, per direction");
    add_amount<Duration>(verb, "--upgrade-time", arguments.upgrade_time, parse_duration,
                         std::chrono::seconds(1), "from a host's reboot to being ready again");
    add_count(verb, "--upgrade-spread", options.upgrade_spread_percent, 0, 99,
              "percent by which it differs between hosts, up and down");
    add_amount<Bytes>(verb, "--dom0-growth", arguments.dom0_growth, parse_bytes, Bytes{},
                      "memory that each host has less for VMs once upgraded");
    verb.add_flag("--cpu-mix", options.cpu_mix,
                  "every other host has a newer CPU, and a few VMs need it");
}

void add_vm_options(CLI::App& verb, GeneratorOptions& options) {
    const auto most = static_cast<std::int64_t>(limits::vms);
    add_count(verb, "--fill", options.fill_percent, 10, 98,
              "percent of the hosts' memory for VMs that is in use");
    add_word(verb, "--sizes", options.sizes, size_words, "mixed",
             "mixed (many of 1 to 8 GiB, some up to 64), uniform (1 to 16), heavy (a tail up to a "
             "quarter of a host) or big (16 to 64)");
    add_count(verb, "--vms", options.vms, 0, most,
              "this many VMs, their sizes scaled to the fill level; 0: as many as it takes");
    add_count(verb, "--protect", options.protect_percent, 0, 100,
              "percent of the VMs that must be restartable after a host loss; those tied to a host "
              "are not");
    add_count(verb, "--groups", options.apart, 0, most,
              "groups of two or three VMs that stay on different hosts");
    add_count(verb, "--together", options.together, 0, most,
              "groups of two or three VMs that stay on one host");
    add_count(verb, "--pinned", options.pinned, 0, most, "VMs with a PCI device");
    add_word(verb, "--when-pinned", options.when_pinned, pinned_words, "restart",
             "what may be done with them: restart or refuse");
    add_count(verb, "--local-disk", options.local_disks, 0, most,
              "VMs with their disks on storage of one host");
    add_word(verb, "--when-local", options.when_local, local_words, "storage",
             "what may be done with them: storage (take the disks along), suspend, restart or "
             "refuse");
    add_count(verb, "--cds", options.cds, 0, most,
              "VMs with a CD in the drive, every other one in its host's own");
}

void add_policy_options(CLI::App& verb, GeneratorOptions& options) {
    add_count(verb, "--hosts-down-max", options.hosts_down_max, 0, 1'000'000,
              "hosts that may be emptied or down at once; 0: all");
    add_count(verb, "--spare-hosts", options.spare_hosts, 0, limits::spare_hosts,
              "host losses that must stay survivable at every moment");
    verb.add_flag("--ha", options.ha_enabled, "HA is on");
}

Outcome generate_scenario(GenerateArguments arguments) {
    GeneratorOptions& options = arguments.options;
    options.host_memory = parse_bytes(arguments.host_memory).value_or(options.host_memory);
    options.link = parse_bandwidth(arguments.link).value_or(options.link);
    options.upgrade_time = parse_duration(arguments.upgrade_time).value_or(options.upgrade_time);
    options.dom0_growth = parse_bytes(arguments.dom0_growth).value_or(options.dom0_growth);
    const Scenario scenario = generate(options);
    Error error{Error::Kind::bad_input, "options", {}};
    for (const std::string& sentence : unmet(options, scenario)) {
        error.items.push_back({"", sentence, "ask for fewer, or for more hosts or memory"});
    }
    if (!error.items.empty()) return outcome_of(error, false, "nothing was generated");
    std::string text = print_scenario(scenario);
    // A text that came in on the command line need not be UTF-8, for one.
    const Result<Scenario> again = read_scenario(text, "options");
    if (!again) return outcome_of(again.error(), false, "nothing was generated");
    Outcome outcome;
    if (arguments.output.empty() || arguments.output == "-") {
        outcome.out = std::move(text);
        return outcome;
    }
    const auto written = write_file(arguments.output, text);
    if (!written) return outcome_of(written.error(), false, "the scenario was not written");
    outcome.words = "scenario of " + std::to_string(scenario.pool.hosts.size()) + " hosts and " +
                    std::to_string(scenario.pool.vms.size()) + " VMs written to " +
                    arguments.output + "\n";
    return outcome;
}

}  // namespace

Verb declare_generate(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "generate",
        "Draws a pool from a seed and prints it as a scenario: XCP-ng 8.2.1 hosts that are to be "
        "upgraded to 8.3.0, with VMs on them. The same options give the same pool everywhere.");
    verb->footer(
        "Exit status: 0 the scenario was written, 2 the options are wrong or the VMs do "
        "not fit, 3 the file could not be written.");
    const auto arguments = std::make_shared<GenerateArguments>();
    GeneratorOptions& options = arguments->options;
    verb->add_option("-o,--output", arguments->output,
                     "write the scenario here instead of to standard output")
        ->type_name("FILE");
    verb->add_option("--seed", options.seed, "seed of everything that is drawn")
        ->type_name("N")
        ->capture_default_str();
    const auto is_name = [](std::string& text) {
        const bool fits = text.size() <= limits::name_bytes;
        return fits ? std::string() : std::string("the text has more than 1024 bytes");
    };
    verb->add_option("--name", options.name, "name of the pool")
        ->check(CLI::Validator(is_name, "", "name"))
        ->type_name("TEXT")
        ->capture_default_str();
    verb->add_option("--about", options.about, "what the pool is for")
        ->check(CLI::Validator(is_name, "", "about"))
        ->type_name("TEXT")
        ->capture_default_str();
    add_host_options(*verb, *arguments);
    add_vm_options(*verb, options);
    add_policy_options(*verb, options);
    return [arguments] { return generate_scenario(*arguments); };
}

}  // namespace vacate
