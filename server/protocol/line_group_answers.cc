// Answers about groups and their members.
#include "server/protocol/line_answers.h"

#include "server/protocol/line_fields.h"

namespace mpim::line {

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
    append_quoted(out, " name=", group.name);
  }
}

void AnswerWriter::operator()(const MembersResponse& members) const {
  append_field(out, "+OK members count=", members.rows.size());
  out += members.more ? " more=1" : " more=0";
  for (const Member& member : members.rows) {
    append_field(out, "\nMEMBER uid=", member.user.value);
    append_field(out, " role=", name_of(member.role));
    append_quoted(out, " name=", member.name);
  }
}

}  // namespace mpim::line
