#include <array>

#include "ops/call.h"
#include "ops/start/commands.h"
#include "ops/contract.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"version", "version -o json"});
constexpr auto kColumns = std::to_array<Column>({
    {"mpimctl", "client"},
    {"Server", "server"},
    {"API", "api"},
    {"Schema", "schema"},
});

Result<int> show_version(Call& call) {
  Value item = Value::object({{"client", Value::text(MPIM_VERSION)}});
  const auto server = call.ask<v1::GetServerResponse>("GetServer", v1::GetServerRequest());
  if (!server && server.error().code != Code::kUnavailable) return server.error();
  item.set("server", server ? Value::text(server->version()) : Value());
  item.set("api", Value::text(server ? server->api_version() : std::string(kApiVersion)));
  item.set("schema", server ? Value::number(server->schema_version()) : Value());
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(std::move(item));
  document.columns = kColumns;
  if (!server) document.warnings.push_back(server.error().message);
  call.show(document);
  if (server && server->api_version() != kApiVersion)
    return Error{Code::kVersion, "the server speaks API " + server->api_version() +
                                     ", this mpimctl " + std::string(kApiVersion)};
  return kDone;
}

}  // namespace

const CommandForm kVersionForm{
    .detail = "Without a server only the version of mpimctl is shown.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "Version",
    .run = show_version,
};

}  // namespace mpim::ops
