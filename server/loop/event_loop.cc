#include "server/loop/event_loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/core/check.h"
#include "server/loop/libevent_owners.h"
#include "server/loop/unique_fd.h"

namespace mpim {
namespace {

int64_t read_clock_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
}

EventBaseOwner make_base() {
  // Only the loop's own thread touches its base, so libevent's locks would be paid for nothing.
  std::unique_ptr<event_config, decltype(&event_config_free)> config(event_config_new(),
                                                                     event_config_free);
  MPIM_CHECK(config != nullptr, "libevent could not make its configuration");
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK);
  EventBaseOwner base(event_base_new_with_config(config.get()));
  MPIM_CHECK(base != nullptr, "libevent could not make an event base");
  return base;
}

timeval to_timeval(Millis delay) {
  const int64_t ms = std::max<int64_t>(delay.count(), 0);
  return {.tv_sec = ms / 1'000, .tv_usec = (ms % 1'000) * 1'000};
}

}  // namespace

Timestamp SystemClock::wall() const { return {read_clock_ms(CLOCK_REALTIME)}; }
Instant SystemClock::steady() const { return {read_clock_ms(CLOCK_MONOTONIC)}; }

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

// The base, the queue others post to, and the timers. The queue is guarded by `mutex`; all else is
// the loop's own.
struct EventLoop::Core {
  struct Timer {
    Core* core;
    uint64_t id;
    Task task;
    EventOwner event;
  };

  explicit Core(std::string thread_name);
  ~Core();
  void run();
  void run_batch();
  void fire(uint64_t id);

  const std::string name;
  EventBaseOwner base = make_base();
  UniqueFd wake{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  EventOwner woken;  // another thread posted
  EventOwner
      again;  // this thread posted: no system call needed, and sockets get their turn between

  std::mutex mutex;
  std::vector<Task> queue;  // guarded
  bool closed = false;      // guarded: nothing more is taken

  std::vector<Task> batch;  // the loop's own, kept for its memory
  std::unordered_map<uint64_t, std::unique_ptr<Timer>> timers;
  uint64_t last_timer = 0;
  std::atomic<std::thread::id> runner{};
  std::thread thread;
};

EventLoop::Core::Core(std::string thread_name) : name(std::move(thread_name)) {
  MPIM_CHECK(static_cast<bool>(wake), "no file descriptor left for an event loop");
  woken.reset(event_new(
      base.get(), wake.get(), EV_READ | EV_PERSIST,
      [](evutil_socket_t fd, short, void* core) {
        eventfd_t posted = 0;
        ::eventfd_read(fd, &posted);
        static_cast<Core*>(core)->run_batch();
      },
      this));
  again.reset(evtimer_new(
      base.get(), [](evutil_socket_t, short, void* core) { static_cast<Core*>(core)->run_batch(); },
      this));
  event_add(woken.get(), nullptr);
}

EventLoop::Core::~Core() {
  // Dropped tasks may hold Replies, which post here once more: let them find a closed queue.
  std::vector<Task> dropped;
  {
    std::lock_guard lock(mutex);
    closed = true;
    dropped.swap(queue);
  }
  dropped.clear();
  timers.clear();
}

void EventLoop::Core::run() {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  runner = std::this_thread::get_id();
  event_base_loop(base.get(), EVLOOP_NO_EXIT_ON_EMPTY);
}

void EventLoop::Core::run_batch() {
  {
    std::lock_guard lock(mutex);
    batch.swap(queue);
  }
  for (Task& task : batch) {
    task();
    task = Task{};  // what a task owns goes before the next one runs
  }
  batch.clear();
}

void EventLoop::Core::fire(uint64_t id) {
  const auto timer = std::move(timers.extract(id).mapped());
  timer->task();
}

EventLoop::EventLoop(std::string name) : core_(std::make_unique<Core>(std::move(name))) {}

EventLoop::~EventLoop() {
  stop();
  if (core_->thread.joinable()) core_->thread.join();
}

void EventLoop::start() {
  MPIM_CHECK(!core_->thread.joinable(), "an event loop was started twice");
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  core_->thread = std::thread([core = core_.get()] { core->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void EventLoop::stop() {
  post([this] {
    {
      std::lock_guard lock(core_->mutex);
      core_->closed = true;
    }
    event_base_loopbreak(core_->base.get());
  });
  if (!on_this_thread() && core_->thread.joinable()) core_->thread.join();
}

bool EventLoop::on_this_thread() const { return core_->runner == std::this_thread::get_id(); }

event_base* EventLoop::base() { return core_->base.get(); }

void EventLoop::post(Task task) {
  bool first = false;
  {
    std::lock_guard lock(core_->mutex);
    // `task` dies after the lock: what it owns may post again.
    if (core_->closed) return;
    first = core_->queue.empty();
    core_->queue.push_back(std::move(task));
  }
  if (!first) return;
  if (on_this_thread()) {
    const timeval at_once{};
    evtimer_add(core_->again.get(), &at_once);
  } else {
    ::eventfd_write(core_->wake.get(), 1);
  }
}

TimerId EventLoop::after(Millis delay, Task task) {
  const uint64_t id = ++core_->last_timer;
  auto timer = std::make_unique<Core::Timer>(Core::Timer{core_.get(), id, std::move(task), {}});
  timer->event.reset(evtimer_new(
      core_->base.get(),
      [](evutil_socket_t, short, void* fired) {
        const auto* due = static_cast<Core::Timer*>(fired);
        due->core->fire(due->id);
      },
      timer.get()));
  const timeval wait = to_timeval(delay);
  evtimer_add(timer->event.get(), &wait);
  core_->timers.emplace(id, std::move(timer));
  return {id};
}

void EventLoop::cancel(TimerId timer) { core_->timers.erase(timer.value); }

}  // namespace mpim
