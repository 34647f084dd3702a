// What must hold of a store, and of what devices saw of it, whatever went wrong.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/store/store.h"
#include "tests/sim/sim_device.h"

namespace mpim::sim {

// Each promise that does not hold is told as one sentence.
class Promises {
 public:
  using Devices = std::vector<std::unique_ptr<SimDevice>>;

  Promises(Store& store, const std::vector<UserId>& users, const Devices& devices)
      : store_(store), users_(users), devices_(devices) {}

  void broken(std::string sentence) {
    const bool told = std::ranges::find(broken_, sentence) != broken_.end();
    if (!told && broken_.size() < 20) broken_.push_back(std::move(sentence));
  }
  // At any moment: this device's cursors are within the log, and never move back.
  void watch(const SimDevice& device);
  // This device has everything it was owed.
  bool level(const SimDevice& device);
  // Once everybody is level: nothing lost, repeated, reordered, shown to others, or miscounted.
  void check();
  // An entry reached every device of whoever hears of its conversation.
  bool everybody_saw(MessageId id);

  const std::vector<std::string>& sentences() const { return broken_; }
  uint64_t messages() const { return messages_; }
  uint64_t digest() const { return digest_; }  // of everything that was stored and seen

 private:
  struct Cursor {
    Seq delivered;
    Seq read;
  };
  // Who could see a group's log from where to where, by its own entries.
  struct Interval {
    UserId user;
    uint64_t after = 0;
    uint64_t through = 0;
  };

  void read_logs();
  void read_log(ConversationId conversation, Seq last);
  void check_sent(const SimDevice& device);
  void check_seen(const SimDevice& device);
  void check_shown(const SimDevice& device, const Standing& standing, const std::string& where);
  void check_owed(const SimDevice& device, const Standing& standing, const std::string& where);
  std::vector<EntryPtr> owed(const SimDevice& device, const Standing& standing) const;
  void check_unread(UserId user);
  bool may_see(UserId user, const Standing& standing, uint64_t seq) const;
  void mix(uint64_t value) { digest_ = digest_ * 1'099'511'628'211U + value; }

  Store& store_;
  const std::vector<UserId>& users_;
  const Devices& devices_;
  std::map<std::pair<const SimDevice*, ConversationId>, Cursor> cursors_;
  std::map<ConversationId, std::vector<EntryPtr>> logs_;
  std::map<ConversationId, std::vector<Interval>> intervals_;
  std::map<std::string, EntryPtr> by_client_id_;
  std::vector<std::string> broken_;
  uint64_t messages_ = 0;
  uint64_t digest_ = 0;
};

}  // namespace mpim::sim
