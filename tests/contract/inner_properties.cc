#include "tests/contract/inner_properties.h"

#include "server/contract/bus_convert.h"
#include "server/contract/intake_convert.h"

namespace mpim {
namespace {

// What may be wrong with a piece of somebody's input.
bool is_bad_input(Code code) {
  return code == Code::kBadRequest || code == Code::kBadText || code == Code::kTooLarge;
}

}  // namespace

std::string broken_draft_property(std::string_view bytes) {
  static_cast<void>(parsed_fields(bytes));
  const Result<Draft> draft = unpacked_draft(bytes);
  if (!draft.ok()) return is_bad_input(draft.error().code) ? "" : "refused as something else";
  const std::string packed = packed_draft(*draft);
  const Result<Draft> again = unpacked_draft(packed);
  if (!again.ok()) return "written anew it is refused: " + again.error().message;
  return packed_draft(*again) == packed ? "" : "written anew it is another";
}

std::string broken_ack_property(std::string_view bytes) {
  const Result<WaitingAck> ack = unpacked_ack(bytes);
  if (!ack.ok()) return is_bad_input(ack.error().code) ? "" : "refused as something else";
  if (unpacked_draft(bytes).ok()) return "it is a send, too";
  const std::string packed = packed_ack(*ack);
  const Result<WaitingAck> again = unpacked_ack(packed);
  if (!again.ok()) return "written anew it is refused: " + again.error().message;
  return packed_ack(*again) == packed ? "" : "written anew it is another";
}

std::string broken_packet_property(std::string_view bytes) {
  const Result<BusPacket> packet = unpacked_packet(bytes);
  if (!packet.ok()) return is_bad_input(packet.error().code) ? "" : "refused as something else";
  for (const EnvelopePtr& envelope : packet->envelopes) {
    const std::string packed = packed_envelope(*envelope);
    const Result<Envelope> again = unpacked_envelope(packed);
    if (!again.ok()) return "written anew it is refused: " + again.error().message;
    if (packed_envelope(*again) != packed) return "written anew it is another";
  }
  return "";
}

}  // namespace mpim
