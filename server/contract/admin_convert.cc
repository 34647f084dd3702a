#include "server/contract/admin_convert.h"

#include "server/contract/convert.h"
#include "server/contract/names.h"

namespace mpim {

Result<UserChoice> user_from(const admin::v1::UserRef& wire) {
  if (wire.id() != 0) {
    MPIM_TRY(const UserId id, user_id_from(wire.id()));
    return UserChoice(id);
  }
  if (wire.name().empty())
    return Error{Code::kBadRequest, "a user is missing: give an id or a name"};
  MPIM_TRY(UserName name, user_name(wire.name()));
  return UserChoice(std::move(name));
}

Result<uint32_t> limit_from(uint32_t wire) {
  if (wire == 0) return uint32_t{100};
  if (wire > 1000)
    return Error{Code::kBadRequest,
                 "limit " + std::to_string(wire) + " is out of range: 1 to 1000"};
  return wire;
}

admin::v1::UserRef user_ref(UserId id, std::string name) {
  admin::v1::UserRef out;
  out.set_id(id.value);
  out.set_name(std::move(name));
  return out;
}

admin::v1::Entry to_wire(const Entry& entry) {
  admin::v1::Entry out;
  out.set_id(entry.id().value);
  out.set_conversation(entry.conversation.value);
  out.set_seq(entry.seq.value);
  out.set_kind(std::string(name_of(entry.kind)));
  out.set_type(std::string(name_of(entry.type)));
  *out.mutable_from() = user_ref(entry.sender);
  out.set_group(entry.group.value);
  if (entry.subject) *out.mutable_subject() = user_ref(entry.subject);
  out.set_at_ms(entry.at.ms);
  out.set_client_id(entry.client_id);
  out.set_text(entry.text);
  out.set_state(std::string(name_of(entry.state)));
  out.set_changed_at_ms(entry.changed_at.ms);
  out.set_sent_at_ms(time_of(entry).ms);
  if (entry.kind != EntryKind::kMessage && entry.ref.value != 0)
    out.set_ref(MessageId(entry.conversation, entry.ref).value);
  out.set_file(entry.file.value);
  out.set_ext(entry.ext);
  return out;
}

admin::v1::Group to_wire(const Group& group) {
  admin::v1::Group out;
  out.set_id(group.id.value);
  out.set_conversation(group.conversation.value);
  out.set_name(group.name);
  out.set_description(group.description);
  *out.mutable_owner() = user_ref(group.owner);
  out.set_created_at_ms(group.created_at.ms);
  out.set_members(group.members);
  out.set_notice(group.notice);
  out.set_join(std::string(name_of(group.join)));
  out.set_muted_until_ms(group.muted_until.ms);
  out.set_dissolved_at_ms(group.dissolved_at.ms);
  return out;
}

admin::v1::Member to_wire(const Member& member) {
  admin::v1::Member out;
  *out.mutable_user() = user_ref(member.user, member.name);
  out.set_role(std::string(name_of(member.role)));
  out.set_joined_at_ms(member.joined_at.ms);
  out.set_muted_until_ms(member.muted_until.ms);
  return out;
}

}  // namespace mpim
