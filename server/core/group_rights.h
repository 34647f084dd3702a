// Who may do what in a group: the one table.
//
// Threads  everything here is constant.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "server/core/conversation.h"

namespace mpim {

// What one may want to do in a group that not everybody may.
enum class GroupAct : uint8_t {
  kRename,
  kSetNotice,
  kSetPolicy,
  kInvite,
  kApprove,  // and refuse, and see who asks
  kKick,
  kSetRole,
  kTransfer,
  kMuteOne,
  kMuteAll,
  kDissolve,
  kRecallOthers,
};
inline constexpr size_t kGroupActs = 12;

// One row. Operators (the system user) may everything, whatever stands here.
struct GroupRight {
  GroupAct act;
  std::string_view words;  // "rename the group"
  bool member;
  bool admin;
  bool owner;
  bool to_lower_only = false;  // only to somebody of a lower role
};

inline constexpr std::array<GroupRight, kGroupActs> kGroupRights{{
    {GroupAct::kRename, "rename the group", false, true, true},
    {GroupAct::kSetNotice, "set the notice", false, true, true},
    {GroupAct::kSetPolicy, "set how one joins", false, true, true},
    {GroupAct::kInvite, "invite", false, true, true},
    {GroupAct::kApprove, "approve or refuse who asks to join", false, true, true},
    {GroupAct::kKick, "kick", false, true, true, true},
    {GroupAct::kSetRole, "set roles", false, false, true, true},
    {GroupAct::kTransfer, "hand the group over", false, false, true},
    {GroupAct::kMuteOne, "mute a member", false, true, true, true},
    {GroupAct::kMuteAll, "mute all", false, true, true},
    {GroupAct::kDissolve, "dissolve the group", false, false, true},
    {GroupAct::kRecallOthers, "recall what others wrote", false, true, true},
}};

constexpr const GroupRight& right_to(GroupAct act) {
  return kGroupRights[static_cast<size_t>(act)];
}

constexpr bool may(Role role, GroupAct act) {
  const GroupRight& right = right_to(act);
  switch (role) {
    case Role::kMember: return right.member;
    case Role::kAdmin: return right.admin;
    case Role::kOwner: return right.owner;
  }
  return false;
}

// To a member of role `whom`.
constexpr bool may(Role role, GroupAct act, Role whom) {
  return may(role, act) && (!right_to(act).to_lower_only || whom < role);
}

// Every act has its row, in its place; whoever may as an admin may as the owner.
static_assert([] {
  for (size_t i = 0; i < kGroupRights.size(); ++i) {
    const GroupRight& right = kGroupRights[i];
    if (right.act != static_cast<GroupAct>(i) || right.words.empty()) return false;
    if ((right.member && !right.admin) || (right.admin && !right.owner)) return false;
  }
  return static_cast<size_t>(GroupAct::kRecallOthers) + 1 == kGroupActs;
}());

}  // namespace mpim
