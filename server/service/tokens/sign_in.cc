// Tokens for those who open no session: by password, by refresh token, and their end.
#include "server/service/user_service.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

Error bad_refresh(std::string_view why) {
  return {Code::kBadToken,
          "this refresh token " + std::string(why) + ": log in with name and password"};
}

}  // namespace

void UserService::sign_up(UserName name, std::string password, LoginFrom from,
                          Reply<TokenPair> reply) {
  auto enrolled = [this, reply = std::move(reply)](Result<LoggedIn> in) mutable {
    if (!in.ok()) return reply(in.error());
    auto job = [device = in->device, options = keys_.options(), now = home_.clock().wall()](
                   Store& store) { return grant_tokens(store, device, options, now); };
    storage_.write(ConversationId{}, std::move(job), granted(std::move(reply)));
  };
  enroll(std::move(name), std::move(password), std::move(from),
         Reply<LoggedIn>(home_, std::move(enrolled)));
}

void UserService::sign_in(UserName name, std::string password, LoginFrom from,
                          Reply<TokenPair> reply) {
  auto proven = [this, device = from.device,
                 reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    auto counted = [reply = std::move(reply)](Result<TokenPair> pair) mutable {
      count(pair.ok() ? Counter::kLoginsOk : Counter::kLoginsFailed);
      reply(std::move(pair));
    };
    grant(std::move(*account), std::move(device), Reply<TokenPair>(home_, std::move(counted)));
  };
  prove_password(std::move(name), std::move(password), std::move(from),
                 Reply<Account>(home_, std::move(proven)));
}

// The account is read again beside the device, as open() does.
void UserService::grant(Account compared, DeviceName device, Reply<TokenPair> reply) {
  auto job = [user = compared.id, hash = std::move(compared.password_hash),
              name = std::move(device), devices_max = options_.devices_max,
              options = keys_.options(),
              now = home_.clock().wall()](Store& store) -> Result<Grant> {
    const Result<Account> account = store.accounts().find(user);
    if (!account.ok() && account.error().code != Code::kNotFound) return account.error();
    if (!account.ok() || account->password_hash != hash)
      return Error{Code::kBadCredentials, "the name or the password is wrong"};
    if (account->disabled)
      return Error{Code::kDisabled, "this account is disabled: ask the operator"};
    MPIM_TRY(const Device found, store.accounts().have_device(user, name, devices_max, now));
    return grant_tokens(store, found.id, options, now);
  };
  storage_.write(ConversationId{}, std::move(job), granted(std::move(reply)));
}

Reply<Grant> UserService::granted(Reply<TokenPair> reply) {
  auto stored = [this, reply = std::move(reply)](Result<Grant> grant) mutable {
    if (!grant.ok()) return reply(grant.error());
    keys_.learn(std::move(grant->key));
    reply(std::move(grant->pair));
  };
  return Reply<Grant>(home_, std::move(stored));
}

// One that was used already comes from somebody who copied it, or from its owner after somebody
// else has used a copy: nobody can tell which, so both are sent away.
void UserService::refresh(std::string token, Reply<TokenPair> reply) {
  const std::optional<RefreshToken> shown = read_refresh_token(token);
  if (!shown) return reply(bad_refresh("is not valid"));
  auto job = [shown = *shown, options = keys_.options(),
              now = home_.clock().wall()](Store& store) -> Result<Grant> {
    const Result<TokenDevice> device = store.tokens().device_of_family(shown.family);
    if (!device.ok() && device.error().code == Code::kNotFound) return bad_refresh("is not valid");
    if (!device.ok()) return device.error();
    if (device->disabled)
      return Error{Code::kDisabled, "this account is disabled: ask the operator"};
    if (device->refresh_hash != shown.hash) {
      MPIM_CHECKED(store.accounts().revoke_token(device->device));
      Grant refused;
      refused.reused = true;
      refused.pair.user = device->user;
      refused.pair.device = device->device;
      return refused;
    }
    if (device->refresh_expires_at <= now) return bad_refresh("has expired");
    return grant_tokens(store, device->device, options, now, shown.shown);
  };
  auto stored = [this, reply = std::move(reply)](Result<Grant> grant) mutable {
    if (!grant.ok()) return reply(grant.error());
    if (!grant->reused) {
      keys_.learn(std::move(grant->key));
      return reply(std::move(grant->pair));
    }
    const TokenPair& whose = grant->pair;
    log_warn("token.reused", {{"user", whose.user}, {"device", whose.device}});
    reply(bad_refresh("was used before, and all tokens of its device have ended"));
    fanout_.tell(whose.user,
                 SessionsEnded{whose.user,
                               whose.device,
                               {Code::kBadToken, "a refresh token was used twice: log in again"}});
  };
  storage_.write(ConversationId{}, std::move(job), Reply<Grant>(home_, std::move(stored)));
}

void UserService::sign_out(std::string token, Reply<bool> reply) {
  auto known = [this, reply = std::move(reply)](Result<Caller> caller) mutable {
    if (!caller.ok()) return reply(caller.error());
    auto done = [this, caller = *caller, reply = std::move(reply)](Result<bool> revoked) mutable {
      if (!revoked.ok()) return reply(revoked.error());
      reply(true);
      fanout_.tell(caller.user, SessionsEnded{caller.user,
                                              caller.device,
                                              {Code::kBadToken, "this device was logged out"}});
    };
    revoke(*caller, Reply<bool>(home_, std::move(done)));
  };
  who(std::move(token), Reply<Caller>(home_, std::move(known)));
}

}  // namespace mpim
