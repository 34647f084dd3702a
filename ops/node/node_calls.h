// Nodes as the commands of this folder ask for them and show them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "ops/call.h"
#include "ops/contract.h"

namespace mpim::ops {

inline constexpr auto kNodeItemColumns = std::to_array<Column>({
    {"Node", "id"},
    {"State", "state"},
    {"Version", "version"},
    {"Line protocol", "line"},
    {"WebSocket", "ws"},
    {"HTTP", "http"},
    {"Connections", "connections"},
    {"Sessions", "sessions"},
    {"Started", "startedAtMs", Cell::kTime},
    {"Lease age (ms)", "leaseAgeMs"},
    {"Lease left (ms)", "leaseLeftMs"},
    {"Channel", "channel"},
    {"Settings", "settings"},
});

// Those that live, ascending by id.
Result<std::vector<v1::Node>> living_nodes(Call& call);

// The one that the line names, or the one that is asked. kNotFound.
Result<v1::Node> living_node(Call& call);

// Has the node that the line names, or the one that is asked, drain or stay.
Result<v1::Node> order_node(Call& call, bool undo);

}  // namespace mpim::ops
