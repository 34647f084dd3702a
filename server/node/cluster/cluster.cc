#include "server/node/cluster/cluster.h"

#include "server/bus/local_bus.h"
#include "server/node/cluster/redis_cluster.h"
#include "server/registry/local_registry.h"

namespace mpim {
namespace {

// Everything in this process.
class LoneNode final : public Cluster {
 public:
  explicit LoneNode(LocalDirectory& here) : here_(here) {}

  Directory& directory() override { return here_; }
  Bus& bus() override { return bus_; }
  NodeRegistry& registry() override { return registry_; }
  Intake* intake() override { return nullptr; }
  Result<void> join(NodeRecord self, std::function<NodeRegistry::Load()> load,
                    std::function<void()>) override {
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
};

}  // namespace

Result<std::unique_ptr<Cluster>> make_cluster(const Settings& settings, LocalDirectory& here) {
  if (settings.redis.url.empty() && settings.message.accept == "queued")
    return Error{Code::kBadRequest,
                 "message.accept = queued needs a Redis to queue in: set redis.url"};
  if (settings.redis.url.empty()) return std::unique_ptr<Cluster>(new LoneNode(here));
  return make_redis_cluster(settings, here);
}

}  // namespace mpim
