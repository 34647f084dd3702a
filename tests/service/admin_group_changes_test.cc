// What an operator changes about groups: what is told, and what the audit log says of it.
#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

const Operator kRoot{"uid 0"};

// ann owns the group, bob belongs to it, carl does not; all are logged in.
struct Lobby {
  Lobby() {
    ann = rig.enroll("ann").value();
    bob = rig.enroll("bob").value();
    carl = rig.enroll("carl").value();
    for (const LoggedIn& each : {ann, bob, carl}) rig.directory.bind(each.user, {});
    rig.prepare([&](Store& store) -> Result<void> {
      MPIM_TRY(const CreatedGroup made, store.groups().create(ann.user, {}, "tea", "", {}));
      group = made.group.id;
      MPIM_CHECKED(store.groups().join(group, bob.user, {}, bob.user, {}));
      return {};
    });
    rig.bus.envelopes.clear();
  }

  Result<ChangedGroup> change(std::vector<GroupOrder> orders) {
    return rig.ask<ChangedGroup>([&](auto reply) {
      rig.admin.change_group(kRoot, "SetGroup", group, std::move(orders), std::move(reply));
    });
  }
  std::string audited() {
    const std::vector<AuditRow> newest = *rig.storage.store().audit().newest(1);
    return newest.empty() ? "" : newest[0].actor + " " + newest[0].action + " " + newest[0].subject;
  }
  Role role(UserId user) { return rig.storage.store().groups().state_of(group, user)->role; }

  ServiceRig rig;
  LoggedIn ann;
  LoggedIn bob;
  LoggedIn carl;
  GroupId group;
};

}  // namespace

TEST_CASE("an operator's changes of a group are all or nothing, told once, and audited",
          "[service][P16][P18]") {
  Lobby lobby;
  const auto changed = lobby.change({{RenameGroup{"cake"}},
                                     {SetGroupNotice{"eat"}},
                                     {SetMemberRole{{}, Role::kAdmin}, lobby.bob.user}});
  REQUIRE(changed.ok());
  CHECK(changed->changed);
  CHECK(changed->group.name == "cake");
  CHECK(lobby.role(lobby.bob.user) == Role::kAdmin);
  CHECK(lobby.rig.bus.envelopes.size() == 3);
  CHECK(lobby.audited() ==
        "uid 0 SetGroup group " + std::to_string(lobby.group.value) + ", 3 changes");

  // What is so already is passed over; a refusal takes everything back.
  CHECK_FALSE(lobby.change({{RenameGroup{"cake"}}})->changed);
  const auto refused =
      lobby.change({{RenameGroup{"jam"}}, {TransferGroup{}, UserChoice(lobby.carl.user)}});
  CHECK(refused.error().code == Code::kNotMember);
  CHECK(lobby.rig.storage.store().groups().find(lobby.group)->name == "cake");
  CHECK(lobby.rig.bus.envelopes.size() == 3);
}

TEST_CASE("an operator's invitations and refusals reach whom they are about", "[service][P17]") {
  Lobby lobby;
  const auto invited = lobby.rig.ask<uint32_t>([&](auto reply) {
    lobby.rig.admin.invite_members(kRoot, lobby.group, {lobby.carl.user}, false, std::move(reply));
  });
  CHECK(invited.value() == 1);
  auto told = lobby.rig.bus.all<UserTold>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].user == lobby.carl.user);
  CHECK(std::get<ChangeSignal>(told[0].signal).state == "open");
  CHECK(std::get<ChangeSignal>(told[0].signal).user == kSystemUser);
  lobby.rig.prepare([&](Store& store) -> Result<void> {
    MPIM_CHECKED(store.groups().decline(lobby.group, lobby.carl.user, {}));
    MPIM_CHECKED(store.groups().change(lobby.group, {kSystemUser, {}},
                                       SetJoinPolicy{JoinPolicy::kApproval}, {}));
    MPIM_CHECKED(store.groups().ask_to_join(lobby.group, {lobby.carl.user, {}}, {}));
    return {};
  });
  const auto refused = lobby.rig.ask<uint32_t>([&](auto reply) {
    lobby.rig.admin.refuse_requests(kRoot, lobby.group, {lobby.carl.user}, false, std::move(reply));
  });
  CHECK(refused.value() == 1);
  told = lobby.rig.bus.all<UserTold>();
  REQUIRE(told.size() == 2);
  CHECK(std::get<ChangeSignal>(told[1].signal).state == "refused");
  CHECK(lobby.audited() ==
        "uid 0 RefuseJoinRequests group " + std::to_string(lobby.group.value) + ", 1 requests");
}

TEST_CASE("an import is audited with its count, and a message taken back with its id",
          "[service][P17][M28]") {
  Lobby lobby;
  const auto imported = lobby.rig.ask<MemberImport>([&](auto reply) {
    lobby.rig.admin.import_members(
        kRoot, lobby.group,
        {{lobby.carl.user, Role::kAdmin}, {lobby.bob.user}, {UserChoice(named("nobody"))}}, true,
        std::move(reply));
  });
  REQUIRE(imported.ok());
  CHECK(imported->added == 1);
  CHECK(imported->present == 1);
  CHECK(imported->unknown == 1);
  CHECK(lobby.role(lobby.carl.user) == Role::kAdmin);
  CHECK(lobby.audited() ==
        "uid 0 ImportMembers group " + std::to_string(lobby.group.value) + ", 1 members");
  const auto said = lobby.rig.send(lobby.ann, lobby.bob.user, "oops");
  const auto recalled = lobby.rig.ask<LogPage>([&](auto reply) {
    lobby.rig.admin.recall_message(kRoot, said->id, false, std::move(reply));
  });
  CHECK(recalled->page.entries.at(0)->text == "oops");
  CHECK(lobby.audited() == "uid 0 RecallMessage message " + std::to_string(said->id.value));
  CHECK((*lobby.rig.storage.store().log().find(said->id))->state == EntryState::kRecalled);
}
