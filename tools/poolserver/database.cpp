// Keeps objects, their mirrors, and the order of their changes.
#include "tools/poolserver/database.hpp"

#include <algorithm>

#include "model/check.hpp"
#include "model/random.hpp"

namespace vacate::poolserver {
namespace {

/// References and the sets that mirror them.
///
/// Source: xapi, ocaml/idl/datamodel.ml, the list of relations.
struct Relation {
    std::string_view many, reference, one, set;
};
constexpr Relation relations[]{
    {"VM", "resident_on", "host", "resident_VMs"},
    {"VBD", "VM", "VM", "VBDs"},
    {"VBD", "VDI", "VDI", "VBDs"},
    {"VIF", "VM", "VM", "VIFs"},
    {"VIF", "network", "network", "VIFs"},
    {"VDI", "SR", "SR", "VDIs"},
    {"PBD", "SR", "SR", "PBDs"},
    {"PBD", "host", "host", "PBDs"},
    {"PIF", "host", "host", "PIFs"},
    {"PIF", "network", "network", "PIFs"},
    {"PCI", "host", "host", "PCIs"},
    {"host_cpu", "host", "host", "host_CPUs"},
    {"VGPU", "VM", "VM", "VGPUs"},
    {"VUSB", "VM", "VM", "VUSBs"},
    {"VM", "snapshot_of", "VM", "snapshots"},
    {"VM", "parent", "VM", "children"},
    {"VDI", "snapshot_of", "VDI", "snapshots"},
    {"task", "subtask_of", "task", "subtasks"},
};

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
    std::uint64_t hash = 0xcbf29ce484222325u ^ seed;  // FNV-1a
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3u;
    }
    return hash;
}

void append_hex(std::string& text, std::uint64_t bits, int digits) {
    for (int at = 4 * (digits - 1); at >= 0; at -= 4) {
        text.push_back("0123456789abcdef"[(bits >> at) & 15]);
    }
}

}  // namespace

Database::Database(const Release& release, const Options& options)
    : schema_(release), options_(options), tables_(schema_.classes().size()) {
    read_mirrors();
}

void Database::read_mirrors() {
    const auto add = [&](const Relation& each) {
        const auto many = schema_.find(each.many);
        const auto one = schema_.find(each.one);
        VACATE_CHECK(many && one, "a mirror is between classes of the schema");
        const auto reference = schema_[*many].find_field(each.reference);
        const auto set = schema_[*one].find_field(each.set);
        VACATE_CHECK(reference && set, "a mirror is between fields of the schema");
        mirrors_.insert({{*many, *reference}, {*one, *set}});
    };
    for (const Relation& each : relations) add(each);
    if (schema_.find("VM_group")) add({"VM", "groups", "VM_group", "VMs"});
}

std::string Database::uuid_of(std::string_view text) const {
    Random random(hash_of(text, options_.seed));
    const std::uint64_t high = random.next();
    const std::uint64_t low = random.next();
    std::string uuid;
    append_hex(uuid, high >> 32, 8);
    uuid.push_back('-');
    append_hex(uuid, high >> 16, 4);
    uuid.push_back('-');
    append_hex(uuid, (high & 0x0fff) | 0x4000, 4);
    uuid.push_back('-');
    append_hex(uuid, ((low >> 48) & 0x3fff) | 0x8000, 4);
    uuid.push_back('-');
    append_hex(uuid, low, 12);
    return uuid;
}

std::string Database::create(std::string_view class_name, std::string_view name, Fields fields) {
    const auto index = schema_.find(class_name);
    VACATE_CHECK(index.has_value(), "the class of a new object is in the schema");
    const Class& of = schema_[*index];
    ClassTable& table = tables_[*index];
    std::string key = std::string(class_name) + "/" + std::string(name);
    std::string ref = "OpaqueRef:" + uuid_of("ref " + key);
    while (by_ref_.contains(ref)) {  // a namesake: told apart by its number
        key += "/" + std::to_string(table.made);
        ref = "OpaqueRef:" + uuid_of("ref " + key);
    }
    ++table.made;
    Object made;
    made.class_index = *index;
    made.ref = ref;
    made.fields.reserve(of.fields.size());
    for (const Field& field : of.fields) made.fields.push_back(field.initial);
    if (const auto uuid = of.find_field("uuid")) made.fields[*uuid] = text(uuid_of(key));
    for (auto& [field, value] : fields) {
        const auto at = of.find_field(field);
        VACATE_CHECK(at.has_value(), "the field of a new object is in the schema");
        made.fields[*at] = std::move(value);
    }
    Object& object = table.objects.emplace(ref, std::move(made)).first->second;
    by_ref_.emplace(ref, &object);
    if (const auto uuid = of.find_field("uuid")) {
        table.by_uuid.emplace(std::get<std::string>(object.fields[*uuid].of), &object);
    }
    mark(object);
    object.created = object.modified;
    for (std::size_t i = 0; i < of.fields.size(); ++i) link(object, i, true);
    return ref;
}

