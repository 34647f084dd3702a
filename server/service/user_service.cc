#include "server/service/user_service.h"

#include "server/service/resume_token.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

struct Opened {
  Device device;
  std::string epoch;
};

Result<Opened> open_in(Store& store, UserId user, const DeviceName& name,
                       const std::optional<TokenHash>& token, uint32_t devices_max, Timestamp now) {
  MPIM_TRY(Device device, store.accounts().open_device(user, name, token, devices_max, now));
  MPIM_TRY(std::string epoch, store.epoch());
  return Opened{std::move(device), std::move(epoch)};
}

Error bad_credentials() { return {Code::kBadCredentials, "the name or the password is wrong"}; }
Error disabled() { return {Code::kDisabled, "this account is disabled: ask the operator"}; }
Error bad_token() {
  return {Code::kBadToken, "this resume token is not valid: log in with name and password"};
}

}  // namespace

Result<void> check_password_length(const std::string& password, uint32_t bytes_min) {
  if (password.size() >= bytes_min && password.size() <= kPasswordBytes.standard) return {};
  return Error{Code::kBadRequest, "a password has " + std::to_string(bytes_min) + " to " +
                                      std::to_string(kPasswordBytes.standard) +
                                      " bytes, this one has " + std::to_string(password.size())};
}

UserService::UserService(Executor& home, Storage& storage, Fanout& fanout, PasswordHasher& hasher,
                         LoginGuard& guard, SigningKeys& keys, UserServiceOptions options)
    : home_(home),
      storage_(storage),
      fanout_(fanout),
      hasher_(hasher),
      guard_(guard),
      keys_(keys),
      options_(options) {}

void UserService::enroll(UserName name, std::string password, LoginFrom from,
                         Reply<LoggedIn> reply) {
  if (!options_.register_open)
    return reply(
        Error{Code::kDenied, "registration is closed here: ask the operator for an account"});
  const Result<void> length = check_password_length(password, options_.password_bytes_min);
  if (!length.ok()) return reply(length.error());
  const Result<void> allowed = guard_.may_register(from.address, home_.clock().steady());
  if (!allowed.ok()) return reply(allowed.error());
  auto job = [name](Store& store) -> Result<bool> {
    const Result<Account> found = store.accounts().find(name.key);
    if (found.ok())
      return Error{Code::kExists, "the name " + name.shown + " is taken: choose another"};
    if (found.error().code != Code::kNotFound) return found.error();
    return true;
  };
  auto looked_up = [this, name = std::move(name), password = std::move(password),
                    device = std::move(from.device),
                    reply = std::move(reply)](Result<bool> free) mutable {
    if (!free.ok()) return reply(free.error());
    hash_new(std::move(name), std::move(password), std::move(device), std::move(reply));
  };
  storage_.read(std::move(job), Reply<bool>(home_, std::move(looked_up)));
}

void UserService::hash_new(UserName name, std::string password, DeviceName device,
                           Reply<LoggedIn> reply) {
  auto hashed = [this, name = std::move(name), device = std::move(device),
                 reply = std::move(reply)](Result<std::string> hash) mutable {
    if (!hash.ok()) return reply(hash.error());
    create(std::move(name), std::move(*hash), std::move(device), std::move(reply));
  };
  hasher_.hash(std::move(password), Reply<std::string>(home_, std::move(hashed)));
}

// The account and its first device in one transaction: a name is never taken by nobody.
void UserService::create(UserName name, std::string hash, DeviceName device,
                         Reply<LoggedIn> reply) {
  auto job = [name = std::move(name), hash = std::move(hash), device = std::move(device),
              devices_max = options_.devices_max, now = home_.clock().wall(),
              token = new_resume_token()](Store& store) -> Result<LoggedIn> {
    MPIM_TRY(const UserId user, store.accounts().create(name, hash, now));
    MPIM_TRY(Opened opened, open_in(store, user, device, hash_of_token(token), devices_max, now));
    return LoggedIn{user, opened.device.id, opened.device.generation, token,
                    std::move(opened.epoch)};
  };
  storage_.write(ConversationId{}, std::move(job), taking_over(std::move(reply)));
}

void UserService::log_in(UserName name, std::string password, LoginFrom from,
                         Reply<LoggedIn> reply) {
  auto proven = [this, device = from.device,
                 reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    open(std::move(*account), std::move(device), std::move(reply));
  };
  prove_password(std::move(name), std::move(password), std::move(from),
                 Reply<Account>(home_, std::move(proven)));
}

void UserService::prove_password(UserName name, std::string password, LoginFrom from,
                                 Reply<Account> reply) {
  const Result<void> allowed = guard_.may_try(name.key, from.address, home_.clock().steady());
  if (!allowed.ok()) {
    count(Counter::kLoginsFailed);
    return reply(allowed.error());
  }
  auto job = [key = name.key](Store& store) -> Result<std::optional<Account>> {
    Result<Account> found = store.accounts().find(key);
    if (found.ok()) return std::optional(std::move(*found));
    if (found.error().code == Code::kNotFound) return std::optional<Account>();
    return found.error();
  };
  Attempt attempt{std::move(name.key), std::move(password), std::move(from), {}};
  auto read = [this, attempt = std::move(attempt),
               reply = std::move(reply)](Result<std::optional<Account>> account) mutable {
    if (!account.ok()) return reply(account.error());
    attempt.account = std::move(*account);
    compare(std::move(attempt), std::move(reply));
  };
  storage_.read(std::move(job), Reply<std::optional<Account>>(home_, std::move(read)));
}

