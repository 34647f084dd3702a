#include <errno.h>

#include "server/gateway/http/http_answer.h"
#include "server/gateway/http/http_connection.h"

namespace mpim {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

// Nobody who has begun to send waits for it.
void HttpConnection::say_continue() {
  if (std::exchange(continued_, true) || !in_.empty()) return;
  out_.append(kContinue);
  pump_out();
}

void HttpConnection::answer(uint64_t request, HttpAnswer answer) {
  if (step_ != Step::kAnswering || request != request_) return;
  send(std::move(answer));
}

void HttpConnection::answer(const HttpAnswer& answer) {
  if (step_ != Step::kUpload) return;
  upload_reading_ = {};
  send(answer);
}

void HttpConnection::send(HttpAnswer answer) {
  become(Step::kSending);
  const std::string_view fate = !keep_ ? "close" : head_minor_ == 0 ? "keep-alive" : "";
  out_.append(http_answer_head(answer, host_.loop.clock().wall(), fate));
  if (body_wanted_ && !http_bodiless(answer.status)) {
    source_ = std::move(answer.source);
    source_left_ = answer.source_bytes;
    if (source_ == nullptr)
      out_.append(std::make_shared<const std::string>(std::move(answer.body)));
  }
  written_ = 0;
  expect_within(host_.options.timeout);
  pump_out();
}

void HttpConnection::pump_out() {
  if (pumping_ || blocked_) return;
  pumping_ = true;
  while (write_queued() && source_ != nullptr && !source_asked_) ask_source();
  pumping_ = false;
  if (step_ == Step::kSending && out_.empty() && source_ == nullptr) sent();
}

// True: all that was queued is with the kernel.
bool HttpConnection::write_queued() {
  while (!out_.empty()) {
    const ssize_t written =
        out_.write_to(transport_, step_ == Step::kSending && source_ != nullptr);
    if (written > 0) written_ += static_cast<uint64_t>(written);
    if (written > 0) continue;
    if (!would_block(errno)) return cut(), false;
    blocked_ = true;
    watch_output();
    return false;
  }
  return step_ != Step::kOver;
}

void HttpConnection::watch_output() {
  if (!writable_)
    writable_.reset(event_new(
        host_.loop.base(), transport_.fd(), EV_WRITE,
        [](evutil_socket_t, short, void* of) {
          const auto self = static_cast<HttpConnection*>(of)->shared_from_this();
          self->blocked_ = self->stuck_ = false;
          self->watch_input();
          self->pump_out();
        },
        this));
  event_add(writable_.get(), nullptr);
}

void HttpConnection::ask_source() {
  source_asked_ = true;
  const std::shared_ptr<HttpBodySource> from = source_;
  from->next([of = weak_from_this()](Result<std::string> part) {
    if (const std::shared_ptr<HttpConnection> self = of.lock()) self->on_part(std::move(part));
  });
}

// What was begun with a length and cannot be kept is cut off: nobody takes it for the whole.
void HttpConnection::on_part(Result<std::string> part) {
  source_asked_ = false;
  if (step_ != Step::kSending) return;
  if (!part.ok() || part->size() > source_left_ || (part->empty() && source_left_ > 0))
    return cut();
  source_left_ -= part->size();
  if (part->empty()) {
    source_ = nullptr;
  } else {
    out_.append(std::make_shared<const std::string>(std::move(*part)));
  }
  pump_out();
}

void HttpConnection::sent() {
  if (!keep_) return linger();
  become(Step::kHead);
  begun_ = false;
  fresh_line_ = true;
  expect_within(host_.options.timeout);
  progress();
  watch_input();
}

void HttpConnection::linger() {
  become(Step::kClosing);
  std::string().swap(in_);
  transport_.end_output();
  if (ended_) return cut();
  expect_within(kLinger);
  watch_input();
}

void HttpConnection::release() {
  upload_reading_ = {};
  cut();
}

void HttpConnection::cut() {
  if (step_ == Step::kOver) return;
  const std::shared_ptr<HttpConnection> self = shared_from_this();
  become(Step::kOver);
  if (timer_) host_.loop.cancel(std::exchange(timer_, {}));
  readable_.reset();
  writable_.reset();
  transport_.reset();
  out_.clear();
  source_ = nullptr;
  if (upload_reading_)
    give(Error{Code::kDeadline, "the client has gone, or did not go on with its upload"});
  host_.over(*this);
}

}  // namespace mpim
