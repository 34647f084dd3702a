#include "server/service/message_service.h"

#include <utility>

#include "server/core/page_bytes.h"
#include "server/telemetry/metrics.h"

namespace mpim {

MessageService::MessageService(Executor& home, Storage& storage, Fanout& fanout, Intake* intake)
    : home_(home), storage_(storage), fanout_(fanout) {
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

void MessageService::read(const Caller& caller, MessageId through, Reply<Seq> reply) {
  struct Moved {
    ReadCursor read;
    std::vector<ReceiptTold> told;
  };
  auto job = [user = caller.user, through,
              now = home_.clock().wall()](Store& store) -> Result<Moved> {
    const ConversationId of = through.conversation();
    MPIM_TRY(const ReadCursor read, store.cursors().raise_read(user, of, through.seq()));
    MPIM_TRY(auto told, store.cursors().note_receipt(user, of, ReceiptKind::kRead, read.at, now));
    return Moved{read, std::move(told)};
  };
  auto moved = [this, caller, of = through.conversation(),
                reply = std::move(reply)](Result<Moved> result) mutable {
    if (!result.ok()) return reply(result.error());
    const ReadCursor& read = result->read;
    reply(read.at);
    tell(result->told);
    if (read.version == 0) return;
    ChangeSignal change;
    change.version = read.version;
    change.kind = ChangeKind::kRead;
    change.conversation = of;
    change.through = read.at;
    fanout_.tell(caller.user, UserTold{caller.user, std::move(change), caller.device});
  };
  storage_.write(through.conversation(), std::move(job), Reply<Moved>(home_, std::move(moved)));
}

void MessageService::tell(std::span<const ReceiptTold> told) {
  for (const ReceiptTold& each : told) fanout_.tell(each.to, UserTold{each.to, each.signal});
}

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
