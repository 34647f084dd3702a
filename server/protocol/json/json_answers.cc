#include "server/protocol/json/json_answers.h"

#include <memory>
#include <variant>

#include "server/core/check.h"
#include "server/protocol/json/json_contract.h"
#include "server/protocol/json/json_members.h"
#include "server/protocol/json/json_pushes.h"
#include "server/protocol/json/json_tag.h"
#include "server/protocol/json/json_types.h"
#include "server/protocol/wire/wire_methods.h"

namespace mpim {
namespace {

constexpr std::string_view kError = "error";

// {"key":[..]}: `write(row)` appends each row.
template <class Rows, class Write>
void write_rows(JsonMembers& members, std::string_view key, const Rows& rows, Write write) {
  if (rows.empty()) return;
  std::string& out = members.value_of(key);
  char mark = '[';
  for (const auto& row : rows) {
    out += mark;
    write(row);
    mark = ',';
  }
  out += ']';
}

// One overload for each answer that is written by hand: the busy ones, and those about the session
// itself. Each appends the payload.
struct PayloadWriter {
  const JsonTag& tag;
  std::string& out;

  void operator()(const SentResponse& sent) const {
    const Committed& committed = sent.committed;
    JsonMembers members(out);
    members.text("queued", committed.ticket);
    members.id("messageId", committed.id.value);
    members.id("sessionId", committed.id.conversation().value);
    members.number("seq", committed.id.seq().value);
    members.time("timestamp", committed.at);
    members.flag("duplicate", committed.duplicate);
    members.text("clientMessageId", tag.client_id);
    members.end();
  }
  void operator()(const ReadResponse& read) const {
    JsonMembers members(out);
    members.id("messageId", read.through.value);
    members.end();
  }
  void operator()(const LoggedInResponse& login) const {
    JsonMembers members(out);
    members.id("userId", login.user.value);
    members.number("pending", login.pending);
    members.number("unread", login.unread);
    members.text("token", login.token);
    members.text("epoch", login.epoch);
    members.id("version", login.own.version);
    write_rows(members, "changes", login.own.changes,
               [this](const ChangeSignal& change) { write_change(change, out); });
    members.flag("hasMore", login.own.more);
    members.end();
  }
  void operator()(const Error& error) const {
    JsonMembers members(out);
    members.word("code", name_of(error.code));
    members.text("message", error.message);
    members.number("retryMs", error.retry_ms);
    members.word("request", tag.type);
    members.text("clientMessageId", tag.client_id);
    members.end();
  }
  void operator()(const WatchResponse& watch) const {
    JsonMembers members(out);
    members.number("watched", watch.watched);
    write_rows(members, "users", watch.rows,
               [this](const PresenceSignal& row) { write_presence(row, out); });
    members.end();
  }
  void operator()(const AwayResponse& away) const {
    JsonMembers members(out);
    members.flag("away", away.away);
    members.end();
  }
  // The others say no more than that it is done.
  template <class Done>
  void operator()(const Done&) const {
    out += "{}";
  }
};

// The beginning of an answer, up to its payload.
void begin_answer(std::string_view type, const JsonTag& asked, std::string& out) {
  out += "{\"type\":\"";
  out += type;
  if (type != kError) out += "_result";
  out += '"';
  if (!asked.id.empty()) {
    out += ",\"id\":";
    out += asked.id;
  }
  out += ",\"payload\":";
}

void write_by_hand(std::string_view type, const Response& response, const JsonTag& asked,
                   std::string& out) {
  begin_answer(type, asked, out);
  std::visit(PayloadWriter{asked, out}, response);
  out += '}';
}

void write_by_contract(const wire::Method& method, const Response& response, const JsonTag& asked,
                       std::string& out) {
  const std::unique_ptr<google::protobuf::Message> message(method.response().New());
  const Result<void> made = method.to(response, *message);
  if (!made.ok()) return write_by_hand(kError, made.error(), asked, out);
  begin_answer(asked.type, asked, out);
  write_contract(*message, out);
  out += '}';
}

}  // namespace

void write_answer(const Response& response, std::string_view tag, std::string& out) {
  const JsonTag asked = read_tag(tag);
  if (std::holds_alternative<Error>(response)) return write_by_hand(kError, response, asked, out);
  const JsonTypeRow* const row = find_json_type(asked.type);
  if (row == nullptr || !row->of_contract()) return write_by_hand(asked.type, response, asked, out);
  const wire::Method* const method = wire::find_type(row->name);
  MPIM_CHECK(method != nullptr, "a type of the envelope is none of the contract's");
  write_by_contract(*method, response, asked, out);
}

}  // namespace mpim
