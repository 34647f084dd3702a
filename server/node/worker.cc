#include "server/node/worker.h"

namespace mpim {
namespace {

constexpr Millis kBeat{500};

}  // namespace

Worker::Worker(uint32_t index, uint32_t count, const WorkerShared& shared,
               const WorkerOptions& options)
    : loop_("worker-" + std::to_string(index)),
      directory_(shared.directory),
      fanout_(loop_, directory_, shared.bus, &shared.keys.lately()),
      users_(loop_, shared.storage, fanout_, shared.hasher, shared.guard, shared.keys,
             options.users),
      groups_(loop_, shared.storage, fanout_),
      messages_(loop_, shared.storage, fanout_, shared.intake, shared.acks),
      people_(loop_, shared.storage, fanout_, shared.live, shared.profiles),
      presence_(loop_, shared.storage, directory_, fanout_, shared.presence, options.watched_max),
      typing_(loop_, shared.storage, fanout_, options.typing),
      search_(loop_, shared.search),
      hub_(std::make_unique<Hub>(loop_, shared.storage, options.sessions, options.cursor_flush,
                                 index + 1, count)),
      gateway_(
          std::make_unique<Gateway>(WorkerServices{loop_, users_, groups_, messages_, presence_,
                                                   typing_, shared.rates, *hub_, people_, &search_},
                                    options.gateway)) {
  hub_->tell_receipts_with([this](std::span<const ReceiptTold> told) { messages_.tell(told); });
  if (AckIntake* const waiting = shared.acks)
    hub_->keep_acks_with([waiting](std::vector<Ack> acks, Reply<bool> kept) {
      waiting->add(std::move(acks), std::move(kept));
    });
  hub_->send_with([gateway = gateway_.get()] { gateway->send_queued(); });
}

void Worker::start() {
  beat();
  loop_.start();
}

void Worker::follow(const WorkerOptions& options) {
  loop_.post([this, options] {
    users_.follow(options.users);
    typing_.follow(options.typing);
    if (gateway_) gateway_->follow(options.gateway.requests);
  });
}

void Worker::deliver(std::span<const EnvelopePtr> envelopes) {
  std::vector<EnvelopePtr> concerned;
  for (const EnvelopePtr& envelope : envelopes)
    if (directory_.concerns(*envelope)) concerned.push_back(envelope);
  if (concerned.empty()) return;
  loop_.post([hub = hub_.get(), concerned = std::move(concerned)] { hub->receive(concerned); });
}

Millis Worker::silence() const { return loop_.clock().steady() - Instant{beat_ms_}; }

void Worker::dismantle() {
  hub_->send_with({});
  hub_->tell_receipts_with({});
  gateway_.reset();
  hub_.reset();
}

void Worker::beat() {
  beat_ms_ = loop_.clock().steady().ms;
  loop_.after(kBeat, [this] { beat(); });
}

}  // namespace mpim
