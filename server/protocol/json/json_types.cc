#include "server/protocol/json/json_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "server/contract/names.h"
#include "server/protocol/json/json_contract.h"
#include "server/protocol/json/json_payloads.h"
#include "server/protocol/nearest.h"
#include "server/protocol/wire/wire_methods.h"

namespace mpim {
namespace {

constexpr auto kTypes = std::to_array<JsonTypeRow>({
    {"accept_friend", nullptr},  {"ack", read_ack},
    {"add_friend", nullptr},     {"approve_join", nullptr},
    {"away", read_away},         {"back", read_back},
    {"block", nullptr},          {"blocks", nullptr},
    {"chat", read_chat},         {"confirm_messages_synced", nullptr},
    {"conversations", nullptr},  {"create_group", nullptr},
    {"decline_invite", nullptr}, {"describe_group", nullptr},
    {"devices", nullptr},        {"dissolve_group", nullptr},
    {"edit", nullptr},           {"friends", nullptr},
    {"group_info", nullptr},     {"groups", nullptr},
    {"hide", nullptr},           {"history", nullptr},
    {"invite", nullptr},         {"invites", nullptr},
    {"join_group", nullptr},     {"join_requests", nullptr},
    {"kick", nullptr},           {"leave_group", nullptr},
    {"login", read_login},       {"logout", read_logout},
    {"members", nullptr},        {"mute_group", nullptr},
    {"mute_member", nullptr},    {"password", nullptr},
    {"ping", read_ping},         {"presence", nullptr},
    {"profile", nullptr},        {"read", nullptr},
    {"recall", nullptr},         {"receipts", nullptr},
    {"refuse_join", nullptr},    {"register", read_register},
    {"reject_friend", nullptr},  {"remove_friend", nullptr},
    {"rename_group", nullptr},   {"revoke_device", nullptr},
    {"search", nullptr},         {"set_notice", nullptr},
    {"set_policy", nullptr},     {"set_profile", nullptr},
    {"set_role", nullptr},       {"sync_offline_messages", nullptr},
    {"transfer_group", nullptr}, {"typing", nullptr},
    {"unblock", nullptr},        {"unmute_group", nullptr},
    {"unmute_member", nullptr},  {"unread", nullptr},
    {"unwatch", read_unwatch},   {"watch", read_watch},
});
static_assert(std::ranges::is_sorted(kTypes, {}, &JsonTypeRow::name));
static_assert(kTypes.size() <= std::numeric_limits<uint8_t>::max());

}  // namespace

std::span<const JsonTypeRow> all_json_types() { return kTypes; }

const JsonTypeRow* find_json_type(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(kTypes, name, {}, &JsonTypeRow::name);
  return found != kTypes.end() && found->name == name ? &*found : nullptr;
}

Parsed read_payload(const JsonTypeRow& row, JsonCursor& payload, const JsonLimits& limits) {
  if (!row.of_contract()) return row.read(payload, limits);
  const wire::Method* const method = wire::find_type(row.name);
  MPIM_CHECK(method != nullptr, "a type of the envelope is none of the contract's");
  const std::unique_ptr<google::protobuf::Message> in(method->request().New());
  MPIM_CHECKED(read_contract(payload, *in));
  return method->from(*in, {limits.text_bytes_max, limits.ext_bytes_max});
}

Error unknown_json_type(std::string_view typed) {
  std::array<std::string_view, kTypes.size()> names;
  std::ranges::transform(kTypes, names.begin(), &JsonTypeRow::name);
  const std::string_view near = nearest(typed, names);
  const std::string hint = near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
  return {Code::kUnknownCommand, fmt::format("there is no type '{}'{}", shown(typed), hint)};
}

uint8_t number_of_type(std::string_view name) {
  const JsonTypeRow* const row = find_json_type(name);
  return row == nullptr ? 0 : static_cast<uint8_t>(row - kTypes.data() + 1);
}

std::string_view type_numbered(uint8_t number) {
  return number == 0 || number > kTypes.size() ? std::string_view() : kTypes[number - 1].name;
}

}  // namespace mpim
