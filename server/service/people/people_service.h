// What is a user's own: his profile, his friends, whom he blocks, his devices.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/core/names.h"
#include "server/service/caller.h"
#include "server/service/fanout.h"
#include "server/service/live_sessions.h"
#include "server/service/people/profile_cache.h"
#include "server/store/storage.h"

namespace mpim {

// What became of a friendship or a block, for who asked.
struct Settled {
  UserId with;
  FriendState state = FriendState::kNone;
  uint64_t version = 0;
};

// One of the caller's devices.
struct OwnDevice {
  Device device;
  bool online = false;  // on this node
  bool own = false;     // the one that asks
};

// Everybody whom a change concerns is told with a CHANGE, after it is durable and answered: the
// caller's other devices, and both sides of a friendship.
// Threads  one per worker; called on that worker's loop, where replies arrive too.
// Errors   as of the store's People; kNotFound for a name nobody has.
class PeopleService {
 public:
  PeopleService(Executor& home, Storage& storage, Fanout& fanout, LiveSessions& live,
                ProfileCache& profiles)
      : home_(home), storage_(storage), fanout_(fanout), live_(live), profiles_(profiles) {}

  // One's own when nobody is named.
  void profile(const Caller& caller, std::optional<UserChoice> of, Reply<Profile> reply);
  void set_profile(const Caller& caller, ProfileChange change, Reply<Profile> reply);

  void add_friend(const Caller& caller, UserChoice whom, Reply<Settled> reply);
  void accept(const Caller& caller, UserChoice whom, Reply<Settled> reply);
  void reject(const Caller& caller, UserChoice whom, Reply<Settled> reply);
  void remove_friend(const Caller& caller, UserChoice whom, Reply<Settled> reply);
  void friends(const Caller& caller, std::optional<FriendState> state, UserId after,
               uint32_t count_max, Reply<std::vector<Friend>> reply);

  void block(const Caller& caller, UserChoice whom, Reply<Settled> reply);
  void unblock(const Caller& caller, UserChoice whom, Reply<Settled> reply);
  void blocks(const Caller& caller, UserId after, uint32_t count_max,
              Reply<std::vector<BlockedUser>> reply);

  void devices(const Caller& caller, Reply<std::vector<OwnDevice>> reply);
  // Ends the device's session and token, and forgets it with its cursors. kBadRequest: it is the
  // one that asks. kNotFound.
  void revoke(const Caller& caller, DeviceName device, Reply<bool> reply);

 private:
  using Deed = Result<PeopleChange> (People::*)(UserId user, UserId whom, Timestamp now);

  void settle(const Caller& caller, UserChoice whom, Deed deed, Reply<Settled> reply);
  void tell(const Caller& by, std::vector<ToldChange> told);

  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
  LiveSessions& live_;
  ProfileCache& profiles_;
};

}  // namespace mpim
