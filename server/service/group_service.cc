#include "server/service/group_service.h"

#include "server/core/group_rights.h"
#include "server/service/group_signals.h"

namespace mpim {
namespace {

// Whether somebody outside sees anything of a group. A closed one is its members' affair. Whoever
// belonged until it was dissolved goes on reading what was written, and so may know what it was.
Result<bool> seen_from_outside(Store& store, const Group& group, UserId user, bool invited) {
  if (group.dissolved_at.ms == 0) return group.join != JoinPolicy::kClosed || invited;
  MPIM_TRY(const Seq before, store.log().last_before(group.conversation, group.dissolved_at));
  MPIM_TRY(const std::vector<RecentMember> next,
           store.groups().members_since(group.id, before.next(), UserId(user.value - 1), 1));
  return !next.empty() && next.front().user == user;
}

}  // namespace

void GroupService::create(const Caller& caller, std::string name, std::string description,
                          Reply<Group> reply) {
  auto job = [caller, name = std::move(name), description = std::move(description),
              now = home_.clock().wall()](Store& store) {
    return store.groups().create(caller.user, caller.device, name, description, now);
  };
  auto made = [this, reply = std::move(reply)](Result<CreatedGroup> created) mutable {
    if (!created.ok()) return reply(created.error());
    reply(created->group);
    fanout_.committed(created->joined);
  };
  storage_.write(ConversationId{}, std::move(job), Reply<CreatedGroup>(home_, std::move(made)));
}

void GroupService::join(const Caller& caller, GroupId group,
                        Reply<std::optional<Committed>> reply) {
  auto job = [caller, group, now = home_.clock().wall()](Store& store) {
    return store.groups().ask_to_join(group, {caller.user, caller.device}, now);
  };
  auto asked = [this, user = caller.user, group,
                reply = std::move(reply)](Result<JoinAsked> outcome) mutable {
    if (!outcome.ok()) return reply(outcome.error());
    if (outcome->joined) {
      reply(std::optional(outcome->joined->committed));
      return fanout_.committed(*outcome->joined);
    }
    reply(std::optional<Committed>());
    if (!outcome->asked_before) tell_admins(group, user);
  };
  storage_.write(ConversationId{}, std::move(job), Reply<JoinAsked>(home_, std::move(asked)));
}

// Looked up beside the writer: a group may be large.
void GroupService::tell_admins(GroupId group, UserId asks) {
  auto job = [group](Store& store) { return store.groups().admins(group, kAdminsTold); };
  auto told = [this, group, asks](Result<std::vector<UserId>> admins) {
    if (!admins.ok()) return;  // REQUESTS lists it
    const ChangeSignal change = join_request_signal(group, asks, "open");
    for (const UserId admin : *admins) fanout_.tell(admin, UserTold{admin, change});
  };
  storage_.read(std::move(job), Reply<std::vector<UserId>>(home_, std::move(told)));
}

void GroupService::change(const Caller& caller, GroupId group, GroupChange change,
                          Reply<Committed> reply) {
  auto job = [caller, group, change = std::move(change), now = home_.clock().wall()](Store& store) {
    return store.groups().change(group, {caller.user, caller.device}, change, now);
  };
  auto changed = [this, reply = std::move(reply)](Result<Appended> appended) mutable {
    fan_out(std::move(reply), std::move(appended));
  };
  storage_.write(ConversationId{}, std::move(job), Reply<Appended>(home_, std::move(changed)));
}

void GroupService::look(const Caller& caller, GroupId group, Reply<GroupView> reply) {
  auto job = [user = caller.user, group](Store& store) -> Result<GroupView> {
    MPIM_TRY(Group found, store.groups().find(group));
    MPIM_TRY(const MemberState asker, store.groups().state_of(group, user));
    if (asker.member) return GroupView{std::move(found), asker};
    MPIM_TRY(const bool seen, seen_from_outside(store, found, user, asker.invited));
    if (!seen) return Error{Code::kNotMember, "only members see this group"};
    found.notice.clear();
    return GroupView{std::move(found), asker};
  };
  storage_.read(std::move(job), std::move(reply));
}

void GroupService::requests(const Caller& caller, GroupId group, UserId after, uint32_t count_max,
                            Reply<std::vector<GroupRequest>> reply) {
  auto job = [user = caller.user, group, after,
              count_max](Store& store) -> Result<std::vector<GroupRequest>> {
    MPIM_TRY(const MemberState asker, store.groups().state_of(group, user));
    if (!asker.member) return Error{Code::kNotMember, "only the group's admins see who asks"};
    if (!may(asker.role, GroupAct::kApprove))
      return Error{Code::kDenied, "only the owner and the admins may see who asks to join"};
    return store.groups().requests(group, after, count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void GroupService::refuse(const Caller& caller, GroupId group, UserId user, Reply<bool> reply) {
  auto job = [caller, group, user, now = home_.clock().wall()](Store& store) {
    return store.groups().refuse(group, {caller.user, caller.device}, user, now);
  };
  auto refused = [this, group, user, reply = std::move(reply)](Result<bool> outcome) mutable {
    if (!outcome.ok()) return reply(outcome.error());
    reply(true);
    fanout_.tell(user, UserTold{user, join_request_signal(group, user, "refused")});
  };
  storage_.write(ConversationId{}, std::move(job), Reply<bool>(home_, std::move(refused)));
}

void GroupService::invite(const Caller& caller, GroupId group, UserChoice whom,
                          Reply<UserId> reply) {
  auto job = [caller, group, whom = std::move(whom),
              now = home_.clock().wall()](Store& store) -> Result<Invitation> {
    UserId user;
    if (const auto* const id = std::get_if<UserId>(&whom)) {
      user = *id;
    } else {
      MPIM_TRY(const Account account, store.accounts().find(std::get<UserName>(whom).key));
      user = account.id;
    }
    return store.groups().invite(group, {caller.user, caller.device}, user, now);
  };
  auto invited = [this, by = caller.user, group,
                  reply = std::move(reply)](Result<Invitation> made) mutable {
    if (!made.ok()) return reply(made.error());
    reply(made->user);
    fanout_.tell(made->user, UserTold{made->user, invitation_signal(*made, group, by, "open")});
  };
  storage_.write(ConversationId{}, std::move(job), Reply<Invitation>(home_, std::move(invited)));
}

void GroupService::invitations(const Caller& caller, Reply<std::vector<GroupRequest>> reply) {
  auto job = [user = caller.user](Store& store) { return store.groups().invitations(user); };
  storage_.read(std::move(job), std::move(reply));
}

void GroupService::decline(const Caller& caller, GroupId group, Reply<bool> reply) {
  auto job = [user = caller.user, group, now = home_.clock().wall()](Store& store) {
    return store.groups().decline(group, user, now);
  };
  auto declined = [this, caller, group, reply = std::move(reply)](Result<Invitation> made) mutable {
    if (!made.ok()) return reply(made.error());
    reply(true);
    // His other devices, which have it in their lists.
    fanout_.tell(
        caller.user,
        UserTold{caller.user, invitation_signal(*made, group, caller.user, "none"), caller.device});
  };
  storage_.write(ConversationId{}, std::move(job), Reply<Invitation>(home_, std::move(declined)));
}

void GroupService::leave(const Caller& caller, GroupId group, Reply<Committed> reply) {
  auto job = [caller, group, now = home_.clock().wall()](Store& store) {
    return store.groups().leave(group, caller.user, caller.device, caller.user, now);
  };
  auto left = [this, reply = std::move(reply)](Result<Appended> appended) mutable {
    fan_out(std::move(reply), std::move(appended));
  };
  storage_.write(ConversationId{}, std::move(job), Reply<Appended>(home_, std::move(left)));
}

void GroupService::groups(const Caller& caller, Reply<std::vector<Group>> reply) {
  auto job = [user = caller.user](Store& store) { return store.groups().of_user(user); };
  storage_.read(std::move(job), std::move(reply));
}

void GroupService::members(const Caller& caller, GroupId group, UserId after, uint32_t count_max,
                           Reply<std::vector<Member>> reply) {
  auto job = [user = caller.user, group, after,
              count_max](Store& store) -> Result<std::vector<Member>> {
    MPIM_TRY(const bool member, store.groups().is_member(group, user));
    if (!member) return Error{Code::kNotMember, "only members of the group see who is in it"};
    return store.groups().members(group, after, count_max);
  };
  storage_.read(std::move(job), std::move(reply));
}

void GroupService::fan_out(Reply<Committed> reply, Result<Appended> appended) {
  if (!appended.ok()) return reply(appended.error());
  reply(appended->committed);
  fanout_.committed(*appended);
}

}  // namespace mpim
