// What one worker's connections are served by.
#pragma once

#include "server/loop/event_loop.h"
#include "server/service/group_service.h"
#include "server/service/message_service.h"
#include "server/service/people/people_service.h"
#include "server/service/presence/presence_service.h"
#include "server/service/presence/typing_service.h"
#include "server/service/rate_limit.h"
#include "server/service/search_service.h"
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
  TypingService& typing;
  RateLimit& rates;  // the node's
  Hub& hub;
  PeopleService& people;
  SearchService* search = nullptr;  // null: there is none here
};

}  // namespace mpim
