#include "server/service/people/people_service.h"

#include <algorithm>
#include <utility>

namespace mpim {
namespace {

Result<UserId> chosen(Store& store, const UserChoice& choice) {
  if (const auto* const id = std::get_if<UserId>(&choice)) return *id;
  MPIM_TRY(const Account account, store.accounts().find(std::get<UserName>(choice).key));
  return account.id;
}

struct Changed {
  Settled settled;
  std::vector<ToldChange> told;
};

}  // namespace

void PeopleService::profile(const Caller& caller, std::optional<UserChoice> of,
                            Reply<Profile> reply) {
  // One's own has things in it that change without it.
  const bool own = !of || *of == UserChoice(caller.user);
  if (own) {
    auto job = [user = caller.user](Store& store) { return store.people().profile(user); };
    return storage_.read(std::move(job), std::move(reply));
  }
  if (const auto* const id = std::get_if<UserId>(&*of))
    if (std::optional<Profile> known = profiles_.find(*id)) return reply(*std::move(known));
  auto job = [this, ticket = profiles_.ticket(),
              of = *std::move(of)](Store& store) -> Result<Profile> {
    MPIM_TRY(const UserId whom, chosen(store, of));
    MPIM_TRY(Profile profile, store.people().profile(whom));
    profiles_.put(profile, ticket);
    return profile;
  };
  storage_.read(std::move(job), std::move(reply));
}

void PeopleService::set_profile(const Caller& caller, ProfileChange change, Reply<Profile> reply) {
  struct Made {
    Profile profile;
    std::vector<ToldChange> told;
  };
  auto job = [user = caller.user, change = std::move(change)](Store& store) -> Result<Made> {
    MPIM_TRY(PeopleChange made, store.people().set_profile(user, change));
    MPIM_TRY(Profile now, store.people().profile(user));
    return Made{std::move(now), std::move(made.told)};
  };
  auto stored = [this, caller, reply = std::move(reply)](Result<Made> made) mutable {
    profiles_.forget(caller.user);
    if (!made.ok()) return reply(made.error());
    reply(std::move(made->profile));
    tell(caller, std::move(made->told));
  };
  storage_.write(ConversationId{}, std::move(job), Reply<Made>(home_, std::move(stored)));
}

void PeopleService::add_friend(const Caller& caller, UserChoice whom, Reply<Settled> reply) {
  settle(caller, std::move(whom), &People::add_friend, std::move(reply));
}

void PeopleService::accept(const Caller& caller, UserChoice whom, Reply<Settled> reply) {
  settle(caller, std::move(whom), &People::accept, std::move(reply));
}

void PeopleService::reject(const Caller& caller, UserChoice whom, Reply<Settled> reply) {
  settle(caller, std::move(whom), &People::reject, std::move(reply));
}

void PeopleService::remove_friend(const Caller& caller, UserChoice whom, Reply<Settled> reply) {
  settle(caller, std::move(whom), &People::remove_friend, std::move(reply));
}

void PeopleService::block(const Caller& caller, UserChoice whom, Reply<Settled> reply) {
  settle(caller, std::move(whom), &People::block, std::move(reply));
}

void PeopleService::unblock(const Caller& caller, UserChoice whom, Reply<Settled> reply) {
  settle(caller, std::move(whom), &People::unblock, std::move(reply));
}

void PeopleService::settle(const Caller& caller, UserChoice whom, Deed deed, Reply<Settled> reply) {
  auto job = [user = caller.user, whom = std::move(whom), deed,
              now = home_.clock().wall()](Store& store) -> Result<Changed> {
    MPIM_TRY(const UserId with, chosen(store, whom));
    MPIM_TRY(PeopleChange made, (store.people().*deed)(user, with, now));
    return Changed{{with, made.state, made.version}, std::move(made.told)};
  };
  auto stored = [this, caller, reply = std::move(reply)](Result<Changed> changed) mutable {
    if (!changed.ok()) return reply(changed.error());
    reply(changed->settled);
    tell(caller, std::move(changed->told));
  };
  storage_.write(ConversationId{}, std::move(job), Reply<Changed>(home_, std::move(stored)));
}

void PeopleService::tell(const Caller& by, std::vector<ToldChange> told) {
  for (ToldChange& each : told) {
    const DeviceId except = each.user == by.user ? by.device : DeviceId{};
    fanout_.tell(each.user, UserTold{each.user, std::move(each.change), except});
  }
}

void PeopleService::friends(const Caller& caller, std::optional<FriendState> state, UserId after,
                            uint32_t count_max, Reply<std::vector<Friend>> reply) {
  auto job = [user = caller.user, state, after, count_max](Store& store) {
    return store.people().friends(user, state, after, count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void PeopleService::blocks(const Caller& caller, UserId after, uint32_t count_max,
                           Reply<std::vector<BlockedUser>> reply) {
  auto job = [user = caller.user, after, count_max](Store& store) {
    return store.people().blocks(user, after, count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void PeopleService::devices(const Caller& caller, Reply<std::vector<OwnDevice>> reply) {
  using Live = Result<std::vector<LiveSession>>;
  auto read = [this, caller, reply = std::move(reply)](Result<std::vector<Device>> stored) mutable {
    if (!stored.ok()) return reply(stored.error());
    auto listed = [caller, devices = std::move(*stored),
                   reply = std::move(reply)](Live live) mutable {
      if (!live.ok()) return reply(live.error());
      std::vector<OwnDevice> own;
      for (Device& device : devices) {
        const bool online =
            std::ranges::find(*live, device.id, &LiveSession::device) != live->end();
        const bool asks = device.id == caller.device;
        own.push_back({std::move(device), online, asks});
      }
      reply(std::move(own));
    };
    live_.list(caller.user, Reply<std::vector<LiveSession>>(home_, std::move(listed)));
  };
  auto job = [user = caller.user](Store& store) { return store.accounts().devices(user); };
  storage_.read(std::move(job), Reply<std::vector<Device>>(home_, std::move(read)));
}

void PeopleService::revoke(const Caller& caller, DeviceName name, Reply<bool> reply) {
  auto job = [caller, name = std::move(name)](Store& store) -> Result<DeviceId> {
    MPIM_TRY(const std::vector<Device> devices, store.accounts().devices(caller.user));
    const auto found = std::ranges::find(devices, name.text, &Device::name);
    if (found == devices.end())
      return Error{Code::kNotFound, "you have no device '" + name.text + "': DEVICES lists them"};
    if (found->id == caller.device)
      return Error{Code::kBadRequest, "that is the device you are using: LOGOUT ends it"};
    MPIM_CHECKED(store.accounts().remove_device(caller.user, found->id));
    return found->id;
  };
  auto removed = [this, user = caller.user,
                  reply = std::move(reply)](Result<DeviceId> device) mutable {
    if (!device.ok()) return reply(device.error());
    reply(true);
    fanout_.tell(
        user,
        SessionsEnded{user, *device, {Code::kBadToken, "this device was revoked: log in again"}});
  };
  storage_.write(ConversationId{}, std::move(job), Reply<DeviceId>(home_, std::move(removed)));
}

}  // namespace mpim
