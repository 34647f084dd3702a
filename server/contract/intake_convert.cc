#include "server/contract/intake_convert.h"

#include "server/contract/convert.h"
#include "server/contract/mpim/v1/intake.pb.h"
#include "server/contract/names.h"
#include "server/core/limits.h"

namespace mpim {
namespace {

constexpr size_t kEpochBytesMax = 256;

Error no_ack(const char* what) {
  return {Code::kBadRequest, std::string("no acknowledgement that this version can read: ") + what};
}

void pack(const DeviceAck& from, v1::QueuedAck& to) {
  to.set_user(from.user.value);
  to.set_device(from.device.value);
  to.set_generation(from.generation);
  for (const CursorMove& move : from.moves) {
    to.add_delivered(MessageId(move.conversation, move.delivered).value);
    to.add_delivered_at(move.at.ms);
  }
  for (const SeenEntry& made : from.own) {
    to.add_own(made.id.value);
    to.add_own_at(made.at.ms);
  }
}

void pack(const ReadMark& from, v1::QueuedAck& to) {
  to.set_user(from.user.value);
  to.set_device(from.device.value);
  to.set_read(from.through.id.value);
  to.set_read_at(from.through.at.ms);
}

// An older server told none.
template <class Times>
Timestamp time_at(const Times& times, int index) {
  return {index < times.size() ? times[index] : 0};
}

Error broken(const char* what) {
  return {Code::kBadRequest, std::string("no send that this version can read: ") + what};
}

}  // namespace

std::string packed_draft(const Draft& draft) {
  v1::QueuedDraft to;
  if (const auto* const user = std::get_if<UserId>(&draft.to)) to.set_to_user(user->value);
  if (const auto* const group = std::get_if<GroupId>(&draft.to)) to.set_to_group(group->value);
  to.set_sender(draft.sender.value);
  to.set_client_id(draft.client_id);
  to.set_type(static_cast<uint32_t>(draft.type));
  to.set_text(draft.text);
  to.set_file_id(draft.file.value);
  to.set_client_at(draft.client_at.ms);
  to.set_ext(draft.ext);
  return to.SerializeAsString();
}

Result<Draft> unpacked_draft(std::string_view bytes) {
  v1::QueuedDraft from;
  if (bytes.empty() || !from.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return broken("it cannot be parsed");
  Draft to;
  if ((from.to_user() == 0) == (from.to_group() == 0)) return broken("it has no receiver");
  if (from.to_user() != 0) {
    MPIM_TRY(to.to, user_id_from(from.to_user()));
  } else {
    MPIM_TRY(to.to, group_id_from(from.to_group()));
  }
  MPIM_TRY(to.sender, user_id_from(from.sender()));
  if (from.type() > static_cast<uint32_t>(ContentType::kVoice)) return broken("an unknown type");
  if (from.text().size() > kTextBytes.ceiling || from.ext().size() > kExtBytes.ceiling)
    return broken("it is too long");
  if (!is_text(from.text()) || !is_text(from.ext())) return broken("its text is none");
  if (from.file_id() > kConversationMax.value) return broken("its file has no such number");
  if (!from.client_id().empty()) {
    MPIM_TRY(to.client_id, client_id(from.client_id()));
  }
  to.type = static_cast<ContentType>(from.type());
  to.text = from.text();
  to.file = FileId(from.file_id());
  to.client_at = Timestamp{from.client_at()};
  to.ext = from.ext();
  return to;
}

std::string packed_ack(const WaitingAck& ack) {
  v1::QueuedAck to;
  to.set_epoch(ack.epoch);
  std::visit([&to](const auto& each) { pack(each, to); }, ack.ack);
  return to.SerializeAsString();
}

Result<WaitingAck> unpacked_ack(std::string_view bytes) {
  v1::QueuedAck from;
  if (bytes.empty() || !from.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return no_ack("it cannot be parsed");
  if (from.epoch().empty() || from.epoch().size() > kEpochBytesMax) return no_ack("of no store");
  if (from.device() == 0) return no_ack("of no device");
  MPIM_TRY(const UserId user, user_id_from(from.user()));
  const DeviceId device(from.device());
  const bool moves = from.delivered_size() + from.own_size() > 0;
  if (moves == (from.read() != 0)) return no_ack("it is not one thing that was received or read");
  if (!moves) {
    MPIM_TRY(const MessageId read, message_id_from(from.read()));
    return WaitingAck{from.epoch(), ReadMark{user, device, {read, {from.read_at()}}}};
  }
  DeviceAck ack{user, device, from.generation(), {}, {}};
  for (int i = 0; i < from.delivered_size(); ++i) {
    MPIM_TRY(const MessageId id, message_id_from(from.delivered(i)));
    ack.moves.push_back({id.conversation(), id.seq(), time_at(from.delivered_at(), i)});
  }
  for (int i = 0; i < from.own_size(); ++i) {
    MPIM_TRY(const MessageId id, message_id_from(from.own(i)));
    ack.own.push_back({id, time_at(from.own_at(), i)});
  }
  return WaitingAck{from.epoch(), std::move(ack)};
}

std::string parsed_fields(std::string_view bytes) {
  v1::QueuedDraft seen;
  // What stands before the place where it breaks off is kept.
  static_cast<void>(seen.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return seen.ShortDebugString();
}

}  // namespace mpim
