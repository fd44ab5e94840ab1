// What vacate whatif answers to the studies that are kept; that neither threads, MPI, Ctrl-C nor a
// cut change its rows; and what it refuses.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/golden/golden.hpp"

namespace vacate {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

const std::string small = "scenarios/tiny/memory.json";

// Twelve rows about a pool of three hosts, some of them with tables.
Words twelve_rows() {
    return {"whatif",    small,   "--sweep", "hosts.*.link=1 Gbps..6 Gbps step 1 Gbps",
            "--effort",  "500",   "--ask",   "compare",
            "--variant", "wider", "--set",   "policy.hosts_down_max=2"};
}

Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

TEST_CASE("whatif: the studies that are kept", "[golden][whatif]") {
    for (const std::string name : {"links-or-hosts", "how-full", "two-at-a-time"}) {
        INFO(name);
        const std::string file = "scenarios/studies/" + name + ".json";
        const ProgramRun text = vacate_run({"whatif", file});
        CHECK(text.status == 0);
        CHECK(text.err.empty());
        check_golden("studies/" + name + ".txt", text.out);
        const ProgramRun json = vacate_run({"whatif", file, "--json", "--threads", "2"});
        REQUIRE(Json::accept(json.out));
        CHECK(Json::parse(json.out)["rows"].size() ==
              Json::parse(json.out)["study"]["rows"].get<std::size_t>());
        check_golden("studies/" + name + ".json", json.out);
    }
}

TEST_CASE("whatif: every question about one pool", "[golden][whatif]") {
    const ProgramRun run = vacate_run({"whatif",   "scenarios/tiny/chance.json",
                                       "--ask",    "compare",
                                       "--ask",    "headroom",
                                       "--ask",    "smallest link",
                                       "--ask",    "smallest hosts",
                                       "--ask",    "smallest memory",
                                       "--ask",    "n-k 2",
                                       "--ask",    "risk",
                                       "--ask",    "when",
                                       "--window", "70 min",
                                       "--runs",   "200"});
    CHECK(run.status == 0);
    CHECK(run.err.empty());
    check_golden("whatif-questions.txt", run.out);
}

TEST_CASE("whatif: the same bytes from 1, 2 and 4 threads", "[golden][whatif][determinism]") {
    const ProgramRun one = vacate_run(with(twelve_rows(), {"--csv", "--threads", "1"}));
    CHECK(one.status == 0);
    CHECK(std::count(one.out.begin(), one.out.end(), '\n') == 13);  // 6 links, 2 variants, a head
    for (const char* threads : {"2", "4"}) {
        CHECK(vacate_run(with(twelve_rows(), {"--csv", "--threads", threads})) == one);
    }
}

TEST_CASE("whatif: gone on with from any cut, the rows are the same", "[golden][whatif][resume]") {
    const TemporaryFolder folder;
    const std::string file = folder.path("rows.jsonl");
    const ProgramRun whole = vacate_run(with(twelve_rows(), {"-o", file}));
    CHECK(whole.status == 0);
    const std::string rows = text_of_file(file);
    // Everywhere near the ends of lines, and now and then inside them.
    for (std::size_t cut = 0; cut < rows.size(); ++cut) {
        const bool near_end = rows[cut] == '\n' || (cut > 0 && rows[cut - 1] == '\n');
        if (!near_end && cut % 397 != 0) continue;
        INFO("cut at " << cut);
        write_text(file, rows.substr(0, cut));
        const ProgramRun again = vacate_run(with(twelve_rows(), {"--resume", file}));
        CHECK(again == whole);
        REQUIRE(text_of_file(file) == rows);
    }
    // Of another study, and damaged in the middle.
    write_text(file, rows);
    CHECK(vacate_run(with(twelve_rows(), {"--resume", file, "--seed", "2"})).status == 2);
    std::string broken = rows;
    broken[rows.find("compare", rows.size() / 2)] = '\n';
    write_text(file, broken);
    CHECK(vacate_run(with(twelve_rows(), {"--resume", file})).status == 2);
    CHECK(text_of_file(file) == broken);
}

TEST_CASE("whatif: Ctrl-C keeps what is done, and it can be gone on with",
          "[golden][whatif][resume]") {
    const TemporaryFolder folder;
    const std::string file = folder.path("rows.jsonl");
    const std::string study =
        "whatif scenarios/typical/8-hosts.json --effort 20000 --sweep "
        "'hosts.*.link=1 Gbps..20 Gbps step 1 Gbps'";
    // Interrupted as soon as three lines are there: the head and two rows.
    const std::string script = std::string("'") + VACATE_PROGRAM + "' " + study + " -o '" + file +
                               "' & child=$!; while [ \"$(wc -l <'" + file +
                               "' 2>/dev/null || echo 0)\" -lt 3 ]; do sleep 0.02; done; "
                               "kill -INT $child; wait $child";
    // A shell's background child ignores SIGINT unless it handles it, which ours does.
    const ProgramRun stopped = run_program("/bin/sh", {"-c", script}, VACATE_SOURCE_DIR);
    const std::string kept = text_of_file(file);
    const auto lines = std::count(kept.begin(), kept.end(), '\n');
    REQUIRE(lines >= 3);
    if (stopped.status == 4) {
        CHECK(lines < 21);
        CHECK(stopped.err.find("go on with --resume") != std::string::npos);
    } else {
        CHECK(lines == 21);  // it was done before the signal came
    }
    const std::string quoted = "'" + file + "'";
    const ProgramRun gone_on =
        run_command_line(VACATE_PROGRAM, study + " --resume " + quoted, VACATE_SOURCE_DIR);
    CHECK(gone_on.status == 0);
    const ProgramRun whole = run_command_line(VACATE_PROGRAM, study, VACATE_SOURCE_DIR);
    CHECK(gone_on.out == whole.out);
    CHECK(text_of_file(file).starts_with(kept));
}

TEST_CASE("whatif: a bad study is refused before anything runs, all of it at once",
          "[golden][whatif]") {
    const TemporaryFolder folder;
    const std::string base = std::string(VACATE_SOURCE_DIR) + "/" + small;
    const auto refused = [&](const std::string& name, const std::string& members) {
        write_text(folder.path(name),
                   "{\"format\": \"vacate-study-1\", \"base\": \"" + base + "\", " + members + "}");
        const ProgramRun run = vacate_run({"whatif", folder.path(name)});
        CHECK(run.status == 2);
        CHECK(run.out.empty());
        std::string words = run.err;
        for (std::size_t at = words.find(folder.path("")); at != std::string::npos;
             at = words.find(folder.path(""))) {
            words.erase(at, folder.path("").size());
        }
        check_golden("studies/refused-" + name + ".txt", words);
    };
    refused("names", R"("variants": [{"name": "a", "changes": [{"remove_host": "nobody"}]},
        {"name": "b", "changes": [{"set": "hosts.*.lnk=3"}]},
        {"name": "c", "changes": [{"stop_vm": "nobody"}]}], "questions": [{"ask": "compare"}])");
    refused("forms",
            R"("variants": [{"name": "a", "changes": [{"grow_vms": {"vms": "*", "by": "6"}},
        {"add_hst": {"like": "a"}}, {"resize_host": {"host": "*"}}]}],
        "sweeps": [{"axes": []}, {"axes": [{"set": "hosts.*.link", "values": []}]},
        {"axes": [{"set": "policy.hosts_down_max", "from": 3, "to": 1, "step": 1}]}],
        "questions": [{"ask": "whn"}, {"ask": "when"}, {"ask": "n-k", "window": "4 h"}])");
    refused("contradictions", R"("variants": [{"name": "a", "changes": [
        {"set": "policy.hosts_down_max=1"}, {"set": "policy.hosts_down_max=2"},
        {"stop_vm": "db"}, {"pin_vm": "db"}]}], "sweeps": [{"axes": [
        {"set": "policy.hosts_down_max", "values": [1, 2]}]}], "questions": [{"ask": "compare"}])");
    refused("size", R"("sweeps": [{"axes": [
        {"set": "hosts.*.link", "from": "1 Gbps", "to": "1000 Gbps", "step": "1 Gbps"},
        {"set": "timing.stream_cap", "from": "1 Gbps", "to": "1000 Gbps", "step": "1 Gbps"},
        {"set": "policy.hosts_down_max", "from": 1, "to": 1000, "step": 1}]}],
        "questions": [{"ask": "compare"}])");
}

