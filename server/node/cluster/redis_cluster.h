// A node among others, by way of Redis.
#pragma once

#include <memory>

#include "server/node/cluster/cluster.h"

namespace mpim {

Result<std::unique_ptr<Cluster>> make_redis_cluster(const Settings& settings, LocalDirectory& here);

}  // namespace mpim
