#include "server/service/message_service.h"

#include <utility>

#include "server/telemetry/metrics.h"

namespace mpim {

void MessageService::send(Draft draft, Sent sent) {
  drafts_.push_back(std::move(draft));
  sent_.push_back(std::move(sent));
  if (drafts_.size() >= kGatheredMax) return hand_over();
  if (drafts_.size() > 1) return;
  home_.post([this] { hand_over(); });
}

void MessageService::hand_over() {
  if (drafts_.empty()) return;
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
  auto job = [user = caller.user, through](Store& store) {
    return store.cursors().raise_read(user, through.conversation(), through.seq());
  };
  storage_.write(through.conversation(), std::move(job), std::move(reply));
}

void MessageService::unread(const Caller& caller, uint32_t count_max,
                            Reply<std::vector<Unread>> reply) {
  auto job = [user = caller.user, count_max](Store& store) {
    return store.cursors().unread(user, count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

}  // namespace mpim
