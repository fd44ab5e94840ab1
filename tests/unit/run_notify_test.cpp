// The notify command: whatever asks for a person in one moment reaches it.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/live_rig.hpp"
#include "tests/support/run_program.hpp"
#include "tools/run/controls.hpp"
#include "tools/run/notify.hpp"
#include "tools/run/session.hpp"

namespace vacate {
namespace {

// A command that writes down each call, and what it wrote.
struct Pager {
    TemporaryFolder folder;
    std::string command;

    Pager() {
        std::ofstream script(folder.path("page.sh"));
        script << "echo \"$VACATE_EVENT $VACATE_SENTENCE\" >> " << folder.path("pages") << "\n";
        command = "/bin/sh " + folder.path("page.sh");
    }
    [[nodiscard]] std::vector<std::string> pages() const {
        std::ifstream file(folder.path("pages"));
        std::vector<std::string> lines;
        for (std::string line; std::getline(file, line);) lines.push_back(line);
        return lines;
    }
};

// The rig by the clock of a session.
class Seconds : public live::Driver {
  public:
    explicit Seconds(LiveRig& rig) : rig_(rig) {}
    void submit(const Commanded& command) override { rig_.submit(command); }
    void look() override { rig_.look(); }
    std::vector<live::Observation> poll(Instant now) override {
        while (rig_.now + std::chrono::seconds(1) <= now) {
            rig_.now += std::chrono::seconds(1);
            rig_.advance();
        }
        return rig_.poll(now);
    }

  private:
    LiveRig& rig_;
};

}  // namespace

TEST_CASE("what is told in one moment is told call by call, nothing is lost", "[run][notify]") {
    const Pager pager;
    constexpr int count = 12;
    {
        const Notifier notifier(pager.command, "pool", pager.folder.path("a.journal"));
        for (int i = 0; i < count; ++i) {
            notifier.tell(Notice::need_operator, "need " + std::to_string(i));
        }
    }
    std::vector<std::string> expected;
    for (int i = 0; i < count; ++i) {
        expected.push_back("need-for-operator need " + std::to_string(i));
    }
    CHECK(pager.pages() == expected);
}

TEST_CASE("a run that asks for one host after the other calls for each", "[run][notify]") {
    const TemporaryFolder folder;
    LiveRig rig(draw(three_hosts));
    live::Mission mission = small_mission();
    mission.ask_before_hosts = true;
    live::Executor executor = new_run(rig, mission);
    Seconds driver(rig);
    auto controls = Controls::open(folder.path("a.journal"));
    REQUIRE(controls);
    std::vector<std::string> asked;
    SessionOptions options;
    options.may_draw = false;
    options.speed = 2000;
    options.notify = [&](Notice notice, const std::string& sentence) {
        if (notice != Notice::need_operator) return;
        asked.push_back(sentence.substr(0, sentence.find('?')));
        rig.tell(Told::What::proceed, sentence.substr(4, 1));
    };
    const SessionEnd end = run_session(executor, driver, rig, *controls, options);
    CHECK(end.status.standing == live::Standing::done);
    CHECK(asked == std::vector<std::string>{"may a be done", "may b be done", "may c be done"});
}

}  // namespace vacate
