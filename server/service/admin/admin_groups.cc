// The admin service's calls about groups.
#include "server/service/admin/admin_change.h"

namespace mpim {
namespace {

GroupRow shown(Store& store, Group group, bool created) {
  NameLookup names(store);
  names.user(group.owner);
  return {std::move(group), created, names.take()};
}

Result<std::optional<Group>> owned_of_name(Store& store, UserId owner, const std::string& name) {
  MPIM_TRY(const std::vector<Group> groups, store.groups().of_user(owner));
  for (const Group& group : groups)
    if (group.owner == owner && group.name == name) return std::optional(group);
  return std::optional<Group>();
}

std::string subject_of(const Group& group, uint32_t members) {
  return "group " + std::to_string(group.id.value) + ", " + std::to_string(members) + " members";
}

}  // namespace

void AdminService::create_group(const Operator& by, std::string name, std::string description,
                                UserChoice owner, bool if_not_exists, Reply<GroupRow> reply) {
  auto job = [name = std::move(name), description = std::move(description),
              owner = std::move(owner), if_not_exists,
              now = home_.clock().wall()](Store& store) -> Result<Changed<GroupRow>> {
    MPIM_TRY(const Account account, resolve_person(store, owner));
    if (if_not_exists) {
      MPIM_TRY(std::optional<Group> found, owned_of_name(store, account.id, name));
      if (found) return Changed<GroupRow>{.answer = shown(store, *found, false), .subject = name};
    }
    MPIM_TRY(CreatedGroup made, store.groups().create(account.id, {}, name, description, now));
    return Changed<GroupRow>{.answer = shown(store, std::move(made.group), true),
                             .subject = name,
                             .entries = {std::move(made.joined)}};
  };
  change(by, "CreateGroup", std::move(job), std::move(reply));
}

void AdminService::list_groups(GroupId after, uint32_t count_max, Reply<Listing<Group>> reply) {
  auto job = [after, count_max](Store& store) -> Result<Listing<Group>> {
    MPIM_TRY(std::vector<Group> groups, store.groups().list(after, count_max + 1));
    Listing<Group> page = listing(std::move(groups), count_max);
    NameLookup names(store);
    for (const Group& group : page.items) names.user(group.owner);
    page.names = names.take();
    return page;
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::get_group(GroupId group, UserId members_after, uint32_t count_max,
                             Reply<GroupDetail> reply) {
  auto job = [group, members_after, count_max](Store& store) -> Result<GroupDetail> {
    MPIM_TRY(Group found, store.groups().find(group));
    MPIM_TRY(std::vector<Member> members,
             store.groups().members(group, members_after, count_max + 1));
    GroupDetail detail{std::move(found), listing(std::move(members), count_max)};
    NameLookup names(store);
    names.user(detail.group.owner);
    detail.members.names = names.take();
    return detail;
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::add_members(const Operator& by, GroupId group, std::vector<UserChoice> users,
                               bool tolerant, Reply<uint32_t> reply) {
  auto job = [group, users = std::move(users), tolerant,
              now = home_.clock().wall()](Store& store) -> Result<Changed<uint32_t>> {
    MPIM_TRY(const Group found, store.groups().find(group));
    Changed<uint32_t> changed{.answer = 0, .subject = {}};
    for (const UserChoice& user : users) {
      MPIM_TRY(const Account account, resolve_person(store, user));
      Result<Appended> joined = store.groups().join(group, account.id, {}, kSystemUser, now);
      if (!joined.ok() && joined.error().code == Code::kExists && tolerant) continue;
      if (!joined.ok()) return joined.error();
      changed.entries.push_back(std::move(*joined));
      ++changed.answer;
    }
    changed.subject = subject_of(found, changed.answer);
    return changed;
  };
  change(by, "AddMembers", std::move(job), std::move(reply));
}

void AdminService::remove_members(const Operator& by, GroupId group, std::vector<UserChoice> users,
                                  bool tolerant, Reply<uint32_t> reply) {
  auto job = [group, users = std::move(users), tolerant,
              now = home_.clock().wall()](Store& store) -> Result<Changed<uint32_t>> {
    MPIM_TRY(const Group found, store.groups().find(group));
    Changed<uint32_t> changed{.answer = 0, .subject = {}};
    for (const UserChoice& user : users) {
      MPIM_TRY(const Account account, resolve(store, user));
      Result<Appended> left = store.groups().leave(group, account.id, {}, kSystemUser, now);
      if (!left.ok() && left.error().code == Code::kNotMember && tolerant) continue;
      if (!left.ok()) return left.error();
      changed.entries.push_back(std::move(*left));
      ++changed.answer;
    }
    changed.subject = subject_of(found, changed.answer);
    return changed;
  };
  change(by, "RemoveMembers", std::move(job), std::move(reply));
}

}  // namespace mpim
