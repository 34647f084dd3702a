// The settings of a cluster in Redis.
#pragma once

#include "server/redis/redis_client.h"
#include "server/registry/settings_place.h"

namespace mpim {

// The key `settings` is the text of SettingsHistory, without a time to live; a mark is its SHA-1.
// A change is announced on RedisRegistry::kAnnouncements.
// Threads  the client's loop.
class RedisSettings final : public SettingsPlace {
 public:
  explicit RedisSettings(RedisClient& redis) : redis_(redis) {}
  void read(const std::string& known_mark, Read done) override;
  void write(const std::string& mark_before, const std::string& text, Written done) override;

 private:
  RedisClient& redis_;
};

}  // namespace mpim
