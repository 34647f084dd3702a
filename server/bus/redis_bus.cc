#include "server/bus/redis_bus.h"

#include <utility>

#include "server/contract/bus_convert.h"
#include "server/core/limits.h"
#include "server/telemetry/metrics.h"
#include "server/telemetry/over_limit.h"

namespace mpim {

RedisBus::RedisBus(RedisClient& redis, const RedisOptions& connection, BusOptions options,
                   Hooks hooks)
    : redis_(redis),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      slot_(redis, options_.self, options_.lease,
            [this](uint32_t channel) {
              subscriber_.listen_to({std::to_string(channel), options_.announcements});
            }),
      subscriber_(
          redis.loop(), connection,
          [this](const std::string& channel, const std::string& message) {
            if (channel == options_.announcements) return hooks_.announced();
            take(message);
          },
          [this] { hooks_.listening(slot_.channel()); }),
      refusal_(redis.loop(), "publish", [this] { prove(); }) {}

void RedisBus::subscribe(const NodeId&, Receive receive) { receive_ = std::move(receive); }

void RedisBus::redis_changed(bool up) {
  slot_.redis_changed(up);
  redis_.loop().cancel(timer_);
  if (up) beat();
}

void RedisBus::beat() {
  prove();
  timer_ = redis_.loop().after(options_.lease / 3, [this] { beat(); });
}

void RedisBus::prove() {
  if (slot_.channel() == 0) return;
  redis_.ask({"PUBLISH", std::to_string(slot_.channel()), ""},
             [this](const Result<RedisAnswer>& answer) { (void)refusal_.note(answer); });
}

std::vector<const RedisRefusal*> RedisBus::refusals() const {
  return {&slot_.refusal(), &subscriber_.refusal(), &refusal_};
}

void RedisBus::stop() {
  redis_.loop().cancel(timer_);
  refusal_.stop();
  slot_.stop();
  subscriber_.stop();
}

void RedisBus::publish(const NodeId& to, std::span<const EnvelopePtr> envelopes) {
  if (to == options_.self.node) return receive_(envelopes);
  if (!redis_.up() || under_way_bytes_ > options_.under_way_bytes_max)
    return count(Counter::kBusDropped, envelopes.size());
  std::vector<std::string> packed;
  packed.reserve(envelopes.size());
  for (const EnvelopePtr& envelope : envelopes) {
    packed.push_back(packed_envelope(*envelope));
    under_way_bytes_ += packed.back().size();
  }
  redis_.loop().post(
      [this, to, packed = std::move(packed)]() mutable { enqueue(to, std::move(packed)); });
}

void RedisBus::enqueue(const NodeId& to, std::vector<std::string> packed) {
  Outgoing& outgoing = outbox_[to];
  for (std::string& each : packed) {
    outgoing.bytes += each.size();
    outgoing.envelopes.push_back(std::move(each));
  }
  if (std::exchange(flushing_, true)) return;
  redis_.loop().post([this] { flush(); });
}

void RedisBus::flush() {
  flushing_ = false;
  for (const auto& [to, outgoing] : std::exchange(outbox_, {})) {
    const std::optional<BusAddress> at = hooks_.where(to);
    if (!at || at->channel == 0) {
      drop(to, outgoing);
      continue;
    }
    std::span<const std::string> left(outgoing.envelopes);
    while (!left.empty()) {
      size_t count = 1;
      size_t bytes = left.front().size();
      while (count < left.size() && bytes + left[count].size() <= options_.packet_bytes_max)
        bytes += left[count++].size();
      send(to, *at, left.first(count));
      left = left.subspan(count);
    }
  }
}

void RedisBus::drop(const NodeId& to, const Outgoing& outgoing) {
  count(Counter::kBusDropped, outgoing.envelopes.size());
  under_way_bytes_ -= outgoing.bytes;
  hooks_.unheard(to);
}

void RedisBus::send(const NodeId& to, const BusAddress& at,
                    std::span<const std::string> envelopes) {
  size_t bytes = 0;
  for (const std::string& each : envelopes) bytes += each.size();
  count(Counter::kBusPublished);
  redis_.ask(
      {"PUBLISH", std::to_string(at.channel), packed_packet(options_.self, at.run, envelopes)},
      [this, to, bytes, envelopes = envelopes.size()](const Result<RedisAnswer>& answer) {
        under_way_bytes_ -= bytes;
        (void)refusal_.note(answer);
        if (answer.ok() && answer->number > 0) return;
        count(Counter::kBusDropped, envelopes);
        if (answer.ok()) hooks_.unheard(to);
      });
}

// What was sent to an earlier run of this node, or to another node, says nothing to this one: it
// has read the log since.
void RedisBus::take(const std::string& message) {
  if (message.empty()) return;  // of prove()
  const Result<BusPacket> packet = unpacked_packet(message);
  if (!packet.ok()) return count(Counter::kBusDropped);
  if (packet->too_large > 0)
    note_over_limit("bytes of a text in a hint", kTextBytes.ceiling,
                    redis_.loop().clock().steady());
  if (packet->to != options_.self)
    return count(Counter::kBusDropped, packet->envelopes.size() + packet->unknown);
  count(Counter::kBusReceived);
  if (packet->unknown > 0) count(Counter::kBusDropped, packet->unknown);
  if (packet->envelopes.empty()) return;
  hooks_.heard(packet->from.node, packet->envelopes);
  receive_(packet->envelopes);
}

}  // namespace mpim
