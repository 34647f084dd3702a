// The admin API's messages to the core's types and back. Apart from convert.h, because generated
// headers are slow to compile and only the admin side needs them.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <variant>

#include "server/contract/mpim/v1/admin.pb.h"
#include "server/core/conversation.h"
#include "server/core/message.h"
#include "server/core/names.h"
#include "server/core/result.h"

namespace mpim {

// kBadRequest when neither an id nor a valid name is set. An id wins.
Result<UserChoice> user_from(const admin::v1::UserRef& wire);
// A list's limit: 0 means 100, above 1,000 is kBadRequest.
Result<uint32_t> limit_from(uint32_t wire);

admin::v1::UserRef user_ref(UserId id, std::string name = {});
admin::v1::Entry to_wire(const Entry& entry);  // names of users are left empty
admin::v1::Group to_wire(const Group& group);
admin::v1::Member to_wire(const Member& member);

}  // namespace mpim
