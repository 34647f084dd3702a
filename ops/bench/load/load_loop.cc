#include "ops/bench/load/load_loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mpim::ops {
namespace {

Error no_descriptor() {
  return {Code::kUnavailable, std::string("cannot wait for connections: ") + std::strerror(errno)};
}

}  // namespace

Result<LoadLoop> LoadLoop::make() {
  UniqueFd poll(::epoll_create1(EPOLL_CLOEXEC));
  UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  if (!poll || !timer || ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, timer.get(), &wanted) != 0)
    return no_descriptor();
  return LoadLoop(std::move(poll), std::move(timer));
}

Result<void> LoadLoop::watch(int fd, Watched& who) {
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT;
  wanted.data.ptr = &who;
  if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &wanted) != 0) return no_descriptor();
  return {};
}

void LoadLoop::want_writable(int fd, Watched& who, bool wanted) {
  epoll_event change{};
  change.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  change.data.ptr = &who;
  ::epoll_ctl(poll_.get(), EPOLL_CTL_MOD, fd, &change);
}

void LoadLoop::forget(int fd, Watched& who) {
  ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  std::erase(unflushed_, &who);
  std::ranges::replace(flushing_, &who, nullptr);
  std::ranges::replace(told_, &who, nullptr);
}

void LoadLoop::turn(LoadTime until) {
  flush_all();
  arm(until);
  std::array<epoll_event, kEventsOfTurn> events{};
  const int count = ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), -1);
  const size_t came = count > 0 ? static_cast<size_t>(count) : 0;
  for (size_t i = 0; i < came; ++i) told_[i] = static_cast<Watched*>(events[i].data.ptr);
  for (size_t i = 0; i < came; ++i) {
    if (told_[i] == nullptr) continue;  // the timer, or forgotten meanwhile
    const uint32_t what = events[i].events;
    told_[i]->on_ready((what & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0, (what & EPOLLOUT) != 0);
  }
  told_.fill(nullptr);
  flush_all();
}

// A new time takes back the expiry of the last one, so the timer is never read.
void LoadLoop::arm(LoadTime until) {
  if (until == armed_ && LoadClock::now() < until) return;
  armed_ = until;
  const auto since = std::max<int64_t>(
      1, std::chrono::duration_cast<std::chrono::nanoseconds>(until.time_since_epoch()).count());
  itimerspec at{};
  at.it_value.tv_sec = since / 1'000'000'000;
  at.it_value.tv_nsec = since % 1'000'000'000;
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr);
}

void LoadLoop::flush_all() {
  flushing_.swap(unflushed_);
  for (Watched* const who : flushing_)
    if (who != nullptr) who->flush();
  flushing_.clear();
}

}  // namespace mpim::ops
