// Lines of stdin, as they come.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "server/core/result.h"
#include "server/loop/event_loop.h"
#include "server/loop/libevent_owners.h"

namespace mpim::chat {

// Threads  the loop's own.
// Limits   a line of over kLineBytesMax is told as kTooLarge, once, and skipped up to its LF.
// Lifetime must die before the loop.
class LineSource {
 public:
  static constexpr size_t kLineBytesMax = 65'536;
  // A line without its LF; nothing at the end, once.
  using Line = std::optional<Result<std::string>>;
  using OnLine = std::function<void(Line line)>;

  LineSource(EventLoop& loop, int fd, OnLine on_line);

  // Nothing is told between pause() and resume(). It begins paused.
  void resume();
  void pause();

 private:
  void readable();
  void resumed();
  void tell();

  EventLoop& loop_;
  int fd_;
  OnLine on_line_;
  bool always_readable_;
  EventOwner event_;
  EventOwner resumed_;  // what was read before a pause comes first, in a task of its own
  bool running_ = false;
  bool ended_ = false;
  bool skipping_ = false;  // within a line that was refused
  std::string unread_;
};

}  // namespace mpim::chat
