// What devices are told outside the log: nothing of it is acknowledged, and whoever was away asks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "server/core/clock.h"
#include "server/core/errors.h"
#include "server/core/ids.h"

namespace mpim {

// How far one user has come with what another wrote. Numbers are stored.
enum class ReceiptKind : uint8_t { kDelivered = 0, kRead = 1 };
std::string_view name_of(ReceiptKind kind);

// `by` has received, or read, everything up to `through`.
struct ReceiptSignal {
  ConversationId conversation;
  GroupId group;
  UserId by;
  ReceiptKind kind = ReceiptKind::kDelivered;
  Seq through;
  Timestamp at;
};

// Ascending: of several devices the highest counts.
enum class PresenceState : uint8_t { kOffline = 0, kAway = 1, kOnline = 2 };
std::string_view name_of(PresenceState state);

struct PresenceSignal {
  UserId user;
  PresenceState state = PresenceState::kOffline;
  Timestamp since;  // when he came into this state; offline: last seen
};

struct TypingSignal {
  ConversationId conversation;
  GroupId group;
  UserId by;
};

// What changes for a user without an entry in any log.
enum class ChangeKind : uint8_t { kFriend, kBlock, kRead, kProfile, kInvite, kJoinRequest };
std::string_view name_of(ChangeKind kind);

// One such change, at the user's version of it: a log-in with since= gets what came after.
struct ChangeSignal {
  uint64_t version = 0;
  ChangeKind kind = ChangeKind::kProfile;
  UserId user;                  // friend, block, join request: whom it is about; invite: from whom
  GroupId group;                // invite, join request
  ConversationId conversation;  // read
  Seq through;                  // read
  std::string state;            // a word: "friends", "none", "on"
};

// A send that was queued while the store was away, and that the store would not have.
struct RefusedSignal {
  std::string ticket;
  std::string client_id;  // the ticket, where the sender gave none
  Error why;
};

using Signal =
    std::variant<ReceiptSignal, PresenceSignal, TypingSignal, ChangeSignal, RefusedSignal>;

}  // namespace mpim
