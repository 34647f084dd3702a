// Groups: making them, joining, leaving, listing.
#pragma once

#include <string>
#include <vector>

#include "server/service/caller.h"
#include "server/service/fanout.h"
#include "server/store/storage.h"

namespace mpim {

// Threads  one per worker; called on that worker's loop, where replies arrive too.
class GroupService {
 public:
  GroupService(Executor& home, Storage& storage, Fanout& fanout)
      : home_(home), storage_(storage), fanout_(fanout) {}

  void create(const Caller& caller, std::string name, std::string description, Reply<Group> reply);
  // kExists: already a member. kLimit. kNotFound.
  void join(const Caller& caller, GroupId group, Reply<Committed> reply);
  // kNotMember. kNotFound.
  void leave(const Caller& caller, GroupId group, Reply<Committed> reply);
  void groups(const Caller& caller, Reply<std::vector<Group>> reply);
  // Members see the list; anybody else gets kNotMember. Ascending by user id above `after`.
  void members(const Caller& caller, GroupId group, UserId after, uint32_t count_max,
               Reply<std::vector<Member>> reply);

 private:
  void fan_out(Reply<Committed> reply, Result<Appended> appended);

  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
};

}  // namespace mpim
