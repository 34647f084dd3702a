// What `mpimctl smoke` checks of a running server, each thing through real sockets.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ops/call.h"
#include "ops/smoke/line_link.h"

namespace mpim::ops {

// One of the two throwaway users, with what a client remembers of each conversation: up to which
// seq it has had everything, and up to which it had when it logged in last. What a new session
// repeats of the latter is allowed (an acknowledgement may be lost with the old one) and dropped;
// anything else that comes twice is a fault.
struct SmokeUser {
  std::string name;
  uint64_t id = 0;
  std::optional<LineLink> link = {};
  std::map<ConversationId, Seq> taken = {};
  std::map<ConversationId, Seq> taken_before = {};

  Result<void> accept(const Entry& entry);  // kUnknown: repeated, or out of order
  // The next message that is new; other entries on the way are accepted too.
  Result<Entry> next_message();
  // False when something new came that nobody sent.
  Result<bool> nothing_new();
};

// What the checks share.
struct SmokeTalk {
  Call& call;
  Deadline deadline;
  std::string line;  // ADDR:PORT
  std::string http;
  std::string password = {};
  SmokeUser one;
  SmokeUser other;
  uint64_t last_id = 0;  // of the newest message between the two
  uint64_t group = 0;    // theirs; 0: not made yet
};

// A check by name. They build on each other: after a failed one the rest has no ground, except
// those that `always` run.
struct SmokeCheck {
  std::string_view name;
  Result<void> (*run)(SmokeTalk& talk);
  bool always = false;
};

std::span<const SmokeCheck> smoke_checks();  // in their order

}  // namespace mpim::ops
