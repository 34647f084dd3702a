// One logged-in device: a reader of its user's conversations.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "server/core/ack.h"
#include "server/core/cursor.h"
#include "server/core/executor.h"
#include "server/core/people.h"
#include "server/core/result.h"
#include "server/core/session_mode.h"
#include "server/session/catch_up.h"
#include "server/session/in_flight.h"
#include "server/session/outlet.h"
#include "server/session/reading.h"
#include "server/session/redelivery.h"

namespace mpim {

struct SessionIdentity {
  UserId user;
  DeviceId device;
  uint64_t generation = 0;
};

struct SessionLimits {
  uint32_t in_flight_max = 1'000;  // entries pushed and not acknowledged
  uint32_t window_max = 1'000;     // newest entries per conversation pushed by themselves
  uint32_t page_entries = 256;     // read from the log at once
  uint32_t page_bytes = 65'536;
  RedeliveryOptions redelivery;
};

struct PullOutcome {
  bool level = false;
  uint32_t count = 0;
};

// For a log-in's answer: counts, which above kCountedMax mean "more", and what changed outside the
// log since the version that was asked for.
struct InboxCounts {
  uint32_t pending = 0;
  uint32_t unread = 0;
  PrivateChanges own = {};
};

// What sessions tell their hub, gathered until it looks: whose cursors moved, who has pushes under
// way. Each session is in each list at most once.
struct SessionNews {
  std::vector<SessionId> moved;
  std::vector<SessionId> in_flight;
};

// Pushes what its user may see, each entry in order, and learns from acknowledgements how far the
// device is. Live entries go out at once while the session is level with a conversation; otherwise
// it is behind there and reads the log (CatchUp) until it is level again.
// Threads  its worker's loop.
// Limits   SessionLimits. A slow reader costs no memory: while the outlet is congested nothing is
//          pushed.
// Lifetime made and destroyed by the Hub; reads under way hold a weak reference.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using PullDone = UniqueFunction<void(Result<PullOutcome>)>;
  // Everything up to and with this one is to count as read.
  using MarkRead = std::function<void(const SeenEntry&)>;

  Session(SessionId id, SessionIdentity who, AckMode ack, SyncMode sync, Executor& home,
          Storage& storage, Outlet& outlet, const SessionLimits& limits, SessionNews& news);

  SessionId id() const { return id_; }
  const SessionIdentity& who() const { return who_; }
  uint32_t in_flight() const { return static_cast<uint32_t>(flight_.size()); }
  bool behind() const;  // owes entries in some conversation

  // Everything up to and with `through` in its conversation has arrived. kBadRequest, and nothing
  // moves, when this session was not given that entry; kNotFound for a conversation it was given
  // nothing of.
  Result<void> ack(MessageId through);
  Result<void> may_ack(MessageId through) const;  // what ack() would answer; nothing moves
  void ack_all();
  // When that entry was committed, as far as this session was given it and still knows; else 0.
  Timestamp given_at(MessageId entry) const;
  // Pushes up to `count_max` entries of what the session owes, or of one conversation from a given
  // place, then answers. One at a time: kBusy while another is under way. With `mark` what it gives
  // of what is owed is marked as read once it is acknowledged.
  void pull(uint32_t count_max, std::optional<CursorMove> from, PullDone done, MarkRead mark = {});
  // The +OK of an entry this device made is that entry's push and acknowledgement.
  void on_own(const SeenEntry& made);
  // A send of this device is on its way to the store, and was answered, whatever with, after
  // on_own(). In between a read of the log stops at what this device made: that may be it.
  void on_sending() { ++sending_; }
  void on_sent();

  // The connection's news.
  void on_bytes_left(uint64_t total);      // so many bytes have left the output buffer
  void on_bytes_received(uint64_t total);  // so many were acknowledged by the peer's TCP (ack=auto)
  void on_writable();                      // the outlet is no longer congested

