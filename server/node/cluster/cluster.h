// What a node shares with the others of its cluster, or has for itself when it is alone.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "server/bus/bus.h"
#include "server/config/settings.h"
#include "server/directory/local_directory.h"
#include "server/gateway/http/http_api.h"
#include "server/intake/ack_intake.h"
#include "server/intake/intake.h"
#include "server/registry/cluster_settings.h"
#include "server/registry/registry.h"
#include "server/telemetry/metrics.h"

namespace mpim {

// Directory, bus and registry, chosen together: redis.url decides.
// Threads  as each of them; join() and leave() on none of the node's own, since they wait.
// Lifetime `here` outlives it. join(), leave() and end() at most once each; end() before the loops
//          that `heard` and `woken` post to are destroyed.
class Cluster {
 public:
  virtual ~Cluster() = default;

  virtual Directory& directory() = 0;
  virtual Bus& bus() = 0;
  virtual NodeRegistry& registry() = 0;
  virtual ClusterSettings& settings() = 0;
  virtual Intake* intake() = 0;   // null: sends are stored, or refused
  virtual AckIntake* acks() = 0;  // null like intake()

  // `woken` runs when hints may have been lost or will be: it has the sweep look at once.
  virtual Result<void> join(NodeRecord self, std::function<NodeRegistry::Load()> load,
                            std::function<void()> woken) = 0;
  virtual void leave() = 0;
  virtual void end() = 0;

  // There are others, and they cannot be heard at present: the sweep is all there is.
  virtual bool cut_off() const = 0;
  virtual std::vector<HealthCheck> checks() const = 0;
  virtual std::vector<Gauge> gauges() const = 0;
};

// `home` is where a node that is alone changes the settings it has as its own cluster.
// kBadRequest: redis.url is no address, or message.accept = queued or registry.url without one;
// registry.url cannot be used.
Result<std::unique_ptr<Cluster>> make_cluster(const Settings& settings, LocalDirectory& here,
                                              Executor& home);

}  // namespace mpim
