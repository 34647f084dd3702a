#include "tests/sim/sim_link.h"

#include <algorithm>
#include <utility>

namespace mpim::sim {
namespace {

constexpr uint64_t kReplyBytes = 40;

}  // namespace

uint64_t SimLink::push(LiveEntry& live, bool) {
  return queue({.entry = live.entry, .notice = {}, .reply = {}}, 100 + live.entry->text.size());
}

void SimLink::notice(const Notice& notice) {
  queue({.entry = {}, .notice = notice, .reply = {}}, 50);
}

void SimLink::reply(std::function<void()> arrive) {
  if (!open_here()) return;
  reply_bytes_ += kReplyBytes;
  queue({.entry = {}, .notice = {}, .reply = std::move(arrive)}, kReplyBytes);
}

void SimLink::bind(UserId user) {
  user_ = user;
  worker_.directory.bind(user, worker_.thread.clock().wall());
}

void SimLink::hold(SessionId session) { session_id_ = session; }

uint64_t SimLink::queue(Arrival arrival, uint64_t bytes) {
  queued_ += bytes;
  most_buffered_ = std::max(most_buffered_, queued_ - left_ - reply_bytes_);
  arrival.end = queued_;
  buffer_.push_back(std::move(arrival));
  if (!std::exchange(draining_, true))
    worker_.thread.after(Millis(world_.between(0, 2)),
                         [self = shared_from_this()] { self->drain(); });
  return queued_;
}

// Some of the buffer goes into the kernel, unless the peer's is full because nobody reads there.
void SimLink::drain() {
  constexpr uint64_t kKernelBytes = 1'000;
  draining_ = false;
  if (!open_here() || client_closed_) return;
  const bool was_congested = congested();
  for (int64_t room = world_.between(1, 8); room > 0 && !buffer_.empty(); --room) {
    if (paused_ && left_ - arrived_ + (kept_.empty() ? 0 : kKernelBytes) >= kKernelBytes) break;
    Arrival next = std::move(buffer_.front());
    buffer_.pop_front();
    if (next.reply) reply_bytes_ -= kReplyBytes;
    left_ = next.end;
    last_arrival_ = std::max(last_arrival_, world_.now() + Millis(world_.between(0, 6)));
    world_.at(last_arrival_, nullptr,
              [self = shared_from_this(), item = std::make_shared<Arrival>(std::move(next))] {
                self->arrive(std::move(*item));
              });
  }
  if (Session* held = session()) {
    held->on_bytes_left(left_);
    if (was_congested && !congested()) held->on_writable();
  }
  if (!buffer_.empty() && !std::exchange(draining_, true))
    worker_.thread.after(Millis(world_.between(1, 4)),
                         [self = shared_from_this()] { self->drain(); });
}

void SimLink::arrive(Arrival arrival) {
  if (client_closed_) return;
  arrived_ = arrival.end;
  kept_.push_back(std::move(arrival));
  if (!paused_) deliver_kept();
  if (!open_here()) return;
  worker_.thread.after(
      Millis(world_.between(0, 30)), [self = shared_from_this(), total = arrived_] {
        Session* held = self->open_here() && !self->client_closed_ ? self->session() : nullptr;
        if (held != nullptr) held->on_bytes_received(total);
      });
}

void SimLink::deliver_kept() {
  const auto self = shared_from_this();  // what is delivered may let go of this link
  while (!kept_.empty()) {
    Arrival next = std::move(kept_.front());
    kept_.pop_front();
    receive_(next);
  }
}

void SimLink::pause(bool paused) {
  paused_ = paused;
  if (!paused) deliver_kept();
}

void SimLink::request(std::function<void()> handle) {
  if (client_closed_) return;
  last_request_ = std::max(last_request_, world_.now() + Millis(world_.between(0, 6)));
  world_.at(last_request_, &worker_.thread,
            [self = shared_from_this(), handle = std::move(handle)] {
              if (self->open_here()) handle();
            });
}

// The server ends it: the client hears of it unless it went away first.
void SimLink::close(const Error& why) {
  queue({.entry = {},
         .notice = Notice{.kind = Notice::Kind::kClosing, .code = why.code},
         .reply = {}},
        50);
  worker_.thread.post([self = shared_from_this()] {
    self->end_session();
    self->world_.in(Millis(10), [self] {
      if (std::exchange(self->client_closed_, true)) return;
      self->deliver_kept();
      self->closed_();
    });
  });
}

void SimLink::end_session() {
  if (std::exchange(server_closed_, true)) return;
  if (session_id_) worker_.hub.close(session_id_);
  if (user_) worker_.directory.unbind(user_);
}

void SimLink::cut(Millis until_noticed) {
  if (std::exchange(client_closed_, true)) return;
  deliver_kept();
  world_.at(world_.now() + until_noticed, &worker_.thread,
            [self = shared_from_this()] { self->end_session(); });
}

}  // namespace mpim::sim
