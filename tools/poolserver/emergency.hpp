// What a host answers while it is no working part of the pool.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/poolserver/dispatch.hpp"

namespace vacate::poolserver {

class Hosts;

/// True for what a host does without a coordinator.
///
/// Source: xapi, ocaml/idl/datamodel.ml:10813.
[[nodiscard]] bool works_in_emergency(std::string_view method);

/// What the host answers instead of carrying the call out, if so. Of a download, the empty
/// method.
[[nodiscard]] std::optional<Failure> gate(const Hosts& hosts, const PoolService& service,
                                          std::size_t host, std::string_view method);

}  // namespace vacate::poolserver
