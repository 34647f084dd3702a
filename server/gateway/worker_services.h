// What one worker's connections are served by.
#pragma once

#include "server/loop/event_loop.h"
#include "server/service/group_service.h"
#include "server/service/message_service.h"
#include "server/service/presence_service.h"
#include "server/service/user_service.h"
#include "server/session/hub.h"

namespace mpim {

// All of it lives on `loop`.
struct WorkerServices {
  EventLoop& loop;
  UserService& users;
  GroupService& groups;
  MessageService& messages;
  PresenceService& presence;
  Hub& hub;
};

}  // namespace mpim
