#include "server/intake/redis_intake.h"

#include <algorithm>
#include <future>

#include "server/contract/intake_convert.h"
#include "server/intake/intake_scripts.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

constexpr const char* kGates = "{intake}:gates";

// Stable: what one version queued is found by the next.
uint64_t mixed(uint64_t number) {
  number *= 0x9E37'79B9'7F4A'7C15;
  return number ^ (number >> 32);
}

uint64_t number_from(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

Error refused(const std::string& why) {
  return {Code::kUnavailable, "message.accept = queued: " + why};
}

Error full(uint32_t shard) {
  return {Code::kBusy, "the store is away, and what waits for it in shard " +
                           std::to_string(shard) + " is as much as may: try again later"};
}

}  // namespace

RedisIntake::RedisIntake(RedisClient& redis, IntakeOptions options)
    : redis_(redis), loop_(redis.loop()), options_(std::move(options)), gates_(options_.shards) {
  for (uint32_t shard = 0; shard < options_.shards; ++shard) {
    const std::string number = std::to_string(shard);
    streams_.emplace_back(redis, number, "q" + number, options_.self, options_.lease);
  }
}

uint32_t RedisIntake::shard_of(const Draft& draft) const {
  if (const auto* const group = std::get_if<GroupId>(&draft.to))
    return static_cast<uint32_t>(mixed(group->value) % options_.shards);
  const auto* const user = std::get_if<UserId>(&draft.to);
  MPIM_CHECK(user != nullptr, "a name has no shard: it is looked up first");
  const auto [low, high] = std::minmax(draft.sender.value, user->value);
  return static_cast<uint32_t>(mixed(mixed(low) + high) % options_.shards);
}

Result<RedisAnswer> RedisIntake::ask_now(RedisCommand command) {
  std::promise<Result<RedisAnswer>> answer;
  redis_.ask(std::move(command),
             [&answer](Result<RedisAnswer> told) { answer.set_value(std::move(told)); });
  return answer.get_future().get();
}

// XAUTOCLAIM answers what it answers here since Redis 7.
Result<void> RedisIntake::check_commands() {
  const Result<RedisAnswer> told = ask_now({"EVAL", intake_scripts::kProbe, "1", "{intake}:probe"});
  if (!told.ok())
    return refused("this Redis does not do, or not for this user, what the queue needs: " +
                   told.error().message);
  if (told->text != "able") return refused("this Redis is too old: it must be Redis 7 or newer");
  return {};
}

Result<void> RedisIntake::check() {
  MPIM_CHECKED(check_commands());
  for (const char* name : {"appendonly", "appendfsync"}) {
    const Result<RedisAnswer> told = ask_now({"CONFIG", "GET", name});
    if (!told.ok())
      return refused("Redis does not say whether it keeps what it acknowledges (" +
                     told.error().message + "): let this user ask CONFIG GET");
    const std::string& value = told->text_at(1);
    if (value == "yes" || value == "always") continue;
    if (value == "everysec" && options_.every_second) continue;
    return refused(
        "Redis must keep what it acknowledges: set appendonly yes and appendfsync "
        "always there (" +
        std::string(name) + " is " + value +
        "), or intake.may_lose_a_second = true here for appendfsync everysec");
  }
  const std::string shards = std::to_string(options_.shards);
  MPIM_CHECKED(ask_now({"HSETNX", kGates, "shards", shards}));
  MPIM_TRY(const RedisAnswer theirs, ask_now({"HGET", kGates, "shards"}));
  if (theirs.text != shards)
    return refused("the intake was made with " + theirs.text +
                   " shards: set intake.shards = " + theirs.text +
                   " (or, with no node running and nothing in the intake, delete " + kGates + ")");
  return {};
}

void RedisIntake::start() {
  running_ = true;
  look();
  beat();
}

void RedisIntake::stop() {
  running_ = false;
  loop_.cancel(timer_);
}

void RedisIntake::beat() {
  timer_ = loop_.after(options_.heed / 3, [this] {
    if (!running_) return;
    if (redis_.up()) look();
    beat();
  });
}

