// Accounts, passwords, resume tokens, devices.
#pragma once

#include <optional>
#include <string>

#include "server/core/limits.h"
#include "server/core/names.h"
#include "server/service/caller.h"
#include "server/service/fanout.h"
#include "server/service/login_guard.h"
#include "server/service/password_hasher.h"
#include "server/service/tokens/grant.h"
#include "server/service/tokens/signing_keys.h"
#include "server/store/storage.h"

namespace mpim {

// Who a connection has become.
struct LoggedIn {
  UserId user;
  DeviceId device;
  uint64_t generation = 0;
  std::string token;  // the resume token, in the clear: it is shown once and stored as a hash
  std::string epoch;  // the store's
};

// Where a log-in comes from, and which device it is to be.
struct LoginFrom {
  std::string address;  // the peer's, without port: what attempts are counted by, beside the name
  DeviceName device;
};

struct UserServiceOptions {
  bool register_open = true;
  uint32_t password_bytes_min = 8;
  uint32_t devices_max = 16;
};

// kBadRequest unless it has `bytes_min` to kPasswordBytes bytes.
Result<void> check_password_length(const std::string& password, uint32_t bytes_min);

// Threads  one per loop; called on that loop, where replies arrive too. The guard, the hasher and
//          the keys are shared by all of them.
class UserService {
 public:
  UserService(Executor& home, Storage& storage, Fanout& fanout, PasswordHasher& hasher,
              LoginGuard& guard, SigningKeys& keys, UserServiceOptions options);
  // What is asked from now on is held against these.
  void follow(UserServiceOptions options) { options_ = options; }

  // kExists (without a hash), kDenied (registration is closed), kBadRequest (password too short),
  // kRateLimited (too many from this address), kBusy (too many hashes wait).
  void enroll(UserName name, std::string password, LoginFrom from, Reply<LoggedIn> reply);
  // An unknown name takes the same time and gets the same answer as a wrong password.
  // kBadCredentials, kLockedOut (with retry_ms), kDisabled (only after the right password), kBusy.
  void log_in(UserName name, std::string password, LoginFrom from, Reply<LoggedIn> reply);
  // No password hash. With another device name than a resume token's own, that device gets a resume
  // token of its own. An access token opens its device, or another of its user's, and stays what
  // there is to show: nothing that lives longer is given for it. kBadToken, kDisabled.
  void resume(std::string token, std::optional<DeviceName> device, Reply<LoggedIn> reply);
  // Whose device holds it: an access token or a resume token. kBadToken, kDisabled.
  void who(std::string token, Reply<Caller> reply);
  // For while the store is away: of an access token that it said lately is good, and that nobody
  // was heard to revoke. Its signature and its end are checked as ever. kBadToken; kUnavailable:
  // it is not known here.
  void who_lately(const std::string& token, Reply<Caller> reply);

  // As enroll and log_in, for doors where each request shows its token: no session of the device
  // ends, and its resume token stays.
  void sign_up(UserName name, std::string password, LoginFrom from, Reply<TokenPair> reply);
  void sign_in(UserName name, std::string password, LoginFrom from, Reply<TokenPair> reply);
  // A new pair for a refresh token, which is used up by it. One that is shown again was stolen, or
  // its successor: all tokens of the device end, and its sessions. kBadToken, kDisabled.
  void refresh(std::string token, Reply<TokenPair> reply);
  // Ends all tokens and sessions of the device that holds this access or resume token. Errors as
  // who().
  void sign_out(std::string token, Reply<bool> reply);
  // LOGOUT: the device's tokens are worth nothing afterwards.
  void revoke(const Caller& caller, Reply<bool> reply);
  // Ends the sessions of the caller's other devices and revokes their resume tokens; answers a new
  // one for his. kBadCredentials: the old password is wrong; it counts like a failed log-in, and
  // may lock out (kLockedOut). kBadRequest: the new one is too short. kBusy.
  // `in_session`: he asks on his device's session, which then goes on.
  void change_password(const Caller& caller, std::string old_password, std::string new_password,
                       std::string address, bool in_session, Reply<std::string> reply);

 private:
  // A log-in with a password, while it is under way.
  struct Attempt {
    std::string name_key;
    std::string password;
    LoginFrom from;
    std::optional<Account> account;  // none: nobody has that name
  };
  void hash_new(UserName name, std::string password, DeviceName device, Reply<LoggedIn> reply);
  void create(UserName name, std::string hash, DeviceName device, Reply<LoggedIn> reply);
  void prove_password(UserName name, std::string password, LoginFrom from, Reply<Account> reply);
  void compare(Attempt attempt, Reply<Account> reply);
  // Who chooses another password, and whether he does on his device's session.
  struct Choosing {
    Caller caller;
    bool in_session = false;
  };
  void prove(Attempt attempt, const Choosing& who, std::string new_password,
             Reply<std::string> reply);
  void set_password(const Choosing& who, std::string old_hash, std::string new_hash,
                    Reply<std::string> reply);
  Result<void> judge(const Attempt& attempt, bool right);
  void open(Account compared, DeviceName device, Reply<LoggedIn> reply);
  void resume_access(std::string token, std::optional<DeviceName> device, Reply<LoggedIn> reply);
  void grant(Account compared, DeviceName device, Reply<TokenPair> reply);
  Reply<Grant> granted(Reply<TokenPair> reply);
  Reply<LoggedIn> taking_over(Reply<LoggedIn> reply);

  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
  PasswordHasher& hasher_;
  LoginGuard& guard_;
  SigningKeys& keys_;
  UserServiceOptions options_;
};

}  // namespace mpim
