#include "server/redis/redis_refusal.h"

#include "server/telemetry/log.h"

namespace mpim {

RedisRefusal::RedisRefusal(EventLoop& loop, std::string part, std::function<void()> again)
    : loop_(loop), part_(std::move(part)), again_(std::move(again)) {}

bool RedisRefusal::note(const Result<RedisAnswer>& answer) {
  if (!answer.ok()) {
    if (redis_refused(answer.error())) begin(answer.error().message);
    return false;
  }
  if (!refused_) return false;
  refused_ = false;
  loop_.cancel(timer_);
  set_why({});
  log_info("redis.refuses_no_more", {{"part", part_}});
  return true;
}

void RedisRefusal::begin(const std::string& why) {
  set_why(why);
  if (refused_.exchange(true)) return;
  log_warn("redis.refuses", {{"part", part_}, {"why", why}});
  try_again();
}

void RedisRefusal::try_again() {
  timer_ = loop_.after(kAgain, [this] {
    try_again();
    again_();
  });
}

void RedisRefusal::stop() { loop_.cancel(timer_); }

void RedisRefusal::set_why(const std::string& why) {
  const std::lock_guard lock(mutex_);
  why_ = why;
}

std::string RedisRefusal::why() const {
  const std::lock_guard lock(mutex_);
  return why_;
}

}  // namespace mpim
