// Who exists and who belongs where: what the writer asks for every message, kept in memory.
#pragma once

#include <string>
#include <unordered_map>

#include "server/core/ids.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

enum class AccountState : uint8_t { kAbsent, kActive, kDisabled };

// Threads  the Store's; a Store that only reads must not use it, since others write beside it.
// Limits   kRememberedMax of each kind; beyond that all are forgotten between two transactions.
class Rights {
 public:
  explicit Rights(Driver& driver) : driver_(driver) {}

  Result<AccountState> account(UserId user);               // a removed user is absent
  Result<UserId> user_named(const std::string& name_key);  // kNotFound
  Result<bool> is_member(ConversationId of, UserId user);

  // Whoever writes such a row says so here.
  void account_changed(UserId user) { accounts_.erase(user); }
  void account_removed(UserId user) {
    accounts_.erase(user);
    names_.clear();
  }
  void membership_changed(ConversationId of, UserId user) { members_.erase({of, user}); }

  void begin();
  void forget();

 private:
  static constexpr size_t kRememberedMax = 262'144;
  struct Membership {
    ConversationId conversation;
    UserId user;
    bool operator==(const Membership&) const = default;
  };
  struct Hash {
    size_t operator()(const Membership& of) const noexcept {
      return std::hash<ConversationId>{}(of.conversation) ^ (of.user.value << 20);
    }
  };

  Driver& driver_;
  std::unordered_map<UserId, AccountState> accounts_;
  std::unordered_map<std::string, UserId> names_;  // names never move to another user by themselves
  std::unordered_map<Membership, bool, Hash> members_;
};

}  // namespace mpim
