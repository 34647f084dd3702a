#include "server/registry/redis_registry.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include "server/registry/lease_record.h"
#include "server/telemetry/log.h"
#include "server/telemetry/over_limit.h"

namespace mpim {
namespace {

// KEYS lease, index; ARGV epoch, id, milliseconds, fields... Answers {0, epoch, beats, line} when
// another run holds it, {1} when it was ours, {2} when it was nobody's, and then what is wanted.
constexpr const char* kTake = R"(
local held = redis.call('HGET', KEYS[1], 'epoch')
if held and held ~= ARGV[1] then
  return {0, held, redis.call('HGET', KEYS[1], 'beats'), redis.call('HGET', KEYS[1], 'line')}
end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('SADD', KEYS[2], ARGV[2])
local wanted = redis.call('HGET', KEYS[1], 'wanted')
redis.call('HDEL', KEYS[1], 'wanted')
return {held and 1 or 2, wanted or ''}
)";

// KEYS lease; ARGV state.
constexpr const char* kOrder = R"(
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'wanted', ARGV[1])
return 1
)";

// KEYS lease, index; ARGV epoch, id.
constexpr const char* kLeave = R"(
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[2])
return 1
)";

constexpr Millis kLookAgain{50};
constexpr std::chrono::seconds kLeaveMax{2};

std::string lease_key(const NodeId& node) { return "node:" + node.name; }

std::vector<std::string> texts_of(const RedisAnswer& list) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < list.list.size(); ++i) texts.push_back(list.text_at(i));
  return texts;
}

// Redis will not have us until somebody mends something: waiting is no use.
bool is_refusal(const Error& why) {
  return why.code == Code::kDenied || why.code == Code::kUnknownCommand ||
         why.code == Code::kInternal;
}

}  // namespace

RedisRegistry::RedisRegistry(RedisClient& redis, LeaseOptions options)
    : redis_(redis),
      loop_(redis.loop()),
      options_(options),
      known_(loop_, [this](Task over) { read(std::move(over)); }) {}

Result<void> RedisRegistry::join(NodeRecord self, std::function<Load()> load) {
  std::promise<Result<void>> answer;
  const auto joined = std::make_shared<Joined>(
      [&answer](Result<void> result) { answer.set_value(std::move(result)); });
  loop_.post([this, self = std::move(self), load = std::move(load), joined]() mutable {
    self_ = std::move(self);
    load_ = std::move(load);
    try_to_join(loop_.clock().steady() + options_.patience, std::nullopt, joined);
  });
  return answer.get_future().get();
}

void RedisRegistry::try_to_join(Instant give_up, std::optional<Holder> before,
                                const std::shared_ptr<Joined>& joined) {
  const auto again = [this, give_up, joined](Millis pause, std::optional<Holder> holder) {
    loop_.after(pause, [this, give_up, joined, holder] { try_to_join(give_up, holder, joined); });
  };
  if (!redis_.up()) {
    const Error why = redis_.state().why;
    if (is_refusal(why)) return (*joined)(Error{Code::kUnavailable, why.message});
    if (loop_.clock().steady() < give_up) return again(kLookAgain, before);
    log_warn("registry.joins_later", {{"why", why.message}});
    known_.stand(self_.run, {false, why.message});
    joined_ = true;
    beat();
    return (*joined)({});
  }
  take([this, before, joined, again](Result<RedisAnswer> answer) {
    if (!answer.ok() && is_refusal(answer.error()))
      return (*joined)(Error{Code::kUnavailable, answer.error().message});
    if (!answer.ok()) return again(kLookAgain, before);
    if (answer->number_at(0) != 0) {
      joined_ = true;
      renewed(answer);
      beat();
      return refresh([joined] { (*joined)({}); });
    }
    const Holder holder{answer->text_at(1), answer->text_at(2)};
    if (before && before->epoch == holder.epoch && before->beats != holder.beats)
      return (*joined)(Error{Code::kConflict, "another node named " + self_.run.node.name +
                                                  " runs at " + answer->text_at(3) +
                                                  ": give this one another node.id"});
    if (!before || before->epoch != holder.epoch)
      log_info("registry.waiting", {{"node", self_.run.node.name},
                                    {"why", "an earlier run still holds the lease"},
                                    {"for_at_most_ms", options_.lease.count()}});
    again(kLookAgain, holder);
  });
}

void RedisRegistry::take(UniqueFunction<void(Result<RedisAnswer>)> taken) {
  const Load load = load_();
  self_.connections = load.connections;
  self_.sessions = load.sessions;
  self_.settings = load.settings;
  RedisCommand command{"EVAL",
                       kTake,
                       "2",
                       lease_key(self_.run.node),
                       "nodes",
                       std::to_string(self_.run.epoch),
                       self_.run.node.name,
                       std::to_string(options_.lease.count()),
                       "beats",
                       std::to_string(++beats_)};
  self_.lease = options_.lease;
  for (std::string& field : lease_fields(self_)) command.push_back(std::move(field));
  redis_.ask(std::move(command), std::move(taken));
}

void RedisRegistry::renew() {
  if (joined_) take([this](const Result<RedisAnswer>& answer) { renewed(answer); });
}

