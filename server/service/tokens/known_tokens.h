// Access tokens that the store said lately are good, for while it is away.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "server/core/clock.h"
#include "server/service/caller.h"

namespace mpim {

// A token's signature and its end are checked as ever; what is remembered is that it was not
// revoked. One that ended elsewhere, unheard here, is believed `hold` longer, and only while the
// store cannot be asked.
// Threads  any; a mutex.
// Limits   kMax tokens, each for `hold` after the store was asked; then those go that were not
//          learned for the longest. 0: none.
class KnownTokens {
 public:
  static constexpr size_t kMax = 100'000;

  explicit KnownTokens(Millis hold) : hold_(hold) {}

  // Taken before the store is asked, and given with what it answered: what ended in between is not
  // learned anew.
  struct Asked {
    uint64_t ends = 0;
    Instant at;
  };
  Asked asking(Instant now) const;
  void learn(const std::string& jti, const Caller& caller, const Asked& asked);
  std::optional<Caller> find(UserId user, const std::string& jti, Instant now) const;
  // The store said that it is not good, which says nothing of any other.
  void forget(UserId user, const std::string& jti);
  // All of the user's, or of one device of his.
  void end(UserId user, DeviceId device);
  void end_all();

 private:
  struct Known {
    DeviceId device;
    Instant until;
  };
  using Tokens = std::unordered_map<std::string, Known>;  // by jti
  // Half of the tokens at most.
  struct Generation {
    std::unordered_map<UserId, Tokens> by_user;
    size_t learned = 0;
  };

  const Millis hold_;
  mutable std::mutex mutex_;
  Generation young_;  // guarded, as the next two
  Generation old_;
  uint64_t ends_ = 0;
};

}  // namespace mpim
