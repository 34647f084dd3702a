// The admin service's calls about people.
#include "server/service/admin/admin_change.h"
#include "server/service/user_service.h"

namespace mpim {
namespace {

// What an erasure leaves behind names nobody.
Result<std::string> removal_subject(Store& store, const Account& account) {
  const Result<Erasure> erasure = store.erasures().find(account.id);
  if (erasure.ok()) return "user " + std::to_string(account.id.value);
  if (erasure.error().code != Code::kNotFound) return erasure.error();
  return account.name;
}

SessionsEnded ended(UserId user, Code code, const char* why) {
  return {user, {}, Error{code, why}};
}

std::string subject_of(const std::vector<UserName>& names) {
  if (names.size() == 1) return names.front().shown;
  return std::to_string(names.size()) + " users from " + names.front().shown;
}

}  // namespace

void AdminService::add_users(const Operator& by, std::vector<UserName> names, std::string password,
                             bool if_not_exists, Reply<std::vector<AddedUser>> reply) {
  if (names.empty()) return reply(Error{Code::kBadRequest, "name at least one user to add"});
  const Result<void> length = check_password_length(password, password_bytes_min_);
  if (!length.ok()) return reply(length.error());
  auto hashed = [this, by, names = std::move(names), if_not_exists,
                 reply = std::move(reply)](Result<std::string> hash) mutable {
    if (!hash.ok()) return reply(hash.error());
    auto job = [this, names = std::move(names), hash = std::move(*hash), if_not_exists,
                now =
                    home_.clock().wall()](Store& store) -> Result<Changed<std::vector<AddedUser>>> {
      std::vector<AddedUser> added;
      for (const UserName& name : names) {
        const Result<UserId> created = store.accounts().create(name, hash, now);
        const bool tolerated =
            if_not_exists && !created.ok() && created.error().code == Code::kExists;
        if (!created.ok() && !tolerated) return created.error();
        MPIM_TRY(Account account, store.accounts().find(name.key));
        added.push_back({row_of(std::move(account)), created.ok()});
      }
      return Changed<std::vector<AddedUser>>{.answer = std::move(added),
                                             .subject = subject_of(names)};
    };
    change(by, "AddUsers", std::move(job), std::move(reply));
  };
  hasher_.hash(std::move(password), Reply<std::string>(home_, std::move(hashed)));
}

void AdminService::list_users(UserId after, uint32_t count_max, Reply<Listing<UserRow>> reply) {
  auto job = [this, after, count_max](Store& store) -> Result<Listing<UserRow>> {
    MPIM_TRY(std::vector<Account> accounts, store.accounts().list(after, count_max + 1));
    std::vector<UserRow> rows;
    for (Account& account : accounts) rows.push_back(row_of(std::move(account)));
    return listing(std::move(rows), count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::get_user(UserChoice user, Reply<UserDetail> reply) {
  auto job = [this, user = std::move(user)](Store& store) -> Result<UserDetail> {
    MPIM_TRY(Account account, resolve(store, user));
    MPIM_TRY(std::vector<Device> devices, store.accounts().devices(account.id));
    MPIM_TRY(std::vector<Group> groups, store.groups().of_user(account.id));
    MPIM_TRY(Profile profile, store.people().profile(account.id));
    NameLookup names(store);
    for (const Group& group : groups) names.user(group.owner);
    return UserDetail{row_of(std::move(account)), std::move(profile), std::move(devices),
                      std::move(groups), names.take()};
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::set_password(const Operator& by, UserChoice user, std::string password,
                                Reply<UserRow> reply) {
  const Result<void> length = check_password_length(password, password_bytes_min_);
  if (!length.ok()) return reply(length.error());
  auto hashed = [this, by, user = std::move(user),
                 reply = std::move(reply)](Result<std::string> hash) mutable {
    if (!hash.ok()) return reply(hash.error());
    auto job = [this, user = std::move(user),
                hash = std::move(*hash)](Store& store) -> Result<Changed<UserRow>> {
      MPIM_TRY(const Account account, resolve_person(store, user));
      MPIM_CHECKED(store.accounts().set_password(account.id, hash));
      return Changed<UserRow>{
          .answer = row_of(account),
          .subject = account.name,
          .told = {{account.id, ended(account.id, Code::kBadCredentials,
                                      "the password was changed: log in with the new one")}}};
    };
    change(by, "SetPassword", std::move(job), std::move(reply));
  };
  hasher_.hash(std::move(password), Reply<std::string>(home_, std::move(hashed)));
}

void AdminService::set_disabled(const Operator& by, UserChoice user, bool disabled,
                                Reply<UserRow> reply) {
  auto job = [this, user = std::move(user), disabled](Store& store) -> Result<Changed<UserRow>> {
    MPIM_TRY(Account account, resolve_person(store, user));
    MPIM_CHECKED(store.accounts().set_disabled(account.id, disabled));
    account.disabled = disabled;
    Changed<UserRow> changed{.answer = row_of(account),
                             .subject = account.name + (disabled ? " disabled" : " enabled")};
    if (disabled)
      changed.told.emplace_back(account.id, ended(account.id, Code::kDisabled,
                                                  "this account is disabled: ask the operator"));
    return changed;
  };
  change(by, "SetUserDisabled", std::move(job), std::move(reply));
}

void AdminService::remove_user(const Operator& by, UserChoice user, bool dry_run,
                               Reply<RemovedUser> reply) {
  struct Found {
    RemovedUser plan;
    std::vector<Group> groups;
  };
  auto plan = [this, user = std::move(user)](Store& store) -> Result<Found> {
    MPIM_TRY(Account account, resolve_person(store, user));
    MPIM_TRY(const std::vector<Device> devices, store.accounts().devices(account.id));
    MPIM_TRY(std::vector<Group> groups, store.groups().of_user(account.id));
    const RemovedUser removed{row_of(std::move(account)), static_cast<uint32_t>(devices.size()),
                              static_cast<uint32_t>(groups.size())};
    return Found{removed, std::move(groups)};
  };
  if (dry_run) {
    auto look = [plan](Store& store) -> Result<RemovedUser> {
      MPIM_TRY(const Found found, plan(store));
      return found.plan;
    };
    return storage_.read(std::move(look), std::move(reply));
  }
  auto job = [plan, now = home_.clock().wall()](Store& store) -> Result<Changed<RemovedUser>> {
    MPIM_TRY(const Found found, plan(store));
    const Account& account = found.plan.user.account;
    MPIM_TRY(std::string subject, removal_subject(store, account));
    Changed<RemovedUser> changed{
        .answer = found.plan, .subject = std::move(subject), .profile = account.id};
    for (const Group& group : found.groups) {
      MPIM_TRY(Appended left, store.groups().leave(group.id, account.id, {}, account.id, now));
      changed.entries.push_back(std::move(left));
    }
    MPIM_TRY(const std::vector<ToldChange> parted, store.people().end_all(account.id, now));
    for (const ToldChange& each : parted)
      changed.told.emplace_back(each.user, UserTold{each.user, each.change});
    MPIM_CHECKED(store.accounts().remove(account.id));
    changed.told.emplace_back(account.id,
                              ended(account.id, Code::kDisabled, "this account was removed"));
    return changed;
  };
  change(by, "RemoveUser", std::move(job), std::move(reply));
}

}  // namespace mpim