void RedisIntake::look() {
  RedisCommand command{"EVAL", intake_scripts::kLook, std::to_string(1 + options_.shards), kGates};
  for (uint32_t shard = 0; shard < options_.shards; ++shard)
    command.push_back(streams_[shard].key());
  redis_.ask(std::move(command),
             [this, asked_at = loop_.clock().steady()](const Result<RedisAnswer>& answer) {
               looked(asked_at, answer);
             });
}

void RedisIntake::looked(Instant asked_at, const Result<RedisAnswer>& answer) {
  const std::lock_guard lock(mutex_);
  asked_again_ = false;
  if (!answer.ok()) {
    const Code code = answer.error().code;
    if (code != Code::kDenied && code != Code::kUnknownCommand && code != Code::kInternal) return;
    if (refusal_.empty()) log_warn("intake.not_seen", {{"why", answer.error().message}});
    refusal_ = answer.error().message;
    return;
  }
  refusal_.clear();
  if (answer->list.size() != 4 * options_.shards) return;
  for (uint32_t shard = 0; shard < options_.shards; ++shard) {
    const size_t at = size_t{4} * shard;
    learn(shard, answer->text_at(at), number_from(answer->text_at(at + 1)));
    gates_[shard].depth = number_from(answer->text_at(at + 2));
    gates_[shard].oldest = Millis(number_from(answer->text_at(at + 3)));
  }
  heard_ = asked_at;
}

// With the lock. Answers come in the order in which Redis changed: the last one is right.
void RedisIntake::learn(uint32_t shard, const std::string& state, uint64_t turn) {
  Gate& gate = gates_[shard];
  if (gate.turn != turn || gate.state == State::kUnheard) gate.known_since = loop_.clock().steady();
  gate.turn = turn;
  gate.state = state == "open"      ? State::kOpen
               : state == "closing" ? State::kClosing
                                    : State::kClosed;
}

IntakeWay RedisIntake::way(uint32_t shard) {
  const Instant now = loop_.clock().steady();
  const std::lock_guard lock(mutex_);
  const bool up = redis_.up();
  const bool seen = up && refusal_.empty();
  const Gate& gate = gates_[shard];
  switch (gate.state) {
    case State::kUnheard:
    case State::kClosing: return seen ? IntakeWay::kWait : IntakeWay::kAway;
    case State::kOpen:
      if (!up) return IntakeWay::kAway;
      return now < gate.known_since + options_.heed ? IntakeWay::kWait : IntakeWay::kQueue;
    case State::kClosed: break;
  }
  if (!up || now < heard_ + options_.heed) return IntakeWay::kStore;
  if (!seen) return IntakeWay::kAway;
  if (!std::exchange(asked_again_, true)) loop_.post([this] { look(); });
  return IntakeWay::kWait;
}

bool RedisIntake::closed(uint32_t shard) const {
  const std::lock_guard lock(mutex_);
  const State state = gates_[shard].state;
  return state == State::kClosed || state == State::kUnheard;
}

IntakeStanding RedisIntake::standing() const {
  IntakeStanding now;
  const std::lock_guard lock(mutex_);
  now.refusal = refusal_;
  for (const Gate& gate : gates_) {
    now.depth += gate.depth;
    now.oldest = std::max(now.oldest, gate.oldest);
    const bool in_use = gate.state == State::kOpen || gate.state == State::kClosing;
    if (in_use) ++now.not_closed;
    if (in_use || gate.depth > 0) ++now.shards_in_use;
    if (!in_use) now.behind_closed += gate.depth;
  }
  return now;
}

uint64_t RedisIntake::depth(uint32_t shard) const {
  const std::lock_guard lock(mutex_);
  return gates_[shard].depth;
}

void RedisIntake::open(uint32_t shard, Reply<bool> opened) {
  redis_.ask(
      {"EVAL", intake_scripts::kOpen, "2", kGates, streams_[shard].key(), std::to_string(shard)},
      [this, shard, opened = std::move(opened)](const Result<RedisAnswer>& told) mutable {
        if (!told.ok()) return opened(told.error());
        {
          const std::lock_guard lock(mutex_);
          learn(shard, told->text_at(0), number_from(told->text_at(1)));
        }
        opened(true);
      });
}

