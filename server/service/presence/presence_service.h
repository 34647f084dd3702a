// Who is connected, where, and what others are told about it.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "server/core/limits.h"
#include "server/directory/directory.h"
#include "server/service/caller.h"
#include "server/service/fanout.h"
#include "server/service/presence/presence_board.h"
#include "server/store/storage.h"

namespace mpim {

// A user who may be seen, and whether he has a session on another node.
struct Sighting {
  LastSeen last;
  bool elsewhere = false;
};

// Binds and clears routes, counts sessions on the board, and publishes what is news.
// Threads  one per worker, on its loop; the board is the node's.
// Order    arrived(), and once that is known the session's inbox is read; came() when it is open,
//          left() when its connection is gone.
// Limits   `watched_max` users in one question, which is asked of the store kUsersARead by
//          kUsersARead: others read in between. Last-seen times of a turn of the loop are stored
//          together, behind its answers.
class PresenceService {
 public:
  static constexpr size_t kUsersARead = 100;

  PresenceService(Executor& home, Storage& storage, Directory& directory, Fanout& fanout,
                  PresenceBoard& board, size_t watched_max = kWatched.standard)
      : home_(home),
        storage_(storage),
        directory_(directory),
        fanout_(fanout),
        board_(board),
        watched_max_(watched_max) {}
  ~PresenceService();
  PresenceService(const PresenceService&) = delete;
  PresenceService& operator=(const PresenceService&) = delete;

  // `known` runs when other nodes find the user here, or cannot be told: before the call returns,
  // or later on this loop.
  void arrived(UserId user, Task known) {
    directory_.bind(user, home_.clock().wall());
    directory_.when_bound(home_, std::move(known));
  }
  void came(UserId user);
  // A session that had arrived is gone; `came` says whether it had come, `away` how it was.
  void left(const Caller& who, bool came, bool away);
  void set_away(UserId user, bool away);

  size_t watched_max() const { return watched_max_; }
  // Of `users` those whom the caller may see, and how they are; without any, his friends.
  // Ascending, each once. Whom he may not see is left out. kLimit: more than watched_max().
  void ask(const Caller& caller, std::vector<UserId> users,
           Reply<std::vector<PresenceSignal>> reply);
  // How they are now, ascending. Of who is on another node alone it is known that he is there, and
  // not whether he is away.
  std::vector<PresenceSignal> states(const std::vector<Sighting>& users) const;
  // Asks the other nodes, as far as the directory knows, for those who are not here.
  void look_elsewhere(std::vector<LastSeen> users, Reply<std::vector<Sighting>> reply);
  // Whom the caller may see of these, or of his friends. As ask(), but the answer is when they were
  // last seen: look_elsewhere() and states() make it right at the moment that it is used.
  void visible(const Caller& caller, std::vector<UserId> users, Reply<std::vector<LastSeen>> reply);

  // `done` runs when the last-seen times are durable, or cannot be (for shutdown).
  void flush(Task done = {});

 private:
  // A question that is answered part by part.
  struct Looking {
    UserId asker;
    std::vector<UserId> users;
    size_t asked = 0;
    std::vector<LastSeen> found = {};
  };
  void look_on(std::shared_ptr<Looking> at, Reply<std::vector<LastSeen>> reply);

  Moment now() const { return {home_.clock().wall(), home_.clock().steady()}; }
  bool is_here(UserId user) const;
  bool is_elsewhere(UserId user, std::span<const NodeId> nodes) const;
  void tell(const PresenceBoard::News& news);
  void tell_all(const PresenceSignal& signal);
  void look_again_at(std::optional<Instant> when);
  void look();

  Executor& home_;
  Storage& storage_;
  Directory& directory_;
  Fanout& fanout_;
  PresenceBoard& board_;
  const size_t watched_max_;
  std::vector<SeenDevice> seen_;  // not yet given to the store
  std::optional<Instant> looking_at_;
  TimerId timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace mpim
