// What a device has received or a user has read, on its way to the store.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "server/core/cursor.h"
#include "server/core/ids.h"

namespace mpim {

// An entry that a device was given. A store that lost its newest entries gives their places to
// others: what was acknowledged is known by when it was committed. 0: that is not known any more.
struct SeenEntry {
  MessageId id;
  Timestamp at = {};

  friend bool operator==(const SeenEntry&, const SeenEntry&) = default;
};

// How far one session's device came, never further than what it was given. What it made itself
// counts as received if nothing before it is owed.
struct DeviceAck {
  UserId user;
  DeviceId device;
  uint64_t generation = 0;
  std::vector<CursorMove> moves;
  std::vector<SeenEntry> own;
};

// A user has seen everything up to and with `through`.
struct ReadMark {
  UserId user;
  DeviceId device;  // where; his others are told
  SeenEntry through;
};

// Cumulative: to store one twice, or after a later one, changes nothing.
using Ack = std::variant<DeviceAck, ReadMark>;

// One that waits for the store, and the store's epoch when it was given: a restored store is
// another one, whose seqs mean something else.
struct WaitingAck {
  std::string epoch;
  Ack ack;
};

}  // namespace mpim
