#include "client-cli/json_events.h"

#include <nlohmann/json.hpp>

#include "client-cli/render.h"

namespace mpim::chat {
namespace {

using Json = nlohmann::ordered_json;

std::string one_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string number(uint64_t value) { return std::to_string(value); }

void add_error(Json& object, const Error& error) {
  const CodeEntry& entry = entry_of(error.code);
  object["code"] = entry.name;
  object["message"] = error.message;
  object["hint"] = entry.remedy;
  object["retryable"] = entry.retryable;
  if (error.retry_ms != 0) object["retry_ms"] = error.retry_ms;
}

}  // namespace

std::string json_entry(const Entry& entry, const People& people) {
  const bool message = entry.kind == EntryKind::kMessage;
  Json object{{"event", message ? "message" : "change"},
              {"id", number(entry.id().value)},
              {"conversation", number(entry.conversation.value)},
              {"seq", number(entry.seq.value)}};
  if (!message) object["kind"] = mpim::name_of(entry.kind);
  object["from"] = number(entry.sender.value);
  object["from_name"] = people.name_of(entry.sender);
  if (message && entry.subject) {
    object["to"] = number(entry.subject.value);
    object["to_name"] = people.name_of(entry.subject);
  }
  if (entry.group) {
    object["group"] = number(entry.group.value);
    object["group_name"] = people.name_of(entry.group).substr(1);
  }
  if (!message && entry.subject) object["user"] = number(entry.subject.value);
  object["at"] = iso_time(entry.at);
  if (!message && entry.ref != Seq())
    object["ref"] = number(MessageId(entry.conversation, entry.ref).value);
  if (!message && !entry.text.empty()) object["text"] = entry.text;
  if (!message) return one_line(object);
  if (entry.state != EntryState::kAsSent) object["state"] = mpim::name_of(entry.state);
  if (entry.file) object["file"] = number(entry.file.value);
  if (!entry.ext.empty()) object["ext"] = entry.ext;
  object["type"] = mpim::name_of(entry.type);
  if (!entry.client_id.empty()) object["client_id"] = entry.client_id;
  object["text"] = entry.text;
  return one_line(object);
}

std::string json_sent(const Outgoing& message, const Result<Stored>& outcome,
                      const People& people) {
  const bool queued = outcome.ok() && outcome->queued();
  Json object{{"event", queued ? "queued" : outcome.ok() ? "sent" : "not_sent"}};
  if (queued) object["ticket"] = outcome->ticket;
  if (outcome.ok() && !queued) {
    object["id"] = number(outcome->id.value);
    object["conversation"] = number(outcome->id.conversation().value);
    object["seq"] = number(outcome->id.seq().value);
    object["duplicate"] = outcome->duplicate;
  }
  object["to"] = typed_form(message.to);
  object["to_name"] = people.name_of(message.to);
  object["client_id"] = message.client_id;
  object["text"] = message.text;
  if (!outcome.ok()) add_error(object, outcome.error());
  return one_line(object);
}

std::string json_status(const LinkStatus& status, const ServerAddress& server) {
  Json object{{"event", "state"}, {"state", name_of(status.state)}, {"server", server.text()}};
  if (status.why) add_error(object, *status.why);
  if (status.state == LinkState::kWaiting) object["retry_in_ms"] = status.retry_in.count();
  return one_line(object);
}

std::string json_logged_in(const LoggedIn& who, const std::string& name) {
  return one_line({{"event", "logged_in"},
                   {"user", number(who.user.value)},
                   {"name", name},
                   {"pending", number(who.pending)},
                   {"unread", number(who.unread)}});
}

std::string json_gap(ConversationId conversation, uint64_t count, std::string_view why) {
  return one_line({{"event", "gap"},
                   {"conversation", number(conversation.value)},
                   {"missing", number(count)},
                   {"why", why}});
}

std::string json_error(const Error& error) {
  Json object{{"event", "error"}};
  add_error(object, error);
  return one_line(object);
}

}  // namespace mpim::chat
