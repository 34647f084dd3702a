// The checks behind /healthz and /readyz.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/gateway/http/http_api.h"
#include "server/node/certificate.h"
#include "server/node/cluster/cluster.h"
#include "server/node/live_node.h"
#include "server/node/settings/followed_settings.h"
#include "server/store/threads/threaded_storage.h"

namespace mpim {

// What the checks look at.
struct HealthSubjects {
  const ThreadedStorage& storage;
  const std::vector<std::unique_ptr<Worker>>& workers;
  const LiveNode& live;
  std::string data_dir;
  std::string files_dir;  // of uploads
  const Certificate& certificate;
  const Cluster& cluster;
  const FollowedSettings& settings;
};

// Threads  any; nothing here waits.
// Limits   a loop that has not turned for 5 s, less than 64 MiB of disk, or fewer than 64 free file
//          descriptors are reported as unhealthy.
std::vector<HealthCheck> check_health(const HealthSubjects& subjects);

// As check_health, and not draining.
std::vector<HealthCheck> check_readiness(const HealthSubjects& subjects);

}  // namespace mpim
