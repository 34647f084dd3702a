#include "server/contract/bus_convert.h"

#include <google/protobuf/stubs/logging.h>

#include <memory>

#include "server/contract/convert.h"
#include "server/contract/mpim/v1/bus.pb.h"
#include "server/core/limits.h"

namespace mpim {
namespace {

// What is wrong with bytes is counted; protobuf would write it to stderr besides.
void keep_protobuf_quiet() {
  static const auto before = google::protobuf::SetLogHandler(nullptr);
  (void)before;
}

Error broken(const char* what) {
  return {Code::kBadRequest, std::string("no envelope of this version: ") + what};
}

void pack(const Audience& from, v1::BusAudience& to) {
  to.set_conversation_id(from.conversation.value);
  to.set_group_id(from.group.value);
  to.set_one(from.one.value);
  to.set_other(from.other.value);
  to.set_members_version(from.members_version);
}

void pack(const Entry& from, v1::BusEntry& to) {
  to.set_message_id(from.id().value);
  to.set_kind(static_cast<uint32_t>(from.kind));
  to.set_type(static_cast<uint32_t>(from.type));
  to.set_sender(from.sender.value);
  to.set_device(from.device.value);
  to.set_group_id(from.group.value);
  to.set_subject(from.subject.value);
  to.set_ref(from.ref.value);
  to.set_at(from.at.ms);
  to.set_client_id(from.client_id);
  to.set_text(from.text);
  to.set_state(static_cast<uint32_t>(from.state));
  to.set_changed_at(from.changed_at.ms);
  to.set_sent_at(from.sent_at.ms);
  to.set_client_at(from.client_at.ms);
  to.set_file_id(from.file.value);
  to.set_ext(from.ext);
}

void pack(const PresenceSignal& from, v1::BusPresence& to) {
  to.set_user_id(from.user.value);
  to.set_state(static_cast<uint32_t>(from.state));
  to.set_since(from.since.ms);
}

void pack_signal(const ReceiptSignal& from, v1::BusSignal& into) {
  v1::BusReceipt& to = *into.mutable_receipt();
  to.set_conversation_id(from.conversation.value);
  to.set_group_id(from.group.value);
  to.set_by(from.by.value);
  to.set_kind(static_cast<uint32_t>(from.kind));
  to.set_through(from.through.value);
  to.set_at(from.at.ms);
}

void pack_signal(const PresenceSignal& from, v1::BusSignal& into) {
  pack(from, *into.mutable_presence());
}

void pack_signal(const TypingSignal& from, v1::BusSignal& into) {
  v1::BusTyping& to = *into.mutable_typing();
  to.set_conversation_id(from.conversation.value);
  to.set_group_id(from.group.value);
  to.set_by(from.by.value);
}

void pack_signal(const ChangeSignal& from, v1::BusSignal& into) {
  v1::BusChange& to = *into.mutable_change();
  to.set_version(from.version);
  to.set_kind(static_cast<uint32_t>(from.kind));
  to.set_user_id(from.user.value);
  to.set_group_id(from.group.value);
  to.set_conversation_id(from.conversation.value);
  to.set_through(from.through.value);
  to.set_state(from.state);
}

void pack_signal(const RefusedSignal& from, v1::BusSignal& into) {
  v1::BusRefused& to = *into.mutable_refused();
  to.set_ticket(from.ticket);
  to.set_client_id(from.client_id);
  to.set_code(std::string(name_of(from.why.code)));
  to.set_message(from.why.message);
}

void pack(const Signal& from, v1::BusSignal& to) {
  std::visit([&to](const auto& kind) { pack_signal(kind, to); }, from);
}

void pack(const EntryCommitted& from, v1::BusEnvelope& into) {
  pack(*from.entry, *into.mutable_entry_committed()->mutable_entry());
  pack(from.audience, *into.mutable_entry_committed()->mutable_audience());
}

void pack(const HeadMoved& from, v1::BusEnvelope& into) {
  pack(from.audience, *into.mutable_head_moved()->mutable_audience());
  into.mutable_head_moved()->set_head(from.head.value);
}

void pack(const DeviceReplaced& from, v1::BusEnvelope& into) {
  v1::BusDeviceReplaced& to = *into.mutable_device_replaced();
  to.set_user_id(from.user.value);
  to.set_device(from.device.value);
  to.set_generation(from.generation);
}

void pack(const SessionsEnded& from, v1::BusEnvelope& into) {
  v1::BusSessionsEnded& to = *into.mutable_sessions_ended();
  to.set_user_id(from.user.value);
  to.set_device(from.device.value);
  to.set_code(std::string(name_of(from.why.code)));
  to.set_message(from.why.message);
  to.set_retry_ms(from.why.retry_ms);
}

void pack(const TokensEnded& from, v1::BusEnvelope& into) {
  into.mutable_tokens_ended()->set_user_id(from.user.value);
  into.mutable_tokens_ended()->set_device(from.device.value);
}

void pack(const CursorsRewound& from, v1::BusEnvelope& into) {
  v1::BusCursorsRewound& to = *into.mutable_cursors_rewound();
  to.set_user_id(from.user.value);
  to.set_device(from.device.value);
  to.set_conversation_id(from.conversation.value);
}

void pack(const CursorConfirmed& from, v1::BusEnvelope& into) {
  v1::BusCursorConfirmed& to = *into.mutable_cursor_confirmed();
  to.set_user_id(from.user.value);
  to.set_device(from.device.value);
  to.set_through(from.through.value);
}

void pack(const UserTold& from, v1::BusEnvelope& into) {
  v1::BusUserTold& to = *into.mutable_user_told();
  to.set_user_id(from.user.value);
  pack(from.signal, *to.mutable_signal());
  to.set_except_device(from.except.value);
}

void pack(const GroupTold& from, v1::BusEnvelope& into) {
  v1::BusGroupTold& to = *into.mutable_group_told();
  pack(from.audience, *to.mutable_audience());
  pack(from.signal, *to.mutable_signal());
  to.set_except_user(from.except.value);
}

void pack(const PresenceChanged& from, v1::BusEnvelope& into) {
  pack(from.signal, *into.mutable_presence_changed());
}

void pack(const SessionsAsked& from, v1::BusEnvelope& into) {
  v1::BusSessionsAsked& to = *into.mutable_sessions_asked();
  to.set_user_id(from.user.value);
  to.set_by(from.by.name);
  to.set_ticket(from.ticket);
}

void pack(const SessionsTold& from, v1::BusEnvelope& into) {
  v1::BusSessionsTold& told = *into.mutable_sessions_told();
  told.set_ticket(from.ticket);
  for (const LiveSession& session : from.sessions) {
    v1::BusSession& to = *told.add_sessions();
    to.set_id(session.id.value);
    to.set_user_id(session.user.value);
    to.set_device(session.device.value);
    to.set_peer(session.peer);
    to.set_protocol(session.protocol);
    to.set_ack(static_cast<uint32_t>(session.ack));
    to.set_sync(static_cast<uint32_t>(session.sync));
    to.set_in_flight(session.in_flight);
    to.set_behind(session.behind);
    to.set_since(session.since.ms);
  }
}

// What any of our nodes may have put there.
Result<std::string> text_from(const std::string& wire, uint64_t bytes_max) {
  if (wire.size() > bytes_max)
    return Error{Code::kTooLarge, "a text of " + std::to_string(wire.size()) + " bytes, and " +
                                      std::to_string(bytes_max) + " is the most"};
  return wire;
}

// A log-out counts, however long its reason: that is cut, between two characters.
std::string sentence_from(const std::string& wire) {
  if (wire.size() <= kToldErrorBytes) return wire;
  size_t end = kToldErrorBytes;
  while (end > 0 && (static_cast<uint8_t>(wire[end]) & 0xC0U) == 0x80U) --end;
  return wire.substr(0, end);
}

// A number that stands for one of an enumeration's values, the last of which is `last`.
template <class Enum>
Result<Enum> one_of(uint32_t number, Enum last) {
  if (number > static_cast<uint32_t>(last)) return broken("a number that names nothing");
  return static_cast<Enum>(number);
}

// Zero is nobody; anything else is held to its range.
template <class Kind>
Result<Kind> or_none(uint64_t wire, Result<Kind> (*from)(uint64_t)) {
  if (wire == 0) return Kind{};
  return from(wire);
}

Result<Audience> unpack(const v1::BusAudience& from) {
  Audience to;
  MPIM_TRY(to.conversation, or_none(from.conversation_id(), conversation_id_from));
  MPIM_TRY(to.group, or_none(from.group_id(), group_id_from));
  MPIM_TRY(to.one, or_none(from.one(), user_id_from));
  MPIM_TRY(to.other, or_none(from.other(), user_id_from));
  to.members_version = from.members_version();
  return to;
}

Result<EntryPtr> unpack(const v1::BusEntry& from) {
  Entry to;
  MPIM_TRY(const MessageId id, message_id_from(from.message_id()));
  to.conversation = id.conversation();
  to.seq = id.seq();
  MPIM_TRY(to.kind, one_of(from.kind(), EntryKind::kSettings));
  MPIM_TRY(to.type, one_of(from.type(), ContentType::kVoice));
  MPIM_TRY(to.state, one_of(from.state(), EntryState::kRecalled));
  MPIM_TRY(to.sender, or_none(from.sender(), user_id_from));
  to.device = DeviceId(from.device());
  MPIM_TRY(to.group, or_none(from.group_id(), group_id_from));
  MPIM_TRY(to.subject, or_none(from.subject(), user_id_from));
  MPIM_TRY(to.ref, seq_from(from.ref()));
  to.at = {from.at()};
  MPIM_TRY(to.client_id, text_from(from.client_id(), kClientIdBytes));
  MPIM_TRY(to.text, text_from(from.text(), kTextBytes.ceiling));
  to.changed_at = {from.changed_at()};
  to.sent_at = {from.sent_at()};
  to.client_at = {from.client_at()};
  to.file = FileId(from.file_id());
  MPIM_TRY(to.ext, text_from(from.ext(), kExtBytes.ceiling));
  return std::make_shared<const Entry>(std::move(to));
}

Result<PresenceSignal> unpack(const v1::BusPresence& from) {
  PresenceSignal to;
  MPIM_TRY(to.user, user_id_from(from.user_id()));
  MPIM_TRY(to.state, one_of(from.state(), PresenceState::kOnline));
  to.since = {from.since()};
  return to;
}

Result<Signal> unpack(const v1::BusReceipt& from) {
  ReceiptSignal to;
  MPIM_TRY(to.conversation, conversation_id_from(from.conversation_id()));
  MPIM_TRY(to.group, or_none(from.group_id(), group_id_from));
  MPIM_TRY(to.by, user_id_from(from.by()));
  MPIM_TRY(to.kind, one_of(from.kind(), ReceiptKind::kRead));
  MPIM_TRY(to.through, seq_from(from.through()));
  to.at = {from.at()};
  return Signal(to);
}

Result<Signal> unpack(const v1::BusTyping& from) {
  TypingSignal to;
  MPIM_TRY(to.conversation, conversation_id_from(from.conversation_id()));
  MPIM_TRY(to.group, or_none(from.group_id(), group_id_from));
  MPIM_TRY(to.by, user_id_from(from.by()));
  return Signal(to);
}

Result<Signal> unpack(const v1::BusChange& from) {
  ChangeSignal to;
  to.version = from.version();
  MPIM_TRY(to.kind, one_of(from.kind(), ChangeKind::kJoinRequest));
  MPIM_TRY(to.user, or_none(from.user_id(), user_id_from));
  MPIM_TRY(to.group, or_none(from.group_id(), group_id_from));
  MPIM_TRY(to.conversation, or_none(from.conversation_id(), conversation_id_from));
  MPIM_TRY(to.through, seq_from(from.through()));
  MPIM_TRY(to.state, text_from(from.state(), kToldWordBytes));
  return Signal(to);
}

Result<Signal> unpack(const v1::BusRefused& from) {
  const auto code = code_named(from.code());
  if (!code) return broken("an unknown code");
  MPIM_TRY(std::string ticket, text_from(from.ticket(), kToldWordBytes));
  MPIM_TRY(std::string client_id, text_from(from.client_id(), kToldWordBytes));
  return Signal(RefusedSignal{std::move(ticket), std::move(client_id),
                              Error{*code, sentence_from(from.message())}});
}

Result<Signal> unpack(const v1::BusSignal& from) {
  switch (from.kind_case()) {
    case v1::BusSignal::kReceipt: return unpack(from.receipt());
    case v1::BusSignal::kTyping: return unpack(from.typing());
    case v1::BusSignal::kChange: return unpack(from.change());
    case v1::BusSignal::kRefused: return unpack(from.refused());
    case v1::BusSignal::kPresence: {
      MPIM_TRY(const PresenceSignal presence, unpack(from.presence()));
      return Signal(presence);
    }
    case v1::BusSignal::KIND_NOT_SET: break;
  }
  return broken("a signal of an unknown kind");
}

Result<Envelope> unpack(const v1::BusEntryCommitted& from) {
  EntryCommitted to;
  MPIM_TRY(to.entry, unpack(from.entry()));
  MPIM_TRY(to.audience, unpack(from.audience()));
  if (to.audience.conversation != to.entry->conversation)
    return broken("an entry of another conversation");
  return Envelope(to);
}

Result<Envelope> unpack(const v1::BusHeadMoved& from) {
  HeadMoved to;
  MPIM_TRY(to.audience, unpack(from.audience()));
  MPIM_TRY(to.head, seq_from(from.head()));
  return Envelope(to);
}

Result<Envelope> unpack(const v1::BusDeviceReplaced& from) {
  MPIM_TRY(const UserId user, user_id_from(from.user_id()));
  return Envelope(DeviceReplaced{user, DeviceId(from.device()), from.generation()});
}

Result<Envelope> unpack(const v1::BusSessionsEnded& from) {
  MPIM_TRY(const UserId user, user_id_from(from.user_id()));
  const auto code = code_named(from.code());
  if (!code) return broken("an unknown code");
  return Envelope(SessionsEnded{user, DeviceId(from.device()),
                                Error{*code, sentence_from(from.message()), from.retry_ms()}});
}

Result<Envelope> unpack(const v1::BusTokensEnded& from) {
  MPIM_TRY(const UserId user, user_id_from(from.user_id()));
  return Envelope(TokensEnded{user, DeviceId(from.device())});
}

Result<Envelope> unpack(const v1::BusCursorsRewound& from) {
  CursorsRewound to;
  MPIM_TRY(to.user, user_id_from(from.user_id()));
  to.device = DeviceId(from.device());
  MPIM_TRY(to.conversation, or_none(from.conversation_id(), conversation_id_from));
  return Envelope(to);
}

Result<Envelope> unpack(const v1::BusCursorConfirmed& from) {
  CursorConfirmed to;
  MPIM_TRY(to.user, user_id_from(from.user_id()));
  to.device = DeviceId(from.device());
  MPIM_TRY(to.through, message_id_from(from.through()));
  return Envelope(to);
}

Result<Envelope> unpack(const v1::BusUserTold& from) {
  UserTold to;
  MPIM_TRY(to.user, user_id_from(from.user_id()));
  MPIM_TRY(to.signal, unpack(from.signal()));
  to.except = DeviceId(from.except_device());
  return Envelope(std::move(to));
}

Result<Envelope> unpack(const v1::BusGroupTold& from) {
  GroupTold to;
  MPIM_TRY(to.audience, unpack(from.audience()));
  MPIM_TRY(to.signal, unpack(from.signal()));
  MPIM_TRY(to.except, or_none(from.except_user(), user_id_from));
  return Envelope(std::move(to));
}

Result<Envelope> unpack(const v1::BusSessionsAsked& from) {
  MPIM_TRY(const UserId user, user_id_from(from.user_id()));
  return Envelope(SessionsAsked{user, NodeId{from.by()}, from.ticket()});
}

Result<Envelope> unpack(const v1::BusSessionsTold& from) {
  SessionsTold told{.ticket = from.ticket(), .sessions = {}};
  for (const v1::BusSession& session : from.sessions()) {
    LiveSession& to = told.sessions.emplace_back();
    to.id = SessionId(session.id());
    MPIM_TRY(to.user, user_id_from(session.user_id()));
    to.device = DeviceId(session.device());
    MPIM_TRY(to.peer, text_from(session.peer(), kToldWordBytes));
    MPIM_TRY(to.protocol, text_from(session.protocol(), kToldWordBytes));
    MPIM_TRY(to.ack, one_of(session.ack(), AckMode::kClient));
    MPIM_TRY(to.sync, one_of(session.sync(), SyncMode::kManual));
    to.in_flight = session.in_flight();
    to.behind = session.behind();
    to.since = {session.since()};
  }
  return Envelope(std::move(told));
}

}  // namespace

std::string packed_envelope(const Envelope& envelope) {
  v1::BusEnvelope wire;
  std::visit([&wire](const auto& kind) { pack(kind, wire); }, envelope);
  return wire.SerializeAsString();
}

std::string packed_packet(const NodeRun& from, const NodeRun& to,
                          std::span<const std::string> envelopes) {
  v1::BusPacket wire;
  wire.set_from_node(from.node.name);
  wire.set_from_epoch(from.epoch);
  wire.set_to_node(to.node.name);
  wire.set_to_epoch(to.epoch);
  for (const std::string& envelope : envelopes) wire.add_envelopes(envelope);
  return wire.SerializeAsString();
}

Result<Envelope> unpacked_envelope(std::string_view bytes) {
  v1::BusEnvelope wire;
  if (!wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return broken("bytes that are not protobuf");
  switch (wire.kind_case()) {
    case v1::BusEnvelope::kEntryCommitted: return unpack(wire.entry_committed());
    case v1::BusEnvelope::kHeadMoved: return unpack(wire.head_moved());
    case v1::BusEnvelope::kDeviceReplaced: return unpack(wire.device_replaced());
    case v1::BusEnvelope::kSessionsEnded: return unpack(wire.sessions_ended());
    case v1::BusEnvelope::kTokensEnded: return unpack(wire.tokens_ended());
    case v1::BusEnvelope::kCursorsRewound: return unpack(wire.cursors_rewound());
    case v1::BusEnvelope::kCursorConfirmed: return unpack(wire.cursor_confirmed());
    case v1::BusEnvelope::kUserTold: return unpack(wire.user_told());
    case v1::BusEnvelope::kGroupTold: return unpack(wire.group_told());
    case v1::BusEnvelope::kSessionsAsked: return unpack(wire.sessions_asked());
    case v1::BusEnvelope::kSessionsTold: return unpack(wire.sessions_told());
    case v1::BusEnvelope::kPresenceChanged: {
      MPIM_TRY(const PresenceSignal presence, unpack(wire.presence_changed()));
      return Envelope(PresenceChanged{presence});
    }
    case v1::BusEnvelope::KIND_NOT_SET: break;
  }
  return broken("a kind that is not known");
}

Result<BusPacket> unpacked_packet(std::string_view bytes) {
  keep_protobuf_quiet();
  v1::BusPacket wire;
  if (!wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return broken("bytes that are not protobuf");
  BusPacket packet;
  packet.from = {NodeId{wire.from_node()}, wire.from_epoch()};
  packet.to = {NodeId{wire.to_node()}, wire.to_epoch()};
  for (const std::string& each : wire.envelopes()) {
    Result<Envelope> envelope = unpacked_envelope(each);
    if (envelope.ok()) {
      packet.envelopes.push_back(std::make_shared<const Envelope>(std::move(*envelope)));
    } else {
      ++packet.unknown;
      if (envelope.error().code == Code::kTooLarge) ++packet.too_large;
    }
  }
  return packet;
}

}  // namespace mpim
