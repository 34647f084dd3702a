// "He is typing": told to whoever is there, and never stored.
#pragma once

#include <unordered_map>

#include "server/service/caller.h"
#include "server/service/fanout.h"
#include "server/store/storage.h"

namespace mpim {

struct TypingOptions {
  Millis min_interval{2'000};  // of one session in one conversation; more is dropped
  uint64_t members_max = 200;  // in larger groups nobody is told
};

// Threads  one per worker, on its loop.
// Limits   remembers what sessions told lately, at most kRememberedMax; beyond that it forgets.
class TypingService {
 public:
  TypingService(Executor& home, Storage& storage, Fanout& fanout, TypingOptions options = {})
      : home_(home), storage_(storage), fanout_(fanout), options_(options) {}

  void follow(TypingOptions options) { options_ = options; }
  // Tells the other side's devices, or the group's members who are there. Dropped, and answered all
  // the same, when it comes too early after the last, in a larger group, or before anything was
  // ever sent. What it refuses, a send to there would refuse: see PresenceRights::typing.
  void typing(const Caller& caller, SessionId session, Recipient to, Reply<bool> reply);

 private:
  static constexpr size_t kRememberedMax = 16'384;
  // A session and a place it told: as it was typed, and as the store knows it. A typed place spares
  // the question, a conversation cannot be reached by two names at once.
  struct Place {
    SessionId session;
    uint64_t kind = 0;
    uint64_t number = 0;
    bool operator==(const Place&) const = default;
  };
  struct Hash {
    size_t operator()(const Place& place) const noexcept;
  };
  static Place typed(SessionId session, const Recipient& to);
  bool too_early(const Place& place) const;
  void remember(const Place& place);
  void tell(UserId by, SessionId session, const TypingAudience& to);

  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
  TypingOptions options_;
  std::unordered_map<Place, Instant, Hash> told_;
};

}  // namespace mpim
