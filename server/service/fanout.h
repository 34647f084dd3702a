// From committed entries to envelopes for each node that may have somebody to tell.
#pragma once

#include <span>

#include "server/bus/bus.h"
#include "server/directory/directory.h"
#include "server/store/message_log.h"

namespace mpim {

// Threads  one per worker, on its loop.
// Order    entries handed in on one worker are published in that order.
class Fanout {
 public:
  Fanout(Directory& directory, Bus& bus) : directory_(directory), bus_(bus) {}

  void committed(const Appended& appended);  // a duplicate is not fanned out again
  // What one transaction stored: each node hears of all of it at once. Refusals are passed over.
  void committed(std::span<const Result<Appended>> outcomes);
  void tell(UserId user, Envelope envelope);  // to every node with a session of this user
  // To every node that may have somebody of this audience.
  void tell(const Audience& audience, Envelope envelope);
  void tell_everybody(Envelope envelope);  // to every node with any session

 private:
  Directory& directory_;
  Bus& bus_;
};

}  // namespace mpim
