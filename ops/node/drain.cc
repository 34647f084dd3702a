#include <array>

#include "ops/node/commands.h"
#include "ops/node/node_calls.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"NODE", "its id; else the node that is asked", false}});
constexpr auto kFlags = std::to_array<Flag>({kDryRun, kYes});
constexpr auto kExamples = std::to_array<std::string_view>({"node drain", "node drain east-1 -y"});

Result<int> drain_node(Call& call) {
  const auto& words = call.arguments().words();
  const std::string which = words.empty() ? "the node that is asked" : "node " + words[0];
  if (call.arguments().has("dry-run")) {
    MPIM_TRY(const v1::Node named, living_node(call));
    call.show_item(Value::message(named), kNodeItemColumns);
    call.terminal().note("dry run: nothing was done; so many sessions would go elsewhere");
    return kDone;
  }
  MPIM_TRY(const bool go, call.may_destroy("Send the clients of " + which + " away and end it?"));
  if (!go) return kFailed;
  MPIM_TRY(const v1::Node node, order_node(call, false));
  call.terminal().note(
      "its clients go within server.drain_spread_ms; mpimctl node undrain keeps "
      "it while that lasts");
  call.show_item(Value::message(node), kNodeItemColumns);
  return kDone;
}

}  // namespace

const CommandForm kNodeDrainForm{
    .detail =
        "The node takes no new clients, closes the connections it has one after another over\n"
        "server.drain_spread_ms, writes what it owes and exits with 0. Its clients come back\n"
        "on other nodes and miss nothing. Answers when the node has been told.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Node",
    .run = drain_node,
};

}  // namespace mpim::ops
