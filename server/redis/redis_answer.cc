#include "server/redis/redis_answer.h"

#include <hiredis/hiredis.h>

#include <array>

namespace mpim {
namespace {

// How Redis begins a refusal, and what is to be done about it.
struct Refusal {
  std::string_view begins;
  Code code;
  std::string_view remedy;
};
constexpr std::array kRefusals{
    Refusal{"NOAUTH", Code::kDenied, "it wants a password: put USER:PASSWORD@ into redis.url"},
    Refusal{"WRONGPASS", Code::kDenied, "mend the user or the password in redis.url"},
    Refusal{"ERR invalid password", Code::kDenied, "mend the password in redis.url"},
    Refusal{"ERR AUTH", Code::kDenied,
            "it has no password: take USER:PASSWORD@ out of redis.url, or set one there"},
    Refusal{"ERR Client sent AUTH", Code::kDenied,
            "it has no password: take USER:PASSWORD@ out of redis.url, or set one there"},
    Refusal{"NOPERM", Code::kDenied,
            "its ACL must allow the user of redis.url that (ACL SETUSER; docs/cluster.md has the "
            "commands, keys and channels)"},
    Refusal{"ERR unknown command", Code::kUnknownCommand,
            "it must be Redis 5 or newer, with no command renamed away"},
    Refusal{"ERR DB index", Code::kDenied,
            "mend the number of the database in redis.url, or raise `databases` there"},
    Refusal{"LOADING", Code::kUnavailable, "it reads its data in; wait"},
    Refusal{"BUSY", Code::kUnavailable, "a script runs there; wait, or SCRIPT KILL"},
    Refusal{"MASTERDOWN", Code::kUnavailable, "it is a replica without its master"},
    Refusal{"READONLY", Code::kUnavailable, "it is a replica: redis.url must name the master"},
    Refusal{"MISCONF", Code::kUnavailable, "it cannot save to its disk, and refuses writes"},
    Refusal{"OOM", Code::kUnavailable, "its maxmemory is reached: raise it"},
};

constexpr std::string_view kRefuses = "Redis refuses ";

Error refused(std::string_view said, std::string_view asked, std::string_view user) {
  const std::string start = std::string(kRefuses) + std::string(asked) +
                            (user.empty() ? "" : " to " + std::string(user)) + ": ";
  for (const Refusal& known : kRefusals)
    if (said.starts_with(known.begins))
      return {known.code, start + std::string(known.remedy) + " (" + std::string(said) + ")"};
  return {Code::kInternal, start + std::string(said)};
}

RedisAnswer value_of(const redisReply& reply) {
  RedisAnswer answer;
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      answer.kind = RedisAnswer::Kind::kNumber;
      answer.number = reply.integer;
      break;
    case REDIS_REPLY_ARRAY:
      answer.kind = RedisAnswer::Kind::kList;
      answer.list.reserve(reply.elements);
      for (size_t i = 0; i < reply.elements; ++i)
        answer.list.push_back(value_of(*reply.element[i]));
      break;
    case REDIS_REPLY_NIL: break;
    default:
      answer.kind = RedisAnswer::Kind::kText;
      answer.text.assign(reply.str, static_cast<size_t>(reply.len));
  }
  return answer;
}

}  // namespace

const std::string& RedisAnswer::text_at(size_t index) const {
  static const std::string none;
  return index < list.size() ? list[index].text : none;
}

int64_t RedisAnswer::number_at(size_t index) const {
  return index < list.size() ? list[index].number : 0;
}

Result<RedisAnswer> answer_from(const redisReply& reply, std::string_view asked,
                                std::string_view user) {
  if (reply.type == REDIS_REPLY_ERROR)
    return refused({reply.str, static_cast<size_t>(reply.len)}, asked, user);
  return value_of(reply);
}

bool redis_refused(const Error& why) { return why.message.starts_with(kRefuses); }

}  // namespace mpim
