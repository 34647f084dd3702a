// A logged-in connection that heals itself: requests and their replies, pushes once and in order,
// and an outbox that survives the loss of the connection.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "client-cli/link/account.h"
#include "client-cli/link/acknowledgements.h"
#include "client-cli/link/back_off.h"
#include "client-cli/link/outbox.h"
#include "client-cli/link/transcript.h"
#include "client-cli/link/wire.h"
#include "server/protocol/line_client.h"

namespace mpim::chat {

// kStopped: until start() or reconnect(). kWaiting: for the next attempt.
enum class LinkState : uint8_t { kStopped, kConnecting, kLoggingIn, kOnline, kWaiting };
std::string_view name_of(LinkState state);

struct LinkStatus {
  LinkState state = LinkState::kStopped;
  std::optional<Error> why;  // what ended the state before, if anything went wrong
  Millis retry_in{0};        // kWaiting
};

// A log-in that succeeded.
struct LoggedIn {
  UserId user;
  uint64_t pending = 0;  // above 1000: more than that
  uint64_t unread = 0;
  std::string token;
  bool restored = false;  // the server's store is another one than last time
  bool first = false;     // of this start()
};

// A message that the server has.
struct Stored {
  MessageId id;
  bool duplicate = false;   // it had it before: an earlier answer was lost
  std::string ticket = {};  // it is queued, its database being away, and has no id yet

