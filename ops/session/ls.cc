#include <array>

#include "ops/session/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {"user", FlagType::kText, "USER", "only this user's"},
});
constexpr auto kExamples =
    std::to_array<std::string_view>({"session ls", "session ls --user alice"});
constexpr auto kColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"USER", "user.name"},
    {"DEVICE", "deviceName"},
    {"NODE", "node"},
    {"PEER", "peer"},
    {"PROTOCOL", "protocol"},
    {"ACK", "ack"},
    {"SYNC", "sync"},
    {"IN FLIGHT", "inFlight", Cell::kNumber},
    {"BEHIND", "behind"},
    {"SINCE", "sinceMs", Cell::kTime},
});

Result<int> list_sessions(Call& call) {
  v1::ListSessionsRequest request;
  if (call.arguments().has("user"))
    *request.mutable_user() = user_ref(call.arguments().text("user"));
  MPIM_TRY(const auto response, call.ask<v1::ListSessionsResponse>("ListSessions", request));
  Value::List items;
  for (const v1::Session& session : response.sessions()) items.push_back(Value::message(session));
  call.show_list(std::move(items), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kSessionLsForm{
    .detail = {},
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SessionList",
    .run = list_sessions,
};

}  // namespace mpim::ops
