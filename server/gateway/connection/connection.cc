#include "server/gateway/connection/connection.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>

#include "server/core/planted_fault.h"
#include "server/gateway/connection/encoded_event.h"
#include "server/gateway/connection/may_ask.h"
#include "server/gateway/for_strangers.h"
#include "server/protocol/verbs/verbs.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr Millis kAckPollFirst{20};
constexpr Millis kAckPollMax{250};
// With so many entries in flight a session is near its bound: ask TCP at once, not at the next
// poll.
constexpr uint32_t kAckPollAtOnce = 128;

bool overlaps(const Incoming& parsed) { return !parsed.ok() || may_overlap(*parsed); }

// Every N-th push of all connections, in a build with that planted fault; else never.
bool push_is_lost() {
  if constexpr (kDroppedPushOneIn == 0) return false;
  static std::atomic<uint64_t> pushes{0};
  const uint64_t count = pushes.fetch_add(1, std::memory_order_relaxed) + 1;
  return count % std::max<uint64_t>(1, kDroppedPushOneIn) == 0;
}

}  // namespace

Connection::Connection(ConnectionHost& host, Accepted accepted, Transport transport)
    : host_(host),
      transport_(std::move(transport)),
      peer_(std::move(accepted.peer)),
      door_(accepted.door),
      slot_(std::move(accepted.slot)),
      codec_(host.make_codec(accepted.door)) {
  requests.set_rate(host.options.requests);
}

Connection::~Connection() = default;

void Connection::start() {
  readable_.reset(event_new(
      host_.loop.base(), transport_.fd(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<Connection*>(self)->on_readable(); },
      this));
  expect_login();
  watch_input();
  host_.encoded.clear();
  codec_->encode_greeting(host_.encoded);
  queue(host_.encoded);
}

void Connection::on_readable() {
  const ssize_t got = transport_.read(host_.read_room);
  if (got < 0) {
    if (!would_block(errno)) return fail(errno);
    if (!transport_.read_waits_for_write()) return;
    stuck_ = true;
    watch_input();
    return watch_output();
  }
  if (got == 0) return on_end_of_input();
  count(Counter::kBytesIn, static_cast<uint64_t>(got));
  silent_beats_ = 0;
  if (state_ != State::kOpen)
    return;  // read and dropped: unread bytes would turn our close into a reset
  const std::string_view bytes(host_.read_room.data(), static_cast<size_t>(got));
  const size_t taken = feed(bytes);
  // Kept before anything is started: a request may end up in here again.
  unread_ = bytes.substr(taken);
  unread_taken_ = 0;
  pump();
}

void Connection::on_end_of_input() {
  ended_ = true;
  if (state_ == State::kOpen) state_ = State::kAnswering;
  watch_input();
  pump();
}

// Takes as many requests as may be unanswered; answers how many bytes those were.
size_t Connection::feed(std::string_view bytes) {
  const size_t room =
      host_.options.pipelined_max - std::min<size_t>(owed(), host_.options.pipelined_max);
  if (waiting_.capacity() == 0) waiting_.swap(host_.waiting);
  const size_t taken = codec_->feed(bytes, room, waiting_);
  turn_over_ = taken < bytes.size() && owed() < host_.options.pipelined_max;
  if (waiting_.empty()) give_back();
  answer_for_protocol();
  return taken;
}

void Connection::answer_for_protocol() {
  host_.encoded.clear();
  codec_->take_own_words(host_.encoded);
  if (!host_.encoded.empty()) {
    reply_bytes_ += host_.encoded.size();  // who takes none of it is not read from either
    queue(host_.encoded);
  }
  if (codec_->over() && state_ == State::kOpen) state_ = State::kAnswering;
}

// An idle connection keeps no memory for requests.
void Connection::give_back() {
  waiting_.clear();
  waiting_head_ = 0;
  if (host_.waiting.capacity() < waiting_.capacity()) host_.waiting.swap(waiting_);
  std::vector<Incoming>().swap(waiting_);
}

void Connection::pump() {
  if (pumping_) return;
  pumping_ = true;
  while (state_ <= State::kAnswering && pump_once()) {
  }
  pumping_ = false;
  if (turn_over_) wait_for_turn();
  settle();
}

// By way of a timer: other sockets are looked at before.
void Connection::wait_for_turn() {
  if (next_turn_ || state_ > State::kAnswering) return;
  next_turn_ = host_.loop.after(Millis(0), [this] {
    next_turn_ = {};
    turn_over_ = false;
    pump();
  });
}

