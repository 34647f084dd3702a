// From a request to a service's call, and from its result to the answer.
#pragma once

#include <optional>

#include "server/gateway/peer.h"
#include "server/gateway/worker_services.h"

namespace mpim {

// One function for each kind of request. Knows no bytes and no sockets; decides nothing that a
// service decides.
// Threads  its worker's loop.
// Order    what a device's own request put into a log is told to its session before the answer is
//          queued, so that it is not pushed as well.
//          Who asks without a session (a call over HTTP) has none to tell: such a peer asks
//          nothing of a session (PULL, ACK, WATCH, AWAY).
// Errors   a service's error is the answer. A log-in that fails at any step leaves nothing behind;
//          nor does one whose connection ends before it is answered.
class Dispatch final : public Dispatcher {
 public:
  explicit Dispatch(const WorkerServices& services) : services_(services) {}

  void dispatch(Request request, const PeerPtr& peer, Ticket ticket) override;
  void left(Peer& peer) override;

 private:
  struct Asked {
    const PeerPtr& peer;
    Ticket ticket;
  };

  // A Reply that answers the ticket with `shape(value, peer)`, or with the error, if the connection
  // is still there.
  template <class T, class Shape>
  Reply<T> answer_with(const Asked& asked, Shape shape);
  // The same for what makes an entry of a log, as on_sending() of Session wants it: `made(value)`
  // is the entry, none if there is none.
  template <class T, class Made, class Shape>
  Reply<T> answer_with_own(const Asked& asked, Made made, Shape shape);
  static Caller caller_of(const Peer& peer);
  // Whether the caller has a session; if not, he is told so.
  bool has_session(const Asked& asked);
  // Whether the caller may make one more entry of a log now; if not, he is told so.
  bool may_change(const Asked& asked);
  // Answered with the entry's id.
  Reply<Committed> own_entry_reply(const Asked& asked);

  // Logging in (dispatch_login.cc)
  void run(RegisterRequest request, const Asked& asked);
  void run(LoginRequest request, const Asked& asked);
  void run(AuthRequest request, const Asked& asked);
  Reply<LoggedIn> login_reply(const Asked& asked, const SessionChoice& choice);
  void open_session(const PeerPtr& peer, Ticket ticket, const SessionChoice& choice, LoggedIn who);
  void open_bound(const PeerPtr& peer, Ticket ticket, std::optional<uint64_t> since, LoggedIn who);
  void opened(const PeerPtr& peer, Ticket ticket, LoggedIn who, Result<InboxCounts> counts);
  void run(QuitRequest request, const Asked& asked);
  void run(LogoutRequest request, const Asked& asked);

  // Messages
  void run(SendRequest request, const Asked& asked);
  void run(PullRequest request, const Asked& asked);
  void run(AckRequest request, const Asked& asked);
  void run(InboxRequest request, const Asked& asked);
  void run(ConfirmRequest request, const Asked& asked);
  void run(ReadRequest request, const Asked& asked);
  void run(UnreadRequest request, const Asked& asked);

  // What was said (dispatch_history.cc)
  void run(EditRequest request, const Asked& asked);
  void run(RecallRequest request, const Asked& asked);
  void run(HideRequest request, const Asked& asked);
  void run(HistoryRequest request, const Asked& asked);
  void run(ConversationsRequest request, const Asked& asked);
  void run(ReceiptsRequest request, const Asked& asked);
  void run(SearchRequest request, const Asked& asked);

  // Groups
  void run(CreateGroupRequest request, const Asked& asked);
  void run(JoinGroupRequest request, const Asked& asked);
  void run(LeaveGroupRequest request, const Asked& asked);
  void run(GroupsRequest request, const Asked& asked);
  void run(MembersRequest request, const Asked& asked);

  // Who is there
  void run(PresenceRequest request, const Asked& asked);
  void run(WatchRequest request, const Asked& asked);
  void run(UnwatchRequest request, const Asked& asked);
  void run(AwayRequest request, const Asked& asked);
  void run(TypingRequest request, const Asked& asked);
  // People
  void run(ProfileRequest request, const Asked& asked);
  void run(SetProfileRequest request, const Asked& asked);
  void run(AddFriendRequest request, const Asked& asked);
  void run(AcceptRequest request, const Asked& asked);
  void run(RejectRequest request, const Asked& asked);
  void run(RemoveFriendRequest request, const Asked& asked);
  void run(FriendsRequest request, const Asked& asked);
  void run(BlockRequest request, const Asked& asked);
  void run(UnblockRequest request, const Asked& asked);
  void run(BlocksRequest request, const Asked& asked);
  void run(PasswordRequest request, const Asked& asked);
  void run(DevicesRequest request, const Asked& asked);
  void run(RevokeRequest request, const Asked& asked);
  Reply<Settled> friend_reply(const Asked& asked);
  // What admins change, requests to join, invitations (dispatch_group_changes.cc)
  void run(GroupLookRequest request, const Asked& asked);
  void run(GroupChangeRequest request, const Asked& asked);
  void run(JoinRequestsRequest request, const Asked& asked);
  void run(RefuseRequest request, const Asked& asked);
  void run(InviteRequest request, const Asked& asked);
  void run(InvitesRequest request, const Asked& asked);
  void run(DeclineRequest request, const Asked& asked);

  void run(PingRequest request, const Asked& asked);
  void run(HelpRequest request, const Asked& asked);

  WorkerServices services_;
};

template <class T, class Shape>
Reply<T> Dispatch::answer_with(const Asked& asked, Shape shape) {
  return Reply<T>(services_.loop, [to = std::weak_ptr<Peer>(asked.peer), ticket = asked.ticket,
                                   shape = std::move(shape)](Result<T> result) mutable {
    const PeerPtr peer = to.lock();
    if (peer == nullptr || peer->gone()) return;
    if (!result.ok()) return peer->answer(ticket, result.error());
    peer->answer(ticket, shape(std::move(result).value(), *peer));
  });
}

template <class T, class Made, class Shape>
Reply<T> Dispatch::answer_with_own(const Asked& asked, Made made, Shape shape) {
  if (Session* const session = asked.peer->login->session) session->on_sending();
  return Reply<T>(
      services_.loop, [to = std::weak_ptr<Peer>(asked.peer), ticket = asked.ticket,
                       made = std::move(made), shape = std::move(shape)](Result<T> result) mutable {
        const PeerPtr peer = to.lock();
        if (peer == nullptr || peer->gone()) return;
        if (Session* const session = peer->login->session) {
          const std::optional<MessageId> entry = result.ok() ? made(result.value()) : std::nullopt;
          if (entry) session->on_own({*entry});
          session->on_sent();
        }
        if (!result.ok()) return peer->answer(ticket, result.error());
        peer->answer(ticket, shape(std::move(result).value()));
      });
}

}  // namespace mpim
