// Groups and their members, in SQL.
#pragma once

#include "server/store/groups.h"
#include "server/store/sql/open.h"
#include "server/store/sql/rows/memberships.h"

namespace mpim {

// A join is visible to who joined: his interval begins just before it. A leave or kick ends the
// interval with its own entry.
// Errors   after any error but a refusal by a check the caller undoes the transaction or savepoint.
class SqlGroups final : public Groups {
 public:
  SqlGroups(Driver& driver, LogTail& tail, ConversationHeads& heads, Rights& rights,
            Memberships& memberships, const StoreLimits& limits)
      : driver_(driver),
        tail_(tail),
        heads_(heads),
        rights_(rights),
        memberships_(memberships),
        limits_(limits) {}

  Result<CreatedGroup> create(UserId owner, DeviceId device, const std::string& name,
                              const std::string& description, Timestamp now) override;
  Result<Group> find(GroupId group) override;
  Result<std::vector<Group>> list(GroupId after, uint32_t count_max) override;
  Result<std::vector<Group>> of_user(UserId user) override;
  Result<std::vector<Member>> members(GroupId group, UserId after, uint32_t count_max) override;
  Result<bool> is_member(GroupId group, UserId user) override;
  Result<std::vector<RecentMember>> members_since(GroupId group, Seq since, UserId after,
                                                  uint32_t count_max) override;
  Result<Appended> join(GroupId group, UserId user, DeviceId device, UserId by,
                        Timestamp now) override;
  Result<Appended> leave(GroupId group, UserId user, DeviceId device, UserId by,
                         Timestamp now) override;

 private:
  Result<void> room_for(UserId user);
  Result<Appended> add(ConversationHead& head, EntryKind kind, UserId user, DeviceId device,
                       UserId by, Timestamp now);

  Driver& driver_;
  LogTail& tail_;
  ConversationHeads& heads_;
  Rights& rights_;
  Memberships& memberships_;
  const StoreLimits limits_;
};

}  // namespace mpim
