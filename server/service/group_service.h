// Groups: making, changing, joining, leaving, listing. Who may is decided where it is stored.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/service/caller.h"
#include "server/service/fanout.h"
#include "server/store/storage.h"

namespace mpim {

// A group as its asker may see it.
struct GroupView {
  Group group;  // of an outsider: without notice
  MemberState asker;
};

// Threads  one per worker; called on that worker's loop, where replies arrive too.
class GroupService {
 public:
  GroupService(Executor& home, Storage& storage, Fanout& fanout)
      : home_(home), storage_(storage), fanout_(fanout) {}

  void create(const Caller& caller, std::string name, std::string description, Reply<Group> reply);
  // Nothing: an admin must approve, and the admins were told. kExists: already a member. kDenied:
  // it is closed. kDissolved, kLimit, kNotFound.
  void join(const Caller& caller, GroupId group, Reply<std::optional<Committed>> reply);
  // kNotMember, kDenied, kDissolved, kConflict: it is so already, kNotFound, kLimit.
  void change(const Caller& caller, GroupId group, GroupChange change, Reply<Committed> reply);
  // Everybody sees what he needs to decide whether to join; of a closed group only who belongs or
  // is invited sees anything, of a dissolved one who belonged until then. kNotMember.
  void look(const Caller& caller, GroupId group, Reply<GroupView> reply);
  // Who asks to join, for those who may approve. kNotMember, kDenied.
  void requests(const Caller& caller, GroupId group, UserId after, uint32_t count_max,
                Reply<std::vector<GroupRequest>> reply);
  void refuse(const Caller& caller, GroupId group, UserId user, Reply<bool> reply);  // kNotFound
  // Answers whom, and tells him. kExists, kNotMember, kDenied, kDissolved, kDisabled, kLimit.
  void invite(const Caller& caller, GroupId group, UserChoice whom, Reply<UserId> reply);
  void invitations(const Caller& caller, Reply<std::vector<GroupRequest>> reply);
  void decline(const Caller& caller, GroupId group, Reply<bool> reply);  // kNotFound
  // kNotMember. kNotFound.
  void leave(const Caller& caller, GroupId group, Reply<Committed> reply);
  void groups(const Caller& caller, Reply<std::vector<Group>> reply);
  // Members see the list; anybody else gets kNotMember. Ascending by user id above `after`.
  void members(const Caller& caller, GroupId group, UserId after, uint32_t count_max,
               Reply<std::vector<Member>> reply);

 private:
  void fan_out(Reply<Committed> reply, Result<Appended> appended);
  void tell_admins(GroupId group, UserId asks);

  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
};

}  // namespace mpim
