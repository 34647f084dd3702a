#include "ops/data/manifest.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

Value change(std::string_view what, const std::string& name, uint64_t id, std::string_view change) {
  return Value::object({{"what", Value::text(what)},
                        {"name", Value::text(name)},
                        {"id", Value::id(id)},
                        {"change", Value::text(change)}});
}

Result<Value> apply_user(Call& call, const Manifest::User& user) {
  // Asking first spares the password's hash, which is the slow part.
  v1::GetUserRequest get;
  *get.mutable_user() = user_ref(user.name);
  const auto found = call.ask<v1::GetUserResponse>("GetUser", get);
  if (found) return change("user", found->user().name(), found->user().id(), "none");
  if (found.error().code != Code::kNotFound) return found.error();
  if (user.password.empty())
    return call.failing(
        {Code::kBadRequest, "user " + user.name + " does not exist and has no password"},
        "give it a `password` in the file, or add it with `mpimctl user add`");
  v1::AddUsersRequest add;
  add.add_names(user.name);
  add.set_password(user.password);
  add.set_if_not_exists(true);
  MPIM_TRY(const auto added, call.ask<v1::AddUsersResponse>("AddUsers", add));
  if (added.users_size() != 1)
    return Error{Code::kInternal, "the server did not say which user it added"};
  return change("user", user.name, added.users(0).user().id(), "created");
}

Result<Value> apply_group(Call& call, const Manifest::Group& group) {
  v1::CreateGroupRequest create;
  create.set_name(group.name);
  create.set_description(group.description);
  *create.mutable_owner() = user_ref(group.owner);
  create.set_if_not_exists(true);
  MPIM_TRY(const auto created, call.ask<v1::CreateGroupResponse>("CreateGroup", create));
  uint32_t joined = 0;
  if (!group.members.empty()) {
    v1::AddMembersRequest add;
    add.set_group(created.group().id());
    for (const std::string& member : group.members) *add.add_users() = user_ref(member);
    add.set_if_not_exists(true);
    MPIM_TRY(const auto added, call.ask<v1::AddMembersResponse>("AddMembers", add));
    joined = added.added();
  }
  return change("group", group.name, created.group().id(),
                created.created() ? "created"
                : joined > 0      ? "members added"
                                  : "none");
}

}  // namespace

Result<Value::List> apply_manifest(Call& call, const Manifest& manifest) {
  Value::List changes;
  for (const Manifest::User& user : manifest.users) {
    MPIM_TRY(Value done, apply_user(call, user));
    changes.push_back(std::move(done));
  }
  for (const Manifest::Group& group : manifest.groups) {
    MPIM_TRY(Value done, apply_group(call, group));
    changes.push_back(std::move(done));
  }
  return changes;
}

}  // namespace mpim::ops
