#include "server/redis/redis_client.h"

#include "server/telemetry/log.h"

namespace mpim {

RedisClient::RedisClient(EventLoop& loop, const RedisOptions& options)
    : loop_(loop),
      options_(options),
      link_(loop, options,
            {.up = [this] { note(true, {}); },
             .down = [this](const Error& why) { note(false, why); },
             .message = {}}) {
  state_ = {false, {Code::kUnavailable, "not connected yet"}, loop.clock().wall()};
}

void RedisClient::start() { link_.start(); }

void RedisClient::stop() { link_.stop(); }

void RedisClient::ask(RedisCommand command, Answered answered) {
  if (++waiting_ > options_.pipeline_max) {
    --waiting_;
    return loop_.post([answered = std::move(answered)]() mutable {
      answered(Error{Code::kBusy, "redis.pipeline_max commands wait for Redis already"});
    });
  }
  auto counted = [this, answered = std::move(answered)](Result<RedisAnswer> answer) mutable {
    --waiting_;
    answered(std::move(answer));
  };
  if (loop_.on_this_thread()) return link_.ask(command, std::move(counted));
  loop_.post([this, command = std::move(command), counted = std::move(counted)]() mutable {
    link_.ask(command, std::move(counted));
  });
}

void RedisClient::tell(RedisCommand command) {
  ask(std::move(command), [](const Result<RedisAnswer>&) {});
}

RedisState RedisClient::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

// One line for each change, and for each new reason.
void RedisClient::note(bool up, const Error& why) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = state_.up != up;
    if (!changed && state_.why.message == why.message) return;
    if (changed) state_.since = loop_.clock().wall();
    state_.up = up;
    state_.why = why;
  }
  up_ = up;
  const std::string where = options_.address.text();
  if (up) {
    log_info("redis.up", {{"at", where}});
  } else if (why.code != Code::kDraining) {
    log_warn("redis.down", {{"at", where}, {"why", why.message}});
  }
  if (changed && changed_) changed_(up);
}

}  // namespace mpim