void Database::destroy(std::string_view ref) {
    Object* object = find_mutable(ref);
    if (object == nullptr) return;
    const std::size_t index = object->class_index;
    for (std::size_t i = 0; i < object->fields.size(); ++i) link(*object, i, false);
    ClassTable& table = tables_[index];
    table.recent.erase(object->modified);
    if (const auto uuid = schema_[index].find_field("uuid")) {
        table.by_uuid.erase(std::get<std::string>(object->fields[*uuid].of));
    }
    table.deletions.push_back({++generation_, object->ref});
    table.last_change = generation_;
    if (table.deletions.size() > options_.deletions_kept) {
        table.forgotten = table.deletions.front().at;
        table.deletions.pop_front();
    }
    by_ref_.erase(by_ref_.find(ref));
    table.objects.erase(table.objects.find(ref));
    if (listener_) listener_(index);
}

const Object* Database::find(std::string_view ref) const {
    const auto found = by_ref_.find(ref);
    return found == by_ref_.end() ? nullptr : found->second;
}

const Object* Database::find(std::string_view class_name, std::string_view ref) const {
    const Object* object = find(ref);
    const bool right = object != nullptr && schema_[object->class_index].name == class_name;
    return right ? object : nullptr;
}

Object* Database::find_mutable(std::string_view ref) {
    const auto found = by_ref_.find(ref);
    return found == by_ref_.end() ? nullptr : found->second;
}

const Object* Database::find_by_uuid(std::size_t class_index, std::string_view uuid) const {
    const auto& uuids = tables_[class_index].by_uuid;
    const auto found = uuids.find(uuid);
    return found == uuids.end() ? nullptr : found->second;
}

std::vector<std::string> Database::find_by_name(std::string_view class_name,
                                                std::string_view label) const {
    const auto index = schema_.find(class_name);
    VACATE_CHECK(index.has_value(), "the class that is searched is in the schema");
    const auto field = schema_[*index].find_field("name_label");
    VACATE_CHECK(field.has_value(), "the class that is searched by name has names");
    std::vector<std::string> refs;
    for (const auto& [ref, object] : tables_[*index].objects) {
        if (std::get<std::string>(object.fields[*field].of) == label) refs.push_back(ref);
    }
    return refs;
}

const Database::Table& Database::table(std::string_view class_name) const {
    const auto index = schema_.find(class_name);
    VACATE_CHECK(index.has_value(), "the table is of a class of the schema");
    return tables_[*index].objects;
}

const Value& Database::get(std::string_view ref, std::string_view field) const {
    const Object* object = find(ref);
    VACATE_CHECK(object != nullptr, "the object whose field is read exists");
    const auto at = schema_[object->class_index].find_field(field);
    VACATE_CHECK(at.has_value(), "the field that is read is in the schema");
    return object->fields[*at];
}

const std::string& Database::text_of(std::string_view ref, std::string_view field) const {
    return std::get<std::string>(get(ref, field).of);
}

std::int64_t Database::number_of(std::string_view ref, std::string_view field) const {
    return std::get<std::int64_t>(get(ref, field).of);
}

bool Database::flag_of(std::string_view ref, std::string_view field) const {
    return std::get<bool>(get(ref, field).of);
}

std::vector<std::string> Database::set_of(std::string_view ref, std::string_view field) const {
    std::vector<std::string> members;
    for (const Value& each : std::get<Array>(get(ref, field).of)) {
        members.push_back(std::get<std::string>(each.of));
    }
    return members;
}

