#include "server/node/cluster/cluster.h"

#include "server/bus/local_bus.h"
#include "server/node/cluster/redis_cluster.h"
#include "server/registry/local_registry.h"
#include "server/registry/settings_copy.h"

namespace mpim {
namespace {

// Everything in this process.
class LoneNode final : public Cluster {
 public:
  LoneNode(const Settings& settings, LocalDirectory& here, Executor& home)
      : here_(here),
        file_(data_dir(settings) + "/" + kSettingsCopy),
        settings_(home, file_, {.copy = file_.path(), .look_every = Millis(0)}) {}

  Directory& directory() override { return here_; }
  Bus& bus() override { return bus_; }
  NodeRegistry& registry() override { return registry_; }
  ClusterSettings& settings() override { return settings_; }
  Intake* intake() override { return nullptr; }
  AckIntake* acks() override { return nullptr; }
  Result<void> join(NodeRecord self, std::function<NodeRegistry::Load()> load,
                    std::function<void()>) override {
    settings_.look();
    return registry_.join(std::move(self), std::move(load));
  }
  void leave() override {}
  void end() override {}
  bool cut_off() const override { return false; }
  std::vector<HealthCheck> checks() const override { return {}; }
  std::vector<Gauge> gauges() const override { return {}; }

 private:
  LocalDirectory& here_;
  LocalBus bus_;
  LocalRegistry registry_;
  SettingsFile file_;
  ClusterSettings settings_;
};

}  // namespace

Result<std::unique_ptr<Cluster>> make_cluster(const Settings& settings, LocalDirectory& here,
                                              Executor& home) {
  if (settings.redis.url.empty() && settings.message.accept == "queued")
    return Error{Code::kBadRequest,
                 "message.accept = queued needs a Redis to queue in: set redis.url"};
  if (settings.redis.url.empty() && !settings.registry.url.empty())
    return Error{
        Code::kBadRequest,
        "registry.url alone makes no cluster: routes and hints need a Redis, set redis.url"};
  if (settings.redis.url.empty())
    return std::unique_ptr<Cluster>(new LoneNode(settings, here, home));
  return make_redis_cluster(settings, here);
}

}  // namespace mpim
