// libFuzzer target: the text of a study; where it begins with a letter, options of a command line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "model/check.hpp"
#include "model/codec/study_text.hpp"
#include "model/limits.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vacate;
    const std::string text(size == 0 ? "" : reinterpret_cast<const char*>(data), size);
    std::vector<StudyOption> options;
    const bool is_json = !text.empty() && text.front() == '{';
    std::istringstream lines(is_json ? "" : text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.find(' ');
        options.push_back(
            {line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1)});
    }
    const Result<Study> study =
        is_json ? read_study(text, "fuzz") : study_of_options(options, "pool");
    if (!study) {
        const std::size_t count = study.error().items.size();
        VACATE_CHECK(count > 0 && count <= limits::errors_listed, "a refusal says why");
        return 0;
    }
    const auto rows = rows_of(*study);
    VACATE_CHECK(rows && *rows > 0 && *rows <= limits::study_rows, "a study has a bounded size");
    for (const std::int64_t row : {std::int64_t{0}, *rows / 2, *rows - 1}) {
        const StudyCase one = case_of(*study, row);
        VACATE_CHECK(changes_of(*study, one).size() >= study->variants[one.variant].changes.size(),
                     "a case has the changes of its variant");
    }
    return 0;
}
