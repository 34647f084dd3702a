// How far one session is in one conversation.
#pragma once

#include <algorithm>
#include <vector>

#include "server/core/ack.h"

namespace mpim {

// Made on first traffic. All of it is about what this user may see: seqs outside his membership
// count as passed.
// Invariant  saved <= acked <= given, pushed <= given. `pushed` falls back only when pushes are
//            repeated, or when the store has lost what it was given of.
struct Reading {
  static constexpr size_t kOwnMax = 64;

  Seq pushed;            // everything up to here is under way or has arrived
  Timestamp pushed_at;   // of the entry at `pushed`; 0: not known
  Seq acked;             // everything up to here has arrived
  Timestamp acked_at;    // of the entry at `acked`; 0: not known
  Seq given;             // the highest `pushed` ever was: an acknowledgement may reach so far
  Timestamp given_at;    // of the entry at `given`; 0: not known
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
  std::vector<SeenEntry> own;   // made by this session out of turn: not pushed when the log is read

  bool level() const { return known && pushed >= heard; }

  void start_at(Seq delivered) {
    pushed = acked = given = saved = delivered;
    pushed_at = acked_at = given_at = {};
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
    push_again_from(head);
    if (acked > head) acked_at = {};
    if (given > head) given_at = {};
    for (Seq* each : {&pushed, &acked, &given, &heard, &stored, &saved, &skipped_to})
      *each = std::min(*each, head);
    std::erase_if(own, [head](const SeenEntry& made) { return made.id.seq() > head; });
  }
  void advance(Seq seq, Timestamp at = {}) {
    if (seq > pushed || (seq == pushed && at.ms != 0)) pushed_at = at;
    if (seq > given || (seq == given && at.ms != 0)) given_at = at;
    pushed = std::max(pushed, seq);
    given = std::max(given, pushed);
    if (own.empty()) return;
    std::erase_if(own, [this](const SeenEntry& made) { return made.id.seq() <= pushed; });
  }
  // What lies above `seq` is owed again.
  void push_again_from(Seq seq) {
    if (seq >= pushed) return;
    pushed = seq;
    pushed_at = {};
  }
  void arrived(Seq seq, Timestamp at) {
    acked = seq;
    acked_at = seq == pushed && at.ms == 0 ? pushed_at : at;
  }
  // When an entry was committed; 0: that is not known here.
  Timestamp at_of(Seq seq) const {
    if (seq == given) return given_at;
    return seq == pushed ? pushed_at : seq == acked ? acked_at : Timestamp{};
  }
  bool made_here(Seq seq) const {
    return std::ranges::any_of(own, [seq](const SeenEntry& made) { return made.id.seq() == seq; });
  }
  // Forgetting the oldest costs one repeated push, which devices drop.
  void remember_own(const SeenEntry& made) {
    if (own.size() == kOwnMax) own.erase(own.begin());
    own.push_back(made);
  }
};

}  // namespace mpim