bool Connection::pump_once() {
  if (expired_ && !login && replies_.empty()) return expire(), false;
  if (may_start()) return start_next(), true;
  if (unread_.empty() || owed() >= host_.options.pipelined_max || turn_over_) return false;
  if (reply_bytes_ >= host_.options.output_bytes_max) return false;
  unread_taken_ += feed(std::string_view(unread_).substr(unread_taken_));
  if (unread_taken_ == unread_.size()) {
    std::string().swap(unread_);
    unread_taken_ = 0;
  }
  return true;
}

bool Connection::may_start() const {
  if (waiting_head_ == waiting_.size()) return false;
  if (last_word_) return true;  // only to be refused
  if (barrier_ || reply_bytes_ >= host_.options.output_bytes_max) return false;
  return replies_.empty() || overlaps(waiting_[waiting_head_]);
}

void Connection::start_next() {
  Incoming parsed = std::move(waiting_[waiting_head_++]);
  if (waiting_head_ == waiting_.size()) give_back();
  count(Counter::kRequests);
  const Ticket ticket = replies_.open(std::move(parsed.tag));
  if (last_word_) return answer(ticket, *last_word_);
  barrier_ = !overlaps(parsed);
  if (!parsed.ok()) return answer(ticket, parsed.error());
  if (const auto refused = may_ask(*parsed, login.has_value())) return answer(ticket, *refused);
  if (login && is_login(*parsed)) {
    host_.dispatcher.left(*this);
    expect_login();
  }
  host_.dispatcher.dispatch(std::move(*parsed), shared_from_this(), ticket);
}

// After every change of what is unanswered or unread: what follows from it?
void Connection::settle() {
  if (state_ >= State::kClosing) return;
  if (login && login->opened && login_timer_) host_.loop.cancel(std::exchange(login_timer_, {}));
  if (state_ == State::kAnswering && owed() == 0 && unread_.empty()) {
    if (last_word_) return say_last_word();
    if (draining_) return close(*draining_);
    return finish();
  }
  watch_input();
}

void Connection::watch_input() {
  const bool room = state_ == State::kOpen && unread_.empty() &&
                    owed() < host_.options.pipelined_max &&
                    reply_bytes_ < host_.options.output_bytes_max;
  const bool dropping = state_ == State::kClosing || state_ == State::kLingering;
  const bool wanted = !ended_ && !stuck_ && (room || dropping);
  if (wanted == reading_) return;
  reading_ = wanted;
  if (wanted) {
    event_add(readable_.get(), nullptr);
  } else {
    event_del(readable_.get());
  }
}

void Connection::answer(Ticket ticket, const Response& response) {
  if (state_ >= State::kClosing) return;
  const std::string tag = replies_.take_tag(ticket);
  host_.encoded.clear();
  if (const Error* const failed = std::get_if<Error>(&response)) {
    count_error(failed->code);
    if (failed->code == Code::kInternal)
      host_.faults.warn("request.internal", {{"peer", peer_}, {"why", failed->message}},
                        host_.loop.clock().steady());
    codec_->encode(for_strangers(*failed), tag, host_.encoded);
  } else {
    codec_->encode(response, tag, host_.encoded);
  }
  replies_.fill(ticket, host_.encoded, codec_->answers_in_order(), [this](std::string_view text) {
    reply_bytes_ += text.size();
    queue(text);
  });
  if (replies_.empty()) barrier_ = false;
  // Who answers may be in the middle of a session's call: what was waiting starts at the turn's
  // end.
  if (!pumping_) wake();
}

void Connection::queue(std::string_view bytes) {
  out_.append(bytes);
  queued(bytes.size());
}

void Connection::queue_shared(std::shared_ptr<const std::string> bytes) {
  const size_t size = bytes->size();
  out_.append(std::move(bytes));
  queued(size);
}

void Connection::queued(size_t bytes) {
  queued_total_ += bytes;
  if (out_.size() >= host_.options.output_bytes_max) congested_ = true;
  if (!blocked_) wake();
}

void Connection::wake() {
  if (std::exchange(woken_, true)) return;
  host_.woken(*this);
}

