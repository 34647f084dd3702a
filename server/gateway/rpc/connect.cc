#include "server/gateway/rpc/connect.h"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "server/contract/convert.h"
#include "server/gateway/auth/bearer_token.h"
#include "server/protocol/http/http_syntax.h"
#include "server/protocol/json/json_contract.h"
#include "server/protocol/json/json_guard.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr const char* kJsonType = "application/json";
constexpr const char* kBinaryType = "application/proto";
constexpr uint16_t kUnsupportedMediaType = 415;
// Ten digits, as the protocol has it.
constexpr uint64_t kTimeoutMax = 9'999'999'999;

std::optional<CallFormat> format_of(std::string_view content_type) {
  const std::string type = media_type(content_type);
  if (type == kJsonType) return CallFormat::kJson;
  if (type == kBinaryType) return CallFormat::kBinary;
  return std::nullopt;
}

// It would write a line to stderr for each text that is not UTF-8: what a client sends is refused,
// and is no fault to be told of in the log, let alone as often as it likes.
void keep_protobuf_quiet() {
  static const auto before = google::protobuf::SetLogHandler(nullptr);
  static_cast<void>(before);
}

}  // namespace

std::optional<HttpAnswer> wrong_type(const HttpRequest& request) {
  if (format_of(request.header("Content-Type"))) return std::nullopt;
  HttpAnswer refused = call_error(
      {Code::kBadRequest, "the content type must be application/json or application/proto"});
  refused.status = kUnsupportedMediaType;
  refused.headers.emplace_back("Accept-Post", "application/json, application/proto");
  return refused;
}

Result<CallHead> call_head(const HttpRequest& request) {
  CallHead head;
  head.format = format_of(request.header("Content-Type")).value_or(CallFormat::kJson);
  const std::string_view version = request.header("Connect-Protocol-Version");
  if (!version.empty() && version != "1")
    return Error{Code::kBadRequest, "Connect-Protocol-Version must be 1"};
  const std::string_view encoding = request.header("Content-Encoding");
  if (!encoding.empty() && encoding != "identity")
    return Error{Code::kUnknownCommand,
                 "a compressed body is not understood here: send it as it is (identity)"};
  const std::string_view timeout = request.header("Connect-Timeout-Ms");
  if (!timeout.empty()) {
    MPIM_TRY(const uint64_t ms, parse_number(timeout, "Connect-Timeout-Ms", 0, kTimeoutMax));
    head.timeout = Millis(static_cast<int64_t>(ms));
  }
  return head;
}

Result<void> parse_message(std::string_view body, CallFormat format,
                           google::protobuf::Message& into) {
  keep_protobuf_quiet();
  if (format == CallFormat::kBinary) {
    if (into.ParseFromArray(body.data(), static_cast<int>(body.size()))) return {};
    return Error{Code::kBadRequest, "the body is not a " + into.GetTypeName()};
  }
  MPIM_CHECKED(guard_json(body, kCallDepthMax));
  JsonCursor cursor(body);
  if (cursor.next() != '{') return cursor.unexpected("an object");
  MPIM_CHECKED(read_contract(cursor, into));
  if (!cursor.done()) return cursor.unexpected("the end of the body");
  return {};
}

Result<std::string> json_of(const google::protobuf::Message& message, Empties empties) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = empties == Empties::kWritten;
  std::string body;
  if (!google::protobuf::util::MessageToJsonString(message, &body, options).ok())
    return Error{Code::kInternal, "the answer cannot be written as JSON"};
  return body;
}

HttpAnswer call_answer(const google::protobuf::Message& message, CallFormat format,
                       Empties empties) {
  if (format == CallFormat::kBinary)
    return {.status = 200, .body = message.SerializeAsString(), .content_type = kBinaryType};
  Result<std::string> body = json_of(message, empties);
  if (!body.ok()) return call_error(body.error());
  return {.status = 200, .body = std::move(*body) + "\n", .content_type = kJsonType};
}

HttpAnswer call_error(const Error& error) {
  count_error(error.code);
  const CodeEntry& entry = entry_of(error.code);
  nlohmann::ordered_json told = {
      {"code", entry.connect_code}, {"message", error.message}, {"mpimCode", entry.name}};
  if (error.retry_ms != 0) told["retryMs"] = error.retry_ms;
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  HttpAnswer answer{.status = entry.http_status,
                    .body = told.dump(-1, ' ', false, kReplace) + "\n",
                    .content_type = kJsonType,
                    .headers = {{"mpim-code", std::string(entry.name)}}};
  add_refusal_headers(error, answer);
  return answer;
}

}  // namespace mpim