// An unknown name is compared as well, with nothing: the time must not tell the two apart.
void UserService::compare(Attempt attempt, Reply<Account> reply) {
  std::string password = std::move(attempt.password);
  std::string stored = attempt.account ? attempt.account->password_hash : std::string();
  auto compared = [this, attempt = std::move(attempt),
                   reply = std::move(reply)](Result<bool> same) mutable {
    if (!same.ok()) return reply(same.error());
    const Result<void> judged = judge(attempt, *same);
    if (judged.ok()) return reply(std::move(*attempt.account));
    count(Counter::kLoginsFailed);
    reply(judged.error());
  };
  hasher_.verify(std::move(password), std::move(stored), Reply<bool>(home_, std::move(compared)));
}

Result<void> UserService::judge(const Attempt& attempt, bool right) {
  const Instant now = home_.clock().steady();
  // Asked again: whoever sends many guesses at once learns nothing from those that came after the
  // lock.
  MPIM_CHECKED(guard_.may_try(attempt.name_key, attempt.from.address, now));
  if (!right || !attempt.account) {
    guard_.failed(attempt.name_key, attempt.from.address, now);
    return bad_credentials();
  }
  guard_.succeeded(attempt.name_key);
  if (attempt.account->disabled) return disabled();
  return {};
}

// The account is read again beside the device: the password may have been changed, or the account
// disabled, while the hash was computed.
void UserService::open(Account compared, DeviceName device, Reply<LoggedIn> reply) {
  auto job = [user = compared.id, hash = std::move(compared.password_hash),
              device = std::move(device), devices_max = options_.devices_max,
              now = home_.clock().wall(),
              token = new_resume_token()](Store& store) -> Result<LoggedIn> {
    const Result<Account> account = store.accounts().find(user);
    if (!account.ok() && account.error().code != Code::kNotFound) return account.error();
    if (!account.ok() || account->password_hash != hash) return bad_credentials();
    if (account->disabled) return disabled();
    MPIM_TRY(Opened opened, open_in(store, user, device, hash_of_token(token), devices_max, now));
    return LoggedIn{user, opened.device.id, opened.device.generation, token,
                    std::move(opened.epoch)};
  };
  storage_.write(ConversationId{}, std::move(job), taking_over(std::move(reply)));
}

void UserService::resume(std::string token, std::optional<DeviceName> device,
                         Reply<LoggedIn> reply) {
  if (looks_like_jwt(token))
    return resume_access(std::move(token), std::move(device), std::move(reply));
  const std::optional<TokenHash> hash = hash_of_token(token);
  if (!hash) {
    count(Counter::kLoginsFailed);
    return reply(bad_token());
  }
  auto job = [hash = *hash, token = std::move(token), device = std::move(device),
              devices_max = options_.devices_max,
              now = home_.clock().wall()](Store& store) -> Result<LoggedIn> {
    MPIM_TRY(Device owner, store.accounts().device_of(hash));
    if (!device || device->text == owner.name) {
      // The device's own token stays as it is: an answer that got lost must not lock the device
      // out.
      MPIM_TRY(const Device again, store.accounts().open_again(std::move(owner), now));
      MPIM_TRY(std::string epoch, store.epoch());
      return LoggedIn{again.user, again.id, again.generation, token, std::move(epoch)};
    }
    const std::string fresh = new_resume_token();
    MPIM_TRY(Opened opened,
             open_in(store, owner.user, *device, hash_of_token(fresh), devices_max, now));
    return LoggedIn{owner.user, opened.device.id, opened.device.generation, fresh,
                    std::move(opened.epoch)};
  };
  storage_.write(ConversationId{}, std::move(job), taking_over(std::move(reply)));
}

// Answers the log-in, then ends what older sessions of the device there are, on any node.
Reply<LoggedIn> UserService::taking_over(Reply<LoggedIn> reply) {
  auto opened = [this, reply = std::move(reply)](Result<LoggedIn> in) mutable {
    count(in.ok() ? Counter::kLoginsOk : Counter::kLoginsFailed);
    if (!in.ok()) return reply(in.error());
    const DeviceReplaced replaced{in->user, in->device, in->generation};
    reply(std::move(*in));
    fanout_.tell(replaced.user, replaced);
  };
  return Reply<LoggedIn>(home_, std::move(opened));
}

void UserService::revoke(const Caller& caller, Reply<bool> reply) {
  auto job = [device = caller.device](Store& store) -> Result<bool> {
    MPIM_CHECKED(store.accounts().revoke_token(device));
    return true;
  };
  auto stored = [this, caller, reply = std::move(reply)](Result<bool> revoked) mutable {
    if (revoked.ok()) fanout_.tell_tokens_ended(caller.user, caller.device);
    reply(std::move(revoked));
  };
  storage_.write(ConversationId{}, std::move(job), Reply<bool>(home_, std::move(stored)));
}

}  // namespace mpim
