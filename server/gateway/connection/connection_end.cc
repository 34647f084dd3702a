// How a connection ends: for want of a log-in or of a heartbeat, by its session's wish, by its
// client's, or because its socket failed.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

#include "server/gateway/connection/connection.h"
#include "server/gateway/connection/encoded_event.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr Millis kLingerPollFirst{1};
constexpr Millis kLingerPollMax{50};

}  // namespace

void Connection::begin_linger() {
  state_ = State::kLingering;
  transport_.end_output();
  poll_delay_ = kLingerPollFirst;
  poll_linger();
}

// Closing at once would leave open whether the last entries arrived: they would be pushed again.
void Connection::poll_linger() {
  ack_timer_ = {};
  if (!measure_received()) return;
  int unacknowledged = 0;
  const bool taken =
      ::ioctl(transport_.fd(), SIOCOUTQ, &unacknowledged) != 0 || unacknowledged == 0;
  // A WebSocket's client says its own last word, and would find nobody there.
  if (taken && (ended_ || door_ == Door::kLine)) return cut();
  ack_timer_ = host_.loop.after(poll_delay_, [this] { poll_linger(); });
  poll_delay_ = std::min(poll_delay_ * 2, kLingerPollMax);
}

void Connection::beat(uint32_t missed_max) {
  if (state_ != State::kOpen || last_word_) return;
  if (silent_beats_ >= missed_max) {
    count(Counter::kConnectionsSilent);
    return close({Code::kDeadline, "nothing was heard for too long; connect again"});
  }
  ++silent_beats_;
  host_.encoded.clear();
  codec_->encode_heartbeat(host_.encoded);
  if (!host_.encoded.empty()) queue(host_.encoded);
}

void Connection::drain(Error why) {
  draining_ = std::move(why);
  if (state_ != State::kOpen) return;
  state_ = State::kAnswering;
  std::string().swap(unread_);
  unread_taken_ = 0;
  watch_input();
  settle();
}

void Connection::close(const Error& why) {
  if (ending()) return;
  if (login) {
    log_info("session.closed", {{"user", login->who.user},
                                {"session", login->session_id},
                                {"peer", peer_},
                                {"code", name_of(why.code)},
                                {"why", why.message}});
  }
  last_word_ = why;
  state_ = State::kAnswering;
  std::string().swap(unread_);
  unread_taken_ = 0;
  linger_timer_ = host_.loop.after(host_.options.linger, [this] {
    linger_timer_ = {};
    say_last_word();
  });
  if (owed() == 0) return say_last_word();
  watch_input();
  wake();  // the end of this turn refuses what was not started
}

void Connection::say_last_word() {
  Notice last{};
  last.kind = Notice::Kind::kClosing;
  last.code = last_word_->code;
  last.text = last_word_->message;
  last.window_ms = last_word_->retry_ms;
  host_.encoded.clear();
  codec_->encode_notice(notice_line(last), host_.encoded);
  queue(host_.encoded);
  finish();
}

void Connection::finish() {
  if (state_ >= State::kClosing) return;
  host_.encoded.clear();
  codec_->encode_end(last_word_ ? &*last_word_ : nullptr, host_.encoded);
  if (!host_.encoded.empty()) queue(host_.encoded);
  state_ = State::kClosing;
  waiting_.clear();
  waiting_head_ = 0;
  std::string().swap(unread_);
  if (login_timer_) host_.loop.cancel(std::exchange(login_timer_, {}));
  if (ack_timer_) host_.loop.cancel(std::exchange(ack_timer_, {}));
  if (linger_timer_) host_.loop.cancel(std::exchange(linger_timer_, {}));
  linger_timer_ = host_.loop.after(host_.options.linger, [this] {
    linger_timer_ = {};
    cut();
  });
  watch_input();
  wake();  // the end of this turn goes on with closing
}

void Connection::expect_login() {
  // A second log-in right behind the first: the first one's deadline may still stand.
  if (login_timer_) host_.loop.cancel(login_timer_);
  login_timer_ = host_.loop.after(host_.options.login_timeout, [this] { on_login_deadline(); });
}

void Connection::on_login_deadline() {
  login_timer_ = {};
  if (state_ >= State::kClosing || (login && login->opened)) return;
  expired_ = true;
  pump();
}

void Connection::expire() {
  const auto seconds = std::to_string(host_.options.login_timeout.count() / 1'000);
  host_.encoded.clear();
  const Error late{Code::kNotLoggedIn, "no log-in within " + seconds + " s; connect again"};
  codec_->encode(late, {}, host_.encoded);
  queue(host_.encoded);
  last_word_ = late;
  finish();
}

void Connection::fail(int error) {
  if (login) {
    log_event(LogLevel::kDebug, "connection.failed",
              {{"user", login->who.user}, {"peer", peer_}, {"errno", error}});
  }
  cut();
}

void Connection::cut() {
  if (state_ == State::kGone) return;
  state_ = State::kGone;
  for (TimerId* const timer : {&login_timer_, &ack_timer_, &linger_timer_, &next_turn_}) {
    if (*timer) host_.loop.cancel(std::exchange(*timer, {}));
  }
  if (readable_) event_del(readable_.get());
  if (writable_) event_del(writable_.get());
  host_.dispatcher.left(*this);
  transport_.reset();
  slot_ = {};
  out_.clear();
  host_.removed(*this);
}

}  // namespace mpim
