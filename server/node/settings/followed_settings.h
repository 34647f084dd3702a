// This node's own settings, and what the cluster's make of them while it runs.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "server/config/settings.h"
#include "server/gateway/http/http_api.h"
#include "server/registry/cluster_settings.h"
#include "server/service/admin/live_settings.h"

namespace mpim {

// A value of the cluster that this program does not know, or would refuse (another version set it),
// is told in the log and in check(); the node then has its own.
// Threads  any.
class FollowedSettings final : public LiveSettings {
 public:
  FollowedSettings(Settings own, const ClusterSettings& cluster)
      : own_(std::move(own)), cluster_(cluster), now_(own_) {}

  // What holds as of now, by what is known of the cluster's.
  Settings take();
  // As take() answered last.
  Settings now() const;
  uint64_t version() const;
  HealthCheck check() const;

  std::vector<LiveSetting> list() const override;
  Result<std::string> accept(std::string_view name, std::string_view value) const override;

 private:
  const Settings own_;
  const ClusterSettings& cluster_;
  mutable std::mutex mutex_;
  Settings now_;  // guarded, as all below
  std::map<std::string, std::string> values_;
  uint64_t version_ = 0;
  std::vector<std::string> left_;
};

}  // namespace mpim
