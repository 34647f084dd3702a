// How far one session is in one conversation.
#pragma once

#include <algorithm>
#include <vector>

#include "server/core/ids.h"

namespace mpim {

// Made on first traffic. All of it is about what this user may see: seqs outside his membership
// count as passed.
// Invariant  saved <= acked <= given, pushed <= given. `pushed` falls back only when pushes are
//            repeated, or when the store has lost what it was given of.
struct Reading {
  static constexpr size_t kOwnMax = 64;

  Seq pushed;            // everything up to here is under way or has arrived
  Seq acked;             // everything up to here has arrived
  Seq given;             // the highest `pushed` ever was: an acknowledgement may reach so far
  Seq heard;             // the highest seq that was told of
  Seq stored;            // the head as the store gave it, which is never told wrong
  Seq saved;             // the delivered cursor as the store has it
  Seq expired;           // up to here entries are too old to be pushed
  Seq skipped_to;        // the end of the last gap that was told by NOTICE instead of pushed
  uint32_t rewinds = 0;  // how often an operator moved the cursor under it
  bool known = false;    // the store was asked where the device stands
  bool in_line = false;  // waits for a read of the log, or one is under way
  bool waits_for_pull = false;  // sync=manual: pushed only when the device asks
  bool told_pending = false;    // and was told, since it last asked, that there is more
  uint64_t stopped_for = 0;     // sends that must be answered before the log is read on; 0: none
  std::vector<Seq> own;         // made by this session out of turn: not pushed when the log is read

  bool level() const { return known && pushed >= heard; }

  void start_at(Seq delivered) {
    pushed = acked = given = saved = delivered;
    known = true;
  }
  void hear(Seq seq) { heard = std::max(heard, seq); }
  void hear_from_store(Seq head) {
    stored = std::max(stored, head);
    hear(head);
  }
  // Entries of the store that were not pushed.
  uint64_t waiting() const { return stored.value - std::min(stored, pushed).value; }
  // The log ends at `head` now.
  void fall_back(Seq head) {
    for (Seq* each : {&pushed, &acked, &given, &heard, &stored, &saved, &skipped_to})
      *each = std::min(*each, head);
    std::erase_if(own, [head](Seq made) { return made > head; });
  }
  void advance(Seq seq) {
    pushed = std::max(pushed, seq);
    given = std::max(given, pushed);
    if (!own.empty()) std::erase_if(own, [this](Seq made) { return made <= pushed; });
  }
  bool made_here(Seq seq) const { return std::ranges::find(own, seq) != own.end(); }
  // Forgetting the oldest costs one repeated push, which devices drop.
  void remember_own(Seq seq) {
    if (own.size() == kOwnMax) own.erase(own.begin());
    own.push_back(seq);
  }
};

}  // namespace mpim
