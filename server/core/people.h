// What users are to each other, and what they tell about themselves.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/signal.h"

namespace mpim {

// How one user stands to another: asked is who waits for an answer, requested who owes it. The
// numbers are stored.
enum class FriendState : uint8_t { kNone = 0, kAsked = 1, kRequested = 2, kFriend = 3 };
std::string_view name_of(FriendState state);

struct Friend {
  UserId user;
  std::string name;
  FriendState state = FriendState::kNone;
};

struct BlockedUser {
  UserId user;
  std::string name;
};

// Everybody who is logged in sees it, but for the last two, which are their owner's.
struct Profile {
  UserId user;
  std::string name;
  std::string display_name;
  std::string about;
  FileId avatar;              // an upload of his; none: no picture
  bool friends_only = false;  // only friends may write to him
  uint64_t version = 0;       // of all that is private to him
};

// What is not set stays as it is.
struct ProfileChange {
  std::optional<std::string> display_name;
  std::optional<std::string> about;
  std::optional<FileId> avatar;
  std::optional<bool> friends_only;

  bool empty() const { return !display_name && !about && !avatar && !friends_only; }
};

// What changed for a user outside the log, ascending by version.
struct PrivateChanges {
  uint64_t version = 0;  // the user's; with `more` that of the last change told
  std::vector<ChangeSignal> changes;
  bool more = false;
};

}  // namespace mpim
