// Puts messages into conversations, and moves read cursors.
#pragma once

#include <vector>

#include "server/core/cursor.h"
#include "server/core/unique_function.h"
#include "server/service/caller.h"
#include "server/service/fanout.h"
#include "server/store/storage.h"

namespace mpim {

// Gathers what a turn of the loop sends and gives it to the store at once; who may send is decided
// where it is stored.
// Threads  one per worker; called on that worker's loop, where answers arrive too.
class MessageService {
 public:
  using Sent = UniqueFunction<void(Result<Committed>)>;

  MessageService(Executor& home, Storage& storage, Fanout& fanout)
      : home_(home), storage_(storage), fanout_(fanout) {}

  // Answers once the message is durable, in a later turn, then fans it out; a repeated (sender,
  // client id) gets its first id again. kNotFound, kNotMember, kDisabled, kConflict, kLimit, kBusy,
  // kUnavailable, kUnknown.
  void send(Draft draft, Sent sent);
  // Moves the caller's read cursor to the message; it never moves back. kNotFound: may not read it.
  void read(const Caller& caller, MessageId through, Reply<Seq> reply);
  // What is unread, ascending by conversation; at most `count_max` conversations.
  void unread(const Caller& caller, uint32_t count_max, Reply<std::vector<Unread>> reply);

 private:
  // So many sends do not wait for the turn's end: the store may begin with them.
  static constexpr size_t kGatheredMax = 256;

  void hand_over();
  void stored(std::vector<Sent>& sent, Result<AppendOutcomes> outcomes);

  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
  std::vector<Draft> drafts_;  // of this turn
  std::vector<Sent> sent_;     // whom to answer, in the same order
};

}  // namespace mpim
