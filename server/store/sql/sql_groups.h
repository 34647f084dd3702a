// Groups and their members, in SQL.
#pragma once

#include "server/core/group_rights.h"
#include "server/store/groups.h"
#include "server/store/sql/open.h"
#include "server/store/sql/rows/memberships.h"

namespace mpim {

// A dissolved group takes no change.
Error dissolved_error(GroupId group);

// groups/ has what admins change, and requests to join. A join is visible to who joined: his
// interval begins just before it. A leave or kick ends the interval with its own entry.
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
  Result<JoinAsked> ask_to_join(GroupId group, const GroupActor& by, Timestamp now) override;
  Result<Appended> change(GroupId group, const GroupActor& by, const GroupChange& change,
                          Timestamp now) override;
  Result<Imported> import(GroupId group, const std::vector<ImportedMember>& members,
                          Timestamp now) override;
  Result<std::vector<GroupRequest>> requests(GroupId group, UserId after,
                                             uint32_t count_max) override;
  Result<std::vector<GroupRequest>> invitations(UserId user) override;
  Result<bool> refuse(GroupId group, const GroupActor& by, UserId user, Timestamp now) override;
  Result<Invitation> invite(GroupId group, const GroupActor& by, UserId user,
                            Timestamp now) override;
  Result<Invitation> decline(GroupId group, UserId user, Timestamp now) override;
  Result<MemberState> state_of(GroupId group, UserId user) override;
  Result<std::vector<UserId>> admins(GroupId group, uint32_t count_max) override;
  Result<Appended> join(GroupId group, UserId user, DeviceId device, UserId by,
                        Timestamp now) override;
  Result<Appended> leave(GroupId group, UserId user, DeviceId device, UserId by,
                         Timestamp now) override;

 private:
  enum class RequestKind : uint8_t { kAsks = 0, kInvited = 1 };  // the numbers are stored
  // What an entry says beside who made it.
  struct Said {
    EntryKind kind;
    UserId about;
    std::string text;
  };

  Result<void> room_for(UserId user, UserId asking);
  Result<ConversationHead*> living(GroupId group);  // kDissolved
  Result<void> no_member(const ConversationHead& head, UserId user);
  Result<void> may_act(const ConversationHead& head, UserId by, GroupAct act);
  Result<void> may_say(const ConversationHead& head, UserId by, GroupAct act, Timestamp now);
  Result<GroupPlace> may_act_on(const ConversationHead& head, UserId by, GroupAct act, UserId whom);
  Result<Appended> admit(ConversationHead& head, UserId user, const GroupActor& by, Timestamp now);
  Result<Appended> end(ConversationHead& head, UserId user, const GroupActor& by, EntryKind kind,
                       Timestamp now);
  Result<Appended> dissolve(ConversationHead& head, const GroupActor& by, Timestamp now);
  Result<Appended> tell(ConversationHead& head, const GroupActor& by, Said said, Timestamp now);

  Result<bool> is_open(GroupId group, RequestKind kind, UserId user);
  Result<void> room_for_request(GroupId group, RequestKind kind, UserId user);
  Result<void> settle(GroupId group, UserId user, Timestamp now);
  Result<void> settle_all(GroupId group, Timestamp now);

  // One for each alternative of GroupChange.
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const RenameGroup& change,
                         Timestamp now);
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const DescribeGroup& change,
                         Timestamp now);
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const SetGroupNotice& change,
                         Timestamp now);
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const SetJoinPolicy& change,
                         Timestamp now);
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const ApproveMember& change,
                         Timestamp now);
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const KickMember& change,
                         Timestamp now);
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const SetMemberRole& change,
                         Timestamp now);
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const TransferGroup& change,
                         Timestamp now);
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const MuteMember& change,
                         Timestamp now);
  Result<Appended> apply(ConversationHead& head, const GroupActor& by, const DissolveGroup& change,
                         Timestamp now);

  Driver& driver_;
  LogTail& tail_;
  ConversationHeads& heads_;
  Rights& rights_;
  Memberships& memberships_;
  const StoreLimits& limits_;  // the store's; they may change between two transactions
};

}  // namespace mpim
