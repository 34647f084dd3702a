#include "server/node/cluster/cluster_registry.h"
#include "server/registry/redis_registry.h"
#include "server/registry/redis_settings.h"
#include "server/registry/settings_copy.h"

namespace mpim {
namespace {

// On the connection that the rest of the cluster has.
class RegistryInRedis final : public ClusterRegistry {
 public:
  RegistryInRedis(const Settings& settings, RedisClient& redis)
      : redis_(redis),
        nodes_(redis, {.lease = Millis(settings.node.lease_ms),
                       .patience = Millis(settings.redis.connect_timeout_ms),
                       .nodes_max = settings.registry.nodes_max}),
        place_(redis),
        settings_(redis.loop(), place_,
                  {.copy = data_dir(settings) + "/" + kSettingsCopy,
                   .look_every = Millis(settings.node.lease_ms) / 3}) {}

  NodeRegistry& nodes() override { return nodes_; }
  ClusterSettings& settings() override { return settings_; }
  void on_away(std::function<void()>) override {}  // then Redis is away
  void start() override {
    redis_.loop().post([this] { settings_.start(); });
  }
  void stop() override {
    redis_.loop().post([this] { settings_.stop(); });
  }
  std::string where() const override { return {}; }
  void announced() override {
    nodes_.announced();
    settings_.look();
  }
  void redis_changed(bool up) override {
    nodes_.redis_changed(up);
    if (up) settings_.look();
  }

 private:
  RedisClient& redis_;
  RedisRegistry nodes_;
  RedisSettings place_;
  ClusterSettings settings_;
};

}  // namespace

std::unique_ptr<ClusterRegistry> registry_in_redis(const Settings& settings, RedisClient& redis) {
  return std::make_unique<RegistryInRedis>(settings, redis);
}

}  // namespace mpim
