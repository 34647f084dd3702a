// What has been shown: entries come out once, in the order of their conversation, or are known to
// miss.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "server/core/message.h"

namespace mpim::chat {

// Entries between `after` and `before` have not come although later ones have.
struct Hole {
  ConversationId conversation;
  Seq after;
  Seq before;
  uint64_t missing() const { return before.value - after.value - 1; }
};

// The cursor of each conversation, kept over all connections of one run of the program: what the
// server pushes again after a reconnect is dropped, and what it left out is noticed.
//
// Threads  one.
// Order    what admit(), own() and skip() answer is to be shown in that order.
// Limits   kAheadMax entries of a conversation wait behind a hole; then the hole is given up.
class Transcript {
 public:
  static constexpr size_t kAheadMax = 1'000;

  // The entries that may be shown now that `entry` is here: none for a repeat, or while one before
  // it is missing. The first entry of a conversation is where the server lets us begin.
  std::vector<Entry> admit(Entry entry);
  // Our own message has this place; it is shown already.
  std::vector<Entry> own(MessageId id);
  // Nothing up to and with `through` will come any more.
  std::vector<Entry> skip(ConversationId conversation, Seq through);

  std::vector<Hole> holes() const;
  // Everything up to here is shown or known not to come; nothing before the first entry.
  std::optional<Seq> through(ConversationId conversation) const;
  // How many entries came that were there already.
  uint64_t repeats() const { return repeats_; }
  // The server's store was restored: what it says from now on is a different history.
  void clear();

 private:
  struct Conversation {
    std::optional<Seq> through;
    std::map<Seq, std::optional<Entry>> ahead;  // no entry: our own
  };
  static std::vector<Entry> release(Conversation& of);

  std::unordered_map<ConversationId, Conversation> conversations_;
  uint64_t repeats_ = 0;
};

}  // namespace mpim::chat
