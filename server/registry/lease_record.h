// A node's record as the fields of its lease, readable by people with redis-cli or zkCli.
#pragma once

#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/registry/registry.h"

namespace mpim {

// Field, value, field, value; without the lease's own time.
std::vector<std::string> lease_fields(const NodeRecord& record);
// Of such a list.
// Limits   kLeaseFields fields, kLeaseTextBytes in each text.
// Errors   kNotFound: there is no such lease, or it is no record of ours; kTooLarge.
Result<NodeRecord> record_from(const NodeId& node, const std::vector<std::string>& fields);

}  // namespace mpim
