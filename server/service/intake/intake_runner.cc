#include "server/service/intake/intake_runner.h"

#include <algorithm>
#include <utility>

#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
IntakeRunner::IntakeRunner(Executor& home, Storage& storage, Fanout& fanout, Intake& intake,
                           std::function<bool()> store_healthy, IntakeRunnerOptions options)
    : home_(home),
      storage_(storage),
      fanout_(fanout),
      intake_(intake),
      store_healthy_(std::move(store_healthy)),
      options_(options),
      shards_(intake.shards(), Shard{.held_up = HeldUp(options.held_up)}) {}

void IntakeRunner::start() { tick(); }

void IntakeRunner::tick() {
  note_standing();
  const bool healthy = store_healthy_();
  const Instant now = home_.clock().steady();
  for (uint32_t shard = 0; shard < shards_.size(); ++shard) {
    Shard& at = shards_[shard];
    if (at.busy || at.held_up.waits(now)) continue;
    const bool was_in_use = std::exchange(at.in_use, !intake_.closed(shard));
    if (!at.in_use) {
      // Its gate was lost, with what Redis knew of it or by hand: sends go behind what waits again.
      if (intake_.depth(shard) > 0)
        intake_.open(shard, Reply<bool>(home_, [](const Result<bool>&) {}));
      continue;
    }
    if (!was_in_use) {
      at.slow = intake_.patience() > Millis(0);
      at.quiet = now;
    }
    if (healthy) {
      at.busy = true;
      drain(shard);
    } else if (intake_.way(shard) == IntakeWay::kWait) {
      // It was closing, and nobody may be left who can empty it.
      intake_.open(shard, Reply<bool>(home_, [](const Result<bool>&) {}));
    }
  }
  home_.after(kEvery, [this] { tick(); });
}

void IntakeRunner::note_standing() {
  const IntakeStanding now = intake_.standing();
  const bool in_use = now.not_closed > 0;
  if (in_use == in_use_) return;
  in_use_ = in_use;
  if (in_use) {
    log_warn("intake.entered", {{"shards", now.not_closed}, {"store_healthy", store_healthy_()}});
  } else {
    log_info("intake.left", {{"stored_here", counted(Counter::kIntakeStored)}});
  }
}

void IntakeRunner::drain(uint32_t shard) {
  intake_.take(shard, shards_[shard].held_up.together(options_.batch_max),
               Reply<TakenEntries>(home_, [this, shard](Result<TakenEntries> found) {
                 if (!found.ok()) {
                   shards_[shard].busy = false;
                   return;
                 }
                 taken(shard, std::move(*found));
               }));
}

void IntakeRunner::taken(uint32_t shard, TakenEntries found) {
  if (found.claimed > 0) {
    count(Counter::kIntakeClaimed, found.claimed);
    log_warn("intake.claimed", {{"shard", shard}, {"entries", found.claimed}});
  }
  if (found.entries.empty()) return shards_[shard].slow ? look_at_pace(shard) : finish(shard);
  Batch batch;
  batch.depth = found.depth;
  for (QueuedEntry& entry : found.entries) {
    if (entry.draft.ok()) {
      batch.entries.push_back(std::move(entry));
    } else if (batch.entries.empty()) {
      return bury(shard, entry, entry.draft.error());
    } else {
      break;  // its turn comes when those before it are stored
    }
  }
  store(shard, std::move(batch));
}

// One job, however many ways lead to the store: one transaction, in this order.
void IntakeRunner::store(uint32_t shard, Batch batch) {
  batch.since = home_.clock().steady();
  std::vector<Draft> drafts;
  std::vector<size_t> places;
  for (const QueuedEntry& entry : batch.entries) {
    places.push_back(drafts.size());
    drafts.push_back(*entry.draft);
  }
  const size_t count = drafts.size();
  auto answer = std::make_shared<AppendAnswer>(
      count, Reply<AppendOutcomes>(
                 home_, [this, shard, batch = std::move(batch)](Result<AppendOutcomes> outcomes) {
                   stored(shard, batch, std::move(outcomes));
                 }));
  storage_.submit(ConversationId{},
                  std::make_unique<AppendJob>(std::move(drafts), std::move(places),
                                              home_.clock().wall(), std::move(answer)));
}

void IntakeRunner::stored(uint32_t shard, const Batch& batch, Result<AppendOutcomes> outcomes) {
  if (!outcomes.ok()) return failed(shard, batch, outcomes.error());
  std::vector<std::string> done;
  for (size_t i = 0; i < batch.entries.size(); ++i) {
    const Result<Appended>& outcome = (*outcomes)[i];
    if (!outcome.ok() && may_pass(outcome.error().code)) {
      if (done.empty()) return failed(shard, batch, outcome.error());
      break;
    }
    done.push_back(batch.entries[i].ticket);
    if (outcome.ok()) {
      count(Counter::kIntakeStored);
    } else {
      tell_refusal(batch.entries[i], outcome.error());
    }
  }
  Shard& at = shards_[shard];
  at.slow = is_slow(batch.since);
  at.quiet = home_.clock().steady();
  at.held_up.passed(done.size());
  fanout_.committed(*outcomes);
  remove(shard, done);
}

