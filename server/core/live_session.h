// A session as operators see it.
#pragma once

#include <string>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/session_mode.h"

namespace mpim {
// One that is logged in.
struct LiveSession {
  SessionId id;
  UserId user;
  DeviceId device;
  std::string peer;      // address:port
  std::string protocol;  // line
  AckMode ack = AckMode::kAuto;
  SyncMode sync = SyncMode::kAuto;
  uint32_t in_flight = 0;
  bool behind = false;
  Timestamp since;
};

}  // namespace mpim
