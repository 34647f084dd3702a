#include "client-cli/line_source.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/loop/unique_fd.h"

namespace mpim::chat {
namespace {

// Files and /dev/null are always readable, and epoll takes neither.
bool can_be_watched(int fd) {
  const UniqueFd probe(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  return ::epoll_ctl(probe.get(), EPOLL_CTL_ADD, fd, &wanted) == 0;
}

}  // namespace

LineSource::LineSource(EventLoop& loop, int fd, OnLine on_line)
    : loop_(loop), fd_(fd), on_line_(std::move(on_line)), always_readable_(!can_be_watched(fd)) {
  event_.reset(event_new(
      loop_.base(), fd_, EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<LineSource*>(self)->readable(); },
      this));
  resumed_.reset(event_new(
      loop_.base(), -1, 0,
      [](evutil_socket_t, short, void* self) { static_cast<LineSource*>(self)->resumed(); }, this));
}

void LineSource::resume() {
  if (running_) return;
  running_ = true;
  if (!always_readable_) event_add(event_.get(), nullptr);
  const timeval at_once{0, 0};
  event_add(resumed_.get(), &at_once);
}

void LineSource::pause() {
  running_ = false;
  event_del(resumed_.get());
  if (!always_readable_) event_del(event_.get());
}

void LineSource::resumed() {
  tell();
  if (always_readable_ && running_) readable();
}

void LineSource::readable() {
  std::array<char, 16'384> bytes{};
  const ssize_t count = ::read(fd_, bytes.data(), bytes.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count > 0)
    unread_.append(bytes.data(), static_cast<size_t>(count));
  else
    ended_ = true;
  tell();
  const timeval at_once{0, 0};
  if (always_readable_ && running_) event_add(resumed_.get(), &at_once);
}

void LineSource::tell() {
  while (running_) {
    const size_t end = unread_.find('\n');
    const bool whole = end != std::string::npos;
    const bool too_long = std::min(end, unread_.size()) > kLineBytesMax;
    if (!whole && !ended_ && !too_long && !skipping_) return;
    if (!whole && ended_ && unread_.empty()) {
      pause();
      return on_line_(std::nullopt);
    }
    std::string line = unread_.substr(0, end);
    unread_.erase(0, line.size() + (whole ? 1 : 0));
    const bool skipped = std::exchange(skipping_, !whole && !ended_);
    if (skipped && line.empty() && !whole) return;
    if (skipped) continue;
    if (too_long) {
      on_line_(Error{Code::kTooLarge, "a line of stdin is over 65,536 bytes and was not sent"});
      continue;
    }
    if (line.ends_with('\r')) line.pop_back();
    on_line_(std::move(line));
  }
}

}  // namespace mpim::chat
