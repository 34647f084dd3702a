// Who the nodes are, and what they are told together: in Redis, or in ZooKeeper.
#pragma once

#include <memory>
#include <string>

#include "server/config/settings.h"
#include "server/redis/redis_client.h"
#include "server/registry/cluster_settings.h"
#include "server/registry/registry.h"

namespace mpim {

// Threads  as each of them; start() and stop() on none of the node's own.
// Lifetime stop() before the loop of Redis is destroyed.
class ClusterRegistry {
 public:
  virtual ~ClusterRegistry() = default;
  virtual NodeRegistry& nodes() = 0;
  virtual ClusterSettings& settings() = 0;
  // Before start(). It cannot be asked any more, though Redis can; on a thread of its own.
  virtual void on_away(std::function<void()> away) = 0;
  virtual void start() = 0;
  virtual void stop() = 0;
  // For people; empty: where the rest of the cluster is.
  virtual std::string where() const = 0;
  // On the loop of Redis: another node says that something changed; Redis has come or gone.
  virtual void announced() = 0;
  virtual void redis_changed(bool up) = 0;
};

std::unique_ptr<ClusterRegistry> registry_in_redis(const Settings& settings, RedisClient& redis);

// kBadRequest: registry.url is no address, or this program was built without ZooKeeper.
Result<std::unique_ptr<ClusterRegistry>> registry_in_zookeeper(const Settings& settings);

}  // namespace mpim
