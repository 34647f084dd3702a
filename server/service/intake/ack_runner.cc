#include "server/service/intake/ack_runner.h"

#include <utility>

#include "server/service/ack_news.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

// Nothing moved when it is refused (see store_late_ack): the others of its transaction are stored.
Result<AckStored> store_one(Store& store, const std::string& epoch, const WaitingAck& waiting,
                            Timestamp now) {
  if (waiting.epoch != epoch)
    return Error{Code::kReplaced, "the store was restored since it was given"};
  return store_late_ack(store.cursors(), store.log(), waiting.ack, now);
}

}  // namespace

AckRunner::AckRunner(Executor& home, Storage& storage, Fanout& fanout, AckIntake& acks,
                     std::function<bool()> store_healthy, const HeldUpOptions& options)
    : home_(home),
      storage_(storage),
      fanout_(fanout),
      acks_(acks),
      store_healthy_(std::move(store_healthy)),
      held_up_(options) {}

void AckRunner::start() { tick(); }

void AckRunner::tick() {
  if (!store_healthy_()) {
    epoch_known_ = false;
  } else if (!epoch_known_) {
    learn_epoch();
  } else if (!busy_ && !held_up_.waits(home_.clock().steady()) && acks_.standing().depth > 0) {
    busy_ = true;
    drain();
  }
  home_.after(kEvery, [this] { tick(); });
}

// It may come back as another: restored from a backup.
void AckRunner::learn_epoch() {
  if (std::exchange(asking_epoch_, true)) return;
  auto learned = [this](Result<std::string> epoch) {
    asking_epoch_ = false;
    if (!epoch.ok()) return;
    acks_.set_epoch(std::move(*epoch));
    epoch_known_ = true;
  };
  storage_.read<std::string>([](Store& store) { return store.epoch(); },
                             Reply<std::string>(home_, std::move(learned)));
}

void AckRunner::drain() {
  acks_.take(held_up_.together(kBatchMax), Reply<TakenAcks>(home_, [this](Result<TakenAcks> found) {
               if (!found.ok() || found->entries.empty()) {
                 busy_ = false;
                 return;
               }
               taken(std::move(*found));
             }));
}

void AckRunner::taken(TakenAcks found) {
  if (found.claimed > 0) log_warn("acks.claimed", {{"entries", found.claimed}});
  std::vector<QueuedAck> batch;
  for (QueuedAck& entry : found.entries) {
    if (entry.ack.ok()) {
      batch.push_back(std::move(entry));
    } else if (batch.empty()) {
      return bury(entry, entry.ack.error());
    } else {
      break;
    }
  }
  store(std::move(batch));
}

void AckRunner::store(std::vector<QueuedAck> batch) {
  std::vector<WaitingAck> acks;
  for (const QueuedAck& entry : batch) acks.push_back(*entry.ack);
  auto job = [acks = std::move(acks),
              now = home_.clock().wall()](Store& store) -> Result<Outcomes> {
    MPIM_TRY(const std::string epoch, store.epoch());
    Outcomes outcomes;
    for (const WaitingAck& each : acks) {
      Result<AckStored> one = store_one(store, epoch, each, now);
      if (!one.ok() && may_pass(one.error().code)) return one.error();
      outcomes.push_back(std::move(one));
    }
    return outcomes;
  };
  auto done = [this, batch = std::move(batch)](const Result<Outcomes>& outcomes) {
    stored(batch, outcomes);
  };
  storage_.write<Outcomes>(ConversationId{}, std::move(job),
                           Reply<Outcomes>(home_, std::move(done)));
}

void AckRunner::stored(const std::vector<QueuedAck>& batch, const Result<Outcomes>& outcomes) {
  if (!outcomes.ok()) return failed(batch, outcomes.error());
  std::vector<std::string> done;
  uint64_t refused = 0;
  std::string why;
  for (size_t i = 0; i < batch.size(); ++i) {
    const Result<AckStored>& outcome = (*outcomes)[i];
    done.push_back(batch[i].ticket);
    if (outcome.ok()) tell_ack(fanout_, batch[i].ack->ack, *outcome);
    if (outcome.ok() && outcome->dropped == 0) continue;
    ++refused;
    why = outcome.ok() ? "the store has other entries in some of the places it names"
                       : outcome.error().message;
  }
  count(Counter::kIntakeAcksStored, batch.size() - refused);
  count(Counter::kIntakeAcksRefused, refused);
  if (refused > 0) log_info("acks.refused", {{"entries", refused}, {"last_why", why}});
  held_up_.passed(done.size());
  remove(done);
}

void AckRunner::failed(const std::vector<QueuedAck>& batch, const Error& why) {
  busy_ = false;
  const std::string& first = batch.front().ticket;
  if (batch.size() > 1) {
    held_up_.failed_together(batch.size());
    log_warn("acks.batch_failed",
             {{"entries", batch.size()}, {"code", name_of(why.code)}, {"why", why.message}});
    return;
  }
  const Millis pause = held_up_.failed_alone(first, home_.clock().steady());
  count(Counter::kIntakeAcksRetries);
  log_warn("acks.failed", {{"ticket", first},
                           {"attempt", held_up_.attempts()},
                           {"again_ms", pause.count()},
                           {"code", name_of(why.code)},
                           {"why", why.message}});
  if (!held_up_.given_up()) return;
  busy_ = true;
  held_up_.at_once();
  bury(batch.front(), why);
}

void AckRunner::bury(const QueuedAck& entry, const Error& why) {
  DeadLetter letter = dead_entry(entry.ticket, entry.bytes, entry.ack.ok(), why);
  letter.at = home_.clock().wall();
  auto job = [letter = std::move(letter)](Store& store) -> Result<bool> {
    MPIM_CHECKED(store.dead_letters().add(letter));
    return true;
  };
  auto buried = [this, ticket = entry.ticket, why = why.message](const Result<bool>& written) {
    if (!written.ok()) {
      busy_ = false;
      const Millis pause = held_up_.failed_alone(ticket, home_.clock().steady());
      log_error(
          "acks.not_buried",
          {{"ticket", ticket}, {"again_ms", pause.count()}, {"why", written.error().message}});
      return;
    }
    count(Counter::kDeadLetters);
    log_error("acks.dead_letter", {{"ticket", ticket}, {"why", why}});
    held_up_.passed(1);
    remove({ticket});
  };
  storage_.write<bool>(ConversationId{}, std::move(job), Reply<bool>(home_, std::move(buried)));
}

void AckRunner::remove(const std::vector<std::string>& tickets) {
  acks_.remove(tickets, Reply<uint64_t>(home_, [this](const Result<uint64_t>& left) {
                 if (left.ok() && *left > 0) return drain();
                 busy_ = false;
               }));
}

}  // namespace mpim
