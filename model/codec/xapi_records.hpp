// A XAPI database dump as objects: hosts, VMs, storage and networks, linked by foreign keys.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/problems.hpp"
#include "model/codec/sexpr.hpp"
#include "model/codec/xapi_database.hpp"

namespace vacate::codec {

using Refs = std::set<std::string, std::less<>>;

/// Reads the values of rows; what cannot be read becomes a problem with table, row and column.
class RowReader {
  public:
    RowReader(const Database& database, Problems& problems)
        : database_(&database), problems_(&problems) {}

    [[nodiscard]] const Database& database() const { return *database_; }
    /// "table VM, row OpaqueRef:... (db-1)".
    [[nodiscard]] static std::string place(const DatabaseRow& row);
    /// The text of a column; empty when the dump does not have it.
    [[nodiscard]] static std::string text(const DatabaseRow& row, std::string_view column);
    /// The reference in a column; empty when it is null or absent.
    [[nodiscard]] static std::string ref(const DatabaseRow& row, std::string_view column);
    [[nodiscard]] static bool flag(const DatabaseRow& row, std::string_view column,
                                   bool otherwise = false);
    [[nodiscard]] std::optional<std::int64_t> number(const DatabaseRow& row,
                                                     std::string_view column) const;
    [[nodiscard]] std::vector<std::string> set(const DatabaseRow& row,
                                               std::string_view column) const;
    [[nodiscard]] TextMap map(const DatabaseRow& row, std::string_view column) const;
    void complain(const DatabaseRow& row, std::string sentence, std::string remedy = {}) const {
        problems_->add_item(0, {place(row), std::move(sentence), std::move(remedy)});
    }

  private:
    const Database* database_;
    Problems* problems_;
};

/// The value of `key`, or an empty text.
[[nodiscard]] std::string value_of(const TextMap& map, std::string_view key);
/// True when `key` is there and says true.
[[nodiscard]] bool says_true(const TextMap& map, std::string_view key);

struct XapiHost {
    const DatabaseRow* row = nullptr;
    std::optional<std::int64_t> total;      // host_metrics.memory_total
    std::optional<std::int64_t> overhead;   // of the hypervisor
    std::optional<std::int64_t> boot_free;  // free at boot, dom0's pages counted as free
    std::optional<std::int64_t> dom0;       // charged for control domains; absent: no row
    std::optional<std::int64_t> link_mbps;
    std::int64_t cpus = 0;
    bool live = true;
    TextMap software;
    TextMap cpu;
    TextMap licence;
    Refs networks;
    Refs storages;  // attached ones
};

struct XapiStorage {
    const DatabaseRow* row = nullptr;
    std::string type;
    bool shared = false;
    bool tools = false;  // the ISO images that come with every host
    std::int64_t free = 0;
    Refs hosts;  // with a PBD, attached or not
};

struct XapiNetwork {
    const DatabaseRow* row = nullptr;
    bool has_pif = false;
    bool has_vif = false;  // of a VM, templates apart
    bool sriov = false;
};

struct XapiDisk {
    std::string storage;
    std::int64_t size = 0;
    bool reset_and_cached = false;
    bool change_tracking = false;
};

enum class XapiPower { running, paused, suspended, halted };

struct XapiVm {
    const DatabaseRow* row = nullptr;
    XapiPower power = XapiPower::halted;
    std::string host;      // where it runs; empty when it does not
    std::string going_to;  // where it is being migrated to
    std::string domain;    // hvm, pv, pvh, pv_in_pvh
    std::optional<std::int64_t> memory;
    std::optional<std::int64_t> dynamic_min;
    std::optional<std::int64_t> static_min;
    std::optional<std::int64_t> overhead;
    std::optional<std::int64_t> vcpus;
    TextMap platform;
    TextMap other;
    std::vector<XapiDisk> disks;
    Refs cds;  // storages of the CDs in its drives
    Refs networks;

    /// True when it holds memory of a host.
    [[nodiscard]] bool is_up() const {
        return power == XapiPower::running || power == XapiPower::paused;
    }
};

struct XapiGroup {
    const DatabaseRow* row = nullptr;
    Refs members;
};

struct XapiPool {
    const DatabaseRow* row = nullptr;
    std::string coordinator;
    TextMap other;
    TextMap restrictions;
    std::map<std::string, XapiHost, std::less<>> hosts;
    std::map<std::string, XapiStorage, std::less<>> storages;
    std::map<std::string, XapiNetwork, std::less<>> networks;
    std::map<std::string, XapiVm, std::less<>> vms;        // templates and control domains are none
    std::map<std::string, XapiGroup, std::less<>> groups;  // anti-affinity, two members or more
    std::vector<std::string> stale_residents;  // host refs whose stored resident_VMs differ
    std::size_t dangling_disks = 0;            // VBDs whose VDI or SR is not in the dump
};

/// Links the rows of a dump by their foreign keys. The stored reverse sets are not used.
///
/// Problems: no manifest, another schema, no host, not exactly one pool, a dangling master, a
///           running VM without a host, values that cannot be read.
/// Requires: `reader` outlives the result, whose rows point into its database.
/// Source:   xapi, ocaml/idl/datamodel.ml; the acceptance rules of the importer.
[[nodiscard]] XapiPool link_xapi_records(const RowReader& reader, Problems& problems);

}  // namespace vacate::codec
