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

struct Group {
  GroupId id;
  ConversationId conversation;
  std::string name;
  std::string description;
  UserId owner;
  Timestamp created_at;
  uint64_t members = 0;
};

struct Member {
  UserId user;
  std::string name;
  Role role = Role::kMember;
  Timestamp joined_at;
};

}  // namespace mpim
