// A registry's real server, and nodes as far as their registry: the same for each back end.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "server/loop/event_loop.h"
#include "server/registry/cluster_settings.h"
#include "server/registry/registry.h"

namespace mpim::testing {

inline constexpr Millis kLease{1'200};
inline constexpr Millis kLook{200};  // between two looks at the settings

// A node as far as its registry.
class Seat {
 public:
  virtual ~Seat() = default;
  virtual NodeRegistry& registry() = 0;
  virtual ClusterSettings& settings() = 0;
  virtual EventLoop& loop() = 0;
  // Ends without leaving. With ZooKeeper its session is closed: nobody can hold one without a
  // client.
  virtual void die() = 0;

  Result<void> join(const NodeRecord& self);
  std::vector<std::string> sees();
  Result<void> look();
  Result<void> append(uint64_t after, SettingsEdition next);
  SettingsEdition holds() { return newest(*settings().known()); }

  std::atomic<uint64_t> load{3};
  std::atomic<int> regained{0};
  std::atomic<int> heard{0};  // changes of the settings
};

// A server of a test's own.
class Backend {
 public:
  virtual ~Backend() = default;
  // With its loop running, and connected unless the server is down.
  virtual std::unique_ptr<Seat> seat(const std::string& copy = "") = 0;
  virtual void kill() = 0;
  virtual void start() = 0;  // again; what it then knows is its own affair
  virtual void lose() = 0;   // all it knows, and goes on
  // The settings, as an operator's own tool reads and writes them.
  virtual std::string text() = 0;
  virtual void write(const std::string& text) = 0;
};

std::unique_ptr<Backend> redis_backend();
std::unique_ptr<Backend> zookeeper_backend();  // null: this build has none
// "redis", and "zookeeper" where this build has it.
std::vector<std::string> backends_under_test();
std::unique_ptr<Backend> open_backend(const std::string& name);

NodeRecord record_of(const std::string& id, uint64_t epoch);

}  // namespace mpim::testing