#ifdef VACATE_WHATIF_MPI
std::string mpirun(const std::string& program) {
    return "mpirun --allow-run-as-root --oversubscribe -n 4 '" + program + "' ";
}

TEST_CASE("whatif: four ranks under MPI give the rows of one process", "[golden][whatif][mpi]") {
    const std::string study = "scenarios/studies/links-or-hosts.json --csv";
    const ProgramRun one = run_command_line(VACATE_PROGRAM, "whatif " + study, VACATE_SOURCE_DIR);
    const ProgramRun four =
        run_program("/bin/sh", {"-c", mpirun(VACATE_WHATIF_MPI) + study}, VACATE_SOURCE_DIR);
    CHECK(four.status == 0);
    CHECK(four.out == one.out);
}

TEST_CASE("whatif: a lost rank costs no row that was written", "[golden][whatif][mpi]") {
    const TemporaryFolder folder;
    const std::string file = folder.path("rows.jsonl");
    const std::string study =
        "scenarios/typical/8-hosts.json --effort 20000 --sweep "
        "'hosts.*.link=1 Gbps..40 Gbps step 1 Gbps' ";
    // Once a row is there, a rank other than 0 is killed: the youngest child of mpirun.
    const std::string script =
        mpirun(VACATE_WHATIF_MPI) + study + "-o '" + file + "' & job=$!; while [ \"$(wc -l <'" +
        file +
        "' 2>/dev/null || echo 0)\" -lt 2 ]; do sleep 0.02; done; "
        "set -- $(cat /proc/$job/task/$job/children); for last; do :; done; kill -9 $last; "
        "wait $job";
    const ProgramRun broken = run_program("/bin/sh", {"-c", script}, VACATE_SOURCE_DIR);
    const std::string kept = text_of_file(file);
    REQUIRE(std::count(kept.begin(), kept.end(), '\n') >= 2);
    if (broken.status != 0) {
        INFO(broken.err);
        CHECK(broken.err.find("are missing; go on with --resume") != std::string::npos);
    }
    const std::string resume = " --resume '" + file + "'";
    const ProgramRun gone_on =
        run_command_line(VACATE_PROGRAM, "whatif " + study + resume, VACATE_SOURCE_DIR);
    CHECK(gone_on.status == 0);
    const ProgramRun whole = run_command_line(VACATE_PROGRAM, "whatif " + study, VACATE_SOURCE_DIR);
    CHECK(gone_on.out == whole.out);
}
#else
TEST_CASE("whatif under MPI", "[golden][whatif][mpi]") {
    WARN("skipped: Open MPI is not installed; tools/setup tests installs it");
}
#endif

}  // namespace
}  // namespace vacate
