// What Redis answers, as a value of ours.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "server/core/result.h"

struct redisReply;

namespace mpim {

using RedisCommand = std::vector<std::string>;  // its name and its arguments, any bytes

// One answer. What Redis refuses is an Error instead, never one of these.
struct RedisAnswer {
  enum class Kind : uint8_t { kNothing, kNumber, kText, kList };
  Kind kind = Kind::kNothing;
  int64_t number = 0;
  std::string text;
  std::vector<RedisAnswer> list;

  // The text at `index` of a list; empty where there is none.
  const std::string& text_at(size_t index) const;
  int64_t number_at(size_t index) const;
};

// Errors   kDenied: what was sent needs a password or a right; kUnknownCommand: this Redis does not
//          have it; kUnavailable: it cannot now (it loads, is full, is a replica); kInternal: the
//          rest. Each says what to mend. `asked` is the command that was refused, `user` as whom.
Result<RedisAnswer> answer_from(const redisReply& reply, std::string_view asked,
                                std::string_view user);
// Redis itself said no to a command; else it is away, or was not asked.
bool redis_refused(const Error& why);

}  // namespace mpim
