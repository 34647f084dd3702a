// The services that calls over HTTP are answered by: those of a worker, on the loop of HTTP.
#pragma once

#include "server/gateway/rpc/call_door.h"
#include "server/node/worker.h"

namespace mpim {

// Threads  `loop` alone. No session lives here, so that no worker's loop is kept from its own.
// Lifetime after its loop was stopped, and before the storage is destroyed.
class HttpServices {
 public:
  HttpServices(EventLoop& loop, const WorkerShared& shared, const WorkerOptions& options);

  // On the loop.
  void follow(const WorkerOptions& options);

  CallDoor& door() { return door_; }
  UserService& users() { return users_; }

 private:
  Fanout fanout_;
  UserService users_;
  GroupService groups_;
  MessageService messages_;
  PeopleService people_;
  PresenceService presence_;
  TypingService typing_;
  SearchService search_;
  Hub hub_;  // empty
  CallDoor door_;
};

}  // namespace mpim
