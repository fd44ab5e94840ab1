// Reads scenarios of the project for the tests of the simulated pool.
#include "tests/unit/poolserver/client.hpp"

#include <fstream>
#include <sstream>

namespace vacate::poolserver {

Scenario scenario_of(const std::string& relative) {
    std::ifstream file(std::string(VACATE_SOURCE_DIR) + "/" + relative);
    std::ostringstream text;
    text << file.rdbuf();
    const Result<Scenario> scenario = read_scenario(text.str(), relative);
    REQUIRE(scenario);
    return *scenario;
}

}  // namespace vacate::poolserver
