// Answers about groups and their members.
#include "server/protocol/line_answers.h"

#include "server/protocol/line_fields.h"

namespace mpim::line {
namespace {

// A time that may be none: then nothing is written.
void append_time(std::string& out, std::string_view key, Timestamp at) {
  if (at.ms != 0) append_field(out, key, static_cast<uint64_t>(at.ms));
}

}  // namespace

void AnswerWriter::operator()(const JoinPendingResponse&) const { out += "+OK pending=1"; }

void AnswerWriter::operator()(const GroupLookResponse& look) const {
  const Group& group = look.group;
  append_field(out, "+OK group_id=", group.id.value);
  append_field(out, " conv=", group.conversation.value);
  append_field(out, " owner=", group.owner.value);
  append_field(out, " members=", group.members);
  append_field(out, " join=", name_of(group.join));
  append_field(out, " created=", static_cast<uint64_t>(group.created_at.ms));
  append_field(out, " role=", look.member ? name_of(look.role) : "none");
  if (look.invited) out += " invited=1";
  append_time(out, " muted_until=", group.muted_until);
  append_time(out, " you_muted_until=", look.muted_until);
  append_time(out, " dissolved=", group.dissolved_at);
  append_quoted(out, " name=", group.name);
  append_quoted(out, " description=", group.description);
  append_quoted(out, " notice=", group.notice);
}

void AnswerWriter::operator()(const JoinRequestsResponse& requests) const {
  append_field(out, "+OK requests count=", requests.rows.size());
  out += requests.more ? " more=1" : " more=0";
  for (const WaitingRow& row : requests.rows) {
    append_field(out, "\nREQUEST group=", row.group.value);
    append_field(out, " uid=", row.user.value);
    append_field(out, " ts=", static_cast<uint64_t>(row.at.ms));
    append_quoted(out, " name=", row.name);
  }
}

void AnswerWriter::operator()(const InvitesResponse& invites) const {
  append_field(out, "+OK invites count=", invites.rows.size());
  for (const WaitingRow& row : invites.rows) {
    append_field(out, "\nINVITE group=", row.group.value);
    append_field(out, " by=", row.made_by.value);
    append_field(out, " ts=", static_cast<uint64_t>(row.at.ms));
    append_quoted(out, " name=", row.name);
  }
}

void AnswerWriter::operator()(const RefusedResponse& refused) const {
  append_field(out, "+OK refused=", refused.user.value);
}

void AnswerWriter::operator()(const InvitedResponse& invited) const {
  append_field(out, "+OK invited=", invited.user.value);
}

void AnswerWriter::operator()(const DeclinedResponse& declined) const {
  append_field(out, "+OK declined=", declined.group.value);
}

void AnswerWriter::operator()(const GroupCreatedResponse& created) const {
  append_field(out, "+OK group_id=", created.group.id.value);
  append_field(out, " conv=", created.group.conversation.value);
}

void AnswerWriter::operator()(const MembershipResponse& membership) const {
  entry(membership.entry);
}

void AnswerWriter::operator()(const GroupsResponse& groups) const {
  append_field(out, "+OK groups count=", groups.rows.size());
  for (const Group& group : groups.rows) {
    append_field(out, "\nGROUP id=", group.id.value);
    append_field(out, " conv=", group.conversation.value);
    append_field(out, " members=", group.members);
    append_time(out, " muted_until=", group.muted_until);
    append_quoted(out, " name=", group.name);
    if (!group.notice.empty()) append_quoted(out, " notice=", group.notice);
  }
}

void AnswerWriter::operator()(const MembersResponse& members) const {
  append_field(out, "+OK members count=", members.rows.size());
  out += members.more ? " more=1" : " more=0";
  for (const Member& member : members.rows) {
    append_field(out, "\nMEMBER uid=", member.user.value);
    append_field(out, " role=", name_of(member.role));
    append_time(out, " muted_until=", member.muted_until);
    append_quoted(out, " name=", member.name);
  }
}

}  // namespace mpim::line
