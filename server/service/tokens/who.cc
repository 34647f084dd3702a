// Who holds a token.
#include "server/service/resume_token.h"
#include "server/service/user_service.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

// The store said so; whatever else it answers says nothing of the token.
bool is_over(const Error& why) {
  return why.code == Code::kBadToken || why.code == Code::kDisabled;
}

}  // namespace

void UserService::who(std::string token, Reply<Caller> reply) {
  if (looks_like_jwt(token)) {
    auto checked = [this, reply = std::move(reply)](Result<Claims> claims) mutable {
      if (!claims.ok()) return reply(claims.error());
      auto asked = [this, claims = *claims, since = keys_.lately().asking(home_.clock().steady()),
                    reply = std::move(reply)](Result<Caller> caller) mutable {
        if (caller.ok()) {
          keys_.lately().learn(claims.jti, *caller, since);
        } else if (is_over(caller.error())) {
          keys_.lately().forget(claims.user, claims.jti);
        }
        reply(std::move(caller));
      };
      auto job = [claims = std::move(*claims)](Store& store) -> Result<Caller> {
        MPIM_TRY(const TokenDevice device, device_of_claims(store, claims));
        return Caller{device.user, device.device};
      };
      storage_.read<Caller>(std::move(job), Reply<Caller>(home_, std::move(asked)));
    };
    return keys_.check(home_, storage_, token, kUserAudience,
                       Reply<Claims>(home_, std::move(checked)));
  }
  const std::optional<TokenHash> hash = hash_of_token(token);
  if (!hash) return reply(Error{Code::kBadToken, "this token is not valid: log in for another"});
  auto job = [hash = *hash](Store& store) -> Result<Caller> {
    MPIM_TRY(const Device device, store.accounts().device_of(hash));
    return Caller{device.user, device.id};
  };
  storage_.read(std::move(job), std::move(reply));
}

void UserService::who_lately(const std::string& token, Reply<Caller> reply) {
  if (!looks_like_jwt(token))
    return reply(
        Error{Code::kUnavailable,
              "the store is away, and only it knows whose resume token this is: try again"});
  const Result<Claims> claims = keys_.check_remembered(home_, token, kUserAudience);
  if (!claims.ok()) return reply(claims.error());
  const auto known = keys_.lately().find(claims->user, claims->jti, home_.clock().steady());
  if (known) return reply(*known);
  reply(Error{Code::kUnavailable,
              "the store is away, and this token was not shown here lately: try again"});
}

// The token is checked once more beside the device it opens: it may end meanwhile.
void UserService::resume_access(std::string token, std::optional<DeviceName> device,
                                Reply<LoggedIn> reply) {
  auto checked = [this, token, device = std::move(device),
                  reply = std::move(reply)](Result<Claims> claims) mutable {
    if (!claims.ok()) {
      count(Counter::kLoginsFailed);
      return reply(claims.error());
    }
    auto job = [claims = std::move(*claims), token = std::move(token), device = std::move(device),
                devices_max = options_.devices_max,
                now = home_.clock().wall()](Store& store) -> Result<LoggedIn> {
      MPIM_TRY(const TokenDevice holder, device_of_claims(store, claims));
      const DeviceName name{holder.device_name};
      if (device && device->text != name.text)
        return Error{Code::kDenied, "this access token is the device " + name.text +
                                        "'s: log in as another device with name and password"};
      MPIM_TRY(const Device opened,
               store.accounts().open_device(holder.user, name, std::nullopt, devices_max, now));
      MPIM_TRY(std::string epoch, store.epoch());
      return LoggedIn{opened.user, opened.id, opened.generation, token, std::move(epoch)};
    };
    storage_.write(ConversationId{}, std::move(job), taking_over(std::move(reply)));
  };
  keys_.check(home_, storage_, token, kUserAudience, Reply<Claims>(home_, std::move(checked)));
}

}  // namespace mpim
