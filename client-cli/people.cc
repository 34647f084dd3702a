#include "client-cli/people.h"

#include <algorithm>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/protocol/nearest.h"

namespace mpim::chat {
namespace {

bool is_number(std::string_view typed) {
  return !typed.empty() && typed.find_first_not_of("0123456789") == std::string_view::npos;
}

Error ambiguous(std::string_view name, const std::vector<GroupId>& called) {
  std::string ids;
  for (const GroupId id : called) ids += (ids.empty() ? "#" : ", #") + std::to_string(id.value);
  return {Code::kConflict,
          "you are in several groups called '" + shown(name) + "': name one by its number, " + ids};
}

}  // namespace

void People::learn(UserId user, std::string name) {
  if (user && !name.empty()) users_[user] = std::move(name);
}

void People::learn(GroupId group, std::string name) { groups_[group] = std::move(name); }

void People::forget(GroupId group) { groups_.erase(group); }

void People::learn(ConversationId conversation, const Destination& to) {
  const auto [met, is_new] = conversations_.try_emplace(conversation, to);
  if (is_new) return;
  const auto* const name = std::get_if<UserNamed>(&to);
  const auto* const numbered = std::get_if<UserId>(&met->second);
  // The name for a number that is known, or the number for a name.
  if (name != nullptr && numbered != nullptr) {
    users_.try_emplace(*numbered, name->name);
    return;
  }
  if (const auto* const named = std::get_if<UserNamed>(&met->second))
    if (const auto* const user = std::get_if<UserId>(&to)) users_.try_emplace(*user, named->name);
  met->second = to;
}

void People::learn(const Entry& entry, UserId self) {
  if (entry.group) {
    groups_.try_emplace(entry.group);
    conversations_.try_emplace(entry.conversation, entry.group);
    return;
  }
  const UserId peer = entry.sender == self ? entry.subject : entry.sender;
  if (peer) learn(entry.conversation, peer);
}

std::string People::name_of(UserId user) const {
  if (user == kSystemUser) return "system";
  const auto found = users_.find(user);
  return found == users_.end() ? std::to_string(user.value) : found->second;
}

std::string People::name_of(GroupId group) const {
  const auto found = groups_.find(group);
  const bool named = found != groups_.end() && !found->second.empty();
  return "#" + (named ? found->second : std::to_string(group.value));
}

std::string People::name_of(const Destination& to) const {
  if (const auto* const user = std::get_if<UserId>(&to)) return name_of(*user);
  if (const auto* const group = std::get_if<GroupId>(&to)) return name_of(*group);
  return std::get<UserNamed>(to).name;
}

std::optional<Destination> People::behind(ConversationId conversation) const {
  const auto found = conversations_.find(conversation);
  return found == conversations_.end() ? std::nullopt : std::optional(found->second);
}

Destination People::known(Destination to) const {
  const auto* const named = std::get_if<UserNamed>(&to);
  if (named == nullptr) return to;
  for (const auto& [user, name] : users_)
    if (name == named->name) return user;
  return to;
}

Result<Destination> People::find(std::string_view typed) const {
  if (typed.starts_with('#')) {
    const std::string_view group = typed.substr(1);
    std::vector<GroupId> called;
    for (const auto& [id, name] : groups_)
      if (name == group) called.push_back(id);
    if (called.size() == 1) return Destination(called.front());
    if (called.size() > 1) return ambiguous(group, called);
    if (!is_number(group)) {
      std::vector<std::string_view> names;
      for (const auto& [id, name] : groups_) names.push_back(name);
      const std::string_view near = nearest(group, names);
      const std::string hint = near.empty() ? "join it by its number, /join 1001"
                                            : "did you mean #" + std::string(near) + "?";
      return Error{Code::kNotFound, "you are in no group called '" + shown(group) + "'; " + hint};
    }
    MPIM_TRY(const GroupId id, parse_group_id(group));
    return Destination(id);
  }
  if (is_number(typed)) {
    MPIM_TRY(const UserId id, parse_user_id(typed));
    return Destination(id);
  }
  MPIM_TRY(UserName name, user_name(typed.starts_with('@') ? typed.substr(1) : typed));
  return known(UserNamed{std::move(name.shown)});
}

std::vector<std::string> People::user_names() const {
  std::vector<std::string> names;
  for (const auto& [user, name] : users_) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> People::group_names() const {
  std::vector<std::string> names;
  for (const auto& [group, name] : groups_) names.push_back(name_of(group));
  std::ranges::sort(names);
  return names;
}

}  // namespace mpim::chat
