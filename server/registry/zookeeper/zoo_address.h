// Where a ZooKeeper is, and which part of its tree is ours.
#pragma once

#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

struct ZooAddress {
  std::string hosts;     // "one:2181,two:2181": servers of one ensemble
  std::string path;      // "/mpim"; all of ours is below it
  std::string who = {};  // "user:password" of the scheme digest, never shown; empty: anybody

  // For people: without the password.
  std::string text() const { return "zookeeper://" + hosts + path; }
};

// zookeeper://[USER:PASSWORD@]HOST:PORT[,HOST:PORT...][/PATH], /mpim where no path is named.
// Errors   kBadRequest, without the password, which has no / and no @ in it.
Result<ZooAddress> zoo_address(std::string_view url);

}  // namespace mpim
