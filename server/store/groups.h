// Groups and their members.
#pragma once

#include <string>
#include <vector>

#include "server/core/conversation.h"
#include "server/core/result.h"
#include "server/store/message_log.h"

namespace mpim {

struct CreatedGroup {
  Group group;
  Appended joined;  // the log's first entry: the owner's join
};

// Somebody who may have something to read in a group.
struct RecentMember {
  UserId user;
  bool still = false;  // belongs now
};

// Every change of membership is an entry of the group's log, in the caller's transaction.
// Threads  the one that holds the Store.
// Errors   kUnavailable when the database fails; kNotFound for an unknown group everywhere.
class Groups {
 public:
  virtual ~Groups() = default;

  virtual Result<CreatedGroup> create(UserId owner, DeviceId device, const std::string& name,
                                      const std::string& description, Timestamp now) = 0;
  virtual Result<Group> find(GroupId group) = 0;
  virtual Result<std::vector<Group>> list(GroupId after, uint32_t count_max) = 0;
  virtual Result<std::vector<Group>> of_user(UserId user) = 0;
  // Ascending by user id, from above `after`.
  virtual Result<std::vector<Member>> members(GroupId group, UserId after, uint32_t count_max) = 0;
  virtual Result<bool> is_member(GroupId group, UserId user) = 0;
  // Who belongs, or did at `since` or later: ascending by user id above `after`, at most
  // `count_max`.
  virtual Result<std::vector<RecentMember>> members_since(GroupId group, Seq since, UserId after,
                                                          uint32_t count_max) = 0;

  // kExists: is a member already. kLimit: the group or the user has its full count.
  virtual Result<Appended> join(GroupId group, UserId user, DeviceId device, UserId by,
                                Timestamp now) = 0;
  // kNotMember. `by` another than `user` makes it a kick. An owner who leaves hands the group to
  // the oldest admin, else the oldest member; the last one to leave leaves it empty.
  virtual Result<Appended> leave(GroupId group, UserId user, DeviceId device, UserId by,
                                 Timestamp now) = 0;
};

}  // namespace mpim
