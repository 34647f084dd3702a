// One stream of entries that wait in Redis, and its consumer.
#pragma once

#include <string>
#include <vector>

#include "server/core/reply.h"
#include "server/redis/redis_client.h"

namespace mpim {

struct StreamEntry {
  std::string ticket;  // the stream's word for it: "q3-1700000000000-0"
  std::string bytes;
};
struct TakenStream {
  std::vector<StreamEntry> entries;
  uint64_t depth = 0;
  uint64_t claimed = 0;
};

// {intake}:<name> is the stream, with a consumer group `store`; {intake}:lease:<name> names who
// takes from it. What a taker left behind when it died is claimed by the next.
// Threads  any.
class IntakeStream {
 public:
  // `self`: this run of this node.
  IntakeStream(RedisClient& redis, std::string name, std::string ticket, std::string self,
               Millis lease);

  const std::string& key() const { return key_; }
  std::string ticket_of(const std::string& id) const { return ticket_ + "-" + id; }
  // kBusy: another takes from it.
  void take(uint32_t count_max, Reply<TakenStream> taken) const;
  // Answers how many are left.
  void remove(const std::vector<std::string>& tickets, Reply<uint64_t> left) const;

 private:
  RedisClient& redis_;
  const std::string key_;
  const std::string lease_key_;
  const std::string ticket_;
  const std::string self_;
  const Millis lease_;
};

}  // namespace mpim
