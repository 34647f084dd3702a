#include "tests/protocol/json/json_properties.h"

#include <nlohmann/json.hpp>

#include "server/protocol/json/envelope.h"
#include "server/protocol/json/json_answers.h"
#include "server/protocol/json/json_guard.h"
#include "server/protocol/json_text.h"
#include "tests/protocol/describe.h"
#include "tests/protocol/json/json_transcript.h"

namespace mpim {
namespace {

using nlohmann::json;

// What we refuse although it is JSON.
bool refused_on_purpose(const Error& error) {
  if (error.code == Code::kBadText) return true;
  for (const std::string_view reason : {"is no whole number", "is there twice", "levels of arrays"})
    if (error.message.find(reason) != std::string::npos) return true;
  return false;
}

// Held against another parser.
std::string broken_guard(std::string_view text, const Result<void>& guarded) {
  const bool is_json = !text.starts_with("\xEF\xBB\xBF") && json::accept(text);
  if (guarded.ok() && !is_json) return "the guard takes what is no JSON";
  if (!guarded.ok() && is_json && !refused_on_purpose(guarded.error()))
    return "the guard refuses JSON: " + guarded.error().message;
  return {};
}

bool may_be_echoed(const json& id) {
  return id.is_number_integer() ||
         (id.is_string() && id.get_ref<const std::string&>().size() <= 64);
}

std::string broken_answer(std::string_view text, bool strict, const JsonRequest& request) {
  std::string answer;
  write_answer(request.parsed.ok() ? Response(PongResponse{}) : Response(request.parsed.error()),
               request.tag, answer);
  if (!guard_json(answer, 2).ok()) return "an answer is no strict JSON: " + answer;
  if (!strict) return {};
  const json asked = json::parse(text);
  const json said = json::parse(answer);
  // More digits than the other parser's integers have.
  if (asked.is_object() && asked.contains("id") && asked["id"].is_number_float()) return {};
  const bool owed = asked.is_object() && asked.contains("id") && may_be_echoed(asked["id"]);
  if (owed != said.contains("id")) return "an answer has no id, or one too many: " + answer;
  if (owed && said["id"] != asked["id"]) return "an answer has another id: " + answer;
  return {};
}

// The same message, written anew.
std::string flat_form(const SendRequest& send) {
  std::string out = "{\"content\":";
  append_json_string(out, send.text);
  if (const auto* user = std::get_if<UserId>(&send.to))
    out += ",\"toUserId\":" + std::to_string(user->value);
  else if (const auto* group = std::get_if<GroupId>(&send.to))
    out += ",\"groupId\":\"" + std::to_string(group->value) + "\"";
  else
    append_json_string(out += ",\"toUserName\":", std::get<UserName>(send.to).shown);
  out += ",\"messageType\":\"" + std::string(name_of(send.type)) + "\"";
  if (!send.client_id.empty()) append_json_string(out += ",\"clientMessageId\":", send.client_id);
  if (send.client_at.ms != 0) out += ",\"clientTimestamp\":" + std::to_string(send.client_at.ms);
  if (send.file) out += ",\"fileId\":" + std::to_string(send.file.value);
  if (!send.ext.empty()) append_json_string(out += ",\"ext\":", send.ext);
  return out + "}";
}

std::string broken_request(const Request& request) {
  const auto* const send = std::get_if<SendRequest>(&request);
  if (send == nullptr) return {};
  if (send->text.empty() || send->text.size() > kTranscriptLimits.text_bytes_max)
    return "a text is out of bounds";
  const JsonRequest again = read_envelope(flat_form(*send), kTranscriptLimits);
  const bool same = again.parsed.ok() && describe(*again.parsed) == describe(request);
  return same ? "" : "a message does not survive being written anew: " + flat_form(*send);
}

}  // namespace

std::string broken_json_property(std::string_view text) {
  const Result<void> guarded = guard_json(text, kTranscriptLimits.depth_max);
  if (std::string broken = broken_guard(text, guarded); !broken.empty()) return broken;
  const JsonRequest request = read_envelope(text, kTranscriptLimits);
  if (std::string broken = broken_answer(text, guarded.ok(), request); !broken.empty())
    return broken;
  if (!request.parsed.ok()) return {};
  if (!guarded.ok()) return "a request got past the guard: " + guarded.error().message;
  return broken_request(*request.parsed);
}

}  // namespace mpim
