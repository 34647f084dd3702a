#include "tests/protocol/wire/wire_properties.h"

#include <google/protobuf/util/json_util.h>

#include <memory>

#include "server/protocol/json/json_guard.h"
#include "server/protocol/wire/wire_methods.h"

namespace mpim {
namespace {

using google::protobuf::Message;

constexpr uint32_t kDepthMax = 32;

std::string outcome(const wire::Method& method, const Message& message) {
  const Parsed parsed = method.from(message, wire::WireLimits{});
  if (parsed.ok()) return "request " + std::to_string(parsed->index());
  return std::string(name_of(parsed.error().code)) + ' ' + parsed.error().message;
}

bool is_of_bad_input(const Parsed& parsed) {
  if (parsed.ok()) return true;
  const Code code = parsed.error().code;
  return code == Code::kBadRequest || code == Code::kBadText || code == Code::kTooLarge;
}

std::string broken_json_property(const wire::Method& method, const Message& message) {
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json).ok()) return {};
  const Result<void> guarded = guard_json(json, kDepthMax);
  // A NUL is text to protobuf, and none to us.
  if (!guarded.ok()) return guarded.error().code == Code::kBadText ? "" : "guard refuses " + json;
  const std::unique_ptr<Message> again(method.request().New());
  if (!google::protobuf::util::JsonStringToMessage(json, again.get()).ok())
    return "its own JSON is not read: " + json;
  if (outcome(method, *again) != outcome(method, message)) return "JSON says something else";
  return {};
}

}  // namespace

std::string broken_wire_property(std::string_view bytes, uint8_t which) {
  const auto methods = wire::all_methods();
  const wire::Method& method = methods[which % methods.size()];
  const std::unique_ptr<Message> message(method.request().New());
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  if (!is_of_bad_input(method.from(*message, wire::WireLimits{})))
    return "refused as if it were no bad input: " + outcome(method, *message);
  const std::unique_ptr<Message> again(method.request().New());
  if (!again->ParseFromString(message->SerializeAsString())) return "its own bytes are not read";
  if (outcome(method, *again) != outcome(method, *message)) return "binary says something else";
  message->DiscardUnknownFields();
  return broken_json_property(method, *message);
}

}  // namespace mpim
