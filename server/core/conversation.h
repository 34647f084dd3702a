// Conversations, groups and who belongs to them.
#pragma once

#include <string>
#include <string_view>

#include "server/core/clock.h"
#include "server/core/ids.h"

namespace mpim {

// The numbers are stored.
enum class Role : uint8_t { kMember = 0, kAdmin = 1, kOwner = 2 };
std::string_view name_of(Role role);

// Who hears of a conversation. Direct: the two users, each once. Group: both none, and the group
// set.
struct Audience {
  ConversationId conversation;
  GroupId group;
  UserId one;
  UserId other;
  uint64_t members_version = 0;  // raised by every join, leave, kick and change of role

  bool direct() const { return !group; }
};

// How one becomes a member. The numbers are stored.
enum class JoinPolicy : uint8_t { kOpen = 0, kApproval = 1, kClosed = 2 };
std::string_view name_of(JoinPolicy policy);

// A group as everybody sees it who may.
struct Group {
  GroupId id;
  ConversationId conversation;
  std::string name;
  std::string description;
  UserId owner;
  Timestamp created_at;
  uint64_t members = 0;
  std::string notice = {};  // what its admins want everybody to read
  JoinPolicy join = JoinPolicy::kOpen;
  Timestamp muted_until = {};   // until then only its admins may send; 0: all may
  Timestamp dissolved_at = {};  // 0: it lives
};

struct Member {
  UserId user;
  std::string name;
  Role role = Role::kMember;
  Timestamp joined_at;
  Timestamp muted_until = {};  // until then he may not send; 0: he may
};

}  // namespace mpim
