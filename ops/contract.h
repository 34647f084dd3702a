// The admin API's messages, which the commands call v1.
#pragma once

#include "server/contract/mpim/v1/admin.pb.h"

namespace mpim::ops {
namespace v1 = admin::v1;
}  // namespace mpim::ops
