// One worker's sessions: an envelope comes in, offers to the sessions it concerns go out.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "server/core/ack.h"
#include "server/core/envelope.h"
#include "server/core/executor.h"
#include "server/core/history.h"
#include "server/session/session.h"
#include "server/session/watches.h"
#include "server/store/storage.h"

namespace mpim {

// Threads  one per worker, on its loop; receive() is posted there by whoever has an envelope.
// Order    a session is registered before its inbox is read: what is committed in between is heard
//          of.
class Hub {
 public:
  using Opened = UniqueFunction<void(Result<InboxCounts>)>;

  // `first` and `step` tell this worker's session ids from the others': first, first + step, ...
  Hub(Executor& home, Storage& storage, SessionLimits limits, Millis cursor_flush, uint64_t first,
      uint64_t step);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Registers a session and reads its inbox; `opened` tells the counts, and pushing begins when it
  // has returned: a log-in's answer goes out before the first push. An error means there is no
  // session. `outlet` must live until close(). `since`: what changed outside the log after this
  // version of the user's is read as well, at most kChangesMax of it.
  static constexpr uint32_t kChangesMax = 10'000;
  SessionId open(const SessionIdentity& who, AckMode ack, SyncMode sync, Outlet& outlet,
                 Opened opened, std::optional<uint64_t> since = {});
  // Writes one session's cursors at once: the device's next log-in finds them, if it comes after.
  void settle(SessionId session);
  // Ends a session, and settles it; `outlet` and `opened` are not used again.
  void close(SessionId session);
  Session* find(SessionId session);

  void receive(const Envelope& envelope);
  // The same for several, in their order; a session is told of messages that follow one another in
  // its group in one go.
  void receive(std::span<const EnvelopePtr> envelopes);
  // `send` lets everything leave that outlets have queued. It is called while a group of at least
  // `sessions_min` is told of messages, before every kSentTogether of them, so that what they are
  // sent is still in the caches; once in a turn of the loop, so that what comes later in it still
  // leaves in one write. It may close sessions and start what they ask, but calls neither
  // receive() nor anything that destroys this.
  static constexpr size_t kSentTogether = 64;
  void send_with(Task send, size_t sessions_min = 4'096);

  // Which sessions are told when somebody comes, goes away or leaves. An ended session watches
  // nobody.
  Watches& watches() { return watches_; }

  // `tell` is given what stored cursors mean to those whose messages they passed.
  using TellReceipts = UniqueFunction<void(std::span<const ReceiptTold>)>;
  void tell_receipts_with(TellReceipts tell) { tell_receipts_ = std::move(tell); }

  // `keep` is given what the store does not take while it is away, and answers whether it is kept
  // until it does. What is not kept is told to the store again as long as its session lives.
  using KeepAcks = UniqueFunction<void(std::vector<Ack>, Reply<bool>)>;
  static constexpr size_t kKeptTogether = 64;
  void keep_acks_with(KeepAcks keep) { keep_acks_ = std::move(keep); }

  // Writes the cursors that moved; by itself every `cursor_flush`, and at once on close().
  // `done` runs when they are durable or kept, or cannot be (for shutdown).
  void flush_cursors(Task done = {});

  std::vector<const Session*> sessions() const;
  size_t size() const { return sessions_.size(); }

 private:
  // A session, and the groups it listens to.
  struct Held {
    std::shared_ptr<Session> session;
    std::vector<ConversationId> groups;
    Opened opened;
    bool loading = true;
  };
  // Who on this worker hears of a group. Kept while nobody listens, so that a sweep does not ask
  // again: at most about kGroupsRemembered. A list that may be behind is put right before anything
  // is pushed.
  static constexpr size_t kGroupsRemembered = 65'536;
  struct Listeners {
    uint64_t members_version = 0;  // when the list was last right; 0: nobody has looked
    std::vector<SessionId> sessions;
    bool asking = false;  // the store is being asked who belongs
    bool joined_while_asking = false;
    uint64_t wanted = 0;  // told of while asking: an older answer is asked for once more
    Seq offered;          // up to here everybody was told in turn
    Seq heard;            // the head that everybody is told once the answer has come
  };
  struct Place {
    UserId user;
    bool still = false;  // belongs now
    Seq end;             // who left: the last he may see
  };
  struct Membership {
    uint64_t version = 0;
    std::vector<Place> places;  // ascending by user
  };
  struct DeviceMoves {
    SessionId session;
    DeviceAck ack;
  };

  // What became of cursors that were written: what it means to senders, and whose write was
  // refused because his device logged in again.
  struct MovesStored {
    std::vector<ReceiptTold> told;
    std::vector<SessionId> replaced;
  };

  void on(const EntryCommitted& committed);
  void on(const HeadMoved& moved);
  void on(const DeviceReplaced& replaced);
  void on(const SessionsEnded& ended);
  void on(const CursorsRewound& rewound);
  void on(const CursorConfirmed& confirmed);
  void on(const UserTold& told);
  void on(const GroupTold& told);
  void on(const PresenceChanged& changed);
  void on(const TokensEnded&) {}  // the node's own, as the next two: no session is concerned
  void on(const SessionsAsked&) {}
  void on(const SessionsTold&) {}

  // What a log-in reads.
  struct Arrival {
    Inbox inbox;
    PrivateChanges own;
  };
  FirstPages first_pages(SyncMode sync) const;
  void on_arrival(SessionId id, Result<Arrival> arrival);
  void note_while_loading(ConversationId group, Seq head);
  bool offer_run(std::span<const EnvelopePtr> run);
  bool may_send_in_parts(size_t sessions);
  void offer(SessionId id, LiveEntry& live);
  void offer_to_user(UserId user, LiveEntry& live);
  void listen(Held& held, ConversationId group);
  void unlisten(Held& held, ConversationId group);
  void let_go(Held& held, const Entry& last);
  void refresh(const Audience& audience, Seq head);
  void ask_members(ConversationId conversation, GroupId group);
  void read_inbox_again(SessionId id);
  void on_members(ConversationId conversation, GroupId group, const Membership& membership);
  static Result<Place> place_of(Store& store, ConversationId conversation,
                                const RecentMember& member);
  static Result<Membership> membership_among(Store& store, const Audience& group, Seq since,
                                             const std::vector<UserId>& users);
  static DeviceMoves moves_of(Session& session);
  void store_moves(std::vector<DeviceMoves> moved, Task done);
  void on_stored(const MovesStored& stored);
  void lose_unknown(std::vector<DeviceMoves>& rows);
  void lose_moves(const std::vector<DeviceMoves>& rows);
  static Error replaced_elsewhere();
  void settle(Session& session);
  void keep_moves(std::vector<DeviceMoves> rows, Task done);
  void tick();
  template <class Visit>
  void each_of(UserId user, Visit visit);

  Executor& home_;
  Storage& storage_;
  const SessionLimits limits_;
  const Millis cursor_flush_;
  uint64_t next_id_;
  const uint64_t step_;
  std::unordered_map<SessionId, Held> sessions_;
  std::unordered_map<UserId, std::vector<SessionId>> by_user_;
  std::unordered_map<ConversationId, Listeners> by_group_;
  Watches watches_;
  // Group heads heard of while some session's inbox was being read: it may have missed them.
  std::unordered_map<ConversationId, Seq> heard_while_loading_;
  size_t loading_ = 0;
  SessionNews news_;
  Task send_;
  TellReceipts tell_receipts_;
  KeepAcks keep_acks_;
  size_t send_sessions_min_ = 0;
  bool sent_in_this_turn_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Instant flushed_at_;
  TimerId tick_timer_;
};

}  // namespace mpim
