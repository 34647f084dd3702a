// The number of the channel on which a node hears of others, claimed so that no two have one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/core/ids.h"
#include "server/redis/redis_client.h"
#include "server/redis/redis_refusal.h"

namespace mpim {

inline constexpr uint32_t kFirstChannel = 10'000;
inline constexpr uint32_t kChannels = 50'000;

// FNV-1a, 64 bits: the same on every machine and in every version.
uint64_t stable_hash(std::string_view text);
// 10000 + stable_hash(id) % 50000: where a node looks first.
uint32_t first_channel(const NodeId& node);

// slot:<number> holds the id and the epoch of whose it is, for as long as a lease. A slot that
// another node has is passed over for the next, up to kProbesMax.
// Threads  the client's loop.
// Time     renewed every third of the lease; one that Redis lost is claimed again.
class ChannelSlot {
 public:
  static constexpr uint32_t kProbesMax = 1'000;

  // `claimed` runs whenever a slot was claimed, with its number: at first, and after each loss.
  ChannelSlot(RedisClient& redis, NodeRun self, Millis lease,
              std::function<void(uint32_t channel)> claimed);

  void redis_changed(bool up);
  void stop();
  uint32_t channel() const { return channel_; }  // 0: none yet
  const RedisRefusal& refusal() const { return refusal_; }

 private:
  void claim(uint32_t channel, uint32_t probes_left);
  void renew();
  void beat();

  RedisClient& redis_;
  const NodeRun self_;
  const Millis lease_;
  const std::string mark_;  // "id epoch"
  const std::function<void(uint32_t)> claimed_;
  uint32_t channel_ = 0;
  bool claiming_ = false;
  TimerId timer_;
  RedisRefusal refusal_;
};

}  // namespace mpim
