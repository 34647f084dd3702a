// Who is connected, and where: binds and clears routes.
#pragma once

#include "server/core/clock.h"
#include "server/directory/directory.h"

namespace mpim {

// Threads  one per worker, on its loop.
// Order    arrived() before the session's inbox is read; left() when its connection is gone.
class PresenceService {
 public:
  PresenceService(Directory& directory, const Clock& clock)
      : directory_(directory), clock_(clock) {}

  void arrived(UserId user) { directory_.bind(user, clock_.wall()); }
  void left(UserId user) { directory_.unbind(user); }

 private:
  Directory& directory_;
  const Clock& clock_;
};

}  // namespace mpim
