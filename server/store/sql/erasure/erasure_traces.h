// What an erasure should have taken away and did not, in words.
#pragma once

#include <string>
#include <vector>

#include "server/store/erasure.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

// Rows of his beside the entries of one conversation: client ids, receipts, what he hid.
Result<std::vector<std::string>> traces_in(Driver& driver, UserId user, ConversationId of);

// Rows of his that belong to no conversation: what he hid anywhere, friends, blocks, requests.
Result<void> add_own_traces(Driver& driver, UserId user, std::vector<std::string>& left);

// Rows of the audit log since the erasure began that name him: by `name` as long as it is known,
// and the removal that the erasure itself noted.
// Limits   the first kAuditRowsMax rows since then.
inline constexpr uint32_t kAuditRowsMax = 1'000;
Result<void> add_audit_traces(Driver& driver, const Erasure& erasure, const std::string& name,
                              std::vector<std::string>& left);

}  // namespace mpim
