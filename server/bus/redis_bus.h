// The bus between processes: Redis pub/sub, one channel for each node.
#pragma once

#include <atomic>
#include <map>
#include <optional>

#include "server/bus/bus.h"
#include "server/bus/channel_slot.h"
#include "server/redis/redis_subscriber.h"

namespace mpim {

struct BusOptions {
  NodeRun self;
  Millis lease{10'000};  // of the channel's slot
  size_t under_way_bytes_max = 64 << 20;
  size_t packet_bytes_max = 1 << 20;
  std::string announcements;  // another channel to listen to
};

// Where a node hears of others at present.
struct BusAddress {
  NodeRun run;
  uint32_t channel = 0;
};

// An envelope for this node itself never goes over Redis. For others: what is published to one node
// within one turn of the loop goes in one packet.
// Threads  publish() from any; `receive` on the publisher's thread for this node's own envelopes,
//          else on the client's loop; hooks and the rest there too.
// Order    as Bus: packing happens on the publisher's thread, sending in the order of the posts.
// Time     each third of the lease it publishes nothing to itself: whether that is refused is known
//          before anybody has something to say.
// Limits   BusOptions::under_way_bytes_max not yet taken by Redis; beyond it envelopes are dropped.
// Errors   what cannot be published, or is not for this run of this node, is dropped and counted.
// Lifetime stop() on the loop before it ends.
class RedisBus final : public Bus {
 public:
  struct Hooks {
    std::function<std::optional<BusAddress>(const NodeId&)> where;
    // Nobody listens where that node should: whatever is believed of it is out of date.
    std::function<void(const NodeId&)> unheard;
    // Before they are received: what another node sends tells who is there.
    std::function<void(const NodeId& from, std::span<const EnvelopePtr>)> heard;
    std::function<void(uint32_t channel)> listening;  // for the first time, or again
    std::function<void()> announced;                  // on BusOptions::announcements
  };

  RedisBus(RedisClient& redis, const RedisOptions& connection, BusOptions options, Hooks hooks);

  void publish(const NodeId& to, std::span<const EnvelopePtr> envelopes) override;
  void subscribe(const NodeId& self, Receive receive) override;

  void redis_changed(bool up);
  void stop();
  bool listening() const { return subscriber_.listening(); }
  std::vector<const RedisRefusal*> refusals() const;

 private:
  struct Outgoing {
    std::vector<std::string> envelopes;
    size_t bytes = 0;
  };

  void enqueue(const NodeId& to, std::vector<std::string> packed);
  void flush();
  void send(const NodeId& to, const BusAddress& at, std::span<const std::string> envelopes);
  void drop(const NodeId& to, const Outgoing& outgoing);
  void take(const std::string& message);
  void prove();
  void beat();

  RedisClient& redis_;
  const BusOptions options_;
  const Hooks hooks_;
  Receive receive_;
  ChannelSlot slot_;
  RedisSubscriber subscriber_;
  RedisRefusal refusal_;
  TimerId timer_;
  std::map<NodeId, Outgoing> outbox_;  // the loop's own
  bool flushing_ = false;
  std::atomic<size_t> under_way_bytes_{0};
};

}  // namespace mpim