std::string Database::entry_of(std::string_view ref, std::string_view field,
                               std::string_view key) const {
    const auto& members = std::get<Struct>(get(ref, field).of);
    const auto found =
        std::ranges::find_if(members, [&](const Member& m) { return m.name == key; });
    return found == members.end() ? std::string() : std::get<std::string>(found->value.of);
}

void Database::set(std::string_view ref, std::string_view field, Value value) {
    const Object* object = find(ref);
    VACATE_CHECK(object != nullptr, "the object whose field is set exists");
    const auto at = schema_[object->class_index].find_field(field);
    VACATE_CHECK(at.has_value(), "the field that is set is in the schema");
    set(ref, *at, std::move(value));
}

void Database::set(std::string_view ref, std::size_t field, Value value) {
    Object* object = find_mutable(ref);
    VACATE_CHECK(object != nullptr, "the object whose field is set exists");
    if (object->fields[field] == value) return;
    link(*object, field, false);
    object->fields[field] = std::move(value);
    mark(*object);
    link(*object, field, true);
}

void Database::put_entry(std::string_view ref, std::string_view field, std::string_view key,
                         std::optional<Value> value) {
    Struct members = std::get<Struct>(get(ref, field).of);
    const auto found =
        std::ranges::find_if(members, [&](const Member& m) { return m.name == key; });
    if (!value) {
        if (found == members.end()) return;
        members.erase(found);
    } else if (found != members.end()) {
        found->value = std::move(*value);
    } else {
        members.push_back({std::string(key), std::move(*value)});
    }
    set(ref, field, Value{std::move(members)});
}

bool Database::touch(std::string_view ref) {
    Object* object = find_mutable(ref);
    if (object == nullptr) return false;
    mark(*object);
    return true;
}

void Database::mark(Object& object) {
    ClassTable& table = tables_[object.class_index];
    table.recent.erase(object.modified);
    object.modified = ++generation_;
    object.snapshot.reset();
    table.recent.emplace(object.modified, &object);
    table.last_change = generation_;
    if (listener_) listener_(object.class_index);
}

/// Enters the object in the sets that mirror this field of its, or takes it out.
void Database::link(const Object& object, std::size_t field, bool present) {
    const auto mirror = mirrors_.find({object.class_index, field});
    if (mirror == mirrors_.end()) return;
    const auto put = [&](const Value& reference) {
        Object* one = find_mutable(std::get<std::string>(reference.of));
        if (one == nullptr || one->class_index != mirror->second.class_index) return;
        put_in_mirror(*one, mirror->second.field, object.ref, present);
    };
    const Value& value = object.fields[field];
    if (const auto* references = std::get_if<Array>(&value.of)) {
        for (const Value& each : *references) put(each);
    } else {
        put(value);
    }
}

void Database::put_in_mirror(Object& object, std::size_t field, const std::string& ref,
                             bool present) {
    auto& members = std::get<Array>(object.fields[field].of);
    const auto found = std::ranges::find(members, text(ref));
    if ((found != members.end()) == present) return;
    if (present) {
        members.push_back(text(ref));
    } else {
        members.erase(found);
    }
    mark(object);
}

std::shared_ptr<const Value> Database::snapshot(const Object& object) const {
    if (!object.snapshot) {
        const Class& of = schema_[object.class_index];
        Struct record;
        record.reserve(of.fields.size());
        for (std::size_t i = 0; i < of.fields.size(); ++i) {
            record.push_back({of.fields[i].name, object.fields[i]});
        }
        object.snapshot = std::make_shared<const Value>(Value{std::move(record)});
        ++snapshots_built_;
    }
    return object.snapshot;
}

std::vector<const Object*> Database::changed_since(std::size_t class_index,
                                                   Generation since) const {
    const auto& recent = tables_[class_index].recent;
    std::vector<const Object*> objects;
    for (auto at = recent.upper_bound(since); at != recent.end(); ++at) {
        objects.push_back(at->second);
    }
    return objects;
}

std::vector<Deletion> Database::deleted_since(std::size_t class_index, Generation since) const {
    const auto& deletions = tables_[class_index].deletions;
    const auto from = std::ranges::upper_bound(deletions, since, {}, &Deletion::at);
    return {from, deletions.end()};
}

}  // namespace vacate::poolserver
