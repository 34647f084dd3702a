// Which of a worker's sessions follow whose presence, and who of them may still be told.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "server/core/executor.h"
#include "server/core/signal.h"
#include "server/session/session.h"
#include "server/store/storage.h"

namespace mpim {

// Friendships end, members leave and people block each other without a word to whoever watches, so
// each change is held against the store before it is told. Questions are gathered: while one is
// under way changes wait for the next, and of one user only the last is kept.
// Threads  its worker's loop.
// Order    changes of one user are told in the order they came.
// Limits   one question of at most kPairsMax sessions at a time: whoever reads beside it waits for
//          no more than that. To watch, and to watch no more, takes the same time however many do.
// Errors   a change that cannot be checked is asked again, after kPauseMin, twice that, .. up to
//          kPauseMax; what changes meanwhile waits.
class Watches {
 public:
  static constexpr size_t kPairsMax = 256;
  static constexpr Millis kPauseMin{100};
  static constexpr Millis kPauseMax{12'800};
  // `tell` gets a session and what it may know; `user_of` answers whose it is, none when it ended.
  using Tell = UniqueFunction<void(SessionId, const PresenceSignal&)>;
  using UserOf = UniqueFunction<UserId(SessionId)>;

  Watches(Executor& home, Storage& storage, UserOf user_of, Tell tell)
      : home_(home), storage_(storage), user_of_(std::move(user_of)), tell_(std::move(tell)) {}

  // Answers how many the session watches then; more than `watched_max` are not taken.
  size_t add(SessionId session, std::span<const UserId> users, size_t watched_max);
  void remove(SessionId session, std::span<const UserId> users);
  void remove_all(SessionId session);
  size_t count(SessionId session) const;
  bool has(SessionId session, UserId user) const;

  void on(const PresenceSignal& changed);

 private:
  struct Pair {
    SessionId session;
    Watching who;
  };
  struct Question {
    std::map<UserId, PresenceSignal> changed;
    std::vector<Pair> pairs;
    size_t asked = 0;  // so many of them
  };

  void next();
  void ask();
  void ask_again_later();
  void answered(std::span<const Pair> pairs, const std::vector<bool>& may);
  void unlist(SessionId session, UserId user);

  Executor& home_;
  Storage& storage_;
  UserOf user_of_;
  Tell tell_;
  std::unordered_map<SessionId, std::unordered_set<UserId>> watched_;
  std::unordered_map<UserId, std::unordered_set<SessionId>> watchers_;
  std::map<UserId, PresenceSignal> waiting_;
  Question question_;
  bool asking_ = false;  // or about to
  Millis pause_ = kPauseMin;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace mpim