  // The hub's news.
  void on_inbox(const Inbox& inbox);  // where the device stands; nothing is pushed before begin()
  void begin(const std::vector<BacklogPage>& first_pages);
  void on_entry(LiveEntry& live);
  void on_head(ConversationId conversation, Seq head);  // may be wrong: the log has the last word
  void on_rewound(ConversationId conversation);         // forget it, ask the store again
  void on_confirmed(MessageId through);                 // acknowledged beside it, and stored
  void on_tick();  // every RedeliveryOptions::tick while something is in flight
  // A change that is told before begin() waits for it: the log-in's answer may not have it yet. Of
  // more than kEarlySignals the newest are lost; their versions show it.
  static constexpr size_t kEarlySignals = 256;
  void signal(const Signal& signal);
  void end(const Error& why);  // closes the outlet; nothing is pushed any more
  bool ended() const { return ended_; }
  std::vector<CursorMove> take_moves();  // what moved since it was last asked
  // What this device made and nobody has counted as received yet, ascending: whether something
  // before it is owed, only the store knows.
  std::vector<SeenEntry> unsettled_own() const;
  // Moves that were taken could not be stored: they are told again.
  void moves_lost(const std::vector<CursorMove>& moves);

 private:
  struct Pull {
    uint32_t remaining = 0;
    uint32_t count = 0;
    PullDone done;
    bool from_place = false;  // reads by itself, beside what is owed
    bool reads = false;       // what it gives is to be marked
  };

  // What a read of the log was asked with: its page is held against it.
  struct Asked {
    ConversationId conversation;
    Seq heard;
    uint32_t rewinds = 0;
  };

  bool may_push() const;
  bool may_read(ConversationId conversation);
  void owe(ConversationId conversation, Reading& reading);
  void pump();
  void ask();
  void on_answer(const std::vector<Asked>& asked, Result<LogAnswer> answer);
  void on_no_answer(const std::vector<Asked>& asked);
  void on_page(const Asked& asked, const BacklogPage& read);
  void on_absent(const Asked& asked);
  void give_page(ConversationId conversation, Reading& reading, const Page& page, Seq heard_before);
  void skip_to_window(ConversationId conversation, Reading& reading);
  void skip_expired(ConversationId conversation, Reading& reading);
  void skip(ConversationId conversation, Reading& reading, Seq to, std::string_view why);
  void fall_back(ConversationId conversation, Reading& reading, Seq head);
  void push(Reading& reading, LiveEntry& live);
  void acknowledged(ConversationId conversation, Reading& reading, Seq through, Timestamp at);
  void mark_moved();
  void progress();
  void push_again();
  void forget_flight(ConversationId conversation, Seq above = {});
  void mark_read();
  void count_passed(ConversationId conversation, Reading& reading);
  bool may_be_on_its_way(const Entry& entry, Reading& reading);
  void settle_pull();
  void give_from(const CursorMove& from, Result<LogAnswer> answer);

  const SessionId id_;
  const SessionIdentity who_;
  const AckMode ack_;
  const SyncMode sync_;
  Executor& home_;
  Storage& storage_;
  Outlet& outlet_;
  const SessionLimits& limits_;
  SessionNews& news_;

  std::unordered_map<ConversationId, Reading> readings_;
  InFlight flight_;
  CatchUp catch_up_;
  Redelivery redelivery_;
  std::optional<Pull> pull_;
  MarkRead mark_;
  std::vector<SeenEntry> to_mark_;       // given by a PULL that marks, not acknowledged yet
  uint64_t sending_ = 0;                 // sends that were begun,
  uint64_t sent_ = 0;                    // and of them, how many were answered
  std::vector<ConversationId> stopped_;  // reads of the log, until those are
  uint64_t bytes_left_ = 0;
  uint64_t timed_bytes_ = 0;  // had left when the redelivery clock began
  std::vector<Signal> early_;
  bool begun_ = false;
  bool ended_ = false;
  bool reading_now_ = false;
  bool told_moved_ = false;
  bool told_in_flight_ = false;
};

}  // namespace mpim
