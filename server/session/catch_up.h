// The one way back to level: reads the log from where a session stands.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "server/core/cursor.h"
#include "server/core/executor.h"
#include "server/core/message.h"
#include "server/store/storage.h"

namespace mpim {

// What one read asks for. Without `after` the store first tells where the device stands.
struct LogQuestion {
  UserId user;
  DeviceId device;
  ConversationId conversation;
  std::optional<Seq> after;
  uint32_t entries_max = 0;
  uint32_t bytes_max = 0;
};

// What came back: the place it was read from, and what lies above it.
struct LogAnswer {
  Seq after;
  Page page;
};

// The conversations a session is behind in, each once, in the order they fell behind; and the
// reads, one at a time.
// Threads  the session's loop.
class CatchUp {
 public:
  void line_up(ConversationId conversation) { line_.push_back(conversation); }
  // Takes out the first that `wanted` accepts.
  std::optional<ConversationId> next(const std::function<bool(ConversationId)>& wanted);
  bool any(const std::function<bool(ConversationId)>& wanted) const;

  // The pause before a read that failed is tried again: 200 ms, doubling up to 5 s.
  Millis pause_after_failure();
  void read_succeeded() { failures_ = 0; }

 private:
  std::vector<ConversationId> line_;
  uint32_t failures_ = 0;
};

// Threads  any; the reply on the loop it was made for.
// Errors   kNotFound: the user was never a member. kBusy, kUnavailable.
void read_log(Storage& storage, const LogQuestion& question, Reply<LogAnswer> reply);

}  // namespace mpim
