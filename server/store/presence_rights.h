// Who may see who is there, when he was there last, and whom his typing may be told.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "server/core/clock.h"
#include "server/core/conversation.h"
#include "server/core/message.h"
#include "server/core/result.h"

namespace mpim {

struct LastSeen {
  UserId user;
  Timestamp at;  // the newest of his devices; 0: he never logged in
};

struct SeenDevice {
  DeviceId device;
  Timestamp at;
};

// Somebody who watches, and whom.
struct Watching {
  UserId watcher;
  UserId user;
};

// Whom a notice of typing is for.
struct TypingAudience {
  Audience audience;
  UserId receiver;       // of a direct talk
  uint64_t members = 0;  // of a group
};

// A user sees himself, his friends, and whoever is in a group with him now; of those, nobody who
// blocked him. Whom he may not see is left out, as if there were no such user.
// Threads  the one that holds the Store.
// Errors   kUnavailable when the database fails; the others as each function says.
class PresenceRights {
 public:
  virtual ~PresenceRights() = default;

  // Those of `users` whom `asker` may see, in the order given. His groups are read once; those of
  // each who is no friend of his, unless they are many more.
  virtual Result<std::vector<LastSeen>> visible(UserId asker, std::span<const UserId> users) = 0;
  // His friends, ascending by id, at most `count_max`.
  virtual Result<std::vector<LastSeen>> friends(UserId asker, uint32_t count_max) = 0;
  // Whether each of `pairs` may see, in their order. Those of one user should stand together: his
  // groups are read once for them.
  virtual Result<std::vector<bool>> may_see(std::span<const Watching> pairs) = 0;

  // The last time a device was there; never moves back. A device that is gone is passed over.
  virtual Result<void> seen(std::span<const SeenDevice> devices) = 0;

  // Who would be told that `by` is typing: whoever may send there may say so. No conversation in
  // the audience: the two never talked, and nobody is told. kNotFound, kDisabled, kBlocked (by the
  // receiver), kDenied (only his friends may write to him), kNotMember, kMuted, kDissolved.
  virtual Result<TypingAudience> typing(UserId by, const Recipient& to, Timestamp now) = 0;
};

}  // namespace mpim
