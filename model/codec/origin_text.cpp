// Hosts and VMs of an origin, by name.
#include "model/codec/origin_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "model/codec/object_reader.hpp"
#include "model/codec/shown.hpp"

namespace vacate::codec {
namespace {

std::optional<std::uint64_t> digest_of(std::string_view digits) {
    std::uint64_t word = 0;
    const char* last = digits.data() + digits.size();
    const auto [stopped, problem] = std::from_chars(digits.data(), last, word, 16);
    if (problem != std::errc{} || stopped != last) return std::nullopt;
    return word;
}

class OriginReader {
  public:
    explicit OriginReader(Problems& problems) : problems_(problems) {}

    Origin read(const Place& place) {
        constexpr std::array<std::string_view, 2> members{"hosts", "vms_nowhere"};
        const ObjectReader reader(place, std::span<const std::string_view>(members), problems_);
        if (!reader.is_object()) return {};
        const Place hosts = reader.at("hosts");
        if (hosts.node == nullptr || !hosts.node->is_object()) {
            reader.missing("hosts");
            return {};
        }
        for (const Node& host : hosts.node->children) one_host(member_of(hosts, host.key));
        vms(reader.at("vms_nowhere"), "");
        by_name(origin_.hosts);
        by_name(origin_.vms);
        return std::move(origin_);
    }

  private:
    template <class One>
    static void by_name(std::vector<One>& all) {
        std::stable_sort(all.begin(), all.end(),
                         [](const One& a, const One& b) { return a.name < b.name; });
    }

    void one_host(const Place& place) {
        constexpr std::array<std::string_view, 8> members{"memory_bytes", "memory_after_bytes",
                                                          "version",      "target",
                                                          "upgraded",     "enabled",
                                                          "rest",         "vms"};
        const ObjectReader reader(place, std::span<const std::string_view>(members), problems_);
        if (!reader.is_object()) return;
        const IntegerRange memory{0, 0, limits::memory_bytes};
        OriginHost host;
        host.name = place.node->key;
        host.memory = Bytes{reader.integer("memory_bytes", memory)};
        host.memory_after = Bytes{reader.integer("memory_after_bytes", memory)};
        host.version = reader.text("version").value_or("");
        host.target = reader.text("target").value_or("");
        host.upgraded = reader.boolean("upgraded", false);
        host.enabled = reader.boolean("enabled", true);
        const std::string rest = reader.required_text("rest");
        const auto digest = digest_of(rest);
        if (!digest) problems_.add(reader.at("rest"), shown(rest) + " is no hexadecimal number");
        host.rest = digest.value_or(0);
        vms(reader.at("vms"), host.name);
        origin_.hosts.push_back(std::move(host));
    }

    void vms(const Place& place, const std::string& host) {
        if (place.node == nullptr) return;
        if (!place.node->is_object()) return refuse_kind(place, "an object", "", problems_);
        for (const Node& node : place.node->children) {
            OriginVm vm{node.key, Bytes{}, host, 0};
            const std::string_view mark = node.text;
            const std::size_t space = std::min(mark.find(' '), mark.size());
            const char* last = mark.data() + space;
            const auto [stopped, problem] = std::from_chars(mark.data(), last, vm.memory.count);
            const auto rest = digest_of(mark.substr(std::min(space + 1, mark.size())));
            if (problem != std::errc{} || stopped != last || vm.memory.count < 0 || !rest) {
                problems_.add(member_of(place, node.key),
                              shown(node.text) + " is not a number of bytes and a digest");
                continue;
            }
            vm.rest = *rest;
            origin_.vms.push_back(std::move(vm));
        }
    }

    Problems& problems_;
    Origin origin_;
};

}  // namespace

std::string hexadecimal(std::uint64_t word) {
    std::array<char, 20> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(word));
    return text.data();
}

std::string vm_mark(const OriginVm& vm) {
    return std::to_string(vm.memory.count) + " " + hexadecimal(vm.rest);
}

Origin read_origin(const Place& place, Problems& problems) {
    return OriginReader(problems).read(place);
}

}  // namespace vacate::codec
