#include "server/redis/redis_link.h"

#include <hiredis/hiredis.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

Error away(const std::string& why) { return {Code::kUnavailable, "Redis is away: " + why}; }

}  // namespace

void RedisLink::FreeReader::operator()(redisReader* reader) const { redisReaderFree(reader); }

RedisLink::RedisLink(EventLoop& loop, RedisOptions options, Hooks hooks)
    : loop_(loop),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      random_(std::random_device{}()) {}

RedisLink::~RedisLink() = default;

void RedisLink::start() {
  if (state_ == State::kStopped) connect();
}

void RedisLink::stop() {
  if (state_ == State::kStopped) return;
  loop_.cancel(timer_);
  fail({Code::kDraining, "this node is going down"});
  loop_.cancel(timer_);
  state_ = State::kStopped;
}

void RedisLink::ask(const RedisCommand& command, Answered answered) {
  if (up() && under_way_.size() < options_.pipeline_max) return send(command, std::move(answered));
  const Error why = up() ? Error{Code::kBusy,
                                 "too many commands wait for Redis; redis.pipeline_max"
                                 " is the bound"}
                         : away("not connected");
  loop_.post([answered = std::move(answered), why]() mutable { answered(why); });
}

void RedisLink::send(const RedisCommand& command, Answered answered) {
  std::vector<const char*> parts;
  std::vector<size_t> sizes;
  for (const std::string& part : command) {
    parts.push_back(part.data());
    sizes.push_back(part.size());
  }
  char* formatted = nullptr;
  const int64_t bytes = redisFormatCommandArgv(&formatted, static_cast<int>(parts.size()),
                                               parts.data(), sizes.data());
  MPIM_CHECK(bytes > 0, "no memory for a command");
  bufferevent_write(socket_.get(), formatted, static_cast<size_t>(bytes));
  redisFreeCommand(formatted);
  count(Counter::kRedisCommands);
  under_way_.push_back({command.front(), loop_.clock().steady(), std::move(answered)});
}

void RedisLink::connect() {
  began_ = heard_ = loop_.clock().steady();
  late_ = false;
  state_ = State::kGreeting;
  reader_.reset(redisReaderCreate());
  socket_.reset(bufferevent_socket_new(loop_.base(), -1, BEV_OPT_CLOSE_ON_FREE));
  MPIM_CHECK(reader_ != nullptr && socket_ != nullptr, "no memory for a connection to Redis");
  bufferevent_setcb(
      socket_.get(), [](bufferevent*, void* link) { static_cast<RedisLink*>(link)->on_read(); },
      nullptr,
      [](bufferevent*, short what, void* link) { static_cast<RedisLink*>(link)->on_event(what); },
      this);
  bufferevent_enable(socket_.get(), EV_READ | EV_WRITE);
  if (const Result<void> dialled = dial(); !dialled.ok()) return fail(dialled.error());
  watch();
}

