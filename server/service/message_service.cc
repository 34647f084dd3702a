#include "server/service/message_service.h"

#include "server/telemetry/metrics.h"

namespace mpim {

void MessageService::send(Draft draft, Reply<Committed> reply) {
  const Timestamp now = home_.clock().wall();
  auto stored = [this, reply = std::move(reply)](Result<Appended> appended) mutable {
    if (!appended.ok()) {
      count(Counter::kMessagesRefused);
      return reply(appended.error());
    }
    count(appended->committed.duplicate ? Counter::kMessagesDuplicate : Counter::kMessagesSent);
    // The answer is on its way before anybody is told: a sender's +OK never follows the push of
    // what somebody answered to it.
    reply(appended->committed);
    fanout_.committed(*appended);
  };
  storage_.append(std::move(draft), now, Reply<Appended>(home_, std::move(stored)));
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
