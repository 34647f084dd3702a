#include "server/gateway/admin/admin_api.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/gateway/admin/admin_call.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

constexpr std::string_view kPrefix = "/mpim.v1.AdminService/";
constexpr const char* kJsonType = "application/json";
constexpr const char* kBinaryType = "application/proto";

HttpAnswer connect_error(const Error& error) {
  const CodeEntry& entry = entry_of(error.code);
  nlohmann::ordered_json told = {
      {"code", entry.connect_code}, {"message", error.message}, {"mpimCode", entry.name}};
  if (error.retry_ms != 0) told["retryMs"] = error.retry_ms;
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  return {.status = entry.http_status,
          .body = told.dump(-1, ' ', false, kReplace) + "\n",
          .content_type = kJsonType,
          .headers = {{"mpim-code", std::string(entry.name)}}};
}

std::optional<CallFormat> format_of(const HttpRequest& request) {
  std::string_view type = request.header("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (type == kJsonType) return CallFormat::kJson;
  if (type == kBinaryType) return CallFormat::kBinary;
  return std::nullopt;
}

const AdminMethod* method_named(std::string_view name) {
  for (const auto methods : {admin_people_methods(), admin_friend_methods(),
                             admin_message_methods(), admin_search_methods()}) {
    const auto found = std::ranges::lower_bound(methods, name, {}, &AdminMethod::name);
    if (found != methods.end() && found->name == name) return &*found;
  }
  return nullptr;
}

void serve(AdminService& service, const AdminApiOptions& options, const HttpRequest& request,
           HttpResponder respond) {
  const auto refuse = [&respond](Code code, std::string why) {
    respond(connect_error({code, std::move(why)}));
  };
  if (!request.credentials) return refuse(Code::kDenied, "admin calls come over the admin socket");
  const uid_t uid = request.credentials->uid;
  if (uid != options.owner && uid != 0)
    return refuse(Code::kDenied, "only root and the user the server runs as may operate it");
  const std::string_view name = request.path.substr(kPrefix.size());
  const AdminMethod* const method = method_named(name);
  if (method == nullptr)
    return refuse(Code::kUnknownCommand, "AdminService has no method " + std::string(name));
  const std::optional<CallFormat> format = format_of(request);
  if (!format) {
    HttpAnswer refused = connect_error(
        {Code::kBadRequest, "the content type must be application/json or application/proto"});
    refused.status = 415;
    return respond(std::move(refused));
  }
  const std::string_view encoding = request.header("Content-Encoding");
  if (!encoding.empty() && encoding != "identity")
    return refuse(Code::kBadRequest, "a compressed body is not understood here: send it as it is");
  const AdminContext context{service, {"uid " + std::to_string(uid)}, options.text_bytes_max};
  AdminAnswer answer(service.home(), *format, std::move(respond));
  const Result<void> taken = method->run(context, request.body, *format, answer);
  if (!taken.ok()) answer.refuse(taken.error());
}

}  // namespace

void AdminAnswer::send(const google::protobuf::Message& message) {
  if (format_ == CallFormat::kBinary)
    return respond_(
        {.status = 200, .body = message.SerializeAsString(), .content_type = kBinaryType});
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string body;
  if (!google::protobuf::util::MessageToJsonString(message, &body, options).ok())
    return refuse({Code::kInternal, "the answer cannot be written as JSON"});
  respond_({.status = 200, .body = body + "\n", .content_type = kJsonType});
}

void AdminAnswer::refuse(const Error& error) {
  if (error.code == Code::kInternal) log_error("admin.internal", {{"why", error.message}});
  respond_(connect_error(error));
}

Result<void> parse_request(std::string_view body, CallFormat format,
                           google::protobuf::Message& into) {
  if (format == CallFormat::kBinary) {
    if (into.ParseFromArray(body.data(), static_cast<int>(body.size()))) return {};
    return Error{Code::kBadRequest, "the body is not a " + into.GetTypeName()};
  }
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(body.data(), body.size()), &into);
  if (parsed.ok()) return {};
  std::string why = parsed.message().ToString();
  why = why.substr(0, why.find('\n'));
  return Error{Code::kBadRequest, "the body is not a " + into.GetTypeName() + " in JSON: " + why};
}

void add_admin_api(HttpServer& server, AdminService& service, AdminApiOptions options) {
  server.route_prefix(HttpMethod::kPost, std::string(kPrefix),
                      [&service, options](const HttpRequest& request, HttpResponder respond) {
                        serve(service, options, request, std::move(respond));
                      });
}

}  // namespace mpim