uint64_t Connection::push(LiveEntry& live, bool to_sender) {
  // A place that no count of bytes will reach: what is not queued never counts as received.
  if (ending()) return queued_total_ + 1;
  if (push_is_lost()) return queued_total_;
  if (to_sender || !live.many) {
    host_.encoded.clear();
    codec_->encode_entry(*live.entry, to_sender, host_.encoded);
    queue(host_.encoded);
  } else {
    queue_shared(encoded(live, *codec_));
  }
  return queued_total_;
}

void Connection::notice(const Notice& notice) {
  if (ending()) return;
  host_.encoded.clear();
  codec_->encode_notice(notice_line(notice), host_.encoded);
  queue(host_.encoded);
}

void Connection::signal(const Signal& signal) {
  if (congested()) return;
  host_.encoded.clear();
  codec_->encode_signal(signal, host_.encoded);
  queue(host_.encoded);
}

void Connection::end_turn() {
  woken_ = false;
  pump();
  if (!blocked_) flush();
}

void Connection::flush() {
  if (state_ == State::kGone) return;
  if (!out_.empty()) {
    const ssize_t written = out_.write_to(transport_, state_ == State::kClosing);
    if (written < 0 && !would_block(errno)) return fail(errno);
    if (written > 0) {
      written_total_ += static_cast<uint64_t>(written);
      count(Counter::kBytesOut, static_cast<uint64_t>(written));
    }
  }
  after_write();
}

void Connection::after_write() {
  blocked_ = !out_.empty();
  if (blocked_) watch_output();
  const bool was_full = reply_bytes_ >= host_.options.output_bytes_max;
  reply_bytes_ = std::min(reply_bytes_, out_.size());
  tell_session();
  if (state_ == State::kClosing && out_.empty()) return begin_linger();
  if (was_full && reply_bytes_ < host_.options.output_bytes_max) pump();
}

void Connection::watch_output() {
  if (!writable_) {
    writable_.reset(event_new(
        host_.loop.base(), transport_.fd(), EV_WRITE,
        [](evutil_socket_t, short, void* of) {
          auto* const self = static_cast<Connection*>(of);
          self->blocked_ = false;
          if (std::exchange(self->stuck_, false)) self->watch_input();
          self->flush();
        },
        this));
  }
  event_add(writable_.get(), nullptr);
}

void Connection::tell_session() {
  if (!login || login->session == nullptr) {
    congested_ = congested_ && out_.size() > host_.options.output_bytes_max / 2;
    return;
  }
  Session& session = *login->session;
  session.on_bytes_left(written_total_);
  if (congested_ && out_.size() <= host_.options.output_bytes_max / 2) {
    congested_ = false;
    if (state_ < State::kClosing) session.on_writable();
  }
  watch_acknowledgements();
}

// False: the socket has failed, and the connection is gone.
bool Connection::measure_received() {
  int unacknowledged = 0;
  int error = 0;
  socklen_t length = sizeof error;
  const bool known = ::ioctl(transport_.fd(), SIOCOUTQ, &unacknowledged) == 0;
  // Asked second: a count that was read before the socket failed is still true.
  ::getsockopt(transport_.fd(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return fail(error), false;
  const bool counts = login && login->session != nullptr && login->ack == AckMode::kAuto;
  const auto open = static_cast<uint64_t>(std::max(unacknowledged, 0));
  if (known && counts && open <= written_total_) {
    login->session->on_bytes_received(written_total_ - open);
  }
  return true;
}

void Connection::watch_acknowledgements() {
  if (state_ >= State::kClosing || login->ack != AckMode::kAuto) return;
  const uint32_t in_flight = login->session->in_flight();
  if (in_flight == 0 || (ack_timer_ && in_flight < kAckPollAtOnce)) return;
  if (in_flight >= kAckPollAtOnce && !measure_received()) return;
  if (ack_timer_ || login->session->in_flight() == 0) return;
  poll_delay_ = kAckPollFirst;
  ack_timer_ = host_.loop.after(poll_delay_, [this] { poll_acknowledgements(); });
}

void Connection::poll_acknowledgements() {
  ack_timer_ = {};
  if (state_ >= State::kClosing || !login || login->session == nullptr) return;
  const uint32_t before = login->session->in_flight();
  if (!measure_received()) return;
  const uint32_t after = login->session->in_flight();
  if (after == 0) return;
  poll_delay_ = after < before ? kAckPollFirst : std::min(poll_delay_ * 2, kAckPollMax);
  ack_timer_ = host_.loop.after(poll_delay_, [this] { poll_acknowledgements(); });
}

}  // namespace mpim
