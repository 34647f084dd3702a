// Profiles, friends, blocks, devices and the password.
#include "server/gateway/dispatch/dispatch.h"
#include "server/gateway/socket_address.h"

namespace mpim {
namespace {

// Lists are asked for with one row more than wanted: that tells whether there are more.
template <class Answer, class Row>
Response page_of(std::vector<Row> rows, size_t wanted) {
  const bool more = rows.size() > wanted;
  if (more) rows.erase(rows.begin() + static_cast<ptrdiff_t>(wanted), rows.end());
  return Answer{std::move(rows), more};
}

auto block_answer(bool on) {
  return [on](const Settled& settled, Peer&) -> Response {
    return BlockResponse{settled.with, on, settled.version};
  };
}

}  // namespace

void Dispatch::run(ProfileRequest request, const Asked& asked) {
  services_.people.profile(caller_of(*asked.peer), std::move(request.of),
                           answer_with<Profile>(asked, [](Profile found, Peer& peer) -> Response {
                             const bool own = found.user == peer.login->who.user;
                             return ProfileResponse{std::move(found), own};
                           }));
}

void Dispatch::run(SetProfileRequest request, const Asked& asked) {
  services_.people.set_profile(caller_of(*asked.peer), std::move(request.change),
                               answer_with<Profile>(asked, [](Profile now, Peer&) -> Response {
                                 return ProfileResponse{std::move(now), true};
                               }));
}

Reply<Settled> Dispatch::friend_reply(const Asked& asked) {
  return answer_with<Settled>(asked, [](const Settled& settled, Peer&) -> Response {
    return FriendResponse{settled.with, settled.state, settled.version};
  });
}

void Dispatch::run(AddFriendRequest request, const Asked& asked) {
  services_.people.add_friend(caller_of(*asked.peer), std::move(request.whom), friend_reply(asked));
}

void Dispatch::run(AcceptRequest request, const Asked& asked) {
  services_.people.accept(caller_of(*asked.peer), std::move(request.whom), friend_reply(asked));
}

void Dispatch::run(RejectRequest request, const Asked& asked) {
  services_.people.reject(caller_of(*asked.peer), std::move(request.whom), friend_reply(asked));
}

void Dispatch::run(RemoveFriendRequest request, const Asked& asked) {
  services_.people.remove_friend(caller_of(*asked.peer), std::move(request.whom),
                                 friend_reply(asked));
}

void Dispatch::run(FriendsRequest request, const Asked& asked) {
  services_.people.friends(
      caller_of(*asked.peer), request.state, request.after, request.count_max + 1,
      answer_with<std::vector<Friend>>(
          asked, [wanted = request.count_max](std::vector<Friend> rows, Peer&) -> Response {
            return page_of<FriendsResponse>(std::move(rows), wanted);
          }));
}

void Dispatch::run(BlockRequest request, const Asked& asked) {
  services_.people.block(caller_of(*asked.peer), std::move(request.whom),
                         answer_with<Settled>(asked, block_answer(true)));
}

void Dispatch::run(UnblockRequest request, const Asked& asked) {
  services_.people.unblock(caller_of(*asked.peer), std::move(request.whom),
                           answer_with<Settled>(asked, block_answer(false)));
}

void Dispatch::run(BlocksRequest request, const Asked& asked) {
  services_.people.blocks(
      caller_of(*asked.peer), request.after, request.count_max + 1,
      answer_with<std::vector<BlockedUser>>(
          asked, [wanted = request.count_max](std::vector<BlockedUser> rows, Peer&) -> Response {
            return page_of<BlocksResponse>(std::move(rows), wanted);
          }));
}

void Dispatch::run(PasswordRequest request, const Asked& asked) {
  services_.users.change_password(
      caller_of(*asked.peer), std::move(request.old_password), std::move(request.new_password),
      host_of(asked.peer->address()), asked.peer->login->session != nullptr,
      answer_with<std::string>(asked, [](std::string token, Peer&) -> Response {
        return PasswordResponse{std::move(token)};
      }));
}

void Dispatch::run(DevicesRequest, const Asked& asked) {
  services_.people.devices(
      caller_of(*asked.peer),
      answer_with<std::vector<OwnDevice>>(
          asked, [](const std::vector<OwnDevice>& devices, Peer&) -> Response {
            DevicesResponse answer;
            for (const auto& [device, online, own] : devices)
              answer.rows.push_back({device.name, device.created_at, device.seen_at, online, own});
            return answer;
          }));
}

void Dispatch::run(RevokeRequest request, const Asked& asked) {
  DeviceName device = request.device;
  services_.people.revoke(caller_of(*asked.peer), std::move(request.device),
                          answer_with<bool>(asked, [device](bool, Peer&) -> Response {
                            return RevokedResponse{device};
                          }));
}

}  // namespace mpim