  bool queued() const { return !ticket.empty(); }
};

// The answer to a request: its first line, and the rows of a list.
struct Answer {
  ReplyOk ok;
  std::vector<ListLine> rows;
};

// What a Link tells. The listener may call the link from within.
class LinkListener {
 public:
  virtual ~LinkListener() = default;
  virtual void on_status(const LinkStatus& status) = 0;
  virtual void on_logged_in(const LoggedIn& who) = 0;
  virtual void on_entry(const Entry& entry) = 0;  // each once, in its conversation's order
  // Entries will not come by themselves, for the reason in `why`.
  virtual void on_gap(ConversationId conversation, uint64_t count, std::string_view why) = 0;
  // What is told outside the log: receipts, presence, typing, private changes.
  virtual void on_signal(const Signal&) {}
  virtual void on_sent(const Outgoing& message, const Result<Stored>& outcome) = 0;
  // A line on the wire, secrets masked.
  virtual void on_traffic(bool ours, std::string_view line) = 0;
};

// The times a link keeps; tests shorten them.
struct LinkOptions {
  ServerAddress server;
  Millis connect_max{10'000};  // from the first attempt to the end of the log-in
  Millis retry_first{200};
  Millis retry_last{10'000};
  Millis quiet_max{30'000};  // nothing heard for this long: ask with PING
  Millis pong_max{10'000};   // no answer to that: the connection is dead
  Millis ack_after{50};
  Millis hole_grace{200};  // an earlier entry may still be on its way for this long
  uint32_t ack_count = 32;
  uint32_t refusals_max = 8;  // answers of the kind "later", per message
  size_t outbox_max = 1'000;
  uint64_t seed = 0;  // of jitter and client ids; 0: from the system
};

// Logs in with ack=client, acknowledges for itself, and comes back by itself with growing pauses:
// with the resume token, and with the password if it still has it and the token is refused. What
// the server refuses for good (a wrong password, a device that logged in elsewhere) stops it, as
// does a certificate that is not trusted.
//
// Threads  the loop's own.
// Order    replies come in the order of the requests; entries in the order of their conversation.
// Errors   a request that gets no answer is answered kUnavailable; a send is kept and repeated
//          instead.
// Lifetime the listener must outlive it; it must die before the loop.
class Link final : private WireListener {
 public:
  static constexpr size_t kHeldMax = 500;
  using OnAnswer = UniqueFunction<void(Result<Answer>)>;

  Link(EventLoop& loop, LinkListener& listener, LinkOptions options);
  ~Link() override;

  // Connects and logs in; with `enroll` the account is made first.
  void start(Account account, bool enroll);
  // With what it logs in from now on: the password was changed.
  void prove_with(std::string password, std::string token);
  // Drops the connection, if any, and connects at once.
  void reconnect();
  // Drops the connection and stays away. What waits in the outbox is kept.
  void disconnect();
  // Says QUIT (or LOGOUT), waits a second for the answer, and stops.
  void leave(bool log_out, Task done);

  // One line of the protocol and its reply. kUnavailable when not online.
  void ask(std::string line, OnAnswer on_answer);
  // Keeps the message until its outcome is known, and tells it with on_sent(): twice when it was
  // queued first, and is stored or refused later. Answers its client id; kBusy when the outbox is
  // full. `options` are those of the request, as Outgoing has them.
  Result<std::string> send(Destination to, std::string text, std::string options = {});

  // Acknowledges nothing any more: what was told last could not be shown, and must come again.
  void stop_acknowledging() { acknowledging_ = false; }

  // Entries and gaps wait, neither shown nor acknowledged, until release(), the end of the
  // connection, or kHeldMax of them: for who first wants to learn the names of their writers.
  void hold() { holding_ = true; }
  void release();

  // What keeps it from being online, as a sentence; empty: nothing was seen yet.
  std::string obstacle() const;

  const LinkStatus& status() const { return status_; }
  bool online() const { return status_.state == LinkState::kOnline; }
  UserId user() const { return user_; }
  const Account& account() const { return account_; }
  const Transcript& transcript() const { return transcript_; }
  const Outbox& outbox() const { return outbox_; }
  const ServerAddress& server() const { return options_.server; }

 private:
  struct Asked {
    OnAnswer on_answer;
    bool logging_in = false;  // a step of ours: nobody waits for it when the connection is gone
    std::optional<Answer> answer;  // its first line has come, rows have not
  };
  using Pushed = std::variant<Entry, GapNotice>;

  void on_connected() override;
  void on_line(std::string_view line) override;
  void on_closed(std::string why, bool for_good) override;

  void forget();
  void connect();
  void greeted(Result<Answer> greeting);
  bool ungreeted() const { return status_.state == LinkState::kLoggingIn && !greeted_; }
  std::string maybe_tls() const;
  void log_in();
  void enrolled(Result<Answer> answer);
  void logged_in(Result<Answer> answer, bool by_token);
  void came_online(const ReplyOk& reply);
  void failed(Error error);
  void stop(std::optional<Error> why);
  void wait_and_retry(Error error);
  void drop_connection(const Error& why);
  void set_status(LinkStatus status);
  void request(std::string line, OnAnswer on_answer, bool logging_in = false);

  void take(ReplyOk& reply);
  void take(ReplyError& reply);
  void take(EntryPush& push);
  void take(NoticePush& push);
  void take(SignalPush& push);
  void take(ListLine& row);
  void take(UnknownLine& line);
  void answer_front(Result<Answer> answer);

  void pump();
  void sent(const std::string& client_id, Result<Answer> answer);
  bool settled(const std::string& client_id, const Result<Stored>& outcome);
  void pushed(Pushed what);
  void arrived(Entry entry);
  void arrived(const GapNotice& gap);
  void show(std::vector<Entry> entries, MessageId told = {});
  void acknowledge();
  void look_for_holes();
  void fill(const Hole& hole);
  void filled(const Hole& hole, const Result<Answer>& answer);
  void keep_alive();
  void set_timer(TimerId& timer, Millis delay, void (Link::*then)());
  void cancel_timers();

  EventLoop& loop_;
  LinkListener& listener_;
  LinkOptions options_;
  std::shared_ptr<Link*> self_;  // what outlives us asks it whether we are still here
  Wire wire_;
  Account account_;
  bool enroll_ = false;
  uint32_t enroll_attempts_ = 0;
  bool first_ = true;
  bool greeted_ = false;  // on this connection
  std::string obstacle_;  // what ended the last attempt
  LinkStatus status_;
  UserId user_;
  std::string epoch_;
  BackOff back_off_;
  BackOff hole_back_off_;
  std::deque<Asked> asked_;
  Transcript transcript_;
  Acknowledgements acknowledgements_;
  Outbox outbox_;
  std::map<std::string, Outgoing> queued_;  // by client id; the server has them, but no id yet
  std::optional<Error> closing_;            // the server said why it will close
  Millis return_within_{0};                 // and over what time its clients should come back
  Instant last_heard_;
  bool pinged_ = false;
  bool filling_ = false;
  bool leaving_ = false;  // what comes now is for the next connection to show
  bool holding_ = false;
  bool acknowledging_ = true;
  std::deque<Pushed> held_;
  TimerId deadline_;  // of connecting and logging in
  TimerId retry_;
  TimerId ack_timer_;
  TimerId hole_timer_;
  TimerId alive_timer_;
  TimerId pump_timer_;
};

}  // namespace mpim::chat