Result<void> RedisLink::dial() {
  const RedisAddress& to = options_.address;
  if (!to.socket.empty()) {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    if (to.socket.size() >= sizeof local.sun_path) return away("its socket's path is too long");
    std::memcpy(local.sun_path, to.socket.data(), to.socket.size());
    if (bufferevent_socket_connect(socket_.get(), reinterpret_cast<sockaddr*>(&local),
                                   sizeof local) != 0)
      return away(std::strerror(errno));
    return {};
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found);
  if (failed != 0) return away(to.host + ": " + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  if (bufferevent_socket_connect(socket_.get(), found->ai_addr,
                                 static_cast<int>(found->ai_addrlen)) != 0)
    return away(std::strerror(errno));
  return {};
}

void RedisLink::on_event(short what) {
  if ((what & BEV_EVENT_CONNECTED) != 0) {
    const int on = 1;  // fails on a Unix socket, which has no such delay
    ::setsockopt(bufferevent_getfd(socket_.get()), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return greet();
  }
  const bool ended = (what & BEV_EVENT_EOF) != 0;
  fail(away(ended ? "it closed the connection" : std::strerror(EVUTIL_SOCKET_ERROR())));
}

// All in one go; the last answer says that Redis is ready and that this user may talk to it.
void RedisLink::greet() {
  const RedisAddress& to = options_.address;
  const auto check = [this, at = connection_](const Result<RedisAnswer>& answer) {
    if (!answer.ok() && at == connection_) fail(answer.error());
  };
  if (!to.password.empty())
    send(to.user.empty() ? RedisCommand{"AUTH", to.password}
                         : RedisCommand{"AUTH", to.user, to.password},
         check);
  if (to.database != 0) send({"SELECT", std::to_string(to.database)}, check);
  send({"PING"}, [this, at = connection_](const Result<RedisAnswer>& answer) {
    if (at == connection_) greeted(answer);
  });
}

void RedisLink::greeted(const Result<RedisAnswer>& answer) {
  if (!answer.ok()) return fail(answer.error());
  state_ = State::kUp;
  attempts_ = 0;
  hooks_.up();
}

void RedisLink::on_read() {
  heard_ = loop_.clock().steady();
  evbuffer* const input = bufferevent_get_input(socket_.get());
  const size_t bytes = evbuffer_get_length(input);
  redisReaderFeed(
      reader_.get(),
      reinterpret_cast<const char*>(evbuffer_pullup(input, static_cast<ssize_t>(bytes))), bytes);
  evbuffer_drain(input, bytes);
  const uint64_t at = connection_;
  while (at == connection_) {
    void* next = nullptr;
    if (redisReaderGetReply(reader_.get(), &next) != REDIS_OK)
      return fail(away("it does not speak the protocol of Redis"));
    if (next == nullptr) return;
    const std::unique_ptr<void, decltype(&freeReplyObject)> reply(next, freeReplyObject);
    take(*static_cast<const redisReply*>(next));
  }
}

void RedisLink::take(const redisReply& reply) {
  const bool message = reply.type == REDIS_REPLY_ARRAY && reply.elements == 3 && hooks_.message &&
                       reply.element[0]->type == REDIS_REPLY_STRING &&
                       std::strcmp(reply.element[0]->str, "message") == 0;
  if (message) return hooks_.message(*answer_from(reply, "", ""));
  if (under_way_.empty()) return fail(away("it answered what nobody asked"));
  Asked asked = std::move(under_way_.front());
  under_way_.pop_front();
  asked.answered(answer_from(reply, asked.name, options_.address.user));
}

void RedisLink::fail(const Error& why) {
  if (state_ == State::kStopped || state_ == State::kWaiting) return;
  ++connection_;
  const std::unique_ptr<redisReader, FreeReader> old_reader = std::move(reader_);
  const BuffereventOwner old_socket = std::move(socket_);
  std::deque<Asked> dropped = std::exchange(under_way_, {});
  state_ = State::kWaiting;
  hooks_.down(why);
  for (Asked& asked : dropped) asked.answered(why);
  loop_.cancel(timer_);
  timer_ = loop_.after(pause(), [this] {
    count(Counter::kRedisReconnects);
    connect();
  });
}

// A random half, so that the nodes of a cluster do not come back all at once.
Millis RedisLink::pause() {
  const int64_t most = std::min<int64_t>(options_.retry_max.count(),
                                         options_.retry_min.count() << std::min(attempts_, 16U));
  ++attempts_;
  return Millis(most - std::uniform_int_distribution<int64_t>(0, most / 2)(random_));
}

// Twice late in a row: a machine that stood still itself reads first what waits in its sockets.
void RedisLink::watch() {
  const Instant now = loop_.clock().steady();
  const bool greeting = state_ == State::kGreeting;
  const Instant since = greeting ? began_ : under_way_.empty() ? now : under_way_.front().at;
  const Millis bound = greeting ? options_.connect_timeout : options_.answer_timeout;
  const bool late = now - since > bound;
  if (late && late_)
    return fail(away("no " + std::string(greeting ? "connection" : "answer") + " within " +
                     std::to_string(bound.count()) + " ms"));
  late_ = late;
  if (up() && under_way_.empty() && now - heard_ >= kIdle)
    send({"PING"}, [](const Result<RedisAnswer>&) {});
  timer_ = loop_.after(std::max(Millis(10), bound / 8), [this] { watch(); });
}

}  // namespace mpim
