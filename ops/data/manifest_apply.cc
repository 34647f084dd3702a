#include <set>

#include "ops/data/manifest.h"
#include "ops/user/user_ref.h"
#include "server/contract/names.h"

namespace mpim::ops {
namespace {

Value change(std::string_view what, const std::string& name, uint64_t id, std::string_view change) {
  return Value::object({{"what", Value::text(what)},
                        {"name", Value::text(name)},
                        {"id", Value::id(id)},
                        {"change", Value::text(change)}});
}

// Names that differ only in case are one user.
std::string key_of(const std::string& typed) {
  const v1::UserRef ref = user_ref(typed);
  const auto name = user_name(ref.name());
  return name ? name->key : typed;
}

// Refuses a file that names somebody who neither exists nor is made from it.
Result<void> check_people(Call& call, const Manifest& manifest) {
  std::set<std::string> known;
  std::set<std::string> needed;
  for (const Manifest::User& user : manifest.users)
    if (user.password.empty())
      needed.insert(key_of(user.name));
    else
      known.insert(key_of(user.name));
  for (const Manifest::Group& group : manifest.groups) {
    needed.insert(key_of(group.owner));
    for (const std::string& member : group.members) needed.insert(key_of(member));
  }
  for (const std::string& name : needed) {
    if (known.contains(name)) continue;
    v1::GetUserRequest get;
    *get.mutable_user() = user_ref(name);
    const auto found = call.ask<v1::GetUserResponse>("GetUser", get);
    if (!found && found.error().code == Code::kNotFound)
      return call.failing({Code::kNotFound, "there is no user `" + name +
                                                "`, and the file gives nobody of that name a "
                                                "password; nothing was done"},
                          "add the user to the file, or with `mpimctl user add`");
    if (!found) return found.error();
  }
  return {};
}

Result<Value> apply_user(Call& call, const Manifest::User& user) {
  // Asking first spares the password's hash, which is the slow part.
  v1::GetUserRequest get;
  *get.mutable_user() = user_ref(user.name);
  const auto found = call.ask<v1::GetUserResponse>("GetUser", get);
  if (found) return change("user", found->user().name(), found->user().id(), "none");
  if (found.error().code != Code::kNotFound) return found.error();
  v1::AddUsersRequest add;
  add.add_names(user.name);
  add.set_password(user.password);
  add.set_if_not_exists(true);
  MPIM_TRY(const auto added, call.ask<v1::AddUsersResponse>("AddUsers", add));
  if (added.users_size() != 1)
    return Error{Code::kInternal, "the server did not say which user it added"};
  return change("user", user.name, added.users(0).user().id(), "created");
}

Result<uint32_t> add_members(Call& call, uint64_t group, const std::vector<std::string>& members) {
  if (members.empty()) return 0;
  v1::AddMembersRequest add;
  add.set_group(group);
  for (const std::string& member : members) *add.add_users() = user_ref(member);
  add.set_if_not_exists(true);
  MPIM_TRY(const auto added, call.ask<v1::AddMembersResponse>("AddMembers", add));
  return added.added();
}

Result<void> apply_group(Call& call, const Manifest::Group& group, Value::List& done) {
  v1::CreateGroupRequest create;
  create.set_name(group.name);
  create.set_description(group.description);
  *create.mutable_owner() = user_ref(group.owner);
  create.set_if_not_exists(true);
  MPIM_TRY(const auto created, call.ask<v1::CreateGroupResponse>("CreateGroup", create));
  const auto joined = add_members(call, created.group().id(), group.members);
  done.push_back(change("group", group.name, created.group().id(),
                        created.created()       ? "created"
                        : joined && *joined > 0 ? "members added"
                                                : "none"));
  if (!joined) return joined.error();
  return {};
}

}  // namespace

Result<void> apply_manifest(Call& call, const Manifest& manifest, Value::List& done) {
  MPIM_CHECKED(check_people(call, manifest));
  for (const Manifest::User& user : manifest.users) {
    MPIM_TRY(Value change, apply_user(call, user));
    done.push_back(std::move(change));
  }
  for (const Manifest::Group& group : manifest.groups) MPIM_CHECKED(apply_group(call, group, done));
  return {};
}

}  // namespace mpim::ops
