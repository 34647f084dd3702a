// Groups and their members.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/core/conversation.h"
#include "server/core/group_change.h"
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

// Who changes a group, on which of his devices.
struct GroupActor {
  UserId user;
  DeviceId device;
};

// What somebody is to a group now; of an outsider all but `member` means nothing.
struct MemberState {
  bool member = false;
  Role role = Role::kMember;
  Timestamp muted_until;
  bool invited = false;
};

// A request to join, or an invitation, that waits.
struct GroupRequest {
  GroupId group;
  UserId user;
  UserId made_by;
  std::string name;  // the user's; of an invitation the group's
  Timestamp at;
};

// What became of somebody who wants to join.
struct JoinAsked {
  std::optional<Appended> joined;  // none: an admin must approve
  bool asked_before = false;
};

// What an invited user learns: his own version of it.
struct Invitation {
  UserId user;
  uint64_t version = 0;
};

struct ImportedMember {
  UserId user;
  Role role = Role::kMember;
};
// `added` lacks those who belonged already, and then there may be no entry.
struct Imported {
  uint32_t added = 0;
  std::optional<Appended> entry;
};
// So many members are imported with one call.
inline constexpr uint32_t kImportBatch = 1'000;
// So many admins are told of a request to join.
inline constexpr uint32_t kAdminsTold = 100;

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
  // As the group's policy and his invitations say. kDenied: it is closed. kLimit: too many wait.
  virtual Result<JoinAsked> ask_to_join(GroupId group, const GroupActor& by, Timestamp now) = 0;
  // kNotMember, kDenied (the one table of group_rights.h), kDissolved; kConflict: it is so already;
  // kNotFound: he has not asked to join. What it says of `join` and `leave` holds as well.
  virtual Result<Appended> change(GroupId group, const GroupActor& by, const GroupChange& change,
                                  Timestamp now) = 0;
  // Many members with one entry, which names nobody and says how many. An owner among them becomes
  // an admin. kLimit: the group is full.
  virtual Result<Imported> import(GroupId group, const std::vector<ImportedMember>& members,
                                  Timestamp now) = 0;

  // Requests to join, ascending by user above `after`. Who may see them is the caller's affair.
  virtual Result<std::vector<GroupRequest>> requests(GroupId group, UserId after,
                                                     uint32_t count_max) = 0;
  virtual Result<std::vector<GroupRequest>> invitations(UserId user) = 0;
  // kNotFound: he does not ask. kDenied, kNotMember.
  virtual Result<bool> refuse(GroupId group, const GroupActor& by, UserId user, Timestamp now) = 0;
  // kExists: a member, or invited already. kDenied, kNotMember, kDissolved. kLimit.
  virtual Result<Invitation> invite(GroupId group, const GroupActor& by, UserId user,
                                    Timestamp now) = 0;
  // kNotFound: he is not invited.
  virtual Result<Invitation> decline(GroupId group, UserId user, Timestamp now) = 0;

  virtual Result<MemberState> state_of(GroupId group, UserId user) = 0;
  // Ascending by user id.
  virtual Result<std::vector<UserId>> admins(GroupId group, uint32_t count_max) = 0;

  // kNotMember. `by` another than `user` makes it a kick: kDenied. An owner who leaves hands the
  // group to the oldest admin, else the oldest member; the last one to leave dissolves it.
  virtual Result<Appended> leave(GroupId group, UserId user, DeviceId device, UserId by,
                                 Timestamp now) = 0;
};

}  // namespace mpim
