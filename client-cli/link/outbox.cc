#include "client-cli/link/outbox.h"

#include <algorithm>
#include <set>

#include "server/protocol/line_client.h"

namespace mpim::chat {
namespace {

struct TypedForm {
  std::string operator()(UserId user) const { return std::to_string(user.value); }
  std::string operator()(const UserNamed& user) const { return "@" + user.name; }
  std::string operator()(GroupId group) const { return "#" + std::to_string(group.value); }
};

}  // namespace

std::string typed_form(const Destination& to) { return std::visit(TypedForm{}, to); }

std::string request_line(const Outgoing& message) {
  const auto* const group = std::get_if<GroupId>(&message.to);
  const std::string head = group != nullptr ? "SENDGROUP " + std::to_string(group->value)
                                            : "SEND " + typed_form(message.to);
  return head + " " + quote(message.text) + " cid=" + message.client_id +
         (message.options.empty() ? "" : " " + message.options);
}

Result<std::string> Outbox::add(Destination to, std::string text, Timestamp at,
                                std::string options) {
  if (full())
    return Error{Code::kBusy, "the outbox is full (" + std::to_string(messages_max_) +
                                  " messages wait to be stored); try again when some are gone"};
  std::string client_id = prefix_ + "-" + std::to_string(++last_number_);
  waiting_.push_back({{std::move(to), std::move(text), client_id, at, 0, std::move(options)}});
  return client_id;
}

const Outgoing* Outbox::take() {
  std::set<Destination> busy;
  for (Slot& slot : waiting_) {
    if (!busy.insert(slot.message.to).second || slot.under_way) continue;
    slot.under_way = true;
    return &slot.message;
  }
  return nullptr;
}

uint32_t Outbox::put_back(std::string_view client_id) {
  const auto slot = find(client_id);
  if (slot == waiting_.end()) return 0;
  slot->under_way = false;
  return ++slot->message.refusals;
}

void Outbox::put_back_all() {
  for (Slot& slot : waiting_) slot.under_way = false;
}

std::optional<Outgoing> Outbox::settle(std::string_view client_id) {
  const auto slot = find(client_id);
  if (slot == waiting_.end()) return std::nullopt;
  Outgoing message = std::move(slot->message);
  waiting_.erase(slot);
  return message;
}

std::vector<Outgoing> Outbox::abandon() {
  std::vector<Outgoing> given_up;
  for (Slot& slot : waiting_) given_up.push_back(std::move(slot.message));
  waiting_.clear();
  return given_up;
}

std::deque<Outbox::Slot>::iterator Outbox::find(std::string_view client_id) {
  return std::ranges::find_if(
      waiting_, [&](const Slot& slot) { return slot.message.client_id == client_id; });
}

}  // namespace mpim::chat
