// What one node tells another. Always a hint: everything in it can be read from the store as well,
// or is an operator's question, who asks again.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "server/core/conversation.h"
#include "server/core/errors.h"
#include "server/core/live_session.h"
#include "server/core/message.h"
#include "server/core/signal.h"

namespace mpim {

// An entry was committed. Joins, leaves and kicks travel as such entries; `entry->subject` is whom
// they concern.
struct EntryCommitted {
  EntryPtr entry;
  Audience audience;
};

// A log moved on; the entry itself was not sent along (a sweep of heads found it).
struct HeadMoved {
  Audience audience;
  Seq head;
};

// A device logged in again: sessions of an older generation end as REPLACED.
struct DeviceReplaced {
  UserId user;
  DeviceId device;
  uint64_t generation = 0;
};

// Sessions must end: a user was disabled or removed, his password changed, or an operator kicked
// them. `device` none means all of the user's.
struct SessionsEnded {
  UserId user;
  DeviceId device;
  Error why;
};

// A device's tokens are worth nothing any more: its user logged out or chose another password. No
// session ends by it.
struct TokensEnded {
  UserId user;
  DeviceId device;
};

// An operator moved delivered cursors back: the user's sessions forget what they pushed and read
// again. `device` none means all devices, `conversation` none all conversations.
struct CursorsRewound {
  UserId user;
  DeviceId device;
  ConversationId conversation;
};

// A device confirmed what it received beside its session, and that is stored.
struct CursorConfirmed {
  UserId user;
  DeviceId device;
  MessageId through;
};

// A signal for all devices of a user but, if it is set, `except`.
struct UserTold {
  UserId user;
  Signal signal;
  DeviceId except = {};
};

// A signal for the members of a group but `except`.
struct GroupTold {
  Audience audience;
  Signal signal;
  UserId except;
};

// Somebody came, went away or left: sessions that watch him are told.
struct PresenceChanged {
  PresenceSignal signal;
};

// The node `by` wants to know which sessions of a user's the receiver has.
struct SessionsAsked {
  UserId user;
  NodeId by;
  uint64_t ticket = 0;
};

// Which it has, to the one that asked.
struct SessionsTold {
  uint64_t ticket = 0;
  std::vector<LiveSession> sessions;
};

using Envelope = std::variant<EntryCommitted, HeadMoved, DeviceReplaced, SessionsEnded, TokensEnded,
                              CursorsRewound, CursorConfirmed, UserTold, GroupTold, PresenceChanged,
                              SessionsAsked, SessionsTold>;
using EnvelopePtr = std::shared_ptr<const Envelope>;

}  // namespace mpim
