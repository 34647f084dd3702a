#include "server/service/admin/admin_service.h"

#include "server/service/admin/admin_change.h"

namespace mpim {
namespace {

Error no_such_user(const UserChoice& choice) {
  if (const UserName* name = std::get_if<UserName>(&choice))
    return {Code::kNotFound, "there is no user named " + name->shown};
  return {Code::kNotFound, "there is no user " + std::to_string(std::get<UserId>(choice).value)};
}

}  // namespace

Result<Account> resolve(Store& store, const UserChoice& choice) {
  const UserName* const name = std::get_if<UserName>(&choice);
  Result<Account> found = name != nullptr ? store.accounts().find(name->key)
                                          : store.accounts().find(std::get<UserId>(choice));
  if (!found.ok() && found.error().code == Code::kNotFound) return no_such_user(choice);
  return found;
}

Result<Account> resolve_person(Store& store, const UserChoice& choice) {
  MPIM_TRY(Account account, resolve(store, choice));
  if (account.id == kSystemUser) return Error{Code::kDenied, "the system user cannot be changed"};
  return account;
}

Result<Device> device_named(Store& store, const Account& user, const std::string& name) {
  MPIM_TRY(const std::vector<Device> devices, store.accounts().devices(user.id));
  for (const Device& device : devices)
    if (device.name == name) return device;
  return Error{Code::kNotFound, user.name + " has no device named " + name};
}

void NameLookup::user(UserId user) {
  if (!user || names_.users.contains(user)) return;
  const Result<Account> found = store_.accounts().find(user);
  names_.users.emplace(user, found.ok() ? found->name : std::string());
}

void NameLookup::devices_of(UserId user) {
  if (!devices_known_.emplace(user, true).second) return;
  const Result<std::vector<Device>> devices = store_.accounts().devices(user);
  if (!devices.ok()) return;
  for (const Device& device : *devices) names_.devices.emplace(device.id, device.name);
}

UserRow AdminService::row_of(Account account) const {
  const std::optional<Route> route = directory_.route(account.id);
  return {.account = std::move(account), .sessions = route ? route->sessions : 0};
}

void AdminService::server(Reply<ServerStatus> reply) {
  if (!epoch_.empty()) return reply(ServerStatus{live_.status(), epoch_});
  auto read = [this, reply = std::move(reply)](Result<std::string> epoch) mutable {
    if (epoch.ok()) epoch_ = std::move(*epoch);
    reply(ServerStatus{live_.status(), epoch_});
  };
  storage_.read([](Store& store) { return store.epoch(); },
                Reply<std::string>(home_, std::move(read)));
}

void AdminService::list_sessions(std::optional<UserChoice> of, const NodeId& node,
                                 Reply<Listing<LiveSession>> reply) {
  if (!of && !node.name.empty() && node != live_.status().node)
    return reply(Error{Code::kBadRequest, "of another node one user's sessions are told: which?"});
  if (!of) return show_sessions({}, {}, std::move(reply));
  auto job = [of = *std::move(of)](Store& store) { return resolve(store, of); };
  auto found = [this, node, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    show_sessions(account->id, node, std::move(reply));
  };
  storage_.read(std::move(job), Reply<Account>(home_, std::move(found)));
}

void AdminService::show_sessions(std::optional<UserId> of, const NodeId& node,
                                 Reply<Listing<LiveSession>> reply) {
  auto listed = [this,
                 reply = std::move(reply)](Result<std::vector<LiveSession>> sessions) mutable {
    if (!sessions.ok()) return reply(sessions.error());
    auto job = [sessions = std::move(*sessions)](Store& store) -> Result<Listing<LiveSession>> {
      NameLookup names(store);
      for (const LiveSession& session : sessions) {
        names.user(session.user);
        names.devices_of(session.user);
      }
      return Listing<LiveSession>{.items = sessions, .names = names.take()};
    };
    storage_.read(std::move(job), std::move(reply));
  };
  Reply<std::vector<LiveSession>> all(home_, std::move(listed));
  if (of && !node.name.empty()) return live_.list_at(node, *of, std::move(all));
  live_.list(of, std::move(all));
}

// Counts first, then tells: what is told ends sessions at once.
void AdminService::kick_sessions(const Operator& by, UserChoice user, std::string device_name,
                                 std::string reason, Reply<uint32_t> reply) {
  auto job = [user = std::move(user), device_name = std::move(device_name),
              reason](Store& store) -> Result<Changed<SessionsEnded>> {
    MPIM_TRY(const Account account, resolve(store, user));
    SessionsEnded ended{account.id, {}, Error{Code::kDenied, reason}};
    if (!device_name.empty()) {
      MPIM_TRY(const Device device, device_named(store, account, device_name));
      ended.device = device.id;
    }
    return Changed<SessionsEnded>{.answer = ended, .subject = account.name + " " + device_name};
  };
  auto resolved = [this, reply = std::move(reply)](Result<SessionsEnded> ended) mutable {
    if (!ended.ok()) return reply(ended.error());
    const UserId whose = ended->user;
    auto listed = [this, ended = std::move(*ended),
                   reply = std::move(reply)](Result<std::vector<LiveSession>> sessions) mutable {
      if (!sessions.ok()) return reply(sessions.error());
      uint32_t kicked = 0;
      for (const LiveSession& session : *sessions)
        if (!ended.device || session.device == ended.device) ++kicked;
      reply(kicked);
      fanout_.tell(ended.user, ended);
    };
    live_.list(whose, Reply<std::vector<LiveSession>>(home_, std::move(listed)));
  };
  change(by, "KickSessions", std::move(job), Reply<SessionsEnded>(home_, std::move(resolved)));
}

}  // namespace mpim
