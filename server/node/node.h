// A whole node: store, services, workers, listeners, built in order and taken down in reverse.
#pragma once

#include <memory>
#include <string>

#include "server/config/settings.h"
#include "server/core/result.h"

namespace mpim {

// Where a node can be reached: what it got, port 0 resolved.
struct NodeAddresses {
  std::string line;  // 127.0.0.1:9000
  std::string ws;
  std::string http;
  std::string admin;  // a path
};

// Threads  start(), stop() and the destructor on one thread, none of the node's own.
// Limits   as its settings say.
class Node {
 public:
  // Answers when the node takes connections. The data directory is made (0700), locked, and its
  // database brought to this version.
  // kUnavailable: the data directory cannot be made, written or locked, or an address is in use.
  // kBadRequest: a setting is no address, or names no certificate that can be served. kVersion:
  // the database is newer than this program.
  static Result<std::unique_ptr<Node>> start(const Settings& settings);
  ~Node();  // stops, without draining if stop() was not called

  const NodeAddresses& addresses() const;

  // The certificate and its key are read again, for connections to come. False: no listener has
  // TLS.
  bool reload_certificate();

  // Takes no new connections, answers what was accepted, writes the cursors, closes the store.
  // Bounded by server.drain_timeout_ms and some seconds.
  void stop();

 private:
  struct Core;
  explicit Node(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace mpim
