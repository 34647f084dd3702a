// Groups and who belongs to them.
#include "server/gateway/dispatch/dispatch.h"

namespace mpim {

void Dispatch::run(CreateGroupRequest request, const Asked& asked) {
  // Its first entry is the founder's own join.
  services_.groups.create(
      caller_of(*asked.peer), std::move(request.name), std::move(request.description),
      answer_with_own<Group>(
          asked,
          [](const Group& group) { return std::optional(MessageId(group.conversation, Seq(1))); },
          [](Group group) -> Response { return GroupCreatedResponse{std::move(group)}; }));
}

void Dispatch::run(JoinGroupRequest request, const Asked& asked) {
  if (!may_change(asked)) return;
  using Joined = std::optional<Committed>;
  services_.groups.join(
      caller_of(*asked.peer), request.group,
      answer_with_own<Joined>(
          asked,
          [](const Joined& joined) { return joined ? std::optional(joined->id) : std::nullopt; },
          [](const Joined& joined) -> Response {
            if (!joined) return JoinPendingResponse{};
            return MembershipResponse{joined->id};
          }));
}

void Dispatch::run(LeaveGroupRequest request, const Asked& asked) {
  if (!may_change(asked)) return;
  services_.groups.leave(
      caller_of(*asked.peer), request.group,
      answer_with_own<Committed>(
          asked, [](const Committed& made) { return std::optional(made.id); },
          [](const Committed& made) -> Response { return MembershipResponse{made.id}; }));
}

void Dispatch::run(GroupsRequest, const Asked& asked) {
  services_.groups.groups(
      caller_of(*asked.peer),
      answer_with<std::vector<Group>>(asked, [](std::vector<Group> rows, Peer&) -> Response {
        return GroupsResponse{std::move(rows)};
      }));
}

void Dispatch::run(MembersRequest request, const Asked& asked) {
  // One more than asked for tells whether there are more.
  const size_t asked_for = request.count_max;
  services_.groups.members(caller_of(*asked.peer), request.group, request.after,
                           request.count_max + 1,
                           answer_with<std::vector<Member>>(
                               asked, [asked_for](std::vector<Member> rows, Peer&) -> Response {
                                 const bool more = rows.size() > asked_for;
                                 if (more) rows.resize(asked_for);
                                 return MembersResponse{std::move(rows), more};
                               }));
}

}  // namespace mpim
