#include "server/service/message_service.h"

#include <utility>

#include "server/core/page_bytes.h"
#include "server/service/ack_news.h"
#include "server/telemetry/metrics.h"

namespace mpim {

MessageService::MessageService(Executor& home, Storage& storage, Fanout& fanout, Intake* intake,
                               AckIntake* acks)
    : home_(home), storage_(storage), fanout_(fanout), acks_(acks) {
  if (intake == nullptr) return;
  lanes_.emplace(home, storage, *intake,
                 [this](std::vector<Sent>& sent, Result<AppendOutcomes> outcomes) {
                   stored(sent, std::move(outcomes));
                 });
}

void MessageService::send(Draft draft, Sent sent) {
  drafts_.push_back(std::move(draft));
  sent_.push_back(std::move(sent));
  if (drafts_.size() >= kGatheredMax) return hand_over();
  if (drafts_.size() > 1) return;
  home_.post([this] { hand_over(); });
}

void MessageService::hand_over() {
  if (drafts_.empty()) return;
  if (lanes_) return lanes_->send(std::exchange(drafts_, {}), std::exchange(sent_, {}));
  storage_.append(std::exchange(drafts_, {}), home_.clock().wall(),
                  Reply<AppendOutcomes>(home_, [this, sent = std::exchange(sent_, {})](
                                                   Result<AppendOutcomes> outcomes) mutable {
                    stored(sent, std::move(outcomes));
                  }));
}

void MessageService::stored(std::vector<Sent>& sent, Result<AppendOutcomes> outcomes) {
  if (!outcomes.ok()) {
    count(Counter::kMessagesRefused, sent.size());
    for (Sent& each : sent) each(outcomes.error());
    return;
  }
  // All answers are on their way before anybody is told: a sender's +OK never follows the push of
  // what somebody answered to it.
  for (size_t i = 0; i < sent.size(); ++i) {
    const Result<Appended>& appended = (*outcomes)[i];
    if (!appended.ok()) {
      count(Counter::kMessagesRefused);
      sent[i](appended.error());
    } else {
      count(appended->committed.duplicate ? Counter::kMessagesDuplicate : Counter::kMessagesSent);
      sent[i](appended->committed);
    }
  }
  fanout_.committed(*outcomes);
}

void MessageService::read(const Caller& caller, const SeenEntry& through, Reply<Seq> reply) {
  const ReadMark mark{caller.user, caller.device, through};
  const bool may_wait = acks_ != nullptr && through.at.ms != 0;
  const Instant since = home_.clock().steady();
  if (may_wait && since < acks_wait_until_) return keep_read(mark, std::move(reply));
  auto job = [mark, now = home_.clock().wall()](Store& store) {
    return store_ack(store.cursors(), mark, now);
  };
  auto moved = [this, mark, may_wait, since,
                reply = std::move(reply)](const Result<AckStored>& stored) mutable {
    const Instant now = home_.clock().steady();
    const bool away = !stored.ok() && (stored.error().code == Code::kUnavailable ||
                                       stored.error().code == Code::kUnknown);
    const bool slow =
        acks_ != nullptr && acks_->patience() > Millis(0) && now - since > acks_->patience();
    if (away || slow) acks_wait_until_ = now + kAcksWaitFor;
    if (away && may_wait) return keep_read(mark, std::move(reply));
    if (!stored.ok()) return reply(stored.error());
    reply(stored->read->at);
    tell_ack(fanout_, mark, *stored);
  };
  storage_.write<AckStored>(through.id.conversation(), std::move(job),
                            Reply<AckStored>(home_, std::move(moved)));
}

void MessageService::keep_read(const ReadMark& mark, Reply<Seq> reply) {
  acks_->add({mark}, Reply<bool>(home_, [through = mark.through.id.seq(), reply = std::move(reply)](
                                            const Result<bool>& added) mutable {
               count(added.ok() ? Counter::kIntakeAcksQueued : Counter::kIntakeAcksNotKept);
               if (!added.ok()) return reply(added.error());
               reply(through);
             }));
}

void MessageService::tell(std::span<const ReceiptTold> told) { tell_receipts(fanout_, told); }

void MessageService::change(EntryChange change, Reply<Committed> reply) {
  const ConversationId of = change.of.conversation();
  auto job = [change = std::move(change), now = home_.clock().wall()](Store& store) {
    return store.log().change(change, now);
  };
  auto changed = [this, reply = std::move(reply)](Result<Appended> appended) mutable {
    if (!appended.ok()) return reply(appended.error());
    reply(appended->committed);
    fanout_.committed(*appended);
  };
  storage_.write(of, std::move(job), Reply<Appended>(home_, std::move(changed)));
}

void MessageService::hide(const Caller& caller, MessageId message, Reply<bool> reply) {
  auto job = [user = caller.user, message](Store& store) -> Result<bool> {
    MPIM_CHECKED(store.log().hide(user, message));
    return true;
  };
  storage_.write(message.conversation(), std::move(job), std::move(reply));
}

Result<HistoryPage> read_history(Store& store, UserId reader, const HistoryQuestion& question) {
  HistoryPlace place;
  if (const auto* const id = std::get_if<ConversationId>(&question.of)) {
    place.conversation = *id;
  } else {
    MPIM_TRY(place.conversation,
             store.log().conversation_of(reader, std::get<Recipient>(question.of)));
  }
  place.forwards = question.forwards;
  place.bound = question.bound.value_or(question.forwards ? Seq() : kSeqMax.next());
  if (question.since) {
    MPIM_TRY(place.bound, store.log().last_before(place.conversation, *question.since));
  }
  return store.log().history(reader, place, question.count_max, kPageTextBytes);
}

void MessageService::history(const Caller& caller, HistoryQuestion question,
                             Reply<HistoryPage> reply) {
  auto job = [user = caller.user, question = std::move(question)](Store& store) {
    return read_history(store, user, question);
  };
  storage_.read(std::move(job), std::move(reply));
}

void MessageService::conversations(const Caller& caller, MessageId before, uint32_t count_max,
                                   Reply<std::vector<ConversationRow>> reply) {
  auto job = [user = caller.user, before, count_max](Store& store) {
    return store.cursors().conversations(user, before, count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void MessageService::receipts(const Caller& caller, MessageId of, UserId after, uint32_t count_max,
                              Reply<Receipts> reply) {
  auto job = [user = caller.user, of, after, count_max](Store& store) {
    return store.cursors().receipts(user, of, after, count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void MessageService::unread(const Caller& caller, uint32_t count_max,
                            Reply<std::vector<Unread>> reply) {
  auto job = [user = caller.user, count_max](Store& store) {
    return store.cursors().unread(user, count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

}  // namespace mpim
