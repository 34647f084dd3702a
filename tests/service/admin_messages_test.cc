#include <algorithm>

#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

const Operator kRoot{"uid 0"};

Result<OperatorDraft> draft(const std::string& from, std::variant<UserChoice, GroupId> to,
                            const std::string& text) {
  return OperatorDraft{named(from), std::move(to), text, ""};
}

}  // namespace

TEST_CASE("an operator sends many at once, each answered by itself, and people are told",
          "[service][M60][M61]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  rig.directory.bind(bob.user, {});
  std::vector<Result<OperatorDraft>> drafts;
  drafts.push_back(draft("ann", UserChoice(named("bob")), "one"));
  drafts.push_back(draft("nobody", UserChoice(named("bob")), "two"));
  drafts.push_back(Error{Code::kBadText, "not UTF-8"});
  drafts.push_back(draft("ann", GroupId(1'001), "three"));
  drafts.push_back(draft("bob", UserChoice(ann.user), "four"));
  const auto outcomes = rig.ask<std::vector<SendOutcome>>(
      [&](auto reply) { rig.admin.send_messages(kRoot, drafts, std::move(reply)); });
  REQUIRE(outcomes->size() == 5);
  CHECK(outcomes->at(0)->id.seq() == Seq(1));
  CHECK(outcomes->at(1).error().code == Code::kNotFound);
  CHECK(outcomes->at(2).error().code == Code::kBadText);
  CHECK(outcomes->at(3).error().code == Code::kNotFound);
  CHECK(outcomes->at(4)->id.seq() == Seq(2));
  CHECK(rig.bus.all<EntryCommitted>().size() == 2);
  const auto audit = *rig.storage.store().audit().newest(10);
  REQUIRE(audit.size() == 1);
  CHECK(audit[0].subject == "5 messages");
}

TEST_CASE("a message is shown with who has it, device by device", "[service][M50][X1]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  const LoggedIn phone = *rig.log_in("bob", "password", "phone");
  const Committed sent = *rig.send(ann, bob.user, "hello");
  rig.set_delivered(bob.device, sent.id.conversation(), sent.id.seq());
  rig.set_delivered(phone.device, sent.id.conversation(), Seq(0));
  const auto shown = [&](MessageId id) {
    return rig.ask<MessageDetail>([&](auto reply) { rig.admin.get_message(id, std::move(reply)); });
  };
  const auto found = shown(sent.id);
  REQUIRE(found.ok());
  CHECK(found->entry->text == "hello");
  const auto& rows = found->deliveries.items;
  REQUIRE(rows.size() == 3);
  const auto row_of = [&](DeviceId device) {
    return *std::ranges::find(rows, device, &Delivery::device);
  };
  CHECK(row_of(ann.device).own);
  CHECK(row_of(ann.device).delivered);
  CHECK(row_of(bob.device).delivered);
  CHECK_FALSE(row_of(bob.device).read);
  CHECK_FALSE(row_of(phone.device).delivered);
  CHECK(found->deliveries.names.devices.at(phone.device) == "phone");
  CHECK(shown(MessageId(sent.id.conversation(), Seq(9))).error().code == Code::kNotFound);
}

TEST_CASE("who joined a group later is not among those who may see an earlier message",
          "[service][M6]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  const Group group = *rig.ask<Group>(
      [&](auto reply) { rig.groups.create(rig.caller(ann), "tea", "", std::move(reply)); });
  const Committed sent = *rig.ask<Committed>([&](auto reply) {
    rig.messages.send(
        {.to = group.id, .sender = ann.user, .device = ann.device, .client_id = "", .text = "hi"},
        std::move(reply));
  });
  REQUIRE(rig.ask<std::optional<Committed>>(
                 [&](auto reply) { rig.groups.join(rig.caller(bob), group.id, std::move(reply)); })
              .ok());
  const auto found =
      rig.ask<MessageDetail>([&](auto reply) { rig.admin.get_message(sent.id, std::move(reply)); });
  REQUIRE(found->deliveries.items.size() == 1);
  CHECK(found->deliveries.items[0].user == ann.user);
}
