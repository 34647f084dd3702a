// One connection to Redis that comes back by itself.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "server/loop/event_loop.h"
#include "server/loop/libevent_owners.h"
#include "server/redis/redis_address.h"
#include "server/redis/redis_answer.h"

struct redisReader;

namespace mpim {

struct RedisOptions {
  RedisAddress address;
  Millis connect_timeout{2'000};  // with the log-in
  Millis answer_timeout{1'000};
  Millis retry_min{50};
  Millis retry_max{2'000};
  size_t pipeline_max = 16'384;  // commands not yet answered
};

// The socket is libevent's and the protocol hiredis's: commands go out pipelined, and their answers
// come in order.
// Threads  its loop's own. A host's name is looked up on it, so that loop is for Redis alone.
// Order    hooks and answers run on the loop, one after another. An answer never runs inside ask().
// Time     silence of answer_timeout ends a connection; an idle one is asked for a sign of life
//          every kIdle. Between two attempts: retry_min, doubled up to retry_max, less a random
//          half.
// Errors   kUnavailable while it is not up, and for what was under way when it went down: whether
//          that was done is not known. Else as answer_from().
// Lifetime stop() before its loop ends.
class RedisLink {
 public:
  using Answered = UniqueFunction<void(Result<RedisAnswer>)>;
  static constexpr Millis kIdle{1'000};

  // What its owner wants to hear. `down` is told of each failed attempt too.
  struct Hooks {
    std::function<void()> up;
    std::function<void(const Error&)> down;
    std::function<void(const RedisAnswer&)> message;  // of a channel subscribed to
  };

  RedisLink(EventLoop& loop, RedisOptions options, Hooks hooks);
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  void start();
  void stop();
  bool up() const { return state_ == State::kUp; }
  void ask(const RedisCommand& command, Answered answered);
  // Ends the connection, if there is one, and makes another.
  void fail(const Error& why);

 private:
  enum class State : uint8_t { kStopped, kWaiting, kGreeting, kUp };
  struct Asked {
    std::string name;  // of the command, for its error
    Instant at;
    Answered answered;
  };
  struct FreeReader {
    void operator()(redisReader* reader) const;
  };

  void connect();
  Result<void> dial();
  void greet();
  void greeted(const Result<RedisAnswer>& answer);
  void send(const RedisCommand& command, Answered answered);
  void on_read();
  void take(const redisReply& reply);
  void on_event(short what);
  void watch();
  Millis pause();

  EventLoop& loop_;
  const RedisOptions options_;
  const Hooks hooks_;
  State state_ = State::kStopped;
  BuffereventOwner socket_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::deque<Asked> under_way_;
  uint64_t connection_ = 0;  // raised when one ends: whoever is in the middle of it sees that
  Instant began_;            // the connection
  Instant heard_;
  bool late_ = false;  // at the last look
  uint32_t attempts_ = 0;
  TimerId timer_;
  std::minstd_rand random_;
};

}  // namespace mpim
