// The calls about the server, people, groups, routes and sessions.
#include <algorithm>
#include <array>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/gateway/admin/admin_call.h"

namespace mpim {

admin::v1::User to_wire(const UserRow& row) {
  admin::v1::User out;
  out.set_id(row.account.id.value);
  out.set_name(row.account.name);
  out.set_disabled(row.account.disabled);
  out.set_created_at_ms(row.account.created_at.ms);
  out.set_sessions(row.sessions);
  return out;
}

admin::v1::Device to_wire(const Device& device) {
  admin::v1::Device out;
  out.set_id(device.id.value);
  out.set_name(device.name);
  out.set_generation(device.generation);
  out.set_created_at_ms(device.created_at.ms);
  out.set_seen_at_ms(device.seen_at.ms);
  return out;
}

admin::v1::Profile to_wire(const Profile& profile) {
  admin::v1::Profile out;
  out.set_display_name(profile.display_name);
  out.set_about(profile.about);
  out.set_avatar(profile.avatar.value);
  out.set_direct_messages(profile.friends_only ? "friends" : "anyone");
  out.set_version(profile.version);
  return out;
}

admin::v1::Group to_wire(const Group& group, const ShownNames& names) {
  admin::v1::Group out = to_wire(group);
  *out.mutable_owner() = user_ref_of(group.owner, names);
  return out;
}

Result<UserId> user_after(uint64_t wire) {
  return wire == 0 ? Result<UserId>(UserId{}) : user_id_from(wire);
}

namespace {

admin::v1::Route to_wire(const Route& route, const ShownNames& names) {
  admin::v1::Route out;
  *out.mutable_user() = user_ref_of(route.user, names);
  out.set_node(route.node.name);
  out.set_sessions(route.sessions);
  out.set_since_ms(route.since.ms);
  return out;
}

admin::v1::Session to_wire(const LiveSession& session, const ShownNames& names,
                           const NodeId& node) {
  admin::v1::Session out;
  out.set_id(session.id.value);
  *out.mutable_user() = user_ref_of(session.user, names);
  out.set_device(session.device.value);
  out.set_device_name(device_name_of(session.device, names));
  out.set_node(node.name);
  out.set_peer(session.peer);
  out.set_protocol(session.protocol);
  out.set_ack(session.ack == AckMode::kAuto ? "auto" : "client");
  out.set_sync(session.sync == SyncMode::kAuto ? "auto" : "manual");
  out.set_in_flight(session.in_flight);
  out.set_behind(session.behind);
  out.set_since_ms(session.since.ms);
  return out;
}

Result<std::optional<UserChoice>> user_if_given(bool given, const admin::v1::UserRef& wire) {
  if (!given) return std::optional<UserChoice>();
  MPIM_TRY(UserChoice user, user_from(wire));
  return std::optional(std::move(user));
}

Result<void> get_server(const AdminContext& context, const admin::v1::GetServerRequest&,
                        AdminAnswer& out) {
  context.service.server(out.reply<ServerStatus>([](const ServerStatus& server) {
    admin::v1::GetServerResponse told;
    told.set_version(MPIM_VERSION);
    told.set_api_version("v1");
    told.set_node(server.node.node.name);
    told.set_pid(server.node.pid);
    told.set_started_at_ms(server.node.started_at.ms);
    told.set_line(server.node.line);
    told.set_ws(server.node.ws);
    told.set_http(server.node.http);
    told.set_data_dir(server.node.data_dir);
    told.set_epoch(server.epoch);
    told.set_schema_version(server.node.schema_version);
    told.set_connections(server.node.connections);
    told.set_sessions(server.node.sessions);
    told.set_state(server.node.draining ? "draining" : "ready");
    return told;
  }));
  return {};
}

Result<void> add_users(const AdminContext& context, const admin::v1::AddUsersRequest& in,
                       AdminAnswer& out) {
  MPIM_CHECKED(check_batch(in.names_size(), "names"));
  std::vector<UserName> names;
  for (const std::string& typed : in.names()) {
    MPIM_TRY(UserName name, user_name(typed));
    names.push_back(std::move(name));
  }
  MPIM_TRY(std::string secret, password(in.password()));
  context.service.add_users(
      context.by, std::move(names), std::move(secret), in.if_not_exists(),
      out.reply<std::vector<AddedUser>>([](const std::vector<AddedUser>& added) {
        admin::v1::AddUsersResponse told;
        for (const AddedUser& one : added) {
          admin::v1::AddedUser& shown = *told.add_users();
          *shown.mutable_user() = to_wire(one.user);
          shown.set_created(one.created);
        }
        return told;
      }));
  return {};
}

Result<void> list_users(const AdminContext& context, const admin::v1::ListUsersRequest& in,
                        AdminAnswer& out) {
  MPIM_TRY(const UserId after, user_after(in.after()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.list_users(after, limit,
                             out.reply<Listing<UserRow>>([](const Listing<UserRow>& page) {
                               admin::v1::ListUsersResponse told;
                               for (const UserRow& row : page.items)
                                 *told.add_users() = to_wire(row);
                               told.set_more(page.more);
                               return told;
                             }));
  return {};
}

Result<void> get_user(const AdminContext& context, const admin::v1::GetUserRequest& in,
                      AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  context.service.get_user(std::move(user), out.reply<UserDetail>([](const UserDetail& found) {
    admin::v1::GetUserResponse told;
    *told.mutable_profile() = to_wire(found.profile);
    *told.mutable_user() = to_wire(found.user);
    for (const Device& device : found.devices) *told.add_devices() = to_wire(device);
    for (const Group& group : found.groups) *told.add_groups() = to_wire(group, found.names);
    return told;
  }));
  return {};
}

Result<void> set_password(const AdminContext& context, const admin::v1::SetPasswordRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(std::string secret, password(in.password()));
  context.service.set_password(context.by, std::move(user), std::move(secret),
                               out.reply<UserRow>([](const UserRow& row) {
                                 admin::v1::SetPasswordResponse told;
                                 *told.mutable_user() = to_wire(row);
                                 return told;
                               }));
  return {};
}

Result<void> set_user_disabled(const AdminContext& context,
                               const admin::v1::SetUserDisabledRequest& in, AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  context.service.set_disabled(context.by, std::move(user), in.disabled(),
                               out.reply<UserRow>([](const UserRow& row) {
                                 admin::v1::SetUserDisabledResponse told;
                                 *told.mutable_user() = to_wire(row);
                                 return told;
                               }));
  return {};
}

Result<void> remove_user(const AdminContext& context, const admin::v1::RemoveUserRequest& in,
                         AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  context.service.remove_user(context.by, std::move(user), in.dry_run(),
                              out.reply<RemovedUser>([](const RemovedUser& removed) {
                                admin::v1::RemoveUserResponse told;
                                *told.mutable_user() = to_wire(removed.user);
                                told.set_devices(removed.devices);
                                told.set_groups(removed.groups);
                                return told;
                              }));
  return {};
}

Result<void> create_group(const AdminContext& context, const admin::v1::CreateGroupRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(std::string name, group_name(in.name()));
  MPIM_TRY(std::string about, description(in.description()));
  MPIM_TRY(UserChoice owner, user_from(in.owner()));
  context.service.create_group(context.by, std::move(name), std::move(about), std::move(owner),
                               in.if_not_exists(), out.reply<GroupRow>([](const GroupRow& row) {
                                 admin::v1::CreateGroupResponse told;
                                 *told.mutable_group() = to_wire(row.group, row.names);
                                 told.set_created(row.created);
                                 return told;
                               }));
  return {};
}

Result<void> list_groups(const AdminContext& context, const admin::v1::ListGroupsRequest& in,
                         AdminAnswer& out) {
  const auto first = [&] {
    return in.after() == 0 ? Result(GroupId{}) : group_id_from(in.after());
  };
  MPIM_TRY(const GroupId after, first());
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.list_groups(after, limit,
                              out.reply<Listing<Group>>([](const Listing<Group>& page) {
                                admin::v1::ListGroupsResponse told;
                                for (const Group& group : page.items)
                                  *told.add_groups() = to_wire(group, page.names);
                                told.set_more(page.more);
                                return told;
                              }));
  return {};
}

Result<void> get_group(const AdminContext& context, const admin::v1::GetGroupRequest& in,
                       AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.id()));
  MPIM_TRY(const UserId after, user_after(in.members_after()));
  MPIM_TRY(const uint32_t limit, limit_from(in.members_limit()));
  context.service.get_group(group, after, limit,
                            out.reply<GroupDetail>([](const GroupDetail& found) {
                              admin::v1::GetGroupResponse told;
                              *told.mutable_group() = to_wire(found.group, found.members.names);
                              for (const Member& member : found.members.items)
                                *told.add_members() = to_wire(member);
                              told.set_more(found.members.more);
                              return told;
                            }));
  return {};
}

Result<void> add_members(const AdminContext& context, const admin::v1::AddMembersRequest& in,
                         AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.group()));
  MPIM_TRY(std::vector<UserChoice> users, users_from(in.users()));
  context.service.add_members(context.by, group, std::move(users), in.if_not_exists(),
                              out.reply<uint32_t>([](uint32_t added) {
                                admin::v1::AddMembersResponse told;
                                told.set_added(added);
                                return told;
                              }));
  return {};
}