void RedisRegistry::renewed(const Result<RedisAnswer>& answer) {
  if (!joined_) return;
  if (!answer.ok()) return known_.stand(self_.run, {false, answer.error().message});
  const int64_t was = answer->number_at(0);
  if (was == 0)
    return known_.stand(self_.run,
                        {.held = false,
                         .why = "another node named " + self_.run.node.name + " runs at " +
                                answer->text_at(3) + " and holds the lease: end one of them",
                         .taken = true});
  const bool held_before = standing().held;
  known_.stand(self_.run, {true, {}, false});
  for (const NodeState state : {NodeState::kActive, NodeState::kDraining})
    if (answer->text_at(1) == name_of(state) && ordered_) ordered_(state);
  if (was == 2 || !held_before || std::exchange(announce_, false))
    redis_.tell({"PUBLISH", kAnnouncements, self_.run.node.name});
  refresh([this, anew = was == 2 || !held_before] {
    if (anew && regained_) regained_();
  });
}

void RedisRegistry::beat() {
  loop_.cancel(timer_);
  timer_ = loop_.after(options_.lease / 3, [this] {
    if (redis_.up()) renew();
    beat();
  });
}

void RedisRegistry::redis_changed(bool up) {
  if (!joined_) return;
  if (up) return renew();
  known_.stand(self_.run, {false, redis_.state().why.message});
}

void RedisRegistry::leave() {
  auto gone = std::make_shared<std::promise<void>>();
  loop_.post([this, gone] {
    joined_ = false;
    loop_.cancel(timer_);
    if (!redis_.up()) return gone->set_value();
    redis_.ask({"EVAL", kLeave, "2", lease_key(self_.run.node), "nodes",
                std::to_string(self_.run.epoch), self_.run.node.name},
               [this, gone](const Result<RedisAnswer>&) {
                 redis_.tell({"PUBLISH", kAnnouncements, self_.run.node.name});
                 gone->set_value();
               });
  });
  gone->get_future().wait_for(kLeaveMax);
}

void RedisRegistry::set_state(NodeState state) {
  loop_.post([this, state] {
    self_.state = state;
    announce_ = true;
    if (redis_.up()) renew();
  });
}

void RedisRegistry::set_channel(uint32_t channel) {
  loop_.post([this, channel] {
    self_.channel = channel;
    announce_ = true;
    if (redis_.up()) renew();
  });
}

// This node itself is told without Redis, which may be away.
void RedisRegistry::order(const NodeId& node, NodeState state,
                          UniqueFunction<void(Result<void>)> done) {
  if (node == self_.run.node) {
    ordered_(state);
    return done({});
  }
  redis_.ask({"EVAL", kOrder, "1", lease_key(node), std::string(name_of(state))},
             [this, node, done = std::move(done)](const Result<RedisAnswer>& answer) mutable {
               if (!answer.ok()) return done(answer.error());
               if (answer->number == 0)
                 return done(Error{Code::kNotFound, "no node named " + node.name + " lives"});
               redis_.tell({"PUBLISH", kAnnouncements, node.name});
               done({});
             });
}

void RedisRegistry::announced() {
  if (redis_.up()) renew();
}

void RedisRegistry::read(Task over) {
  redis_.ask({"SMEMBERS", "nodes"},
             [this, over = std::move(over)](const Result<RedisAnswer>& ids) mutable {
               const auto reading = std::make_shared<Reading>();
               if (ids.ok()) read_nodes(*ids, reading);
               if (!ids.ok()) reading->failed = ids.error();
               // Behind the answers to what read_nodes() asked: they come in order.
               redis_.ask({"PING"}, [this, reading, over = std::move(over)](
                                        const Result<RedisAnswer>& reached) mutable {
                 if (!reached.ok()) reading->failed = reached.error();
                 have_read(std::move(*reading));
                 over();
               });
             });
}

void RedisRegistry::read_nodes(const RedisAnswer& ids, const std::shared_ptr<Reading>& reading) {
  const Instant now = loop_.clock().steady();
  const size_t count = std::min<size_t>(ids.list.size(), options_.nodes_max);
  if (count < ids.list.size()) note_over_limit("nodes", count, now);
  for (size_t i = 0; i < count; ++i) {
    const NodeId node{ids.text_at(i)};
    if (node.name.size() > kNodeIdBytes) {
      note_over_limit("bytes of a node's id", kNodeIdBytes, now);
      redis_.tell({"SREM", "nodes", node.name});
      continue;
    }
    redis_.ask({"HGETALL", lease_key(node)},
               [this, node, reading](const Result<RedisAnswer>& fields) {
                 if (!fields.ok()) {
                   reading->failed = fields.error();
                   return;
                 }
                 if (fields->list.empty()) redis_.tell({"SREM", "nodes", node.name});
                 Result<NodeRecord> record = record_from(node, texts_of(*fields));
                 if (record.ok()) {
                   reading->found.push_back({*std::move(record), loop_.clock().steady()});
                 } else if (record.error().code == Code::kTooLarge) {
                   note_over_limit("texts of a lease", kLeaseTextBytes, loop_.clock().steady());
                 }
               });
    redis_.ask({"PTTL", lease_key(node)}, [this, node, reading](const Result<RedisAnswer>& left) {
      if (!left.ok()) {
        reading->failed = left.error();
        return;
      }
      if (!reading->found.empty() && reading->found.back().record.run.node == node)
        reading->found.back().until = loop_.clock().steady() + Millis(left->number);
    });
  }
}

// Half of them would be worse than what was known: that ends with the leases.
void RedisRegistry::have_read(Reading reading) {
  if (!reading.failed) return known_.keep(std::move(reading.found));
  if (redis_refused(*reading.failed)) known_.blind(*reading.failed);
}

}  // namespace mpim
