#include "server/gateway/http/http_connection.h"

#include <errno.h>
#include <sys/socket.h>

#include <algorithm>

#include "server/gateway/http/http_answer.h"
#include "server/protocol/http/http_query.h"
#include "server/protocol/http/http_syntax.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr uint16_t kRequestTimeout = 408;

std::optional<PeerCredentials> credentials_of(int fd) {
  int family = 0;
  socklen_t length = sizeof family;
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) != 0) return {};
  ucred peer{};
  length = sizeof peer;
  if (family != AF_UNIX) return {};
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return {};
  return PeerCredentials{peer.pid, peer.uid, peer.gid};
}

HttpAnswer with_status(const Error& error, uint16_t status) {
  HttpAnswer answer = http_error(error);
  answer.status = status;
  return answer;
}

HttpAnswer too_large(uint64_t most) {
  return http_error(
      {Code::kTooLarge, "the body of a request may have " + std::to_string(most) + " bytes here"});
}

}  // namespace

HttpConnection::HttpConnection(HttpHost& host, Transport transport, std::string peer)
    : host_(host), transport_(std::move(transport)), peer_(std::move(peer)), idle_{this} {}

HttpConnection::~HttpConnection() = default;

bool HttpConnection::is_idle() const {
  return step_ == Step::kHead || step_ == Step::kBody || step_ == Step::kClosing;
}

// Moving its own link between the lists cannot fail, and needs no search.
void HttpConnection::become(Step step) {
  const bool was = is_idle();
  step_ = step;
  std::list<HttpConnection*>& from = was ? host_.idle : idle_;
  std::list<HttpConnection*>& to = is_idle() ? host_.idle : idle_;
  to.splice(to.end(), from, self_);
}

void HttpConnection::start() {
  become(Step::kHead);
  readable_.reset(event_new(
      host_.loop.base(), transport_.fd(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<HttpConnection*>(self)->on_readable(); },
      this));
  expect_within(host_.options.timeout);
  watch_input();
}

void HttpConnection::on_readable() {
  const std::shared_ptr<HttpConnection> self = shared_from_this();
  const ssize_t got = transport_.read(host_.read_room);
  if (got < 0) {
    if (!would_block(errno)) return cut();
    if (!transport_.read_waits_for_write()) return;
    stuck_ = true;
    watch_input();
    return watch_output();
  }
  if (got == 0) return on_end_of_input();
  if (step_ == Step::kClosing) return;
  if (is_idle()) become(step_);  // it has just been heard
  const std::string_view bytes(host_.read_room.data(), static_cast<size_t>(got));
  fresh_line_ = fresh_line_ || bytes.find('\n') != bytes.npos;
  in_ += bytes;
  progress();
  watch_input();
}

void HttpConnection::on_end_of_input() {
  ended_ = true;
  if (step_ == Step::kClosing) return cut();
  progress();
  watch_input();
}

void HttpConnection::watch_input() {
  if (step_ == Step::kOver) return;
  const bool reads = step_ == Step::kHead || step_ == Step::kBody || step_ == Step::kClosing;
  const size_t room = step_ == Step::kUpload ? kPartBytes : kHeadBytesMax;
  const bool wanted = !ended_ && !stuck_ && (reads || in_.size() < room);
  if (wanted == reading_) return;
  reading_ = wanted;
  if (wanted) {
    event_add(readable_.get(), nullptr);
  } else {
    event_del(readable_.get());
  }
}

void HttpConnection::progress() {
  if (progressing_) return;
  progressing_ = true;
  while (step()) {
  }
  progressing_ = false;
}

// False: nothing goes on before more has come, or somebody else has done his part.
bool HttpConnection::step() {
  switch (step_) {
    case Step::kHead: return read_head();
    case Step::kBody: return read_body();
    case Step::kUpload: return feed_upload(), false;
    default: return false;
  }
}

bool HttpConnection::read_head() {
  if (in_.empty()) return wait_for_more();
  if (!std::exchange(begun_, true)) expect_within(host_.options.timeout);
  // A head that drips is not read again for every byte.
  if (!std::exchange(fresh_line_, false) && in_.size() <= kHeadBytesMax) return wait_for_more();
  std::string_view bytes = in_;
  Result<std::optional<HttpHead>> head = take_http_head(bytes, kHeadBytesMax);
  if (!head.ok()) {
    body_wanted_ = true;
    return refuse(with_status(head.error(), http_status_of_head(head.error())));
  }
  if (!head->has_value()) return wait_for_more();
  in_.erase(0, in_.size() - bytes.size());
  head_ = std::move(**head);
  return begin_request();
}

bool HttpConnection::wait_for_more() {
  if (ended_) cut();
  return false;
}

bool HttpConnection::begin_request() {
  ++request_;
  head_minor_ = head_.minor;
  keep_ = head_.keep_alive();
  body_wanted_ = head_.method != "HEAD";
  body_ = HttpBody(head_);
  path_ = percent_decoded(head_.path);
  found_ = host_.routes.find(head_.method, path_);
  continued_ = head_.minor == 0 || !list_has(head_.header("expect"), "100-continue");
  if (found_.upload != nullptr) return begin_upload();
  const uint64_t most = host_.options.body_bytes_max;
  if (head_.content_length().value_or(0) > most) return refuse(too_large(most));
  if (found_.route != nullptr) return begin_body();
  keep_ = keep_ && body_.done();
  become(Step::kAnswering);
  send(std::move(found_.refusal));
  return true;
}

