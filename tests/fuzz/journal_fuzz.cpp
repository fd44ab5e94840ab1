// Any text is read as a journal or refused; what is read is written as it stood there, and a run
// is gone on with or refused.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/check.hpp"
#include "model/codec/journal_text.hpp"
#include "sim/live/executor.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = vacate::read_journal(text, "fuzz");
    if (!read) {
        VACATE_CHECK(!read.error().items.empty(), "an error must say what is wrong");
        return 0;
    }
    VACATE_CHECK(read->bytes <= size, "more was read than there is");
    std::string again;
    for (const vacate::Record& record : read->journal) again += vacate::print_record(record);
    const auto twice = vacate::read_journal(again, "again");
    VACATE_CHECK(twice && twice->journal == read->journal, "what was written is read otherwise");
    auto executor = vacate::live::Executor::resume({}, read->journal);
    if (!executor) return 0;
    (void)executor->next(vacate::Instant::max() - vacate::Duration(1'000'000));
    return 0;
}
