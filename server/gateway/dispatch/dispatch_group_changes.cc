// What admins change about groups, who asks to join, who is invited.
#include "server/gateway/dispatch/dispatch.h"

namespace mpim {
namespace {

std::vector<WaitingRow> shown(std::vector<GroupRequest> waiting) {
  std::vector<WaitingRow> rows;
  rows.reserve(waiting.size());
  for (GroupRequest& each : waiting)
    rows.push_back({each.group, each.user, each.made_by, std::move(each.name), each.at});
  return rows;
}

}  // namespace

void Dispatch::run(GroupLookRequest request, const Asked& asked) {
  services_.groups.look(caller_of(*asked.peer), request.group,
                        answer_with<GroupView>(asked, [](GroupView view, Peer&) -> Response {
                          return GroupLookResponse{std::move(view.group), view.asker.member,
                                                   view.asker.invited, view.asker.role,
                                                   view.asker.muted_until};
                        }));
}

void Dispatch::run(GroupChangeRequest request, const Asked& asked) {
  if (!may_change(asked)) return;
  services_.groups.change(caller_of(*asked.peer), request.group, std::move(request.change),
                          own_entry_reply(asked));
}

void Dispatch::run(JoinRequestsRequest request, const Asked& asked) {
  // One more than asked for tells whether there are more.
  const size_t asked_for = request.count_max;
  services_.groups.requests(
      caller_of(*asked.peer), request.group, request.after, request.count_max + 1,
      answer_with<std::vector<GroupRequest>>(
          asked, [asked_for](std::vector<GroupRequest> waiting, Peer&) -> Response {
            const bool more = waiting.size() > asked_for;
            if (more) waiting.resize(asked_for);
            return JoinRequestsResponse{shown(std::move(waiting)), more};
          }));
}

void Dispatch::run(RefuseRequest request, const Asked& asked) {
  services_.groups.refuse(caller_of(*asked.peer), request.group, request.user,
                          answer_with<bool>(asked, [user = request.user](bool, Peer&) -> Response {
                            return RefusedResponse{user};
                          }));
}

void Dispatch::run(InviteRequest request, const Asked& asked) {
  services_.groups.invite(caller_of(*asked.peer), request.group, std::move(request.whom),
                          answer_with<UserId>(asked, [](UserId user, Peer&) -> Response {
                            return InvitedResponse{user};
                          }));
}

void Dispatch::run(InvitesRequest, const Asked& asked) {
  services_.groups.invitations(caller_of(*asked.peer),
                               answer_with<std::vector<GroupRequest>>(
                                   asked, [](std::vector<GroupRequest> waiting, Peer&) -> Response {
                                     return InvitesResponse{shown(std::move(waiting))};
                                   }));
}

void Dispatch::run(DeclineRequest request, const Asked& asked) {
  services_.groups.decline(
      caller_of(*asked.peer), request.group,
      answer_with<bool>(asked, [group = request.group](bool, Peer&) -> Response {
        return DeclinedResponse{group};
      }));
}

}  // namespace mpim
