// A user chooses another password.
#include "server/service/resume_token.h"
#include "server/service/user_service.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

struct PasswordSet {
  std::string token;
  std::vector<DeviceId> ended;
};

}  // namespace

// Who is logged in must know the old one all the same: a phone that lies about open is not enough.
void UserService::change_password(const Caller& caller, std::string old_password,
                                  std::string new_password, std::string address, bool in_session,
                                  Reply<std::string> reply) {
  const Result<void> length = check_password_length(new_password, options_.password_bytes_min);
  if (!length.ok()) return reply(length.error());
  auto read = [this, who = Choosing{caller, in_session}, old_password = std::move(old_password),
               new_password = std::move(new_password), address = std::move(address),
               reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    const std::string key = account->name_key;
    const Result<void> allowed = guard_.may_try(key, address, home_.clock().steady());
    if (!allowed.ok()) return reply(allowed.error());
    Attempt attempt{key, std::move(old_password), {std::move(address), {}}, std::move(*account)};
    prove(std::move(attempt), who, std::move(new_password), std::move(reply));
  };
  auto job = [user = caller.user](Store& store) { return store.accounts().find(user); };
  storage_.read(std::move(job), Reply<Account>(home_, std::move(read)));
}

void UserService::prove(Attempt attempt, const Choosing& who, std::string new_password,
                        Reply<std::string> reply) {
  std::string password = std::move(attempt.password);
  std::string stored = attempt.account->password_hash;
  auto compared = [this, attempt = std::move(attempt), who, new_password = std::move(new_password),
                   reply = std::move(reply)](Result<bool> same) mutable {
    if (!same.ok()) return reply(same.error());
    const Result<void> judged = judge(attempt, *same);
    if (!judged.ok()) {
      count(Counter::kLoginsFailed);
      return reply(judged.error());
    }
    auto hashed = [this, who, old_hash = std::move(attempt.account->password_hash),
                   reply = std::move(reply)](Result<std::string> hash) mutable {
      if (!hash.ok()) return reply(hash.error());
      set_password(who, std::move(old_hash), std::move(*hash), std::move(reply));
    };
    hasher_.hash(std::move(new_password), Reply<std::string>(home_, std::move(hashed)));
  };
  hasher_.verify(std::move(password), std::move(stored), Reply<bool>(home_, std::move(compared)));
}

// Of two changes at once the second finds that its old password is none any more.
void UserService::set_password(const Choosing& who, std::string old_hash, std::string new_hash,
                               Reply<std::string> reply) {
  auto job = [caller = who.caller, in_session = who.in_session, old_hash = std::move(old_hash),
              new_hash = std::move(new_hash),
              token = new_resume_token()](Store& store) -> Result<PasswordSet> {
    MPIM_TRY(const Account account, store.accounts().find(caller.user));
    if (account.password_hash != old_hash)
      return Error{Code::kBadCredentials, "the password was changed meanwhile"};
    MPIM_CHECKED(store.accounts().set_password(caller.user, new_hash));
    MPIM_CHECKED(store.accounts().set_token(caller.device, *hash_of_token(token)));
    MPIM_TRY(const std::vector<Device> devices, store.accounts().devices(caller.user));
    PasswordSet done{token, {}};
    for (const Device& device : devices)
      if (device.id != caller.device || !in_session) done.ended.push_back(device.id);
    return done;
  };
  auto stored = [this, caller = who.caller,
                 reply = std::move(reply)](Result<PasswordSet> done) mutable {
    if (!done.ok()) return reply(done.error());
    // Those of the other devices end with their sessions; his own may go on without them.
    fanout_.tell_tokens_ended(caller.user, caller.device);
    reply(std::move(done->token));
    for (const DeviceId device : done->ended)
      fanout_.tell(caller.user,
                   SessionsEnded{caller.user,
                                 device,
                                 {Code::kBadCredentials,
                                  "the password was changed: log in with the new one"}});
  };
  storage_.write(ConversationId{}, std::move(job), Reply<PasswordSet>(home_, std::move(stored)));
}

}  // namespace mpim
