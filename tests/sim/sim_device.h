// A person's device in the simulation: logs in, sends, acknowledges, and writes down all it sees.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/sim_link.h"

namespace mpim::sim {

// What one attempt after another came to, for one client id.
struct Sent {
  Recipient to;
  std::string text;
  std::optional<MessageId> id;  // +OK named it
  bool maybe_stored = false;    // an answer was lost, or UNKNOWN
  bool refused = false;         // the last answer was a definite refusal
};

// What an entry shows, as one number; 0 stands for something this device made and knows.
uint64_t content_of(const Entry& entry);

// What a device knows of one conversation.
struct Seen {
  std::map<uint64_t, uint64_t> seqs;  // pushed, or its own by +OK, and what it said: content_of
  std::vector<std::pair<uint64_t, uint64_t>> excused;  // told by NOTICE gap
  uint64_t last_new = 0;                               // the last seq that came for the first time
  uint64_t given = 0;                                  // the last seq of this connection
  uint64_t acked = 0;

  // A gap was told: its entries need not come, and come late when they are asked for.
  bool excuses(uint64_t seq) const {
    return std::ranges::any_of(
        excused, [seq](const auto& gap) { return gap.first < seq && seq <= gap.second; });
  }
};

// Threads  none: the world runs it.
class SimDevice {
 public:
  using Place = std::function<SimNode*()>;  // the balancer's choice; none when none lives
  using Complain = std::function<void(std::string)>;

  SimDevice(World& world, const Faults& faults, Place place, Complain complain, UserId user,
            std::string name, AckMode ack, SyncMode sync)
      : world_(world),
        faults_(faults),
        place_(std::move(place)),
        complain_(std::move(complain)),
        user_(user),
        name_(std::move(name)),
        ack_(ack),
        sync_(sync) {}

  void connect();
  void cut(Millis until_noticed);                           // and come back a little later
  std::string send(Recipient to, const std::string& text);  // answers its client id
  void join(GroupId group);
  void leave(GroupId group);
  void read_something();
  void acknowledge_too_much();
  void pull();
  void pause(bool paused);
  void on_node_died(const SimNode& node);
  bool logged_in() const { return logged_in_; }
  bool settled() const;  // no send is without an answer
  void heal() { healing_ = true; }
  void go_away();  // for good

  // It was refused in the end, but an earlier try may have been stored: its +OK never arrived.
  bool gave_up_on(const std::string& client_id) const {
    const auto found = sent_.find(client_id);
    return found != sent_.end() && found->second.refused && found->second.maybe_stored;
  }

  UserId user() const { return user_; }
  DeviceId device() const { return device_; }
  const std::string& name() const { return name_; }
  const std::map<std::string, Sent>& sent() const { return sent_; }
  const std::map<ConversationId, Seen>& seen() const { return seen_; }
  // Where this device stood when it was made: what lies below was never owed to it.
  const std::vector<Standing>& begins_at() const { return *begins_at_; }
  uint64_t most_buffered() const {
    return std::max(most_buffered_, link_ ? link_->most_buffered() : 0);
  }

 private:
  void log_in(const std::shared_ptr<SimLink>& link);
  void opened(const std::shared_ptr<SimLink>& link, Result<InboxCounts> counts);
  void fail_log_in(const std::shared_ptr<SimLink>& link);
  void on_arrival(const std::shared_ptr<SimLink>& link, Arrival& arrival);
  void on_entry(const Entry& entry);
  void on_closed(const std::shared_ptr<SimLink>& link);
  void attempt(const std::string& client_id);
  void answered(const std::string& client_id, const Result<Committed>& answer);
  void schedule_ack();
  void acknowledge();
  void change_membership(GroupId group, bool join);
  void come_back();
  std::string who() const { return "user " + std::to_string(user_.value) + " on " + name_; }

  World& world_;
  const Faults& faults_;
  Place place_;
  Complain complain_;
  const UserId user_;
  const std::string name_;
  const AckMode ack_;
  const SyncMode sync_;
  std::shared_ptr<SimLink> link_;
  DeviceId device_;
  bool logged_in_ = false;
  bool coming_back_ = false;
  bool ack_scheduled_ = false;
  bool pulling_ = false;
  bool healing_ = false;
  bool gone_ = false;
  uint64_t next_client_id_ = 1;
  uint64_t most_buffered_ = 0;
  std::shared_ptr<std::vector<Standing>> begins_at_ = std::make_shared<std::vector<Standing>>();
  std::map<std::string, Sent> sent_;
  std::map<ConversationId, Seen> seen_;
};

}  // namespace mpim::sim
