#include "server/registry/redis_settings.h"

#include "server/registry/redis_registry.h"
#include "server/registry/settings_edition.h"

namespace mpim {
namespace {

// What is no text, or one that is too long, is told as a text that cannot be read; its mark is that
// of the text that is told. KEYS settings.
constexpr std::string_view kHeld = R"(
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'table' then
  if not string.find(held.err, 'WRONGTYPE', 1, true) then return held end
  held = 'a key of another type'
end
held = held and string.sub(held, 1, 1048577)
)";
static_assert(kHistoryTextMax == 1'048'576);

// ARGV the mark that is known. Answers {mark}, or {mark, text} of another state.
constexpr std::string_view kRead = R"(
local mark = held and redis.sha1hex(held) or ''
if mark == ARGV[1] then return {mark} end
return {mark, held or ''}
)";

// ARGV the mark before, the text, the channel. Answers the new mark, or ''.
constexpr std::string_view kWrite = R"(
if (held and redis.sha1hex(held) or '') ~= ARGV[1] then return '' end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], 'settings')
return redis.sha1hex(ARGV[2])
)";

std::string script(std::string_view body) { return std::string(kHeld) + std::string(body); }

}  // namespace

void RedisSettings::read(const std::string& known_mark, Read done) {
  redis_.ask({"EVAL", script(kRead), "1", "settings", known_mark},
             [done = std::move(done)](const Result<RedisAnswer>& answer) mutable {
               if (!answer.ok()) return done(answer.error());
               Kept kept{answer->text_at(0), {}};
               if (answer->list.size() > 1) kept.text = answer->text_at(1);
               done(std::move(kept));
             });
}

void RedisSettings::write(const std::string& mark_before, const std::string& text, Written done) {
  if (!redis_.up()) return done(Error{Code::kUnavailable, redis_.state().why.message});
  redis_.ask(
      {"EVAL", script(kWrite), "1", "settings", mark_before, text, RedisRegistry::kAnnouncements},
      [done = std::move(done)](const Result<RedisAnswer>& answer) mutable {
        if (!answer.ok() && !redis_refused(answer.error()) &&
            answer.error().code == Code::kUnavailable)
          return done(Error{Code::kUnknown,
                            "Redis went away before it said whether this is "
                            "done: look when it is back"});
        if (!answer.ok()) return done(answer.error());
        if (answer->text.empty()) return done(std::optional<std::string>());
        done(std::optional(answer->text));
      });
}

}  // namespace mpim