bool HttpConnection::begin_body() {
  become(Step::kBody);
  if (!body_.done()) say_continue();
  pace_ = {};
  pace_.begin_wait(host_.loop.clock().steady());
  expect_within(host_.options.timeout);
  return true;
}

bool HttpConnection::read_body() {
  std::string_view bytes = in_;
  Result<std::string> part = body_.take(bytes);
  if (!part.ok()) return refuse(http_error(part.error()));
  pace_.came(in_.size() - bytes.size());
  in_.erase(0, in_.size() - bytes.size());
  content_ += *part;
  const uint64_t most = host_.options.body_bytes_max;
  if (content_.size() > most) return refuse(too_large(most));
  if (!body_.done()) return wait_for_more();
  deadline_ = kNever;
  become(Step::kAnswering);
  call_route();
  return true;
}

void HttpConnection::call_route() {
  count(Counter::kRequests);
  const HttpHead head = std::move(head_);
  const std::string content = std::move(content_);
  content_.clear();
  HttpRequest request;
  request.method = found_.method;
  request.path = path_;
  request.query = head.query;
  request.body = content;
  request.peer = peer_;
  request.credentials = credentials_of(transport_.fd());
  request.head = &head;
  auto pending = std::make_shared<HttpResponder::Pending>(
      HttpResponder::Pending{host_.loop, weak_from_this(), request_});
  (*found_.route)(request, HttpResponder(std::move(pending)));
}

bool HttpConnection::refuse(HttpAnswer answer) {
  keep_ = false;
  std::string().swap(content_);
  become(Step::kAnswering);
  send(std::move(answer));
  return true;
}

bool HttpConnection::begin_upload() {
  const Result<void> framed = check_upload(head_);
  if (!framed.ok()) return refuse(http_error(framed.error()));
  keep_ = false;
  become(Step::kUpload);
  pace_ = {};
  expect_within(host_.options.timeout);
  (*found_.upload)(shared_from_this());
  return true;
}

void HttpConnection::read(Reading reading) {
  if (step_ != Step::kUpload) return;
  upload_reading_ = std::move(reading);
  pace_.begin_wait(host_.loop.clock().steady());
  say_continue();
  feed_upload();
  watch_input();
}

void HttpConnection::feed_upload() {
  while (upload_reading_ && step_ == Step::kUpload) {
    if (body_.done()) return give(std::string());
    const size_t length = std::min(in_.size(), kPartBytes);
    std::string_view bytes = std::string_view(in_).substr(0, length);
    Result<std::string> part = body_.take(bytes);
    const size_t used = length - bytes.size();
    in_.erase(0, used);
    pace_.came(used);
    if (!part.ok() || !part->empty()) return give(std::move(part));
    if (body_.done() || (used > 0 && !in_.empty())) continue;
    if (ended_) give(Error{Code::kBadRequest, "the upload ended before its end"});
    return;
  }
}

void HttpConnection::give(Result<std::string> part) {
  pace_.end_wait(host_.loop.clock().steady());
  std::exchange(upload_reading_, {})(std::move(part));
}

void HttpConnection::on_slow_upload() {
  give(
      Error{Code::kDeadline, "the upload comes more slowly than http.body_bytes_per_s_min allows"});
  if (step_ == Step::kUpload) expect_within(host_.options.timeout);
}

// The deadline is moved with every step; the timer is set anew only when it runs out.
void HttpConnection::expect_within(Millis time) {
  deadline_ = host_.loop.clock().steady() + time;
  if (timer_ && timer_at_ <= deadline_) return;
  if (timer_) host_.loop.cancel(timer_);
  timer_at_ = deadline_;
  timer_ = host_.loop.after(time, [of = weak_from_this()] {
    if (const std::shared_ptr<HttpConnection> self = of.lock()) self->on_timer();
  });
}

void HttpConnection::on_timer() {
  timer_ = {};
  if (step_ == Step::kOver || deadline_ == kNever) return;
  const Instant now = host_.loop.clock().steady();
  if (now < deadline_) return expect_within(deadline_ - now);
  on_deadline();
  watch_input();
}

// Of an answer within `timeout`, so that nobody keeps it in memory by taking a byte now and then.
uint64_t HttpConnection::least_written() const {
  const auto ms = static_cast<uint64_t>(host_.options.timeout.count());
  return std::max<uint64_t>(1, ms * host_.options.body_bytes_per_s_min / 1'000);
}

void HttpConnection::on_deadline() {
  const Instant now = host_.loop.clock().steady();
  const auto slow = [&] {
    return pace_.too_slow(now, host_.options.timeout, host_.options.body_bytes_per_s_min);
  };
  switch (step_) {
    case Step::kHead:
      if (!begun_) return cut();
      body_wanted_ = true;
      refuse(with_status({Code::kDeadline, "the head of the request took too long to come"},
                         kRequestTimeout));
      return;
    case Step::kBody:
      if (slow()) {
        refuse(with_status({Code::kDeadline, "the body of the request comes too slowly"},
                           kRequestTimeout));
        return;
      }
      break;
    case Step::kUpload:
      if (slow()) return on_slow_upload();
      break;
    case Step::kSending:
      if (blocked_ && std::exchange(written_, 0) < least_written()) return cut();
      break;
    case Step::kClosing: return cut();
    default: return;
  }
  expect_within(host_.options.timeout);
}

}  // namespace mpim