void IntakeRunner::failed(uint32_t shard, const Batch& batch, const Error& why) {
  Shard& at = shards_[shard];
  at.busy = false;
  const QueuedEntry& first = batch.entries.front();
  if (batch.entries.size() > 1) {
    at.held_up.failed_together(batch.entries.size());
    log_warn("intake.batch_failed", {{"shard", shard},
                                     {"entries", batch.entries.size()},
                                     {"code", name_of(why.code)},
                                     {"why", why.message}});
    return;
  }
  const Millis pause = at.held_up.failed_alone(first.ticket, home_.clock().steady());
  count(Counter::kIntakeRetries);
  log_warn("intake.failed", {{"ticket", first.ticket},
                             {"attempt", at.held_up.attempts()},
                             {"attempts_max", options_.held_up.attempts_max},
                             {"again_ms", pause.count()},
                             {"code", name_of(why.code)},
                             {"why", why.message}});
  if (!at.held_up.given_up()) return;
  at.busy = true;
  at.held_up.at_once();
  bury(shard, first, why);
}

void IntakeRunner::bury(uint32_t shard, const QueuedEntry& entry, const Error& why) {
  DeadLetter letter = dead_entry(entry.ticket, entry.bytes, entry.draft.ok(), why);
  letter.at = home_.clock().wall();
  auto job = [letter = std::move(letter)](Store& store) -> Result<bool> {
    MPIM_CHECKED(store.dead_letters().add(letter));
    return true;
  };
  auto buried = [this, shard, ticket = entry.ticket,
                 why = why.message](const Result<bool>& written) {
    if (!written.ok()) return not_buried(shard, ticket, written.error());
    count(Counter::kDeadLetters);
    log_error("intake.dead_letter", {{"ticket", ticket}, {"why", why}});
    shards_[shard].held_up.passed(1);
    remove(shard, {ticket});
  };
  storage_.write<bool>(ConversationId{}, std::move(job), Reply<bool>(home_, std::move(buried)));
}

void IntakeRunner::not_buried(uint32_t shard, const std::string& ticket, const Error& why) {
  Shard& at = shards_[shard];
  at.busy = false;
  const Millis pause = at.held_up.failed_alone(ticket, home_.clock().steady());
  log_error("intake.not_buried", {{"ticket", ticket},
                                  {"attempt", at.held_up.attempts()},
                                  {"again_ms", pause.count()},
                                  {"code", name_of(why.code)},
                                  {"why", why.message}});
}

void IntakeRunner::tell_refusal(const QueuedEntry& entry, const Error& why) {
  count(Counter::kIntakeRefused);
  const UserId sender = entry.draft->sender;
  fanout_.tell(sender, UserTold{sender, RefusedSignal{entry.ticket, entry.draft->client_id, why}});
}

void IntakeRunner::remove(uint32_t shard, const std::vector<std::string>& tickets) {
  intake_.remove(shard, tickets,
                 Reply<uint64_t>(home_, [this, shard](const Result<uint64_t>& left) {
                   if (!left.ok()) {
                     shards_[shard].busy = false;
                   } else if (*left <= options_.batch_max && !shards_[shard].slow) {
                     finish(shard);
                   } else {
                     drain(shard);
                   }
                 }));
}

bool IntakeRunner::is_slow(Instant since) const {
  const Millis patience = intake_.patience();
  return patience > Millis(0) && home_.clock().steady() - since > patience;
}

// Nothing waits at the moment. The gate of a slow store stays open: who sends need not wait for it.
void IntakeRunner::look_at_pace(uint32_t shard) {
  if (home_.clock().steady() - shards_[shard].quiet < kQuiet) {
    shards_[shard].busy = false;
    return;
  }
  auto looked = [this, shard, since = home_.clock().steady()](const Result<bool>& done) {
    Shard& at = shards_[shard];
    at.slow = !done.ok() || is_slow(since);
    if (!at.slow) return finish(shard);
    at.busy = false;
    at.quiet = home_.clock().steady();
    if (intake_.way(shard) == IntakeWay::kWait)
      intake_.open(shard, Reply<bool>(home_, [](const Result<bool>&) {}));
  };
  storage_.write<bool>(
      ConversationId{}, [](Store&) -> Result<bool> { return true; },
      Reply<bool>(home_, std::move(looked)));
}

void IntakeRunner::finish(uint32_t shard) {
  intake_.finish(shard, Reply<bool>(home_, [this, shard](const Result<bool>& closed) {
                   if (closed.ok() && !*closed && store_healthy_()) return drain(shard);
                   shards_[shard].busy = false;
                 }));
}

}  // namespace mpim
