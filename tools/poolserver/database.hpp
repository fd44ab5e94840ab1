// The objects of the pool: records by reference, what changed when, and what was deleted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/poolserver/schema.hpp"

namespace vacate::poolserver {

/// Counts every change of the database: what event tokens are made of.
using Generation = std::int64_t;

/// One object. Only the Database changes it.
struct Object {
    std::size_t class_index = 0;
    std::string ref;
    std::vector<Value> fields;  // as in Class::fields
    Generation created = 0;
    Generation modified = 0;
    mutable std::shared_ptr<const Value> snapshot;  // the record, once somebody wanted it
};

struct Deletion {
    Generation at = 0;
    std::string ref;
};

/// Fields to set, by name.
using Fields = std::vector<std::pair<std::string_view, Value>>;

/// All objects. References and uuids follow from the seed and the names: two databases built
/// alike are alike. Sets that mirror a reference (host.resident_VMs of VM.resident_on, VM.VBDs
/// of VBD.VM, ...) are kept by the database, as xapi keeps them.
class Database {
  public:
    struct Options {
        std::uint64_t seed = 1;
        std::size_t deletions_kept = 1'000;  // of each class; as many as xapi keeps
    };
    Database(const Release& release, const Options& options);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] const Schema& schema() const { return schema_; }
    [[nodiscard]] Generation generation() const { return generation_; }

    /// Makes an object; fields that are not given have their initial values. Its reference and
    /// uuid follow from the class and `name`, which need not be unique.
    ///
    /// Requires: the class and every field exist. Returns: the reference.
    std::string create(std::string_view class_name, std::string_view name, Fields fields);
    /// Deletes an object, or does nothing when there is none of that reference.
    void destroy(std::string_view ref);

    /// The object, or nullptr; with a class, only if it is of that class.
    [[nodiscard]] const Object* find(std::string_view ref) const;
    [[nodiscard]] const Object* find(std::string_view class_name, std::string_view ref) const;
    [[nodiscard]] const Object* find_by_uuid(std::size_t class_index, std::string_view uuid) const;
    /// References in order.
    [[nodiscard]] std::vector<std::string> find_by_name(std::string_view class_name,
                                                        std::string_view label) const;
    /// The objects of a class by reference.
    using Table = std::map<std::string, Object, std::less<>>;
    [[nodiscard]] const Table& table(std::size_t class_index) const {
        return tables_[class_index].objects;
    }
    [[nodiscard]] const Table& table(std::string_view class_name) const;

    // Fields by name. Requires: the object and the field exist, with that type.
    [[nodiscard]] const Value& get(std::string_view ref, std::string_view field) const;
    [[nodiscard]] const std::string& text_of(std::string_view ref, std::string_view field) const;
    [[nodiscard]] std::int64_t number_of(std::string_view ref, std::string_view field) const;
    [[nodiscard]] bool flag_of(std::string_view ref, std::string_view field) const;
    /// The members of a set of texts or references.
    [[nodiscard]] std::vector<std::string> set_of(std::string_view ref,
                                                  std::string_view field) const;
    /// The value of a key of a map of texts; empty when it has none.
    [[nodiscard]] std::string entry_of(std::string_view ref, std::string_view field,
                                       std::string_view key) const;

    /// Sets a field. A value that it has already is no change.
    void set(std::string_view ref, std::string_view field, Value value);
    void set(std::string_view ref, std::size_t field, Value value);
    /// Adds or replaces a key of a map; without a value takes it out.
    void put_entry(std::string_view ref, std::string_view field, std::string_view key,
                   std::optional<Value> value);
    /// Makes an event without a change. Returns: false when there is no such object.
    bool touch(std::string_view ref);

    /// The record as a Struct, built at most once per change.
    [[nodiscard]] std::shared_ptr<const Value> snapshot(const Object& object) const;

    // What events are made of.
    /// Changes of a class since `since`, oldest first.
    [[nodiscard]] std::vector<const Object*> changed_since(std::size_t class_index,
                                                           Generation since) const;
    [[nodiscard]] std::vector<Deletion> deleted_since(std::size_t class_index,
                                                      Generation since) const;
    /// When the class changed last, deletions included.
    [[nodiscard]] Generation last_change(std::size_t class_index) const {
        return tables_[class_index].last_change;
    }
    /// Deletions up to this generation are forgotten.
    [[nodiscard]] Generation forgotten(std::size_t class_index) const {
        return tables_[class_index].forgotten;
    }
    /// Called after each change with the class that changed. One listener.
    void listen(std::function<void(std::size_t)> listener) { listener_ = std::move(listener); }

    /// How many records were turned into snapshots so far: what load tests count.
    [[nodiscard]] std::uint64_t snapshots_built() const { return snapshots_built_; }

    /// A uuid that follows from the seed and the text.
    [[nodiscard]] std::string uuid_of(std::string_view text) const;

  private:
    struct ClassTable {
        Table objects;
        std::map<Generation, const Object*> recent;  // each object once, by its last change
        std::map<std::string, const Object*, std::less<>> by_uuid;
        std::deque<Deletion> deletions;
        Generation last_change = 0;
        Generation forgotten = 0;
        std::uint64_t made = 0;  // how many objects there ever were
    };
    struct Mirror {
        std::size_t class_index;
        std::size_t field;
    };
    Object* find_mutable(std::string_view ref);
    void mark(Object& object);
    void link(const Object& object, std::size_t field, bool present);
    void put_in_mirror(Object& object, std::size_t field, const std::string& ref, bool present);
    void read_mirrors();

    Schema schema_;
    Options options_;
    Generation generation_ = 0;
    std::vector<ClassTable> tables_;  // as Schema::classes
    std::map<std::string, Object*, std::less<>> by_ref_;
    std::map<std::pair<std::size_t, std::size_t>, Mirror> mirrors_;  // by class and field
    std::function<void(std::size_t)> listener_;
    mutable std::uint64_t snapshots_built_ = 0;
};

}  // namespace vacate::poolserver
