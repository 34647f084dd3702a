// Asks other nodes over the bus which sessions of a user's they have, and answers those who ask.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "server/bus/bus.h"
#include "server/core/live_session.h"
#include "server/core/reply.h"
#include "server/service/live_sessions.h"

namespace mpim {

// Threads  receive() from any; ask() on `home`.
// Limits   an answer is waited for `patience`.
// Errors   kUnavailable: no answer came. The node is away or of an older version, or Redis is.
// Lifetime outlived by `home` and by what it was given.
class SessionInquiry {
 public:
  SessionInquiry(Executor& home, Bus& bus, LiveSessions& here, NodeId self, Millis patience)
      : home_(home), bus_(bus), here_(here), self_(std::move(self)), patience_(patience) {}

  void ask(const NodeId& node, UserId user, Reply<std::vector<LiveSession>> reply);
  // Picks what concerns it out of what came over the bus.
  void receive(std::span<const EnvelopePtr> envelopes);

 private:
  struct Waiting {
    Reply<std::vector<LiveSession>> reply;
    TimerId late;
  };

  void answer(const SessionsAsked& asked);
  void take(const SessionsTold& told);
  void give_up(uint64_t ticket, const NodeId& node);

  Executor& home_;
  Bus& bus_;
  LiveSessions& here_;
  const NodeId self_;
  const Millis patience_;
  uint64_t tickets_ = 0;
  std::map<uint64_t, Waiting> waiting_;
};

}  // namespace mpim
