#include "ops/dev/dev_node.h"

#include <unistd.h>

#include "ops/dev/local_server.h"

namespace mpim::ops {

Result<std::optional<v1::GetServerResponse>> running_node(Call& call) {
  MPIM_TRY(AdminClient* const client, call.admin());
  if (!client->local())
    return call.usage("a local node is reached over its socket, not with --server");
  auto answer = call.ask<v1::GetServerResponse>("GetServer", v1::GetServerRequest());
  if (answer) return std::optional(std::move(*answer));
  if (!client->unreachable()) return answer.error();
  call.circumstance() = {};
  return std::optional<v1::GetServerResponse>();
}

Value node_item(Call& call, const v1::GetServerResponse& node, std::string_view state) {
  const auto client = call.admin();
  Value item = Value::object({{"state", Value::text(state)}});
  item.set("pid", Value::id(node.pid()));
  item.set("node", Value::text(node.node()));
  item.set("version", Value::text(node.version()));
  item.set("line", Value::text(node.line()));
  item.set("ws", Value::text(node.ws()));
  item.set("http", Value::text(node.http()));
  item.set("admin", Value::text(client ? (*client)->place() : ""));
  item.set("dataDir", Value::text(node.data_dir()));
  item.set("startedAtMs", Value::text(std::to_string(node.started_at_ms())));
  item.set("connections", Value::id(node.connections()));
  item.set("sessions", Value::id(node.sessions()));
  return item;
}

std::string state_file(const std::string& data_dir) { return data_dir + "/dev.json"; }

Result<void> stop_node(Call& call, const v1::GetServerResponse& node) {
  const auto ended = end_process(static_cast<pid_t>(node.pid()), call.timeout());
  // A process that went away by itself in this moment is stopped too.
  if (!ended && ended.error().code != Code::kNotFound) return ended.error();
  unlink(state_file(node.data_dir()).c_str());
  return {};
}

}  // namespace mpim::ops
