#include "server/protocol/json/json_payloads.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/json/json_contract.h"
#include "server/protocol/wire/wire_requests.h"

namespace mpim {
namespace {

// The latest time a client may name: what fits in JavaScript's numbers.
constexpr uint64_t kTimestampMax = 9'007'199'254'740'991;
constexpr uint64_t kNumberMax = std::numeric_limits<int64_t>::max();

// Places in kSendFields.
enum SendField : size_t {
  kClientMessageId,
  kClientTimestamp,
  kContent,
  kExt,
  kFileId,
  kGroupId,
  kMessageType,
  kToUserId,
  kToUserName,
};
constexpr std::array<std::string_view, 9> kSendFields{
    "clientMessageId", "clientTimestamp", "content",  "ext",       "fileId",
    "groupId",         "messageType",     "toUserId", "toUserName"};

template <class Made>
Result<Recipient> recipient(Result<Made> made) {
  if (!made.ok()) return made.error();
  return Recipient(std::move(*made));
}

// A payload without fields.
Parsed no_fields(JsonCursor& payload, Request request) {
  MPIM_CHECKED(payload.each_member(
      [](std::string_view key) -> Result<void> { return unknown_field(key, {}); }));
  return request;
}

}  // namespace

std::span<const std::string_view> JsonSendFields::names() { return kSendFields; }

Result<void> JsonSendFields::to(Result<Recipient> recipient) {
  if (!recipient.ok()) return recipient.error();
  send_.to = std::move(*recipient);
  ++recipients_;
  return {};
}

Result<void> JsonSendFields::take(std::string_view key, JsonCursor& cursor) {
  MPIM_TRY(const size_t at, fields_.take(key));
  switch (static_cast<SendField>(at)) {
    case kToUserId: return to(recipient(digits_as(cursor, key, parse_user_id)));
    case kToUserName: return to(recipient(text_as(cursor, key, user_name)));
    case kGroupId: return to(recipient(digits_as(cursor, key, parse_group_id)));
    case kMessageType: {
      MPIM_TRY(send_.type, text_as(cursor, key, content_type));
      return {};
    }
    case kContent: {
      MPIM_TRY(send_.text, text_as(cursor, key, [this](std::string_view text) {
                 return text_body(std::string(text), limits_.text_bytes_max);
               }));
      return {};
    }
    case kClientMessageId: {
      MPIM_TRY(send_.client_id, text_as(cursor, key, client_id));
      return {};
    }
    case kClientTimestamp: {
      MPIM_TRY(const uint64_t ms, number_of(cursor, key, 1, kTimestampMax));
      send_.client_at = Timestamp{static_cast<int64_t>(ms)};
      return {};
    }
    case kExt: {
      MPIM_TRY(send_.ext, text_as(cursor, key, [this](std::string_view text) {
                 return ext_json(text, limits_.ext_bytes_max);
               }));
      return {};
    }
    case kFileId: {
      MPIM_TRY(const uint64_t file, number_of(cursor, key, 1, kNumberMax));
      send_.file = FileId(file);
      return {};
    }
  }
  return {};
}

Parsed JsonSendFields::finish() && {
  if (recipients_ != 1)
    return Error{Code::kBadRequest,
                 fmt::format("{} of 'toUserId', 'toUserName' and 'groupId' is needed",
                             recipients_ == 0 ? "one" : "only one")};
  if (!fields_.has(kContent)) return missing_field("content");
  return Request(std::move(send_));
}

Parsed read_chat(JsonCursor& payload, const JsonLimits& limits) {
  JsonSendFields send(limits);
  MPIM_CHECKED(payload.each_member([&](std::string_view key) { return send.take(key, payload); }));
  return std::move(send).finish();
}

namespace {

enum AckField : size_t { kAckType, kMessageId, kMessageIds, kSessionId };
constexpr std::array<std::string_view, 4> kAckFields{"ackType", "messageId", "messageIds",
                                                     "sessionId"};
enum class AckType : uint8_t { kReceived, kRead };
constexpr std::array<JsonWord<AckType>, 2> kAckTypes{
    {{"received", AckType::kReceived}, {"read", AckType::kRead}}};

struct AckFields {
  std::vector<MessageId> ids;
  ConversationId session;
  AckType type = AckType::kReceived;
};

Result<AckFields> ack_fields(JsonCursor& payload) {
  AckFields ack;
  JsonFields fields(kAckFields);
  MPIM_CHECKED(payload.each_member([&](std::string_view key) -> Result<void> {
    MPIM_TRY(const size_t at, fields.take(key));
    if (at == kAckType) {
      MPIM_TRY(ack.type, word_of(payload, key, kAckTypes));
    } else if (at == kSessionId) {
      MPIM_TRY(ack.session, digits_as(payload, key, parse_conversation_id));
    } else if (!ack.ids.empty()) {
      return bad_field(key, "'messageId' and 'messageIds' exclude each other");
    } else if (at == kMessageIds) {
      MPIM_TRY(ack.ids, message_ids_of(payload, key, kPullMax));
    } else {
      MPIM_TRY(const MessageId id, message_id_of(payload, key));
      ack.ids.push_back(id);
    }
    return {};
  }));
  return ack;
}

}  // namespace

Parsed read_ack(JsonCursor& payload, const JsonLimits&) {
  MPIM_TRY(AckFields ack, ack_fields(payload));
  if (ack.ids.empty()) return missing_field("messageId");
  for (const MessageId id : ack.ids)
    if (ack.session && id.conversation() != ack.session)
      return bad_field("sessionId",
                       fmt::format("message {} is not of session {}", id.value, ack.session.value));
  if (ack.type == AckType::kReceived) return Request(AckRequest{std::move(ack.ids)});
  if (ack.ids.size() > 1)
    return bad_field("ackType", "'read' goes with one message: all before it counts as read");
  return Request(ReadRequest{ack.ids.front()});
}

Parsed read_ping(JsonCursor& payload, const JsonLimits&) {
  return no_fields(payload, PingRequest{});
}

Parsed read_logout(JsonCursor& payload, const JsonLimits&) {
  return no_fields(payload, LogoutRequest{});
}

Parsed read_away(JsonCursor& payload, const JsonLimits&) {
  return no_fields(payload, AwayRequest{true});
}

Parsed read_back(JsonCursor& payload, const JsonLimits&) {
  return no_fields(payload, AwayRequest{false});
}

namespace {

// userIds, as where presence is asked for.
Result<std::vector<UserId>> user_ids(JsonCursor& payload) {
  v1::GetPresenceRequest in;
  MPIM_CHECKED(read_contract(payload, in));
  MPIM_TRY(Request asked, wire::request_from(in, {}));
  return std::move(std::get<PresenceRequest>(asked).users);
}

}  // namespace

Parsed read_watch(JsonCursor& payload, const JsonLimits&) {
  MPIM_TRY(std::vector<UserId> users, user_ids(payload));
  return Request(WatchRequest{std::move(users)});
}

Parsed read_unwatch(JsonCursor& payload, const JsonLimits&) {
  MPIM_TRY(std::vector<UserId> users, user_ids(payload));
  return Request(UnwatchRequest{std::move(users)});
}

namespace {

enum LoginField : size_t { kAck, kDevice, kName, kPassword, kSince, kSync, kToken };
constexpr std::array<std::string_view, 7> kLoginFields{"ack",   "device", "name", "password",
                                                       "since", "sync",   "token"};
constexpr std::array<JsonWord<AckMode>, 2> kAckModes{
    {{"auto", AckMode::kAuto}, {"client", AckMode::kClient}}};
constexpr std::array<JsonWord<SyncMode>, 2> kSyncModes{
    {{"auto", SyncMode::kAuto}, {"manual", SyncMode::kManual}}};

struct LoginFields {
  std::optional<UserName> name;
  std::optional<std::string> password;
  std::optional<std::string> token;
  SessionChoice choice;
};

Result<void> take_login_field(LoginField field, std::string_view key, JsonCursor& cursor,
                              LoginFields& login) {
  switch (field) {
    case kAck: {
      MPIM_TRY(login.choice.ack, word_of(cursor, key, kAckModes));
      return {};
    }
    case kDevice: {
      MPIM_TRY(login.choice.device, text_as(cursor, key, device_name));
      return {};
    }
    case kName: {
      MPIM_TRY(login.name, text_as(cursor, key, user_name));
      return {};
    }
    case kPassword: {
      MPIM_TRY(login.password, text_as(cursor, key, [](std::string_view typed) {
                 return password(std::string(typed));
               }));
      return {};
    }
    case kSince: {
      MPIM_TRY(login.choice.since, number_of(cursor, key, 0, kNumberMax));
      return {};
    }
    case kSync: {
      MPIM_TRY(login.choice.sync, word_of(cursor, key, kSyncModes));
      return {};
    }
    case kToken: {
      MPIM_TRY(login.token, text_of(cursor, key));
      return {};
    }
  }
  return {};
}

}  // namespace

Parsed read_login(JsonCursor& payload, const JsonLimits&) {
  LoginFields login;
  login.choice.ack = AckMode::kClient;  // a browser says what it has; its TCP does not
  JsonFields fields(kLoginFields);
  MPIM_CHECKED(payload.each_member([&](std::string_view key) -> Result<void> {
    MPIM_TRY(const size_t at, fields.take(key));
    return take_login_field(static_cast<LoginField>(at), key, payload, login);
  }));
  if (login.token && (login.name || login.password))
    return bad_field("token", "it stands instead of 'name' and 'password'");
  if (login.token) return Request(AuthRequest{std::move(*login.token), std::move(login.choice)});
  if (!login.name) return missing_field("token' or 'name");
  if (!login.password) return missing_field("password");
  return Request(
      LoginRequest{std::move(*login.name), std::move(*login.password), std::move(login.choice)});
}

Parsed read_register(JsonCursor& payload, const JsonLimits&) {
  constexpr size_t kNameAt = 0;
  static constexpr std::array<std::string_view, 2> kFields{"name", "password"};
  LoginFields login;
  JsonFields fields(kFields);
  MPIM_CHECKED(payload.each_member([&](std::string_view key) -> Result<void> {
    MPIM_TRY(const size_t at, fields.take(key));
    return take_login_field(at == kNameAt ? kName : kPassword, key, payload, login);
  }));
  if (!login.name) return missing_field("name");
  if (!login.password) return missing_field("password");
  RegisterRequest made{std::move(*login.name), std::move(*login.password), {}};
  made.choice.ack = AckMode::kClient;
  return Request(std::move(made));
}

}  // namespace mpim
