// A connection as its requests are answered: who it has become, and where answers go.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "server/protocol/request.h"
#include "server/protocol/response.h"
#include "server/service/rate_limit.h"
#include "server/session/session.h"

namespace mpim {

// A request's place among those of its connection.
using Ticket = uint64_t;

// Who a connection has become. Held from the first step of a log-in that must be undone when it
// ends.
struct Login {
  SessionIdentity who;
  AckMode ack = AckMode::kAuto;
  SyncMode sync = SyncMode::kAuto;
  Timestamp since;
  SessionId session_id;
  bool opened = false;         // every step succeeded
  bool away = false;           // as its client says
  Session* session = nullptr;  // none before that
};

// Threads  its worker's loop.
// Order    answers are written in the order of their requests, however they come in.
// Lifetime whoever answers later holds a weak_ptr. Once gone() nothing has an effect.
class Peer : public Outlet, public std::enable_shared_from_this<Peer> {
 public:
  virtual void answer(Ticket ticket, const Response& response) = 0;
  // Sends what is queued and closes: after QUIT, or when the other side has nothing more to ask.
  virtual void finish() = 0;
  virtual bool gone() const = 0;
  virtual const std::string& address() const = 0;  // address:port

  std::optional<Login> login;
  // What its requests, but for messages, are held against.
  TokenBucket requests{Rate{}};
};
using PeerPtr = std::shared_ptr<Peer>;

// Answers requests: each ticket exactly once, at once or later.
// Threads  the worker's loop.
class Dispatcher {
 public:
  virtual ~Dispatcher() = default;
  virtual void dispatch(Request request, const PeerPtr& peer, Ticket ticket) = 0;
  // The connection is gone: undoes its log-in.
  virtual void left(Peer& peer) = 0;
};

}  // namespace mpim
