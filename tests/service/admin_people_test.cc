#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

const Operator kRoot{"uid 0"};

Result<std::vector<AddedUser>> add(ServiceRig& rig, std::vector<std::string> names,
                                   bool if_not_exists = false, std::string password = "password") {
  std::vector<UserName> wanted;
  for (const std::string& name : names) wanted.push_back(named(name));
  return rig.ask<std::vector<AddedUser>>([&](auto reply) {
    rig.admin.add_users(kRoot, wanted, password, if_not_exists, std::move(reply));
  });
}

std::vector<std::string> audited(ServiceRig& rig) {
  std::vector<std::string> rows;
  const std::vector<AuditRow> newest = *rig.storage.store().audit().newest(100);
  for (const AuditRow& row : newest)
    rows.push_back(row.actor + " " + row.action + " " + row.subject);
  return rows;
}

}  // namespace

TEST_CASE("the server tells its node and its store's epoch", "[service][O12]") {
  ServiceRig rig;
  const auto server =
      rig.ask<ServerStatus>([&](auto reply) { rig.admin.server(std::move(reply)); });
  CHECK(server->node.node.name == "test");
  CHECK(server->epoch == *rig.storage.store().epoch());
}

TEST_CASE("many users are added with one hash, all or none, and it is audited", "[service][P12]") {
  ServiceRig rig;
  const auto added = add(rig, {"ann", "bob"});
  REQUIRE(added.ok());
  CHECK(added->size() == 2);
  CHECK(added->at(1).created);
  CHECK(rig.hasher.hashes == 1);
  CHECK(audited(rig) == std::vector<std::string>{"uid 0 AddUsers 2 users from ann"});

  CHECK(add(rig, {"carol", "bob"}).error().code == Code::kExists);
  CHECK(rig.storage.store().accounts().find("carol").error().code == Code::kNotFound);
  CHECK(audited(rig).size() == 1);

  const auto tolerant = add(rig, {"carol", "bob"}, true);
  REQUIRE(tolerant.ok());
  CHECK(tolerant->at(0).created);
  CHECK_FALSE(tolerant->at(1).created);
  CHECK(tolerant->at(1).user.account.name == "bob");
  CHECK(add(rig, {"dan"}, false, "short").error().code == Code::kBadRequest);
  CHECK(add(rig, {}).error().code == Code::kBadRequest);
}

