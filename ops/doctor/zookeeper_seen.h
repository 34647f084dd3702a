// The servers of a ZooKeeper, as whoever diagnoses a deployment sees them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mpim::ops {

struct ZookeeperSeen {
  std::string hosts;  // "one:2181,two:2181"
  size_t servers = 0;
  std::string version;               // of the first that says it; empty: none does
  std::vector<std::string> missing;  // "two:2181: Connection refused"
};

// Asks each server of a registry.url for its own account (`srvr`); one that may not give it answers
// all the same.
// Time     some seconds for each server that is silent.
ZookeeperSeen zookeeper_seen(std::string_view url);

}  // namespace mpim::ops
