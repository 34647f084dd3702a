#include "ops/doctor/redis_seen.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <future>
#include <utility>

namespace mpim::ops {
namespace {

constexpr int kRoundTrips = 5;

// Each command that a node needs, where nothing can come of it.
std::vector<RedisCommand> needed_commands() {
  return {{"EVAL", "return 1", "0"},
          {"SET", "slot:0", "doctor", "PX", "1000"},
          {"GET", "slot:0"},
          {"HSET", "route:0", "doctor", "0"},
          {"PEXPIRE", "route:0", "1000"},
          {"PTTL", "route:0"},
          {"HGET", "route:0", "doctor"},
          {"HGETALL", "route:0"},
          {"HDEL", "route:0", "doctor"},
          {"SADD", "node:.doctor", "doctor"},
          {"SREM", "node:.doctor", "doctor"},
          {"SMEMBERS", "nodes"},
          {"HGETALL", "node:.doctor"},
          {"DEL", "node:.doctor"},
          {"DEL", "slot:0"},
          {"PUBLISH", "10000", ""},
          {"SUBSCRIBE", "10000"}};  // the last: nothing else may be asked after it
}

// What INFO says of one thing; empty: nothing.
std::string told(const std::string& info, std::string_view name) {
  const std::string field = "\r\n" + std::string(name) + ":";
  const size_t at = info.find(field);
  if (at == std::string::npos) return "";
  const size_t begin = at + field.size();
  return info.substr(begin, info.find("\r\n", begin) - begin);
}

// One connection that asks all there is to ask.
class Visit {
 public:
  explicit Visit(const RedisOptions& options)
      : link_(loop_, options,
              {.up = [this] { measure(kRoundTrips); },
               .down = [this](const Error& why) { finish(why); },
               .message = {}}) {
    seen_.address = options.address.text();
  }

  Result<RedisSeen> make() {
    auto over = over_.get_future();
    loop_.start();
    loop_.post([this] { link_.start(); });
    Result<RedisSeen> seen = over.get();
    loop_.post([this] { link_.stop(); });
    loop_.stop();
    return seen;
  }

 private:
  using Time = std::chrono::steady_clock;

  // The quickest of some, one after another.
  void measure(int left) {
    if (left == 0) return look();
    link_.ask({"PING"}, [this, left, from = Time::now()](const Result<RedisAnswer>& answer) {
      if (!answer.ok()) return finish(answer.error());
      const std::chrono::duration<double, std::milli> took = Time::now() - from;
      const bool first = left == kRoundTrips;
      seen_.round_trip_ms = first ? took.count() : std::min(seen_.round_trip_ms, took.count());
      measure(left - 1);
    });
  }

  void look() {
    link_.ask({"INFO"}, [this](const Result<RedisAnswer>& info) { read(info); });
    const std::vector<RedisCommand> all = needed_commands();
    for (const RedisCommand& each : all)
      link_.ask(each, [this, last = &each == &all.back()](const Result<RedisAnswer>& answer) {
        if (!answer.ok()) note(answer.error());
        if (last) finish(seen_);
      });
  }

  void read(const Result<RedisAnswer>& info) {
    if (!info.ok()) return note(info.error());
    seen_.version = told(info->text, "redis_version");
    seen_.policy = told(info->text, "maxmemory_policy");
    seen_.replica = told(info->text, "role") == "slave";
    seen_.keeps = told(info->text, "aof_enabled") == "1";
    const std::string bytes = told(info->text, "maxmemory");
    std::from_chars(bytes.data(), bytes.data() + bytes.size(), seen_.bytes_max);
  }

  void note(const Error& why) {
    if (std::ranges::find(seen_.refused, why.message) == seen_.refused.end())
      seen_.refused.push_back(why.message);
  }

  void finish(Result<RedisSeen> seen) {
    if (!std::exchange(finished_, true)) over_.set_value(std::move(seen));
  }

  EventLoop loop_{"doctor"};
  RedisLink link_;
  RedisSeen seen_;
  bool finished_ = false;
  std::promise<Result<RedisSeen>> over_;
};

}  // namespace

Result<RedisSeen> redis_seen(const RedisOptions& options) { return Visit(options).make(); }

}  // namespace mpim::ops
