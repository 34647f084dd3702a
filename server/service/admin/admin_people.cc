// The admin service's calls about profiles, friends, blocks and devices.
#include "server/service/admin/admin_change.h"

namespace mpim {
namespace {

std::vector<std::pair<UserId, Envelope>> envelopes(std::vector<ToldChange> told) {
  std::vector<std::pair<UserId, Envelope>> all;
  for (ToldChange& each : told)
    all.emplace_back(each.user, UserTold{each.user, std::move(each.change)});
  return all;
}

// As the audit log says it: "alice and bob: friends".
std::string between(const Account& one, const Account& other, std::string_view now) {
  return one.name + " and " + other.name + ": " + std::string(now);
}

// Whatever there is, seen from `user`: a friendship, his request, or the other's.
Result<PeopleChange> part(Store& store, UserId user, UserId other, Timestamp now) {
  Result<PeopleChange> parted = store.people().remove_friend(user, other, now);
  if (parted.ok() || parted.error().code != Code::kNotFound) return parted;
  Result<PeopleChange> rejected = store.people().reject(user, other, now);
  if (rejected.ok() || rejected.error().code != Code::kNotFound) return rejected;
  return Error{Code::kNotFound, "they are no friends, and nothing is asked"};
}

}  // namespace

void AdminService::set_profile(const Operator& by, UserChoice user, ProfileChange wanted,
                               Reply<UserProfile> reply) {
  auto job = [this, user = std::move(user),
              wanted = std::move(wanted)](Store& store) -> Result<Changed<UserProfile>> {
    MPIM_TRY(Account account, resolve_person(store, user));
    MPIM_TRY(PeopleChange made, store.people().set_profile(account.id, wanted));
    MPIM_TRY(Profile now, store.people().profile(account.id));
    std::string name = account.name;
    const UserId whose = account.id;
    return Changed<UserProfile>{.answer = {row_of(std::move(account)), std::move(now)},
                                .subject = std::move(name),
                                .told = envelopes(std::move(made.told)),
                                .profile = whose};
  };
  change(by, "SetProfile", std::move(job), std::move(reply));
}

void AdminService::revoke_device(const Operator& by, UserChoice user, std::string device_name,
                                 Reply<Device> reply) {
  auto job = [user = std::move(user),
              name = std::move(device_name)](Store& store) -> Result<Changed<Device>> {
    MPIM_TRY(const Account account, resolve(store, user));
    MPIM_TRY(Device device, device_named(store, account, name));
    MPIM_CHECKED(store.accounts().remove_device(account.id, device.id));
    const SessionsEnded ended{
        account.id, device.id, {Code::kBadToken, "this device was revoked: log in again"}};
    return Changed<Device>{.answer = std::move(device),
                           .subject = account.name + "'s device " + name,
                           .told = {{account.id, ended}}};
  };
  change(by, "RevokeDevice", std::move(job), std::move(reply));
}

void AdminService::list_friends(UserChoice user, UserId after, uint32_t count_max,
                                Reply<Listing<Friend>> reply) {
  auto job = [user = std::move(user), after, count_max](Store& store) -> Result<Listing<Friend>> {
    MPIM_TRY(const Account account, resolve(store, user));
    MPIM_TRY(std::vector<Friend> rows,
             store.people().friends(account.id, std::nullopt, after, count_max + 1));
    return listing(std::move(rows), count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::change_friend(const Operator& by, UserChoice user, UserChoice other, bool remove,
                                 Reply<Friend> reply) {
  auto job = [user = std::move(user), other = std::move(other), remove,
              now = home_.clock().wall()](Store& store) -> Result<Changed<Friend>> {
    MPIM_TRY(const Account one, resolve(store, user));
    MPIM_TRY(const Account two, resolve(store, other));
    MPIM_TRY(PeopleChange made, remove ? part(store, one.id, two.id, now)
                                       : store.people().befriend(one.id, two.id, now));
    return Changed<Friend>{.answer = {two.id, two.name, made.state},
                           .subject = between(one, two, name_of(made.state)),
                           .told = envelopes(std::move(made.told))};
  };
  change(by, "ChangeFriend", std::move(job), std::move(reply));
}

void AdminService::list_blocks(UserChoice user, UserId after, uint32_t count_max,
                               Reply<Listing<BlockedUser>> reply) {
  auto job = [user = std::move(user), after,
              count_max](Store& store) -> Result<Listing<BlockedUser>> {
    MPIM_TRY(const Account account, resolve(store, user));
    MPIM_TRY(std::vector<BlockedUser> rows,
             store.people().blocks(account.id, after, count_max + 1));
    return listing(std::move(rows), count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::list_uploads(UserChoice user, FileId after, uint32_t count_max,
                                Reply<Listing<StoredFile>> reply) {
  auto job = [user = std::move(user), after,
              count_max](Store& store) -> Result<Listing<StoredFile>> {
    MPIM_TRY(const Account account, resolve(store, user));
    MPIM_TRY(std::vector<StoredFile> files,
             store.files().of_owner(account.id, after, count_max + 1));
    return listing(std::move(files), count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::change_block(const Operator& by, UserChoice user, UserChoice other, bool remove,
                                Reply<BlockedUser> reply) {
  auto job = [user = std::move(user), other = std::move(other), remove,
              now = home_.clock().wall()](Store& store) -> Result<Changed<BlockedUser>> {
    MPIM_TRY(const Account one, resolve_person(store, user));
    MPIM_TRY(const Account two, resolve(store, other));
    MPIM_TRY(PeopleChange made, remove ? store.people().unblock(one.id, two.id, now)
                                       : store.people().block(one.id, two.id, now));
    return Changed<BlockedUser>{.answer = {two.id, two.name},
                                .subject = between(one, two, remove ? "unblocked" : "blocked"),
                                .told = envelopes(std::move(made.told))};
  };
  change(by, "ChangeBlock", std::move(job), std::move(reply));
}

}  // namespace mpim
