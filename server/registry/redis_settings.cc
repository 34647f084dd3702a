#include "server/registry/redis_settings.h"

#include "server/registry/redis_registry.h"

namespace mpim {
namespace {

// KEYS settings; ARGV the mark that is known. Answers {mark}, or {mark, text} of another state.
constexpr const char* kRead = R"(
local text = redis.call('GET', KEYS[1])
local mark = text and redis.sha1hex(text) or ''
if mark == ARGV[1] then return {mark} end
return {mark, text or ''}
)";

// KEYS settings; ARGV the mark before, the text, the channel. Answers the new mark, or ''.
constexpr const char* kWrite = R"(
local held = redis.call('GET', KEYS[1])
if (held and redis.sha1hex(held) or '') ~= ARGV[1] then return '' end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], 'settings')
return redis.sha1hex(ARGV[2])
)";

}  // namespace

void RedisSettings::read(const std::string& known_mark, Read done) {
  redis_.ask({"EVAL", kRead, "1", "settings", known_mark},
             [done = std::move(done)](const Result<RedisAnswer>& answer) mutable {
               if (!answer.ok()) return done(answer.error());
               Kept kept{answer->text_at(0), {}};
               if (answer->list.size() > 1) kept.text = answer->text_at(1);
               done(std::move(kept));
             });
}

void RedisSettings::write(const std::string& mark_before, const std::string& text, Written done) {
  if (!redis_.up()) return done(Error{Code::kUnavailable, redis_.state().why.message});
  redis_.ask({"EVAL", kWrite, "1", "settings", mark_before, text, RedisRegistry::kAnnouncements},
             [done = std::move(done)](const Result<RedisAnswer>& answer) mutable {
               if (!answer.ok() && answer.error().code == Code::kUnavailable)
                 return done(Error{Code::kUnknown,
                                   "Redis went away before it said whether this is "
                                   "done: look when it is back"});
               if (!answer.ok()) return done(answer.error());
               if (answer->text.empty()) return done(std::optional<std::string>());
               done(std::optional(answer->text));
             });
}

}  // namespace mpim
