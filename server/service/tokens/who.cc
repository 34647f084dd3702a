// Who holds a token.
#include "server/service/resume_token.h"
#include "server/service/user_service.h"
#include "server/telemetry/metrics.h"

namespace mpim {

void UserService::who(std::string token, Reply<Caller> reply) {
  if (looks_like_jwt(token)) {
    auto checked = [this, reply = std::move(reply)](Result<Claims> claims) mutable {
      if (!claims.ok()) return reply(claims.error());
      auto job = [claims = std::move(*claims)](Store& store) -> Result<Caller> {
        MPIM_TRY(const TokenDevice device, device_of_claims(store, claims));
        return Caller{device.user, device.device};
      };
      storage_.read(std::move(job), std::move(reply));
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