Result<void> remove_members(const AdminContext& context, const admin::v1::RemoveMembersRequest& in,
                            AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.group()));
  MPIM_TRY(std::vector<UserChoice> users, users_from(in.users()));
  context.service.remove_members(context.by, group, std::move(users), in.if_exists(),
                                 out.reply<uint32_t>([](uint32_t removed) {
                                   admin::v1::RemoveMembersResponse told;
                                   told.set_removed(removed);
                                   return told;
                                 }));
  return {};
}

Result<void> list_routes(const AdminContext& context, const admin::v1::ListRoutesRequest& in,
                         AdminAnswer& out) {
  MPIM_TRY(std::optional<UserChoice> user, user_if_given(in.has_user(), in.user()));
  MPIM_TRY(const UserId after, user_after(in.after()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  MPIM_TRY(const GroupId group,
           in.group() == 0 ? Result<GroupId>(GroupId()) : group_id_from(in.group()));
  RouteChoice which{std::move(user), group, NodeId{in.node()}, after};
  context.service.list_routes(std::move(which), limit,
                              out.reply<RoutePage>([](const RoutePage& page) {
                                admin::v1::ListRoutesResponse told;
                                for (const Route& route : page.routes.items)
                                  *told.add_routes() = to_wire(route, page.routes.names);
                                told.set_more(page.routes.more);
                                told.set_last(page.last.value);
                                told.set_why(page.why);
                                return told;
                              }));
  return {};
}

Result<void> list_sessions(const AdminContext& context, const admin::v1::ListSessionsRequest& in,
                           AdminAnswer& out) {
  MPIM_TRY(std::optional<UserChoice> user, user_if_given(in.has_user(), in.user()));
  const NodeId node = in.node().empty() ? context.service.node() : NodeId{in.node()};
  context.service.list_sessions(
      std::move(user), node,
      out.reply<Listing<LiveSession>>([node](const Listing<LiveSession>& page) {
        admin::v1::ListSessionsResponse told;
        for (const LiveSession& session : page.items)
          *told.add_sessions() = to_wire(session, page.names, node);
        return told;
      }));
  return {};
}

Result<void> kick_sessions(const AdminContext& context, const admin::v1::KickSessionsRequest& in,
                           AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  std::string device;
  if (!in.device_name().empty()) {
    MPIM_TRY(const DeviceName name, device_name(in.device_name()));
    device = name.text;
  }
  MPIM_TRY(std::string reason, description(in.reason()));
  if (reason.empty()) reason = "an operator ended this session";
  context.service.kick_sessions(context.by, std::move(user), std::move(device), std::move(reason),
                                out.reply<uint32_t>([](uint32_t kicked) {
                                  admin::v1::KickSessionsResponse told;
                                  told.set_kicked(kicked);
                                  return told;
                                }));
  return {};
}

constexpr std::array<AdminMethod, 15> kMethods{{
    {"AddMembers", run_admin_method<admin::v1::AddMembersRequest, add_members>},
    {"AddUsers", run_admin_method<admin::v1::AddUsersRequest, add_users>},
    {"CreateGroup", run_admin_method<admin::v1::CreateGroupRequest, create_group>},
    {"GetGroup", run_admin_method<admin::v1::GetGroupRequest, get_group>},
    {"GetServer", run_admin_method<admin::v1::GetServerRequest, get_server>},
    {"GetUser", run_admin_method<admin::v1::GetUserRequest, get_user>},
    {"KickSessions", run_admin_method<admin::v1::KickSessionsRequest, kick_sessions>},
    {"ListGroups", run_admin_method<admin::v1::ListGroupsRequest, list_groups>},
    {"ListRoutes", run_admin_method<admin::v1::ListRoutesRequest, list_routes>},
    {"ListSessions", run_admin_method<admin::v1::ListSessionsRequest, list_sessions>},
    {"ListUsers", run_admin_method<admin::v1::ListUsersRequest, list_users>},
    {"RemoveMembers", run_admin_method<admin::v1::RemoveMembersRequest, remove_members>},
    {"RemoveUser", run_admin_method<admin::v1::RemoveUserRequest, remove_user>},
    {"SetPassword", run_admin_method<admin::v1::SetPasswordRequest, set_password>},
    {"SetUserDisabled", run_admin_method<admin::v1::SetUserDisabledRequest, set_user_disabled>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_people_methods() { return kMethods; }

Result<void> check_batch(int size, std::string_view what) {
  if (size > 0 && size <= kAdminBatchMax) return {};
  return Error{Code::kBadRequest, "a call takes 1 to " + std::to_string(kAdminBatchMax) + " " +
                                      std::string(what) + ", not " + std::to_string(size)};
}

Result<std::vector<UserChoice>> users_from(
    const google::protobuf::RepeatedPtrField<admin::v1::UserRef>& wire) {
  MPIM_CHECKED(check_batch(wire.size(), "users"));
  std::vector<UserChoice> users;
  for (const admin::v1::UserRef& one : wire) {
    MPIM_TRY(UserChoice user, user_from(one));
    users.push_back(std::move(user));
  }
  return users;
}

admin::v1::UserRef user_ref_of(UserId user, const ShownNames& names) {
  const auto found = names.users.find(user);
  return user_ref(user, found == names.users.end() ? std::string() : found->second);
}

std::string device_name_of(DeviceId device, const ShownNames& names) {
  const auto found = names.devices.find(device);
  return found == names.devices.end() ? std::string() : found->second;
}

}  // namespace mpim
