// Puts messages into conversations, and moves read cursors.
#pragma once

#include "server/core/cursor.h"
#include "server/service/caller.h"
#include "server/service/fanout.h"
#include "server/store/storage.h"

namespace mpim {

// Decides who may; stores nothing itself.
// Threads  one per worker; called on that worker's loop, where replies arrive too.
class MessageService {
 public:
  MessageService(Executor& home, Storage& storage, Fanout& fanout)
      : home_(home), storage_(storage), fanout_(fanout) {}

  // Replies once the message is durable, then fans it out; a repeated (sender, client id) gets its
  // first id again. kNotFound, kNotMember, kDisabled, kConflict, kLimit, kBusy, kUnavailable,
  // kUnknown.
  void send(Draft draft, Reply<Committed> reply);
  // Moves the caller's read cursor to the message; it never moves back. kNotFound: may not read it.
  void read(const Caller& caller, MessageId through, Reply<Seq> reply);
  // What is unread, ascending by conversation; at most `count_max` conversations.
  void unread(const Caller& caller, uint32_t count_max, Reply<std::vector<Unread>> reply);

 private:
  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
};

}  // namespace mpim