void RedisIntake::add(uint32_t shard, std::span<const Draft> drafts, Reply<Admitted> admitted) {
  uint64_t turn = 0;
  {
    // Not as way() said a moment ago: the gate may have turned since.
    const std::lock_guard lock(mutex_);
    const Gate& gate = gates_[shard];
    if (gate.state != State::kOpen || loop_.clock().steady() < gate.known_since + options_.heed)
      return admitted(Admitted{.turned = true, .tickets = {}});
    turn = gate.turn;
  }
  const std::string number = std::to_string(shard);
  RedisCommand command{"EVAL",
                       intake_scripts::kAdd,
                       "2",
                       kGates,
                       streams_[shard].key(),
                       number,
                       std::to_string(turn),
                       std::to_string(options_.shard_entries_max)};
  for (const Draft& draft : drafts) command.push_back(packed_draft(draft));
  redis_.ask(
      std::move(command), [this, shard, count = drafts.size(), admitted = std::move(admitted)](
                              const Result<RedisAnswer>& told) mutable {
        if (!told.ok()) {
          if (redis_refused(told.error()))
            return admitted(Error{Code::kUnavailable,
                                  "the store is away, and the queue of what waits for it takes "
                                  "nothing: try again later"});
          // The command may have been done, and only its answer lost.
          if (told.error().code != Code::kUnavailable) return admitted(told.error());
          return admitted(Error{Code::kUnknown,
                                "the store is away, and whether the message was queued cannot be "
                                "told: retry with the same client id"});
        }
        Admitted answer;
        answer.turned = told->text_at(0) != "added";
        if (answer.turned) {
          const std::lock_guard lock(mutex_);
          learn(shard, told->text_at(0), number_from(told->text_at(1)));
        } else {
          for (size_t i = 0; i < count; ++i) {
            const std::string& id = told->text_at(2 + i);
            if (id.empty()) {
              answer.tickets.emplace_back(full(shard));
            } else {
              answer.tickets.emplace_back(streams_[shard].ticket_of(id));
            }
          }
        }
        admitted(std::move(answer));
      });
}

void RedisIntake::take(uint32_t shard, uint32_t count_max, Reply<TakenEntries> taken) {
  auto found = [taken = std::move(taken)](Result<TakenStream> from) mutable {
    if (!from.ok()) return taken(from.error());
    TakenEntries sends;
    sends.depth = from->depth;
    sends.claimed = from->claimed;
    for (StreamEntry& entry : from->entries) {
      Result<Draft> draft = unpacked_draft(entry.bytes);
      if (draft.ok() && draft->client_id.empty()) draft->client_id = entry.ticket;
      sends.entries.push_back({std::move(entry.ticket), std::move(entry.bytes), std::move(draft)});
    }
    taken(std::move(sends));
  };
  streams_[shard].take(count_max, Reply<TakenStream>(loop_, std::move(found)));
}

void RedisIntake::remove(uint32_t shard, const std::vector<std::string>& tickets,
                         Reply<uint64_t> left) {
  streams_[shard].remove(tickets, std::move(left));
}

void RedisIntake::finish(uint32_t shard, Reply<bool> closed) {
  redis_.ask(
      {"EVAL", intake_scripts::kFinish, "2", kGates, streams_[shard].key(), std::to_string(shard)},
      [this, shard, closed = std::move(closed)](const Result<RedisAnswer>& told) mutable {
        if (!told.ok()) return closed(told.error());
        {
          const std::lock_guard lock(mutex_);
          learn(shard, told->text_at(0), number_from(told->text_at(1)));
          Gate& gate = gates_[shard];
          if (gate.state == State::kClosed) gate.depth = 0, gate.oldest = Millis{0};
        }
        closed(told->text_at(0) == "closed");
      });
}

}  // namespace mpim
