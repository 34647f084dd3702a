#include "server/directory/route_book.h"

#include <charconv>
#include <utility>

namespace mpim {
namespace {

// KEYS route; ARGV node, entry, milliseconds.
constexpr const char* kWrite = R"(
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])
)";

// KEYS route; ARGV node, epoch and a blank.
constexpr const char* kErase = R"(
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry or string.sub(entry, 1, #ARGV[2]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
)";

constexpr Millis kBetweenPages{10};

std::string route_key(UserId user) { return "route:" + std::to_string(user.value); }

}  // namespace

std::string route_text(uint64_t epoch, uint32_t sessions, Timestamp since) {
  return std::to_string(epoch) + " " + std::to_string(sessions) + " " + std::to_string(since.ms);
}

std::optional<Route> route_from(UserId user, const std::string& node, const std::string& text,
                                uint64_t& epoch) {
  Route route{.user = user, .node = NodeId{node}, .sessions = 0, .since = {}};
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, epoch);
  if (first.ec != std::errc() || first.ptr == end) return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, route.sessions);
  if (second.ec != std::errc() || second.ptr == end) return std::nullopt;
  if (std::from_chars(second.ptr + 1, end, route.since.ms).ec != std::errc()) return std::nullopt;
  return route;
}

RouteBook::RouteBook(RedisClient& redis, const LocalDirectory& here, NodeRun self, Millis life,
                     std::function<bool()> held)
    : redis_(redis),
      here_(here),
      self_(std::move(self)),
      life_(life),
      held_(std::move(held)),
      refusal_(redis.loop(), "route_write", [this] { prove(); }) {}

void RouteBook::changed(UserId user) {
  const std::lock_guard lock(mutex_);
  changed_.insert(user);
  flush_soon();
}

void RouteBook::when_written(Task done) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(done));
  flush_soon();
}

void RouteBook::flush_soon() {
  if (std::exchange(flushing_, true)) return;
  redis_.loop().post([this] { flush(); });
}

void RouteBook::flush() {
  std::set<UserId> changed;
  std::vector<Task> waiting;
  {
    const std::lock_guard lock(mutex_);
    changed.swap(changed_);
    waiting.swap(waiting_);
    flushing_ = false;
  }
  const bool writable = redis_.up() && held_();
  for (const UserId user : changed) {
    if (!writable) break;
    if (const auto route = here_.route(user)) {
      write(*route);
    } else {
      erase(user);
    }
  }
  if (waiting.empty()) return;
  Task done = [waiting = std::move(waiting)]() mutable {
    for (Task& each : waiting) each();
  };
  if (!writable) return done();
  confirm(std::move(done));
}

// Answers come in order: behind this one everything is written.
void RouteBook::confirm(Task done) {
  redis_.ask({"PING"}, [done = std::move(done)](const Result<RedisAnswer>&) mutable { done(); });
}

void RouteBook::write(const Route& route) {
  redis_.ask({"EVAL", kWrite, "1", route_key(route.user), self_.node.name,
              route_text(self_.epoch, route.sessions, route.since), std::to_string(life_.count())},
             [this](const Result<RedisAnswer>& answer) {
               if (refusal_.note(answer)) rewrite({});
             });
}

// With one route that is to be there anyway.
void RouteBook::prove() {
  const std::vector<Route> one = here_.routes(UserId(), 1);
  if (one.empty()) {
    (void)refusal_.note(RedisAnswer());  // there is nothing to be written
  } else if (held_()) {
    write(one.front());
  }
}

void RouteBook::erase(UserId user) {
  redis_.tell(
      {"EVAL", kErase, "1", route_key(user), self_.node.name, std::to_string(self_.epoch) + " "});
}

void RouteBook::rewrite(Task done) { walk(UserId(), std::move(done)); }

void RouteBook::walk(UserId after, Task done) {
  if (!redis_.up() || !held_()) return;
  const std::vector<Route> page = here_.routes(after, kPage);
  for (const Route& route : page) write(route);
  if (page.size() == kPage) {
    redis_.loop().after(kBetweenPages,
                        [this, last = page.back().user, done = std::move(done)]() mutable {
                          walk(last, std::move(done));
                        });
    return;
  }
  if (done) confirm(std::move(done));
}

void RouteBook::start() { beat(); }

void RouteBook::stop() {
  refusal_.stop();
  redis_.loop().cancel(timer_);
}

void RouteBook::beat() {
  timer_ = redis_.loop().after(life_ / 3, [this] {
    walk(UserId(), {});
    beat();
  });
}

}  // namespace mpim
