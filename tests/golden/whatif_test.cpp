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

TEST_CASE("whatif: a file that cannot be written is an error in JSON, too", "[golden][whatif]") {
    for (const std::string option : {"-o", "--resume"}) {
        INFO(option);
        const ProgramRun run =
            vacate_run(with(twelve_rows(), {"--json", option, "/dev/null/rows.jsonl"}));
        CHECK(run.status == 3);
        REQUIRE(Json::accept(run.out));
        CHECK(Json::parse(run.out)["error"]["source"] == "/dev/null/rows.jsonl");
    }
    const ProgramRun words = vacate_run(with(twelve_rows(), {"-o", "/dev/null/rows.jsonl"}));
    CHECK(words.status == 3);
    CHECK(words.out.empty());
    CHECK(words.err.find("cannot be written") != std::string::npos);
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

// 808,101 rows, hours of work, so that no run of it ends before it is stopped; and its first ones.
const std::string endless =
    "scenarios/typical/8-hosts.json --effort 100 --sweep 'timing.stream_cap=1 Gbps..2 Gbps step "
    "10 Mbps' --sweep 'hosts.*.link=1 Gbps..9 Gbps step 1 Mbps'";
const std::string its_start =
    "scenarios/typical/8-hosts.json --effort 100 --sweep 'timing.stream_cap=1 Gbps' --sweep "
    "'hosts.*.link=1 Gbps..1009 Mbps step 1 Mbps'";

std::ptrdiff_t lines_of(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
}

// Runs a command in the background until a file has so many lines, then `blow`, which may use
// $job, the process of the command.
ProgramRun run_until(const std::string& command, const std::string& file, std::ptrdiff_t lines,
                     const std::string& blow) {
    const std::string script = command + " & job=$!; while kill -0 $job && [ \"$(wc -l <'" + file +
                               "' || echo 0)\" -lt " + std::to_string(lines) +
                               " ]; do sleep 0.02; done 2>/dev/null; " + blow + "; wait $job";
    return run_program("/bin/sh", {"-c", script}, VACATE_SOURCE_DIR);
}

// The rows of a file that was cut short are those of a run that was not.
void check_start(const std::string& kept) {
    const TemporaryFolder folder;
    const std::string file = folder.path("rows.jsonl");
    const ProgramRun whole = run_command_line(
        VACATE_PROGRAM, "whatif " + its_start + " -o '" + file + "'", VACATE_SOURCE_DIR);
    REQUIRE(whole.status == 0);
    const std::string rows = text_of_file(file);
    const std::size_t head = rows.find('\n');  // heads differ: these are other studies
    const std::size_t begin = kept.find('\n');
    const std::size_t common = std::min(rows.size() - head, kept.size() - begin);
    REQUIRE(lines_of(rows) == 11);
    CHECK(kept.substr(begin, common) == rows.substr(head, common));
}

// One process goes on with a file that was cut short, and loses nothing of it.
void check_goes_on(const std::string& file, const std::string& kept) {
    const std::string program = std::string("'") + VACATE_PROGRAM + "' whatif " + endless;
    const ProgramRun again =
        run_until(program + " --resume '" + file + "'", file, lines_of(kept) + 8, "kill -INT $job");
    CHECK(again.status == 4);
    const std::string more = text_of_file(file);
    CHECK(lines_of(more) >= lines_of(kept) + 8);
    CHECK(more.starts_with(kept));
    check_start(more);
}

TEST_CASE("whatif: Ctrl-C keeps what is done, and it can be gone on with",
          "[golden][whatif][resume]") {
    const TemporaryFolder folder;
    const std::string file = folder.path("rows.jsonl");
    const std::string program = std::string("'") + VACATE_PROGRAM + "' whatif " + endless;
    // A shell's background child ignores SIGINT unless it handles it, which ours does.
    const ProgramRun stopped = run_until(program + " -o '" + file + "'", file, 3, "kill -INT $job");
    const std::string kept = text_of_file(file);
    CHECK(stopped.status == 4);
    CHECK(stopped.err.find("go on with --resume") != std::string::npos);
    CHECK(lines_of(kept) >= 3);
    check_goes_on(file, kept);
}

TEST_CASE("whatif: memory does not grow with the rows", "[golden][whatif]") {
    // 100,000 rows that need no plan, as no VM can grow so far; kept, each would take more than the
    // 700 bytes that are to be had for it.
    const std::string script =
        std::string("ulimit -d 65536; '") + VACATE_PROGRAM + "' whatif " + small +
        " --sweep 'grow-vms * by $=1000 %..1099 % step 1 %' --sweep 'grow-dom0 * by $=1 MiB..1000 "
        "MiB step 1 MiB' --csv --threads 2";
    const ProgramRun run = run_program("/bin/sh", {"-c", script}, VACATE_SOURCE_DIR);
    CHECK(run.status == 1);
    CHECK(run.err.empty());
    CHECK(lines_of(run.out) == 100'001);
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
    // Where a rank is lost, mpirun leaves the others a second to say what they have to say.
    return "mpirun --allow-run-as-root --oversubscribe --mca odls_base_sigkill_timeout 10 -n 4 '" +
           program + "' ";
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
    // A rank other than 0 is killed: the youngest child of mpirun.
    const ProgramRun broken = run_until(
        mpirun(VACATE_WHATIF_MPI) + endless + " -o '" + file + "'", file, 2,
        "set -- $(cat /proc/$job/task/$job/children); for last; do :; done; kill -9 $last");
    const std::string kept = text_of_file(file);
    INFO(broken.err);
    CHECK(broken.status != 0);
    CHECK(broken.err.find("are missing; go on with --resume") != std::string::npos);
    CHECK(broken.err.find("rows under way were not done: ") != std::string::npos);
    CHECK(lines_of(kept) >= 2);
    check_goes_on(file, kept);
}

TEST_CASE("whatif: ranks that do not read the same study run nothing", "[golden][whatif][mpi]") {
    const std::string rank = std::string("'") + VACATE_WHATIF_MPI + "' ";
    for (const char* other : {"scenarios/tiny/width.json", "scenarios/tiny/no-such-file.json"}) {
        INFO(other);
        const std::string job = "timeout 60 mpirun --allow-run-as-root --oversubscribe -n 2 " +
                                rank + small + " : -n 1 " + rank;
        const ProgramRun run = run_program("/bin/sh", {"-c", job + other}, VACATE_SOURCE_DIR);
        CHECK(run.status == 2);
        CHECK(run.out.empty());
        CHECK(run.err.find("do not read the same study and pool") != std::string::npos);
    }
}
#else
TEST_CASE("whatif under MPI", "[golden][whatif][mpi]") {
    WARN("skipped: Open MPI is not installed; tools/setup tests installs it");
}
#endif

}  // namespace
}  // namespace vacate
