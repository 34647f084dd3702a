#include "server/directory/redis_directory.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/telemetry/metrics.h"
#include "server/telemetry/over_limit.h"

namespace mpim {

RedisDirectory::RedisDirectory(RedisClient& redis, LocalDirectory& here,
                               const RouteOptions& options, NodesAlive nodes)
    : redis_(redis),
      here_(here),
      options_(options),
      nodes_(std::move(nodes)),
      book_(redis, here, options.self, options.life, nodes_.held),
      cache_(options.cached_max, options.cached_for),
      refusal_(redis.loop(), "route_read", [this] { prove(); }) {}

void RedisDirectory::stop() {
  refusal_.stop();
  book_.stop();
}

void RedisDirectory::bind(UserId user, Timestamp now) {
  here_.bind(user, now);
  book_.changed(user);
}

void RedisDirectory::unbind(UserId user) {
  here_.unbind(user);
  cache_.forget(user);  // whether he is gone for good is asked anew
  book_.changed(user);
}

void RedisDirectory::when_bound(Executor& home, Task bound) {
  if (!redis_.up()) return bound();
  book_.when_written(
      [home = &home, bound = std::move(bound)]() mutable { home->post(std::move(bound)); });
}

std::vector<Route> RedisDirectory::routes(UserId after, uint32_t count_max) const {
  return here_.routes(after, count_max);
}

std::optional<Route> RedisDirectory::route(UserId user) const { return here_.route(user); }

void RedisDirectory::explain(UserId user, Executor& home, Explained explained) {
  const std::string key = "route:" + std::to_string(user.value);
  const auto view = std::make_shared<RouteView>();
  redis_.ask({"HGETALL", key},
             [this, user, view, cached = cache_.find(user, home.clock().steady())](
                 const Result<RedisAnswer>& fields) { *view = view_of(user, fields, cached); });
  redis_.ask({"PTTL", key}, [view, home = &home, explained = std::move(explained)](
                                const Result<RedisAnswer>& left) mutable {
    if (left.ok()) view->life_left = std::max(Millis(left->number), Millis(0));
    home->post([view, explained = std::move(explained)]() mutable { explained(std::move(*view)); });
  });
}

void RedisDirectory::list(std::span<const UserId> users, Executor& home, Listed listed) {
  if (users.empty()) return listed({});
  struct Gathering {
    size_t left;
    Listed listed;
    RouteList list = {};
  };
  const auto gathering = std::make_shared<Gathering>(Gathering{users.size(), std::move(listed)});
  for (const UserId user : users)
    redis_.ask({"HGETALL", "route:" + std::to_string(user.value)},
               [this, user, gathering, home = &home](const Result<RedisAnswer>& fields) {
                 RouteView view = view_of(user, fields, {});
                 if (!fields.ok()) gathering->list.why = std::move(view.why);
                 for (RouteEntry& entry : view.entries)
                   if (entry.lives) gathering->list.routes.push_back(std::move(entry.route));
                 if (--gathering->left > 0) return;
                 home->post([gathering] { gathering->listed(std::move(gathering->list)); });
               });
}

RouteView RedisDirectory::view_of(UserId user, const Result<RedisAnswer>& fields,
                                  const std::optional<std::vector<NodeRun>>& cached) const {
  RouteView view;
  view.shared = true;
  view.cached = cached.has_value();
  if (!fields.ok()) view.why = fields.error().message;
  std::map<NodeId, RouteEntry> known;
  for (size_t i = 0, taken = fields_taken(fields); i + 1 < taken; i += 2) {
    NodeRun run;
    const auto route = route_from(user, fields->text_at(i), fields->text_at(i + 1), run.epoch);
    if (!route) continue;
    run.node = route->node;
    known[run.node] = {.route = *route, .lives = nodes_.lives(run), .stored = true};
  }
  for (const NodeRun& run : cached.value_or(std::vector<NodeRun>{})) {
    RouteEntry& entry = known[run.node];
    if (!entry.stored) entry = {.route = {user, run.node, 0, {}}, .lives = nodes_.lives(run)};
    entry.cached = true;
  }
  if (const std::optional<Route> own = here_.route(user)) {
    RouteEntry& entry = known[own->node];
    entry = {.route = *own, .lives = true, .here = true, .stored = entry.stored};
  }
  for (auto& [node, entry] : known) view.entries.push_back(std::move(entry));
  return view;
}

void RedisDirectory::nodes_of(const Audience& audience, Executor& home, NodesFound found) {
  if (audience.direct()) {
    const std::array both{audience.one, audience.other};
    const bool alone = !audience.other || audience.other == audience.one;
    return look_up(std::span(both).first(alone ? 1 : 2), home, std::move(found));
  }
  std::vector<NodeId> nodes = redis_.up() ? nodes_.all() : std::vector<NodeId>{};
  if (here_.users() > 0) nodes.push_back(options_.self.node);
  found(nodes);
}

void RedisDirectory::nodes_of(UserId user, Executor& home, NodesFound found) {
  look_up({&user, 1}, home, std::move(found));
}

void RedisDirectory::look_up(std::span<const UserId> users, Executor& home, NodesFound found) {
  std::vector<NodeId> nodes;
  std::vector<UserId> unknown;
  const Instant now = home.clock().steady();
  for (const UserId user : users) {
    if (here(user)) add(nodes, options_.self.node);
    if (!redis_.up()) continue;
    const auto known = cache_.find(user, now);
    count(known ? Counter::kCacheRoutesMemory : Counter::kCacheRoutesRedis);
    if (!known) {
      unknown.push_back(user);
      continue;
    }
    for (const NodeRun& run : *known)
      if (nodes_.lives(run)) add(nodes, run.node);
  }
  if (unknown.empty()) return found(nodes);
  const auto question = std::make_shared<Question>(home, std::move(found));
  question->nodes = std::move(nodes);
  question->unanswered = unknown.size();
  redis_.loop().post([this, unknown = std::move(unknown), question]() mutable {
    for (const UserId user : unknown) read(user, question);
  });
}

void RedisDirectory::read(UserId user, std::shared_ptr<Question> question) {
  const auto [reading, first] = readings_.try_emplace(user);
  reading->second.waiting.push_back(std::move(question));
  if (!first) return;
  redis_.ask({"HGETALL", "route:" + std::to_string(user.value)},
             [this, user](const Result<RedisAnswer>& fields) {
               (void)refusal_.note(fields);
               take(user, fields, false);
             });
}

// A user has as many nodes as devices, and those of his that are dead.
size_t RedisDirectory::fields_taken(const Result<RedisAnswer>& fields) const {
  const size_t most = 2 * options_.user_nodes_max;
  if (!fields.ok()) return 0;
  if (fields->list.size() <= most) return fields->list.size();
  note_over_limit("nodes of a user", options_.user_nodes_max, redis_.loop().clock().steady());
  return most;
}

// With the route of nobody.
void RedisDirectory::prove() {
  redis_.ask({"HGETALL", "route:0"},
             [this](const Result<RedisAnswer>& fields) { (void)refusal_.note(fields); });
}

// A run that is not known to live may be newer than what is known of the nodes: that is asked
// again, now and then.
void RedisDirectory::take(UserId user, const Result<RedisAnswer>& fields, bool refreshed) {
  std::vector<NodeRun> others;
  bool unknown = false;
  for (size_t i = 0, taken = fields_taken(fields); i + 1 < taken; i += 2) {
    NodeRun run;
    const auto route = route_from(user, fields->text_at(i), fields->text_at(i + 1), run.epoch);
    if (!route || route->node == options_.self.node) continue;
    run.node = route->node;
    unknown = unknown || !nodes_.lives(run);
    others.push_back(std::move(run));
  }
  const Instant now = redis_.loop().clock().steady();
  if (unknown && !refreshed && now - refreshed_at_ > kRefreshEvery) {
    refreshed_at_ = now;
    return nodes_.refresh([this, user, fields] { take(user, fields, true); });
  }
  const auto reading = readings_.extract(user);
  for (const auto& question : reading.mapped().waiting) {
    for (const NodeRun& run : others)
      if (nodes_.lives(run)) add(question->nodes, run.node);
    if (--question->unanswered > 0) continue;
    question->home->post([question] { question->found(question->nodes); });
  }
  if (fields.ok() && !reading.mapped().stale) cache_.keep(user, std::move(others), now);
}

void RedisDirectory::add(std::vector<NodeId>& nodes, const NodeId& node) {
  if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
}

void RedisDirectory::heard(const NodeId& from, std::span<const EnvelopePtr> envelopes) {
  for (const EnvelopePtr& envelope : envelopes) {
    if (const auto* const presence = std::get_if<PresenceChanged>(envelope.get())) {
      cache_.forget(presence->signal.user);
      forget_reading(presence->signal.user);
    } else if (const auto* const replaced = std::get_if<DeviceReplaced>(envelope.get())) {
      cache_.forget(replaced->user);
      forget_reading(replaced->user);
    } else if (const auto* const entry = std::get_if<EntryCommitted>(envelope.get())) {
      cache_.seen(entry->entry->sender, from);
    }
  }
}

void RedisDirectory::forget_reading(UserId user) {
  if (const auto reading = readings_.find(user); reading != readings_.end())
    reading->second.stale = true;
}

}  // namespace mpim
