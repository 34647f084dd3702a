#include <future>

#include "server/node/cluster/cluster_registry.h"
#include "server/registry/settings_copy.h"
#include "server/registry/zookeeper/zoo_registry.h"
#include "server/registry/zookeeper/zoo_settings.h"

namespace mpim {
namespace {

// It has a loop of its own: the C client takes its time to close.
class RegistryInZookeeper final : public ClusterRegistry {
 public:
  RegistryInZookeeper(const Settings& settings, const ZooAddress& address)
      : where_(address.text()),
        client_(loop_, address, Millis(settings.node.lease_ms)),
        nodes_(client_, {.lease = Millis(settings.node.lease_ms),
                         .patience = Millis(settings.redis.connect_timeout_ms),
                         .nodes_max = settings.registry.nodes_max}),
        place_(client_),
        settings_(loop_, place_,
                  {.copy = data_dir(settings) + "/" + kSettingsCopy,
                   .look_every = Millis(settings.node.lease_ms) / 3}) {
    client_.on_change([this](bool up) {
      nodes_.changed(up);
      if (up) settings_.look();
      if (!up && away_) away_();
    });
    client_.on_watched([this](const std::string& path) {
      if (path == place_.path()) settings_.look();
      nodes_.watched(path);
    });
  }

  NodeRegistry& nodes() override { return nodes_; }
  ClusterSettings& settings() override { return settings_; }
  void on_away(std::function<void()> away) override { away_ = std::move(away); }
  void start() override {
    loop_.start();
    started_ = true;
    loop_.post([this] {
      client_.start();
      settings_.start();
    });
  }
  void stop() override {
    if (!std::exchange(started_, false)) return;
    std::promise<void> stopped;
    loop_.post([this, &stopped] {
      settings_.stop();
      client_.stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
    loop_.stop();
  }
  std::string where() const override { return where_; }
  void announced() override {}
  void redis_changed(bool) override {}

 private:
  const std::string where_;
  EventLoop loop_{"zookeeper"};
  ZooClient client_;
  ZooRegistry nodes_;
  ZooSettings place_;
  ClusterSettings settings_;
  std::function<void()> away_;
  bool started_ = false;
};

}  // namespace

Result<std::unique_ptr<ClusterRegistry>> registry_in_zookeeper(const Settings& settings) {
  MPIM_TRY(const ZooAddress address, zoo_address(settings.registry.url));
  return std::unique_ptr<ClusterRegistry>(new RegistryInZookeeper(settings, address));
}

}  // namespace mpim
