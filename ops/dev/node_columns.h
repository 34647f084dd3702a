// How the local node looks.
#pragma once

#include <array>

#include "ops/output.h"

namespace mpim::ops {

inline constexpr auto kNodeColumns = std::to_array<Column>({
    {"State", "state"},
    {"Process", "pid"},
    {"Node", "node"},
    {"Version", "version"},
    {"Line protocol", "line"},
    {"WebSocket", "ws"},
    {"HTTP", "http"},
    {"Admin socket", "admin"},
    {"Data", "dataDir"},
    {"Started", "startedAtMs", Cell::kTime},
    {"Connections", "connections"},
    {"Sessions", "sessions"},
});

}  // namespace mpim::ops
