// The mark of a rolling upgrade in the pool's record, and how late it comes.
#pragma once

#include <optional>

#include "tools/poolserver/vm_parts.hpp"

namespace vacate::poolserver {

/// The coordinator looks at its hosts' versions when it starts and every 30 s from then on.
///
/// Source: xapi, ocaml/xapi/db_gc.ml:146-240, dbsync_master.ml:359.
class RollingFlag {
  public:
    explicit RollingFlag(VmParts& parts) : parts_(&parts) {}
    RollingFlag(const RollingFlag&) = delete;
    RollingFlag& operator=(const RollingFlag&) = delete;

    /// True when the hosts' versions make the pool a mixed one, whatever the mark says.
    [[nodiscard]] bool versions_differ() const;
    /// The coordinator starts: it looks now, and its rounds begin here.
    void start();
    /// To be told after a host's version changed: the next round sees it.
    void versions_changed();

  private:
    void look();

    VmParts* parts_;
    Instant started_at_{};
    std::optional<Agenda::Entry> next_;
};

}  // namespace vacate::poolserver
