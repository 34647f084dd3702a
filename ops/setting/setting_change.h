// How the commands of this folder change settings, and show what has changed.
#pragma once

#include <array>

#include "ops/call.h"
#include "ops/contract.h"

namespace mpim::ops {

inline constexpr Flag kIfVersion{"if-version", FlagType::kNumber, "N",
                                 "only while that version holds; else exit code 6"};

inline constexpr auto kSettingChangeColumns = std::to_array<Column>({
    {"SETTING", "name"},
    {"BEFORE", "before"},
    {"AFTER", "after"},
});

// Shows the answer to a change, one that was only tried too.
template <class Response>
int show_settings_change(Call& call, const Response& response) {
  const std::string version = std::to_string(response.version());
  Value::List items;
  for (const v1::SettingChange& change : response.changes())
    items.push_back(
        Value::object({{"name", Value::text(change.name())},
                       {"before", change.has_before() ? Value::text(change.before()) : Value()},
                       {"after", change.has_after() ? Value::text(change.after()) : Value()},
                       {"version", Value::id(response.version())}}));
  if (items.empty()) {
    call.terminal().note("it is so already, by version " + version);
  } else if (call.arguments().has("dry-run")) {
    call.terminal().note("dry run: nothing was done; this would be version " + version);
  } else {
    call.terminal().note("version " + version + ": every node follows");
  }
  call.show_list(std::move(items), kSettingChangeColumns);
  return kDone;
}

// Asks for a change with the flags that were given. The hint of a refusal names the settings there
// are.
template <class Response, class Request>
Result<int> change_settings(Call& call, std::string_view method, Request request) {
  request.set_dry_run(call.arguments().has("dry-run"));
  if (call.arguments().has("if-version"))
    request.set_if_version(call.arguments().number("if-version"));
  auto response = call.ask<Response>(method, request);
  if (response.ok()) return show_settings_change(call, *response);
  const Code why = response.error().code;
  if (why == Code::kUnknown)
    return call.failing(response.error(), "`mpimctl setting history` tells whether it was done");
  if (why == Code::kNotFound || why == Code::kBadRequest)
    return call.failing(response.error(), "`mpimctl setting ls` lists those that may change");
  return response.error();
}

}  // namespace mpim::ops
