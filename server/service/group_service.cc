#include "server/service/group_service.h"

namespace mpim {

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

void GroupService::join(const Caller& caller, GroupId group, Reply<Committed> reply) {
  auto job = [caller, group, now = home_.clock().wall()](Store& store) {
    return store.groups().join(group, caller.user, caller.device, caller.user, now);
  };
  auto joined = [this, reply = std::move(reply)](Result<Appended> appended) mutable {
    fan_out(std::move(reply), std::move(appended));
  };
  storage_.write(ConversationId{}, std::move(job), Reply<Appended>(home_, std::move(joined)));
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
