#include "server/bus/channel_slot.h"

namespace mpim {
namespace {

// KEYS slot; ARGV mark, milliseconds. 2: it was free and is ours now; 1: it was ours; 0: it is not.
constexpr const char* kClaim = R"(
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return held and 1 or 2
)";

std::string slot_key(uint32_t channel) { return "slot:" + std::to_string(channel); }

uint32_t next_channel(uint32_t channel) {
  return kFirstChannel + (channel - kFirstChannel + 1) % kChannels;
}

}  // namespace

uint64_t stable_hash(std::string_view text) {
  uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
  for (const char c : text) {
    hash ^= static_cast<uint8_t>(c);
    hash *= 0x0000'0100'0000'01B3ULL;
  }
  return hash;
}

uint32_t first_channel(const NodeId& node) {
  return kFirstChannel + static_cast<uint32_t>(stable_hash(node.name) % kChannels);
}

ChannelSlot::ChannelSlot(RedisClient& redis, NodeRun self, Millis lease,
                         std::function<void(uint32_t)> claimed)
    : redis_(redis),
      self_(std::move(self)),
      lease_(lease),
      mark_(self_.node.name + " " + std::to_string(self_.epoch)),
      claimed_(std::move(claimed)),
      refusal_(redis.loop(), "channel", [this] { renew(); }) {}

void ChannelSlot::redis_changed(bool up) {
  redis_.loop().cancel(timer_);
  claiming_ = false;
  if (!up) return;
  renew();
  beat();
}

void ChannelSlot::stop() {
  refusal_.stop();
  redis_.loop().cancel(timer_);
}

void ChannelSlot::beat() {
  timer_ = redis_.loop().after(lease_ / 3, [this] {
    renew();
    beat();
  });
}

void ChannelSlot::renew() {
  if (claiming_) return;
  claiming_ = true;
  claim(channel_ == 0 ? first_channel(self_.node) : channel_, kProbesMax);
}

void ChannelSlot::claim(uint32_t channel, uint32_t probes_left) {
  redis_.ask({"EVAL", kClaim, "1", slot_key(channel), mark_, std::to_string(lease_.count())},
             [this, channel, probes_left](const Result<RedisAnswer>& answer) {
               (void)refusal_.note(answer);
               if (!answer.ok()) {
                 claiming_ = false;
                 return;
               }
               if (answer->number == 0 && probes_left > 0)
                 return claim(next_channel(channel), probes_left - 1);
               claiming_ = false;
               if (answer->number == 0 || (answer->number == 1 && channel == channel_)) return;
               channel_ = channel;
               claimed_(channel);
             });
}

}  // namespace mpim
