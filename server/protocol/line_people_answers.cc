// Answers about people, and about one's own devices.
#include "server/protocol/line_answers.h"

#include "server/protocol/line_fields.h"

namespace mpim::line {

void AnswerWriter::operator()(const ProfileResponse& response) const {
  const Profile& profile = response.profile;
  append_field(out, "+OK profile uid=", profile.user.value);
  append_quoted(out, " name=", profile.name);
  append_quoted(out, " display=", profile.display_name);
  append_quoted(out, " about=", profile.about);
  append_field(out, " avatar=", profile.avatar.value);
  if (!response.own) return;
  out += profile.friends_only ? " direct_messages=friends" : " direct_messages=anyone";
  append_field(out, " version=", profile.version);
}

void AnswerWriter::operator()(const FriendResponse& response) const {
  append_field(out, "+OK friend uid=", response.with.value);
  append_field(out, " state=", name_of(response.state));
  append_field(out, " version=", response.version);
}

void AnswerWriter::operator()(const FriendsResponse& friends) const {
  append_field(out, "+OK friends count=", friends.rows.size());
  out += friends.more ? " more=1" : " more=0";
  for (const Friend& row : friends.rows) {
    append_field(out, "\nFRIEND uid=", row.user.value);
    append_field(out, " state=", name_of(row.state));
    append_quoted(out, " name=", row.name);
  }
}

void AnswerWriter::operator()(const BlockResponse& response) const {
  append_field(out, "+OK block uid=", response.whom.value);
  out += response.on ? " state=on" : " state=off";
  append_field(out, " version=", response.version);
}

void AnswerWriter::operator()(const BlocksResponse& blocks) const {
  append_field(out, "+OK blocks count=", blocks.rows.size());
  out += blocks.more ? " more=1" : " more=0";
  for (const BlockedUser& row : blocks.rows) {
    append_field(out, "\nBLOCKED uid=", row.user.value);
    append_quoted(out, " name=", row.name);
  }
}

void AnswerWriter::operator()(const PasswordResponse& response) const {
  append_field(out, "+OK password token=", response.token);
}

void AnswerWriter::operator()(const DevicesResponse& devices) const {
  append_field(out, "+OK devices count=", devices.rows.size());
  for (const DevicesResponse::Row& row : devices.rows) {
    append_field(out, "\nDEVICE name=", row.name);
    append_field(out, " created=", static_cast<uint64_t>(row.created_at.ms));
    append_field(out, " seen=", static_cast<uint64_t>(row.seen_at.ms));
    out += row.online ? " online=1" : " online=0";
    out += row.own ? " this=1" : " this=0";
  }
}

void AnswerWriter::operator()(const RevokedResponse& response) const {
  append_field(out, "+OK revoked device=", response.device.text);
}

}  // namespace mpim::line
