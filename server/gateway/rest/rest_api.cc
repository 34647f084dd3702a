#include "server/gateway/rest/rest_api.h"

#include <algorithm>
#include <array>
#include <memory>

#include "server/gateway/auth/bearer_token.h"
#include "server/gateway/http/json_only.h"
#include "server/gateway/rest/rest_query.h"
#include "server/gateway/rpc/connect.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

constexpr std::array<RestField, 3> kPullFields{
    {{"lastMessageId", "after"}, {"sessionId", "sessionId"}, {"size", "limit"}}};
// Without a last message it begins with the first.
constexpr std::array<RestDefault, 2> kPullDefaults{
    {{"limit", "20", "limit"}, {"since", "1", "after"}}};

constexpr auto kRows = std::to_array<RestRow>({
    {.path = "/api/conversations",
     .type = "conversations",
     .about = "The caller's conversations, the newest first."},
    {.path = "/api/history", .type = "history", .about = "A page of a conversation."},
    {.method = HttpMethod::kPost,
     .path = "/api/messages/confirm",
     .type = "confirm_messages_synced",
     .about = "These messages have arrived on the caller's device."},
    {.path = "/api/messages/offline",
     .type = "sync_offline_messages",
     .about = "What the caller's device has not confirmed yet."},
    {.path = "/api/messages/unread-count",
     .type = "unread",
     .about = "How many messages the caller has not read."},
    {.path = "/api/search", .type = "search", .about = "Messages that have all the words."},
    {.path = "/message/pull",
     .type = "history",
     .fields = kPullFields,
     .defaults = kPullDefaults,
     .about = "The messages of a session behind the last one that the caller has."},
});
static_assert(std::ranges::is_sorted(kRows, {}, &RestRow::path));

Result<CallDoor::Message> read(const RestRow& row, const wire::Method& method,
                               const HttpRequest& request) {
  CallDoor::Message in(method.request().New());
  if (row.method == HttpMethod::kGet) {
    MPIM_CHECKED(read_query(request.query, row, *in));
    return in;
  }
  MPIM_CHECKED(parse_message(request.body, CallFormat::kJson, *in));
  return in;
}

HttpAnswer answer_of(const wire::Method& method, const Result<CallDoor::Message>& result) {
  if (result.ok()) {
    Result<std::string> body = json_of(**result, Empties::kLeftOut);
    if (body.ok()) return {.status = 200, .body = std::move(*body) + "\n"};
    return http_refusal(body.error());
  }
  if (result.error().code == Code::kInternal)
    log_error("rest.internal", {{"method", method.name}, {"why", result.error().message}});
  return http_refusal(result.error());
}

void serve(CallDoor& door, const RestRow& row, const HttpRequest& request, HttpResponder respond) {
  const wire::Method& method = *wire::find_type(row.type);
  if (row.method == HttpMethod::kPost) {
    if (std::optional<HttpAnswer> refused = not_json(request)) return respond(*std::move(refused));
  }
  Result<CallDoor::Message> in = read(row, method, request);
  if (!in.ok()) return respond(http_refusal(in.error()));
  CallFrom from{bearer_token(request.header("Authorization")), std::string(request.peer), {}};
  door.call(method, std::move(*in), std::move(from),
            [&method, respond = std::move(respond)](Result<CallDoor::Message> result) mutable {
              respond(answer_of(method, result));
            });
}

}  // namespace

std::span<const RestRow> rest_rows() { return kRows; }

void add_rest_api(HttpServer& server, CallDoor& door) {
  for (const RestRow& row : rest_rows()) {
    server.route(row.method, std::string(row.path),
                 [&door, &row](const HttpRequest& request, HttpResponder respond) {
                   serve(door, row, request, std::move(respond));
                 });
  }
}

}  // namespace mpim
