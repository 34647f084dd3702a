// Who asks: comes from the session, never from the request.
#pragma once

#include "server/core/ids.h"

namespace mpim {

struct Caller {
  UserId user;
  DeviceId device;
};

}  // namespace mpim
