// The settings of a cluster in ZooKeeper.
#pragma once

#include "server/registry/settings_place.h"
#include "server/registry/zookeeper/zoo_client.h"

namespace mpim {

// ROOT/settings is the text of SettingsHistory; a mark is the transaction that changed it last, and
// its version. It is watched: whoever looks hears of the next change.
// Threads  the client's loop.
class ZooSettings final : public SettingsPlace {
 public:
  explicit ZooSettings(ZooClient& client) : client_(client) {}
  std::string path() const { return client_.root() + "/settings"; }
  void read(const std::string& known_mark, Read done) override;
  void write(const std::string& mark_before, const std::string& text, Written done) override;

 private:
  ZooClient& client_;
};

}  // namespace mpim
