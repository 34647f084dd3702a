// Who exists, belongs where, may write to whom: in memory, as it is asked for every message.
#pragma once

#include <string>
#include <unordered_map>

#include "server/core/conversation.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

enum class AccountState : uint8_t { kAbsent, kActive, kDisabled };

// What is asked of an account for every message.
struct AccountRights {
  AccountState state = AccountState::kAbsent;
  bool friends_only = false;  // only friends may write to him
  bool blocks = false;        // he has blocked somebody
};

// How one user stands to another.
struct Relation {
  bool blocks = false;   // he blocked the other
  bool blocked = false;  // the other blocked him
  bool friends = false;
};

// Somebody's place in a group, as his last membership has it.
struct GroupPlace {
  bool member = false;
  Role role = Role::kMember;
  Timestamp muted_until;
  Seq left;  // the entry that ended it; 0: he never was a member, or is one
};

// Where many write, what is remembered is as good as `writers.rights_version` says: each change
// raises it, and who finds it raised forgets.
// Threads  the Store's; a Store that only reads must not use it, since others write beside it.
// Limits   kRememberedMax of each kind; beyond that all are forgotten between two transactions.
class Rights {
 public:
  explicit Rights(Driver& driver) : driver_(driver) {}

  Result<AccountState> account(UserId user);  // a removed user is absent
  Result<AccountRights> account_rights(UserId user);
  Result<Relation> relation(UserId user, UserId other);
  // Whether anything stands between two who exist: kBlocked, kDenied. Of people who block nobody
  // and listen to everybody it looks at no more than these two accounts.
  Result<void> may_write(UserId from, const AccountRights& sender, UserId to,
                         const AccountRights& receiver);
  Result<UserId> user_named(const std::string& name_key);  // kNotFound
  Result<GroupPlace> place(ConversationId of, UserId user);
  Result<bool> is_member(ConversationId of, UserId user);

  // Whoever writes such a row says so here.
  void account_changed(UserId user) {
    changed_ = true;
    accounts_.erase(user);
  }
  void account_removed(UserId user) {
    changed_ = true;
    accounts_.erase(user);
    names_.clear();
  }
  void relation_changed(UserId one, UserId other) {
    changed_ = true;
    relations_.erase({one, other});
    relations_.erase({other, one});
  }
  void membership_changed(ConversationId of, UserId user) {
    changed_ = true;
    members_.erase({of, user});
  }
  void all_memberships_changed() {
    changed_ = true;
    members_.clear();
  }

  // Where many write: before anything else is asked here in a transaction. `alone`: nobody else
  // changes rights before it ends.
  Result<void> catch_up(bool alone);
  // Where many write: before the commit, tells the others what was changed.
  Result<void> tell();

  void begin();
  void forget();

 private:
  static constexpr size_t kRememberedMax = 262'144;
  struct Membership {
    ConversationId conversation;
    UserId user;
    bool operator==(const Membership&) const = default;
  };
  struct Pair {
    UserId user;
    UserId other;
    bool operator==(const Pair&) const = default;
  };
  struct Hash {
    size_t operator()(const Membership& of) const noexcept {
      return std::hash<ConversationId>{}(of.conversation) ^ (of.user.value << 20);
    }
    size_t operator()(const Pair& of) const noexcept {
      return std::hash<UserId>{}(of.user) ^ (of.other.value << 20);
    }
  };

  Driver& driver_;
  uint64_t version_ = 0;  // of what is remembered
  bool changed_ = false;  // by this transaction
  std::unordered_map<UserId, AccountRights> accounts_;
  std::unordered_map<std::string, UserId> names_;  // names never move to another user by themselves
  std::unordered_map<Membership, GroupPlace, Hash> members_;
  std::unordered_map<Pair, Relation, Hash> relations_;
};

}  // namespace mpim
