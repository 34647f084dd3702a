// The one way back to level: reads the log from where a session stands.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "server/core/cursor.h"
#include "server/core/executor.h"
#include "server/core/message.h"
#include "server/store/storage.h"

namespace mpim {

// What one read asks for: each conversation above a place. Without one the store first tells where
// the device stands.
struct LogQuestion {
  struct Place {
    ConversationId conversation;
    std::optional<Seq> after;
  };
  UserId user;
  DeviceId device;
  std::vector<Place> places;
  uint32_t entries_max = 0;  // of all together
  uint32_t bytes_max = 0;
};

// What came back: pages in the order of the question, as far as the bounds went, and the
// conversations the user never was a member of. What is in neither was not looked at.
struct LogAnswer {
  std::vector<BacklogPage> pages;
  std::vector<ConversationId> absent;
};

// The conversations a session is behind in, each once, in the order they fell behind; and the
// reads, one at a time.
// Threads  the session's loop.
class CatchUp {
 public:
  void line_up(ConversationId conversation) { line_.push_back(conversation); }
  // Takes out the first that `wanted` accepts, at most `count_max`.
  std::vector<ConversationId> next(const std::function<bool(ConversationId)>& wanted,
                                   size_t count_max);
  // They were taken out, and their turn did not come: they are the first again.
  void put_back(std::span<const ConversationId> conversations);
  bool any(const std::function<bool(ConversationId)>& wanted) const;

  // The pause before a read that failed is tried again: 200 ms, doubling up to 5 s.
  Millis pause_after_failure();
  void read_succeeded() { failures_ = 0; }

 private:
  std::vector<ConversationId> line_;
  uint32_t failures_ = 0;
};

// Threads  any; the reply on the loop it was made for.
// Errors   kBusy, kUnavailable.
void read_log(Storage& storage, LogQuestion question, Reply<LogAnswer> reply);

}  // namespace mpim
