#include "tests/protocol/json/json_transcript.h"

#include <array>

#include "server/protocol/json/envelope.h"
#include "server/protocol/json/json_answers.h"
#include "server/protocol/json/json_pushes.h"
#include "server/protocol/json/json_tag.h"
#include "tests/protocol/codec_transcript.h"
#include "tests/protocol/describe.h"

namespace mpim {
namespace {

// A type of request that is answered with each alternative of Response, in its order.
constexpr std::array<std::string_view, std::variant_size_v<Response>> kTypeOf{
    "login",
    "chat",
    "sync_offline_messages",
    "ack",
    "ack",
    "unread",
    "create_group",
    "join_group",
    "groups",
    "members",
    "ping",
    "",
    "logout",
    "chat",
    "history",
    "conversations",
    "receipts",
    "presence",
    "watch",
    "away",
    "typing",
    "search",
    "profile",
    "add_friend",
    "friends",
    "block",
    "blocks",
    "password",
    "devices",
    "revoke_device",
    "join_group",
    "group_info",
    "join_requests",
    "invites",
    "refuse_join",
    "invite",
    "decline_invite",
    "sync_offline_messages",
    "confirm_messages_synced"};

std::string understood(const std::string& text) {
  const JsonRequest request = read_envelope(text, kTranscriptLimits);
  if (request.parsed.ok()) return "= " + describe(*request.parsed);
  std::string said = "< ";
  write_answer(request.parsed.error(), request.tag, said);
  return said;
}

std::string sample_named(std::string_view name) {
  for (const Sample& sample : all_samples())
    if (sample.name == name) return "< " + json_of(sample.event);
  return "(there is no such sample)";
}

}  // namespace

std::vector<std::string> replay_json(const std::vector<std::string>& transcript) {
  std::vector<std::string> out;
  for (const std::string& line : transcript) {
    if (line.starts_with("= ") || line.starts_with("< ")) continue;
    out.push_back(line);
    if (line.starts_with("> ")) out.push_back(understood(line.substr(2)));
    if (line.starts_with(">~ ")) out.push_back(understood(unescaped(line.substr(3))));
    if (line.starts_with("@ ")) out.push_back(sample_named(line.substr(2)));
  }
  return out;
}

std::string json_of(const SampleEvent& event) {
  std::string out;
  if (const auto* response = std::get_if<Response>(&event)) {
    const std::string_view type = kTypeOf.at(response->index());
    const bool chat = type == "chat";
    write_answer(*response, make_tag({type, chat ? "c-17" : "", "\"17\""}), out);
  }
  if (const auto* one = std::get_if<SampleEntry>(&event))
    write_entry(one->entry, one->to_sender, out);
  if (const auto* said = std::get_if<NoticeLine>(&event)) write_notice(*said, out);
  if (const auto* told = std::get_if<Signal>(&event)) write_signal(*told, out);
  return out;
}

}  // namespace mpim
