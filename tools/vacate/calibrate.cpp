// vacate calibrate: copying parameters from measured migrations.
#include <CLI/CLI.hpp>
#include <atomic>
#include <thread>

#include "model/codec/recording.hpp"
#include "model/codec/shown.hpp"
#include "reports/plan_answer.hpp"
#include "tools/vacate/calibration_answer.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

struct CalibrateArguments {
    std::vector<std::string> recordings;
    InputOptions input;  // of each of them
    std::vector<std::string> fit;
    std::string fragment;
    bool split = false;
    int threads = 1;
};

std::string known_parameters() {
    std::string names;
    for (const FitParameter& one : fit_parameters()) {
        names += (names.empty() ? "" : ", ") + std::string(one.name);
    }
    return names;
}

/// The parameters that --fit names; every name that is none is a problem.
Result<std::vector<const FitParameter*>> parameters_of(const std::vector<std::string>& names) {
    std::vector<const FitParameter*> parameters;
    Error error{Error::Kind::bad_input, "--fit", {}};
    std::vector<std::string_view> known;
    for (const FitParameter& one : fit_parameters()) known.push_back(one.name);
    for (const std::string& name : names) {
        if (const FitParameter* one = find_fit_parameter(name)) {
            parameters.push_back(one);
            continue;
        }
        const std::string_view near = codec::nearest_word(name, known);
        error.items.push_back({codec::made_safe(name), "this is no parameter that can be fitted",
                               near.empty() ? "known are " + known_parameters()
                                            : "did you mean " + codec::shown(near) + "?"});
    }
    if (!error.items.empty()) return tl::unexpected<Error>(std::move(error));
    return parameters;
}

/// All recordings, or every problem of the first that is wrong.
Result<std::vector<Recording>> read_all(const CalibrateArguments& arguments) {
    std::vector<Recording> recordings;
    for (const std::string& path : arguments.recordings) {
        const Result<std::string> text = read_file(path);
        if (!text) return tl::unexpected<Error>(text.error());
        InputOptions options = arguments.input;
        options.scenario = path;
        const Result<Overrides> overrides = overrides_of(options, *text);
        if (!overrides) return tl::unexpected<Error>(overrides.error());
        Result<Recording> recording = read_recording(*text, path, *overrides);
        if (!recording) return tl::unexpected<Error>(recording.error());
        recordings.push_back(std::move(*recording));
    }
    return recordings;
}

/// Takes tasks in turn with so many threads.
ForEach on_threads(int threads) {
    return [threads](std::size_t count, const std::function<void(std::size_t)>& task) {
        std::atomic<std::size_t> next{0};
        const auto work = [&] {
            for (std::size_t i = next++; i < count; i = next++) task(i);
        };
        std::vector<std::thread> others;
        for (int i = 1; i < threads; ++i) others.emplace_back(work);
        work();
        for (std::thread& one : others) one.join();
    };
}

Outcome run(const CalibrateArguments& arguments) {
    const bool json = arguments.input.json;
    const auto refuse = [json](const Error& error) {
        return outcome_of(error, json, "nothing was calibrated");
    };
    CalibrationOptions options;
    const auto parameters = parameters_of(arguments.fit);
    if (!parameters) return refuse(parameters.error());
    const Result<std::vector<Recording>> recordings = read_all(arguments);
    if (!recordings) return refuse(recordings.error());
    options.fit = *parameters;
    options.split = arguments.split;
    if (arguments.threads > 1) options.for_each = on_threads(arguments.threads);
    const Calibration calibration = calibrate(*recordings, options);
    Outcome outcome;
    if (calibration.done && !arguments.fragment.empty()) {
        const auto written =
            write_file(arguments.fragment, calibration_fragment(*recordings, calibration));
        if (!written) return refuse(written.error());
    }
    if (!calibration.done) outcome.status = Status::no;
    outcome.out =
        json ? calibration_json(calibration) : render_text(report_calibration(calibration));
    return outcome;
}

}  // namespace

Verb declare_calibrate(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "calibrate",
        "Fits the copying parameters to measured migrations: what a stream carries, what goes by "
        "before and after it, what guests write. Says how sure each value is, what the "
        "measurements cannot tell, and how far predictions were and are off.");
    verb->footer(
        "Example: vacate calibrate last-month.json --split -o calibrated.json\n"
        "then write \"include\": [\"calibrated.json\"] into a scenario beside it.\n"
        "Exit status: 0 something was fitted, 1 nothing was and the reason is printed, 2 the input "
        "is wrong.");
    const auto arguments = std::make_shared<CalibrateArguments>();
    arguments->threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    verb->add_option("RECORDING", arguments->recordings,
                     "recordings of migrations (JSON); - reads standard input")
        ->required()
        ->type_name("");
    verb->add_option("-o,--output", arguments->fragment,
                     "write the values here, as a fragment that scenarios include")
        ->type_name("FRAGMENT");
    verb->add_option(
            "--fit", arguments->fit,
            "fit these only, and even where the recordings give them: " + known_parameters())
        ->type_name("NAME,...")
        ->delimiter(',')
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    verb->add_flag("--split", arguments->split,
                   "fit to every other run, by the names of case and run, and judge on the rest");
    verb->add_option("--set", arguments->input.sets,
                     "where to begin, e.g. 'timing.stream_cap=2Gbps'; may be repeated")
        ->type_name("PATH=VALUE")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    verb->add_option("--defaults", arguments->input.defaults,
                     "JSON file that supplies what the recordings lack")
        ->type_name("FILE");
    verb->add_option("--threads", arguments->threads, "threads to use; never changes the answer")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    verb->add_flag("--json", arguments->input.json, "print JSON instead of text");
    return [arguments] { return run(*arguments); };
}

}  // namespace vacate
