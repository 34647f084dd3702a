// What can be wrong with a deployment, judged from what was seen of it.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/doctor/certificate_seen.h"
#include "ops/doctor/redis_seen.h"
#include "ops/doctor/zookeeper_seen.h"
#include "server/config/settings.h"

namespace mpim::ops {

// What was seen. Where something could not be seen, it is absent, and judged as that.
struct Patient {
  // The directory of the node's data.
  struct Directory {
    std::string path;
    uint32_t mode = 0;        // its permissions
    std::string file_system;  // "ext4"; empty: none that is known by name
    uint64_t bytes_free = 0;  // for this user
  };
  struct Node {
    std::string version;
    std::string api_version;
    std::string address;  // of its admin socket
    bool draining = false;
  };
  struct Schema {
    uint32_t version = 0;
    uint32_t newest = 0;
  };

  Settings settings;
  std::string settings_file;      // empty: none
  std::optional<Directory> data;  // absent: there is no such directory yet
  std::optional<Node> node;       // absent: none answers, and why
  std::string why_no_node;
  std::optional<Schema> schema;  // absent: there is no database yet, or it could not be looked at
  std::string why_no_schema;     // empty: there is none yet
  uint64_t files_max = 0;        // file descriptors that a process may open
  std::optional<bool> clock_synchronised;
  Timestamp now;
  std::optional<CertificateSeen> certificate;  // absent: no listener wants one, or it was not found
  std::string why_no_certificate;              // empty: none is wanted
  std::string key_trouble;         // why tls.key cannot serve it; empty: it can, or none is wanted
  std::string node_certificate;    // what the node says of the one it serves; empty: nothing
  std::optional<RedisSeen> redis;  // absent: redis.url is empty, or it was not reached
  std::string why_no_redis;
  std::optional<ZookeeperSeen> zookeeper;  // absent: registry.url is empty
  std::string own_version;
  std::string own_api_version;
};

enum class Verdict : uint8_t { kOk, kWarn, kFail };
std::string_view name_of(Verdict verdict);  // "ok"

struct Finding {
  std::string_view id;  // "argon2"
  Verdict verdict;
  std::string evidence;  // what was seen
  std::string remedy;    // empty when it is ok
};

// In what a node says of its certificate: it does not take the one that lies there now.
inline constexpr std::string_view kNewerRefused = "the newer one is refused";

// One finding of each check, sorted by id.
std::vector<Finding> examine(const Patient& patient);

}  // namespace mpim::ops
