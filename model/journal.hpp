// What a live run wrote down before and after each thing it did: enough to go on after a crash.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/order.hpp"
#include "model/result.hpp"
#include "model/units.hpp"

namespace vacate {

/// The first record of a run.
struct Opened {
    std::string run;       // its name: unique for all runs of a pool
    std::string pool;      // name of the pool
    std::string began_at;  // wall clock, UTC: "2026-03-01T22:00:00Z"
    std::string mission;   // what the operator asked for, JSON
    friend bool operator==(const Opened&, const Opened&) = default;
};

/// A plan was adopted; from here on it is this one that is carried out.
struct Adopted {
    std::string reason;    // "the run begins", "db-7 was moved by hand"
    std::string scenario;  // text of the pool and state it was made for
    std::string plan;      // its text
    friend bool operator==(const Adopted&, const Adopted&) = default;
};

/// Is about to be sent. Without an Answered or Settled record behind it nobody knows whether it
/// was.
struct Commanded {
    std::uint64_t key = 0;  // counts commands of the run from 1
    Order order;
    std::int64_t attempt = 1;
    friend bool operator==(const Commanded&, const Commanded&) = default;
};

/// How a command went, as far as its answer says.
struct Answered {
    enum class Kind {
        begun,    // it goes on: a task, a host that goes down
        done,     // it is over, as ordered
        refused,  // it is over and changed nothing
        unknown,  // no answer: only a look can tell
    };
    enum class Advice {
        retry,   // it may work in a moment
        replan,  // the pool is not as believed
        stop,    // a person is needed
    };
    std::uint64_t key = 0;
    Kind kind = Kind::unknown;
    Advice advice = Advice::retry;  // of what was refused
    std::string code;               // the pool's error code, empty where there is none
    std::string sentence;           // what it said
    std::string memo;               // what undoing it will need
    friend bool operator==(const Answered&, const Answered&) = default;
};

/// A look at the pool decided what became of a command.
struct Settled {
    std::uint64_t key = 0;
    bool done = false;     // else it changed nothing
    std::string sentence;  // what was seen
    friend bool operator==(const Settled&, const Settled&) = default;
};

/// What the operator said.
struct Told {
    enum class What {
        pause,    // begin nothing more, what runs may end
        resume,   // go on
        abort,    // end in a safe state: finish what runs, put back what was changed
        proceed,  // the host that was asked about may be done
        skip,     // that host is left as it is
    };
    What what = What::pause;
    std::string host;  // of proceed and skip
    friend bool operator==(const Told&, const Told&) = default;
};

/// Something a person should know; also what was set aside.
struct Noted {
    Finding finding;
    friend bool operator==(const Noted&, const Noted&) = default;
};

/// What was noted holds no longer: a host that was late is back, a VM that was down runs.
struct Cleared {
    Finding finding;  // as it was noted
    std::string why;
    friend bool operator==(const Cleared&, const Cleared&) = default;
};

/// A look showed that what a change had left to be undone is undone, though no order of ours did
/// it: a host that takes VMs by itself when it is back, a person who switched HA on.
struct PutBack {
    Order order;
    std::string sentence;  // what was seen
    friend bool operator==(const PutBack&, const PutBack&) = default;
};

/// The run is over.
struct Closed {
    bool done = false;  // all that was asked for; else it stopped, and may be resumed
    std::string sentence;
    friend bool operator==(const Closed&, const Closed&) = default;
};

using RecordBody = std::variant<Opened, Adopted, Commanded, Answered, Settled, Told, Noted, Cleared,
                                PutBack, Closed>;

/// One line of a journal.
struct Record {
    std::uint64_t number = 0;  // from 0, without gaps
    Instant at{};              // since the run began; never falls
    RecordBody body;
    friend bool operator==(const Record&, const Record&) = default;
};

using Journal = std::vector<Record>;

}  // namespace vacate
