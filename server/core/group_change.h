// What can be changed about a group so that everybody in it learns of it: each is an entry of its
// log.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "server/core/conversation.h"

namespace mpim {

// Texts were checked at the edge.
struct RenameGroup {
  std::string name;
};
struct DescribeGroup {
  std::string description;
};
struct SetGroupNotice {
  std::string notice;  // may be empty
};
struct SetJoinPolicy {
  JoinPolicy join = JoinPolicy::kOpen;
};
struct ApproveMember {  // who asked to join
  UserId user;
};
struct KickMember {
  UserId user;
};
struct SetMemberRole {
  UserId user;
  Role role = Role::kMember;  // or an admin; an owner is made by TransferGroup
};
struct TransferGroup {
  UserId to;
};
// `user` none: everybody but the admins. `lasts` none: until somebody lifts it; 0 lifts it.
struct MuteMember {
  UserId user;
  std::optional<Millis> lasts;
};
struct DissolveGroup {};

using GroupChange =
    std::variant<RenameGroup, DescribeGroup, SetGroupNotice, SetJoinPolicy, ApproveMember,
                 KickMember, SetMemberRole, TransferGroup, MuteMember, DissolveGroup>;

// A mute lasts at most so many seconds, or until somebody lifts it.
inline constexpr uint64_t kMuteSecondsMax = 315'360'000;
// "Until somebody lifts it".
inline constexpr Timestamp kForGood{std::numeric_limits<int64_t>::max()};

// What a description's change says in its entry, where a policy's has the policy's word.
inline constexpr std::string_view kDescriptionChanged = "description";

}  // namespace mpim
