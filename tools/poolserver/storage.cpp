// Keeps the sums of an SR as disks come and go.
#include "tools/poolserver/storage.hpp"

#include <limits>
#include <utility>

namespace vacate::poolserver {
namespace {

void take_space(Database& database, const std::string& storage, std::int64_t bytes) {
    for (const std::string_view field : {"virtual_allocation", "physical_utilisation"}) {
        database.set(storage, field, {database.number_of(storage, field) + bytes});
    }
}

}  // namespace

std::string create_disk(Database& database, const std::string& storage, std::string_view name,
                        Bytes size, Fields fields) {
    fields.emplace_back("SR", text(storage));
    const Value bytes{size.count};
    fields.emplace_back("virtual_size", bytes);
    fields.emplace_back("physical_utilisation", bytes);
    take_space(database, storage, size.count);
    return database.create("VDI", name, std::move(fields));
}

std::string create_state_file(Database& database, const std::string& storage) {
    return create_disk(database, storage, "HA state file", mebibytes(4),
                       {{"name_label", text("Statefile for HA")}, {"type", text("ha_statefile")}});
}

void destroy_disk(Database& database, const std::string& vdi) {
    if (database.find("VDI", vdi) == nullptr) return;
    const std::string storage = database.text_of(vdi, "SR");
    if (database.find("SR", storage) != nullptr) {
        take_space(database, storage, -database.number_of(vdi, "virtual_size"));
    }
    // A copy: the caller's text may belong to the object.
    const std::string gone = vdi;
    database.destroy(gone);
}

Failure no_space() { return {{"SR_BACKEND_FAILURE_44", "", "There is insufficient space", ""}}; }

Bytes free_space(const Database& database, const std::string& storage) {
    const std::int64_t size = database.number_of(storage, "physical_size");
    if (size <= 0) return Bytes{std::numeric_limits<std::int64_t>::max()};
    return Bytes{size - database.number_of(storage, "physical_utilisation")};
}

}  // namespace vacate::poolserver
