// A node's record as the fields of its lease in Redis, readable by people with redis-cli.
#pragma once

#include <optional>

#include "server/redis/redis_answer.h"
#include "server/registry/registry.h"

namespace mpim {

// Field, value, field, value; without the lease's own time.
std::vector<std::string> lease_fields(const NodeRecord& record);
// Of HGETALL. Nothing: there is no such lease, or it is no record of ours.
std::optional<NodeRecord> record_from(const NodeId& node, const RedisAnswer& fields);

}  // namespace mpim
