// What was typed and is not yet known to be stored.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"

namespace mpim::chat {

// Whom a message is for: a user by number, a user by name, a group.
struct UserNamed {
  std::string name;
  auto operator<=>(const UserNamed&) const = default;
};
using Destination = std::variant<UserId, UserNamed, GroupId>;

// 1002, @bob, #1001: as people type it.
std::string typed_form(const Destination& to);

// A message under its client id. The id never changes, which is what makes every retry safe.
struct Outgoing {
  Destination to;
  std::string text;
  std::string client_id;
  Timestamp at;              // when it was typed
  uint32_t refusals = 0;     // answers that said "later"
  std::string options = {};  // further ones of the request: "type=image file=7"
};

// `SEND @bob "text" cid=...`, without its LF.
std::string request_line(const Outgoing& message);

// Order    messages to one destination are stored in the order of add(): at most one of them is
//          under way, so that a retry cannot be overtaken. Destinations do not wait for each other.
// Limits   `messages_max` messages, then add() answers kBusy.
// Threads  one.
class Outbox {
 public:
  // `prefix` makes client ids of this program's run unlike all others.
  Outbox(std::string prefix, size_t messages_max)
      : prefix_(std::move(prefix)), messages_max_(messages_max) {}

  // Answers its client id.
  Result<std::string> add(Destination to, std::string text, Timestamp at, std::string options = {});
  // The next message that may go, now counted as under way.
  const Outgoing* take();
  // It was not stored and may go again; counts the refusal and answers how many there were.
  uint32_t put_back(std::string_view client_id);
  // The connection is gone: whatever was under way may go again.
  void put_back_all();
  // Its outcome is known. Nothing if it was settled before.
  std::optional<Outgoing> settle(std::string_view client_id);

  // Gives up everything.
  std::vector<Outgoing> abandon();

  size_t size() const { return waiting_.size(); }
  bool empty() const { return waiting_.empty(); }
  bool full() const { return waiting_.size() >= messages_max_; }

 private:
  struct Slot {
    Outgoing message;
    bool under_way = false;
  };
  std::deque<Slot>::iterator find(std::string_view client_id);

  std::string prefix_;
  size_t messages_max_;
  uint64_t last_number_ = 0;
  std::deque<Slot> waiting_;
};

}  // namespace mpim::chat
