// Counts failed log-ins by name and by address, and registrations by address; locks out who tries
// too often. An IPv6 address counts as its /64.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "server/core/clock.h"
#include "server/core/result.h"
#include "server/telemetry/rare_warning.h"

namespace mpim {

struct LoginGuardOptions {
  uint32_t attempts_max = 10;           // failures of a name within the window
  uint32_t address_attempts_max = 100;  // and of an address, which many users may share
  Millis window{300'000};               // from the first failure counted
  Millis lockout{60'000};
  uint32_t registrations_per_minute = 0;  // of an address; 0 is no limit
  uint32_t entries_max = 65'536;  // names and addresses remembered; the oldest is forgotten first
};

// Threads  any; a mutex guards the table.
class LoginGuard {
 public:
  explicit LoginGuard(LoginGuardOptions options) : options_(options) {}

  // What is counted already counts on, against these. Whoever is locked out stays so for as long as
  // he was told.
  void follow(const LoginGuardOptions& options);

  // kLockedOut with retry_ms while the name or the address is locked.
  Result<void> may_try(const std::string& name_key, const std::string& address, Instant now);
  // Counts a registration; kRateLimited with retry_ms when it is one too many.
  Result<void> may_register(const std::string& address, Instant now);
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
  Tally& tally_of(const std::string& key, Millis window, Instant now);
  bool count(const std::string& key, uint32_t attempts_max, Instant now);
  void forget_oldest();

  std::mutex mutex_;
  LoginGuardOptions options_;
  std::unordered_map<std::string, Tally> tallies_;
  std::list<std::string> order_;  // the keys, by when they were first counted
  RareWarning warnings_;
};

}  // namespace mpim
