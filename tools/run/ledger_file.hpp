// The journal of a run as a file: appended to, synced, and held by one run at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "model/journal.hpp"
#include "sim/live/driver.hpp"

namespace vacate {

/// A journal that is open for writing. Whoever has one holds a lock on the file, which ends with
/// the process however that ends.
///
/// An append-only text file, not a data base: there is one writer, the whole history is what is
/// wanted back, a line cut short by a crash shows by its checksum and harms nothing before it,
/// and a person can read it in the night with less.
class LedgerFile : public live::Ledger {
  public:
    /// A new journal. Fails: outside, where there is a file already, or none can be made.
    [[nodiscard]] static Result<std::unique_ptr<LedgerFile>> create(const std::string& path);

    struct Reopened;
    /// One that was written before, to go on with it; a torn end is cut off.
    /// Fails: outside, where it cannot be read or written, or another run holds it; bad input as
    ///        read_journal() does.
    [[nodiscard]] static Result<Reopened> reopen(const std::string& path);

    LedgerFile(std::string path, int file, std::size_t bytes);
    ~LedgerFile() override;

    /// One write and one fdatasync for all of them. Where that fails, what was half written is
    /// cut off again as far as the file system lets us, and nothing is written any more.
    [[nodiscard]] Result<void> append(const std::vector<Record>& records) override;

  private:
    std::string path_;
    int file_;
    std::size_t bytes_;  // that are whole
    bool failed_ = false;
};

struct LedgerFile::Reopened {
    std::unique_ptr<LedgerFile> ledger;
    Journal history;
};

/// A journal as it is now, whether a run is writing it or not.
struct JournalNow {
    Journal history;
    bool is_held = false;  // a run is under way
};
[[nodiscard]] Result<JournalNow> look_at_journal(const std::string& path);

}  // namespace vacate
