// Each parameter by its measure.
#include "model/codec/copying_text.hpp"

#include <algorithm>

#include "model/codec/amount.hpp"
#include "model/codec/shown.hpp"

namespace vacate::codec {
namespace {

constexpr std::int64_t qemu_rounds = limits::precopy_rounds;
constexpr Bytes qemu_chunk = gibibytes(1);  // clear-bitmap-shift 18

std::int64_t read_ratio(const ObjectReader& reader, const CopyingParameter& parameter) {
    const std::int64_t value = reader.thousandths(parameter.name).value_or(parameter.fallback);
    if (value >= parameter.least && value <= parameter.most) return value;
    const Place place = reader.at(parameter.name);
    reader.problems().add(place, shown(place.node->text) + " is no share",
                          "write a ratio above 0 and at most 1");
    return parameter.fallback;
}

std::int64_t read_rate(const ObjectReader& reader, const CopyingParameter& parameter) {
    const Bandwidth fallback{parameter.fallback};
    if (parameter.least > 0) return reader.speed(parameter.name, fallback).count;
    return reader.bandwidth(parameter.name).value_or(fallback).count;
}

std::int64_t read_value(const ObjectReader& reader, const CopyingParameter& parameter) {
    const std::string_view name = parameter.name;
    switch (parameter.measure) {
        case Measure::rate:
            return read_rate(reader, parameter);
        case Measure::time:
            return reader.duration(name).value_or(Duration{parameter.fallback}).count();
        case Measure::bytes:
            return reader.bytes(name).value_or(Bytes{parameter.fallback}).count;
        case Measure::ratio:
            return read_ratio(reader, parameter);
        case Measure::count:
            return reader.integer(name, {parameter.fallback, parameter.least, parameter.most});
        case Measure::flag:
            return reader.boolean(name, parameter.fallback != 0) ? 1 : 0;
        case Measure::stop_rule:
            break;
    }
    const auto fallback = static_cast<StopRule>(parameter.fallback);
    return static_cast<std::int64_t>(reader.word(name, stop_rule_words).value_or(fallback));
}

Node value_node(const CopyingParameter& parameter, std::int64_t value) {
    switch (parameter.measure) {
        case Measure::rate:
            return make_text(print_exact(Bandwidth{value}));
        case Measure::time:
            return make_text(print_exact(Duration{value}));
        case Measure::bytes:
            return make_text(print_exact(Bytes{value}));
        case Measure::ratio:
            return make_text(print_thousandths(value));
        case Measure::count:
            return make_integer(value);
        case Measure::flag:
            return make_boolean(value != 0);
        case Measure::stop_rule:
            break;
    }
    return make_text(std::string(word_of<StopRule>(stop_rule_words, static_cast<StopRule>(value))));
}

bool is_given(const CopyingChanges& changes, std::string_view name) {
    return std::any_of(changes.begin(), changes.end(), [name](const auto& change) {
        return copying_parameters()[change.first].name == name;
    });
}

}  // namespace

Copying read_copying(const ObjectReader& reader) {
    Copying copying;
    for (const CopyingParameter& parameter : copying_parameters()) {
        parameter.set(copying, read_value(reader, parameter));
    }
    if (copying.stop_rule == StopRule::qemu) {
        if (!reader.has("rounds_max")) copying.rounds_max = qemu_rounds;
        if (!reader.has("dirty_log_chunk")) copying.dirty_log_chunk = qemu_chunk;
    }
    return copying;
}

CopyingChanges read_copying_changes(const ObjectReader& reader) {
    const std::span<const CopyingParameter> parameters = copying_parameters();
    CopyingChanges changes;
    bool is_qemu = false;
    for (std::uint32_t i = 0; i < parameters.size(); ++i) {
        if (!reader.has(parameters[i].name)) continue;
        const std::int64_t value = read_value(reader, parameters[i]);
        changes.emplace_back(i, value);
        is_qemu = is_qemu || (parameters[i].measure == Measure::stop_rule &&
                              value == static_cast<std::int64_t>(StopRule::qemu));
    }
    if (!is_qemu) return changes;
    const auto supply = [&](std::string_view name, std::int64_t value) {
        if (is_given(changes, name)) return;
        for (std::uint32_t i = 0; i < parameters.size(); ++i) {
            if (parameters[i].name == name) changes.emplace_back(i, value);
        }
    };
    supply("rounds_max", qemu_rounds);
    supply("dirty_log_chunk", qemu_chunk.count);
    std::sort(changes.begin(), changes.end());
    return changes;
}

CopyingChanges read_host_or_vm_timing(const ObjectReader& reader) {
    const Place place = reader.at("timing");
    if (place.node == nullptr) return {};
    const ObjectReader timing(place, copying_members, reader.problems());
    if (!timing.is_object()) return {};
    return read_copying_changes(timing);
}

void put_copying(Node& object, const Copying& copying) {
    for (const CopyingParameter& parameter : copying_parameters()) {
        put(object, parameter.name, value_node(parameter, parameter.get(copying)));
    }
}

Node copying_changes_node(const CopyingChanges& changes) {
    Node node = make_object();
    for (const auto& [index, value] : changes) {
        const CopyingParameter& parameter = copying_parameters()[index];
        put(node, parameter.name, value_node(parameter, value));
    }
    return node;
}

}  // namespace vacate::codec
