// One user of a script that is being played: his link, and what came to him.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "client-cli/link/link.h"
#include "client-cli/people.h"
#include "client-cli/script/script.h"

namespace mpim::chat {

// Threads  the loop's own.
// Lifetime `people` must outlive it. `on_event` is called after each event; it must not destroy it.
class Actor final : private LinkListener {
 public:
  // `on_event` is given the event as a JSON object of one line.
  using OnEvent = std::function<void(Actor& actor, const std::string& json)>;

  Actor(EventLoop& loop, const ScriptUser& user, LinkOptions options, People& people,
        OnEvent on_event);

  Link& link() { return link_; }
  const ScriptUser& user() const { return user_; }
  // What came and was not yet expected, oldest first.
  std::deque<Entry>& inbox() { return inbox_; }
  // How many messages came in all.
  uint64_t received() const { return received_; }
  // The outcome of a send, once, if it is known.
  std::optional<Result<Stored>> outcome(const std::string& client_id);
  // The newest message of each conversation.
  const std::map<ConversationId, MessageId>& newest() const { return newest_; }

 private:
  void on_status(const LinkStatus& status) override;
  void on_logged_in(const LoggedIn& who) override;
  void on_entry(const Entry& entry) override;
  void on_gap(ConversationId conversation, uint64_t count, std::string_view why) override;
  void on_sent(const Outgoing& message, const Result<Stored>& outcome) override;
  void on_traffic(bool, std::string_view) override {}

  ScriptUser user_;
  People& people_;
  OnEvent on_event_;
  Link link_;
  std::deque<Entry> inbox_;
  uint64_t received_ = 0;
  std::map<std::string, Result<Stored>> outcomes_;
  std::map<ConversationId, MessageId> newest_;
};

}  // namespace mpim::chat
