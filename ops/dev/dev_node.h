// The local node that `mpimctl dev` looks after: where it is, and what is known about it.
#pragma once

#include <optional>
#include <string>

#include "ops/call.h"
#include "ops/contract.h"

namespace mpim::ops {

// Asks the node at the admin socket. nullopt: none runs there.
Result<std::optional<v1::GetServerResponse>> running_node(Call& call);

// The document of `dev up` and `dev status`: state, pid, addresses, data directory.
Value node_item(Call& call, const v1::GetServerResponse& node, std::string_view state);

// DIR/dev.json keeps what `dev up` started, for people and scripts.
std::string state_file(const std::string& data_dir);

// Ends the node and waits; the admin socket's own answer names the process.
Result<void> stop_node(Call& call, const v1::GetServerResponse& node);

}  // namespace mpim::ops
