// The admin service's calls that change a group, or let people into it.
#include "server/service/admin/admin_change.h"
#include "server/service/group_signals.h"

namespace mpim {
namespace {

// Operators are no members: the system's user stands for them in the log.
constexpr GroupActor kOperator{.user = kSystemUser, .device = {}};

void put_user(GroupChange& change, UserId user) {
  std::visit(
      [user](auto& one) {
        if constexpr (requires { one.to; }) one.to = user;
        if constexpr (requires { one.user; }) one.user = user;
      },
      change);
}

std::string subject_of(GroupId group) { return "group " + std::to_string(group.value); }
std::string subject_of(GroupId group, uint64_t count, std::string_view what) {
  return subject_of(group) + ", " + std::to_string(count) + " " + std::string(what);
}

Result<ChangedGroup> as_it_is(Store& store, GroupId group, bool changed) {
  MPIM_TRY(Group now, store.groups().find(group));
  NameLookup names(store);
  names.user(now.owner);
  return ChangedGroup{std::move(now), changed, names.take()};
}

// Does `act` to each, and counts; a refusal with `passed` is passed over if that is wanted.
template <class Act>
Result<uint32_t> each_of(Store& store, const std::vector<UserChoice>& users,
                         std::optional<Code> passed, Act act) {
  uint32_t count = 0;
  for (const UserChoice& user : users) {
    MPIM_TRY(const Account account, resolve_person(store, user));
    const Result<void> done = act(account.id);
    if (!done.ok() && done.error().code == passed) continue;
    if (!done.ok()) return done.error();
    ++count;
  }
  return count;
}

std::optional<Code> if_tolerant(bool tolerant, Code code) {
  return tolerant ? std::optional(code) : std::nullopt;
}

}  // namespace

void AdminService::change_group(const Operator& by, std::string_view action, GroupId group,
                                std::vector<GroupOrder> orders, Reply<ChangedGroup> reply) {
  auto job = [group, orders = std::move(orders),
              now = home_.clock().wall()](Store& store) -> Result<Changed<ChangedGroup>> {
    std::vector<Appended> entries;
    for (const GroupOrder& order : orders) {
      GroupChange wanted = order.change;
      if (order.about) {
        MPIM_TRY(const Account account, resolve(store, *order.about));
        put_user(wanted, account.id);
      }
      Result<Appended> made = store.groups().change(group, kOperator, wanted, now);
      if (!made.ok() && made.error().code == Code::kConflict) continue;
      if (!made.ok()) return made.error();
      entries.push_back(std::move(*made));
    }
    MPIM_TRY(ChangedGroup answer, as_it_is(store, group, !entries.empty()));
    return Changed<ChangedGroup>{.answer = std::move(answer),
                                 .subject = subject_of(group, entries.size(), "changes"),
                                 .entries = std::move(entries)};
  };
  change(by, action, std::move(job), std::move(reply));
}

void AdminService::dissolve_group(const Operator& by, GroupId group, bool dry_run, bool tolerant,
                                  Reply<ChangedGroup> reply) {
  auto job = [group, tolerant,
              now = home_.clock().wall()](Store& store) -> Result<Changed<ChangedGroup>> {
    Result<Appended> made = store.groups().change(group, kOperator, DissolveGroup{}, now);
    const bool was_so = !made.ok() && made.error().code == Code::kDissolved;
    if (!made.ok() && !(was_so && tolerant)) return made.error();
    MPIM_TRY(ChangedGroup answer, as_it_is(store, group, made.ok()));
    Changed<ChangedGroup> changed{.answer = std::move(answer), .subject = subject_of(group)};
    if (made.ok()) changed.entries.push_back(std::move(*made));
    return changed;
  };
  if (!dry_run) return change(by, "DissolveGroup", std::move(job), std::move(reply));
  auto look = [group, tolerant](Store& store) -> Result<ChangedGroup> {
    MPIM_TRY(ChangedGroup found, as_it_is(store, group, false));
    const bool lives = found.group.dissolved_at.ms == 0;
    if (!lives && !tolerant)
      return Error{Code::kDissolved, subject_of(group) + " was dissolved already"};
    found.changed = lives;
    return found;
  };
  storage_.read(std::move(look), std::move(reply));
}

void AdminService::invite_members(const Operator& by, GroupId group, std::vector<UserChoice> users,
                                  bool tolerant, Reply<uint32_t> reply) {
  auto job = [group, users = std::move(users), passed = if_tolerant(tolerant, Code::kExists),
              now = home_.clock().wall()](Store& store) -> Result<Changed<uint32_t>> {
    Changed<uint32_t> changed{.answer = 0, .subject = {}};
    MPIM_TRY(changed.answer, each_of(store, users, passed, [&](UserId user) -> Result<void> {
               MPIM_TRY(const Invitation made, store.groups().invite(group, kOperator, user, now));
               changed.told.emplace_back(
                   user, UserTold{user, invitation_signal(made, group, kSystemUser, "open")});
               return {};
             }));
    changed.subject = subject_of(group, changed.answer, "invitations");
    return changed;
  };
  change(by, "InviteMembers", std::move(job), std::move(reply));
}

void AdminService::list_join_requests(GroupId group, UserId after, uint32_t count_max,
                                      Reply<Listing<GroupRequest>> reply) {
  auto job = [group, after, count_max](Store& store) -> Result<Listing<GroupRequest>> {
    MPIM_CHECKED(store.groups().find(group));
    MPIM_TRY(std::vector<GroupRequest> rows, store.groups().requests(group, after, count_max + 1));
    return listing(std::move(rows), count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::approve_requests(const Operator& by, GroupId group,
                                    std::vector<UserChoice> users, bool tolerant,
                                    Reply<uint32_t> reply) {
  auto job = [group, users = std::move(users), passed = if_tolerant(tolerant, Code::kNotFound),
              now = home_.clock().wall()](Store& store) -> Result<Changed<uint32_t>> {
    MPIM_CHECKED(store.groups().find(group));
    Changed<uint32_t> changed{.answer = 0, .subject = {}};
    MPIM_TRY(changed.answer, each_of(store, users, passed, [&](UserId user) -> Result<void> {
               MPIM_TRY(Appended joined,
                        store.groups().change(group, kOperator, ApproveMember{user}, now));
               changed.entries.push_back(std::move(joined));
               return {};
             }));
    changed.subject = subject_of(group, changed.answer, "requests");
    return changed;
  };
  change(by, "ApproveJoinRequests", std::move(job), std::move(reply));
}

void AdminService::refuse_requests(const Operator& by, GroupId group, std::vector<UserChoice> users,
                                   bool tolerant, Reply<uint32_t> reply) {
  auto job = [group, users = std::move(users), passed = if_tolerant(tolerant, Code::kNotFound),
              now = home_.clock().wall()](Store& store) -> Result<Changed<uint32_t>> {
    MPIM_CHECKED(store.groups().find(group));
    Changed<uint32_t> changed{.answer = 0, .subject = {}};
    MPIM_TRY(changed.answer, each_of(store, users, passed, [&](UserId user) -> Result<void> {
               MPIM_CHECKED(store.groups().refuse(group, kOperator, user, now));
               changed.told.emplace_back(
                   user, UserTold{user, join_request_signal(group, user, "refused")});
               return {};
             }));
    changed.subject = subject_of(group, changed.answer, "requests");
    return changed;
  };
  change(by, "RefuseJoinRequests", std::move(job), std::move(reply));
}

void AdminService::import_members(const Operator& by, GroupId group, std::vector<NewMember> members,
                                  bool tolerant, Reply<MemberImport> reply) {
  auto job = [group, members = std::move(members), tolerant,
              now = home_.clock().wall()](Store& store) -> Result<Changed<MemberImport>> {
    Changed<MemberImport> changed{.answer = {}, .subject = {}};
    std::vector<ImportedMember> known;
    for (const NewMember& member : members) {
      const Result<Account> account = resolve_person(store, member.user);
      const bool unknown = !account.ok() && account.error().code == Code::kNotFound;
      changed.answer.unknown += unknown ? 1 : 0;
      if (unknown && tolerant) continue;
      if (!account.ok()) return account.error();
      known.push_back({account->id, member.role});
    }
    MPIM_TRY(Imported imported, store.groups().import(group, known, now));
    changed.answer.added = imported.added;
    changed.answer.present = static_cast<uint32_t>(known.size()) - imported.added;
    changed.subject = subject_of(group, imported.added, "members");
    if (imported.entry) changed.entries.push_back(std::move(*imported.entry));
    return changed;
  };
  change(by, "ImportMembers", std::move(job), std::move(reply));
}

}  // namespace mpim
