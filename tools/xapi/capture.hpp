// A live pool as a scenario: to the byte what XAPI accounts.
#pragma once

#include <string>

#include "model/codec/scenario.hpp"
#include "model/codec/xapi_dump.hpp"
#include "tools/xapi/client.hpp"

namespace vacate::xapi {

/// Reads every object of the classes that a scenario is made from. A class that the pool does not
/// know has none.
[[nodiscard]] tl::expected<Records, CallProblem> read_records(Client& client);

/// Where the hosts answer, as the pool tells it.
[[nodiscard]] std::vector<std::string> addresses_in(const Records& records);

/// The rows of a database dump that hold what the records do.
[[nodiscard]] codec::Database database_of(const Records& records);

/// A pool as it was read.
struct Captured {
    Records records;
    XapiScenario scenario;
};

/// Reads the pool and writes its scenario; names as in scenario_from_xapi_database().
///
/// Records are read one class after the other: where a VM moved meanwhile they may not fit
/// together, and all is read again, three times at most. The client learns where the hosts are.
/// Fails: outside, with what the pool said; bad input, when it cannot be a scenario.
[[nodiscard]] Result<Captured> capture(Client& client, const std::string& source, NameBooks& books);

/// Holds the free memory of every live host against what XAPI computes.
///
/// Returns: a finding for each host where they differ, and for each that gave no answer.
[[nodiscard]] Findings compare_free_memory(Client& client, const Captured& captured,
                                           const Scenario& scenario);

/// The reference of each name.
[[nodiscard]] Texts refs_by_name(const codec::NamesByRef& names);

}  // namespace vacate::xapi