TEST_CASE(
    "users are listed page by page with their live sessions, and shown with devices and groups",
    "[service][P15]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  REQUIRE(rig.enroll("bob").ok());
  rig.directory.bind(ann.user, {});
  const auto page = rig.ask<Listing<UserRow>>(
      [&](auto reply) { rig.admin.list_users(UserId(1'000), 1, std::move(reply)); });
  REQUIRE(page->items.size() == 1);
  CHECK(page->more);
  CHECK(page->items[0].account.name == "ann");
  CHECK(page->items[0].sessions == 1);

  REQUIRE(rig.ask<Group>([&](auto reply) {
               rig.groups.create(rig.caller(ann), "tea", "", std::move(reply));
             })
              .ok());
  const auto shown =
      rig.ask<UserDetail>([&](auto reply) { rig.admin.get_user(named("ann"), std::move(reply)); });
  REQUIRE(shown.ok());
  CHECK(shown->devices.at(0).name == "default");
  CHECK(shown->groups.at(0).name == "tea");
  CHECK(shown->names.users.at(ann.user) == "ann");
  const auto missing =
      rig.ask<UserDetail>([&](auto reply) { rig.admin.get_user(UserId(9'999), std::move(reply)); });
  CHECK(missing.error().code == Code::kNotFound);
}

TEST_CASE("a new password ends the sessions and the tokens, and only the new one opens",
          "[service][P12][G19]") {
  ServiceRig rig;
  const LoggedIn bob = *rig.enroll("bob");
  rig.directory.bind(bob.user, {});
  const auto set = [&](UserChoice user, const std::string& password) {
    return rig.ask<UserRow>([&](auto reply) {
      rig.admin.set_password(kRoot, std::move(user), password, std::move(reply));
    });
  };
  CHECK(set(named("bob"), "short").error().code == Code::kBadRequest);
  CHECK(set(named("nobody"), "long enough").error().code == Code::kNotFound);
  CHECK(set(kSystemUser, "long enough").error().code == Code::kDenied);
  CHECK(rig.bus.all<SessionsEnded>().empty());
  REQUIRE(set(named("bob"), "another one").ok());
  REQUIRE(rig.bus.all<SessionsEnded>().size() == 1);
  CHECK(rig.bus.all<SessionsEnded>()[0].user == bob.user);
  CHECK(rig.resume(bob.token).error().code == Code::kBadToken);
  CHECK(rig.log_in("bob").error().code == Code::kBadCredentials);
  CHECK(rig.log_in("bob", "another one").ok());
  CHECK(audited(rig) == std::vector<std::string>{"uid 0 SetPassword bob"});
}

TEST_CASE("a disabled user's sessions end as DISABLED, and he can be enabled again",
          "[service][P13]") {
  ServiceRig rig;
  const LoggedIn bob = *rig.enroll("bob");
  rig.directory.bind(bob.user, {});
  const auto set = [&](bool disabled) {
    return rig.ask<UserRow>(
        [&](auto reply) { rig.admin.set_disabled(kRoot, bob.user, disabled, std::move(reply)); });
  };
  CHECK(set(true)->account.disabled);
  REQUIRE(rig.bus.all<SessionsEnded>().size() == 1);
  CHECK(rig.bus.all<SessionsEnded>()[0].why.code == Code::kDisabled);
  CHECK(rig.log_in("bob").error().code == Code::kDisabled);
  CHECK_FALSE(set(false)->account.disabled);
  CHECK(rig.bus.all<SessionsEnded>().size() == 1);
  CHECK(rig.log_in("bob").ok());
  CHECK(audited(rig) == std::vector<std::string>{"uid 0 SetUserDisabled bob enabled",
                                                 "uid 0 SetUserDisabled bob disabled"});
}

TEST_CASE("removing a user tells the same plan dry and real, leaves his groups and frees the name",
          "[service][P17]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  const Group group = *rig.ask<Group>(
      [&](auto reply) { rig.groups.create(rig.caller(ann), "tea", "", std::move(reply)); });
  REQUIRE(rig.ask<std::optional<Committed>>(
                 [&](auto reply) { rig.groups.join(rig.caller(bob), group.id, std::move(reply)); })
              .ok());
  rig.directory.bind(bob.user, {});
  rig.bus.envelopes.clear();
  const auto remove = [&](bool dry_run) {
    return rig.ask<RemovedUser>(
        [&](auto reply) { rig.admin.remove_user(kRoot, bob.user, dry_run, std::move(reply)); });
  };
  const auto dry = remove(true);
  REQUIRE(dry.ok());
  CHECK(rig.bus.envelopes.empty());
  CHECK(audited(rig).empty());
  const auto real = remove(false);
  REQUIRE(real.ok());
  CHECK(dry->devices == 1);
  CHECK(dry->groups == 1);
  CHECK(real->devices == dry->devices);
  CHECK(real->groups == dry->groups);
  CHECK(rig.bus.all<EntryCommitted>().at(0).entry->kind == EntryKind::kLeave);
  CHECK(rig.bus.all<SessionsEnded>().size() == 1);
  CHECK_FALSE(*rig.storage.store().groups().is_member(group.id, bob.user));
  CHECK(remove(false).error().code == Code::kNotFound);
  CHECK(rig.enroll("bob").ok());
  const auto system = rig.ask<RemovedUser>(
      [&](auto reply) { rig.admin.remove_user(kRoot, kSystemUser, false, std::move(reply)); });
  CHECK(system.error().code == Code::kDenied);
}

TEST_CASE("groups are created once, listed, and their members added and removed together",
          "[service][P16][P17]") {
  ServiceRig rig;
  REQUIRE(add(rig, {"ann", "bob", "carol"}).ok());
  const auto create = [&](bool if_not_exists) {
    return rig.ask<GroupRow>([&](auto reply) {
      rig.admin.create_group(kRoot, "tea", "about tea", named("ann"), if_not_exists,
                             std::move(reply));
    });
  };
  const GroupRow made = *create(true);
  CHECK(made.created);
  CHECK(made.names.users.at(made.group.owner) == "ann");
  CHECK_FALSE(create(true)->created);
  CHECK(create(true)->group.id == made.group.id);
  CHECK(create(false)->group.id != made.group.id);

  const GroupId group = made.group.id;
  const auto change = [&](bool adding, std::vector<UserChoice> users, bool tolerant) {
    return rig.ask<uint32_t>([&](auto reply) {
      if (adding) return rig.admin.add_members(kRoot, group, users, tolerant, std::move(reply));
      rig.admin.remove_members(kRoot, group, users, tolerant, std::move(reply));
    });
  };
  CHECK(*change(true, {named("bob")}, false) == 1);
  CHECK(change(true, {named("carol"), named("bob")}, false).error().code == Code::kExists);
  const auto shown = [&] {
    return *rig.ask<GroupDetail>(
        [&](auto reply) { rig.admin.get_group(group, UserId{}, 100, std::move(reply)); });
  };
  CHECK(shown().members.items.size() == 2);
  CHECK(*change(true, {named("carol"), named("bob")}, true) == 1);
  CHECK(shown().members.items.size() == 3);
  CHECK(*change(false, {named("bob")}, false) == 1);
  CHECK(change(false, {named("bob")}, false).error().code == Code::kNotMember);
  CHECK(*change(false, {named("bob")}, true) == 0);
  const auto listed = rig.ask<Listing<Group>>(
      [&](auto reply) { rig.admin.list_groups(GroupId{}, 1, std::move(reply)); });
  CHECK(listed->more);
  CHECK(rig.ask<GroupDetail>([&](auto reply) {
             rig.admin.get_group(GroupId(99), UserId{}, 100, std::move(reply));
           })
            .error()
            .code == Code::kNotFound);
}

TEST_CASE("routes and sessions are listed with names; a kick ends the device it names",
          "[service][P3][P8]") {
  ServiceRig rig;
  const LoggedIn desk = *rig.enroll("bob");
  const LoggedIn phone = *rig.log_in("bob", "password", "phone");
  rig.directory.bind(desk.user, Timestamp{7});
  rig.directory.bind(desk.user, Timestamp{8});
  for (const LoggedIn& in : {desk, phone}) {
    LiveSession session;
    session.id = SessionId(in.device.value);
    session.user = in.user;
    session.device = in.device;
    rig.live.sessions.push_back(session);
  }
  const auto page =
      rig.ask<RoutePage>([&](auto reply) { rig.admin.list_routes({}, 10, std::move(reply)); });
  const Listing<Route>& routes = page->routes;
  REQUIRE(routes.items.size() == 1);
  CHECK(routes.items[0].sessions == 2);
  CHECK(routes.names.users.at(desk.user) == "bob");
  const auto elsewhere = rig.ask<RoutePage>([&](auto reply) {
    rig.admin.list_routes({.of = {}, .group = {}, .node = NodeId{"other"}, .after = {}}, 10,
                          std::move(reply));
  });
  CHECK(elsewhere->routes.items.empty());
  const auto sessions = rig.ask<Listing<LiveSession>>(
      [&](auto reply) { rig.admin.list_sessions(UserChoice(named("bob")), {}, std::move(reply)); });
  REQUIRE(sessions->items.size() == 2);
  CHECK(sessions->names.devices.at(phone.device) == "phone");

  const auto kick = [&](const std::string& device) {
    return rig.ask<uint32_t>([&](auto reply) {
      rig.admin.kick_sessions(kRoot, named("bob"), device, "maintenance", std::move(reply));
    });
  };
  CHECK(*kick("phone") == 1);
  const auto ended = rig.bus.all<SessionsEnded>();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].device == phone.device);
  CHECK(ended[0].why.message == "maintenance");
  CHECK(*kick("") == 2);
  CHECK_FALSE(rig.bus.all<SessionsEnded>().back().device);
  CHECK(kick("tablet").error().code == Code::kNotFound);
  CHECK(audited(rig).size() == 2);
}
