// What a newcomer types next.
#pragma once

#include <string>

#include "ops/data/manifest.h"
#include "ops/contract.h"

namespace mpim::ops {

// Commands to copy, for a node at these addresses; with the demo users' passwords if there are any.
std::string guide_text(const v1::GetServerResponse& node, const Manifest& demo, uint64_t group);

}  // namespace mpim::ops
