// Counts failed log-ins by name and by address, and locks out who tries too often.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim {

struct LoginGuardOptions {
  uint32_t attempts_max = 10;  // failures within the window, by name and by address each
  Millis window{300'000};      // from the first failure counted
  Millis lockout{60'000};
  uint32_t entries_max = 65'536;  // names and addresses remembered; the oldest is forgotten first
};

// Threads  any; a mutex guards the table.
class LoginGuard {
 public:
  explicit LoginGuard(LoginGuardOptions options) : options_(options) {}

  // kLockedOut with retry_ms while the name or the address is locked.
  Result<void> may_try(const std::string& name_key, const std::string& address, Instant now);
  void failed(const std::string& name_key, const std::string& address, Instant now);
  // Forgets the name's failures. The address keeps its own: one good account must not buy an
  // attacker more guesses at the others.
  void succeeded(const std::string& name_key);

 private:
  struct Tally {
    uint32_t failures = 0;
    Instant since;
    Instant locked_until;
    std::list<std::string>::iterator place;  // in order_
  };
  Result<void> check(const std::string& key, Instant now) const;
  void count(const std::string& key, Instant now);
  void forget_oldest();

  const LoginGuardOptions options_;
  std::mutex mutex_;
  std::unordered_map<std::string, Tally> tallies_;
  std::list<std::string> order_;  // the keys, by when they were first counted
};

}  // namespace mpim
