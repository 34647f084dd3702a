#include "server/protocol/json/envelope.h"

#include <fmt/format.h>

#include <optional>

#include "server/contract/names.h"
#include "server/protocol/json/json_guard.h"
#include "server/protocol/json/json_payloads.h"
#include "server/protocol/json/json_tag.h"
#include "server/protocol/json/json_types.h"

namespace mpim {
namespace {

constexpr size_t kIdBytesMax = 64;
constexpr std::string_view kChat = "chat";

enum EnvelopeField : size_t { kId, kPayload, kType };
constexpr std::array<std::string_view, 3> kEnvelopeFields{"id", "payload", "type"};

// An id as it is to be echoed: a string or a whole number, as it stands there.
Result<std::string_view> take_id(JsonCursor& cursor) {
  const size_t begin = cursor.at();
  const char first = cursor.next();
  if (first != '"' && first != '-' && (first < '0' || first > '9'))
    return bad_field("id", "a string or a whole number is needed");
  std::string kept;
  MPIM_TRY(const std::string_view id, digits_of(cursor, "id", kept));
  if (id.size() > kIdBytesMax)
    return bad_field("id", fmt::format("{} bytes; the limit is {}", id.size(), kIdBytesMax));
  return cursor.since(begin);
}

// Reads one text, field by field.
class EnvelopeReader {
 public:
  EnvelopeReader(std::string_view text, const JsonLimits& limits)
      : cursor_(text), limits_(limits), flat_(limits) {}

  Parsed read() {
    if (cursor_.next() != '{')
      return Error{Code::kBadRequest, "a JSON object is needed: {\"type\":..,\"payload\":{..}}"};
    MPIM_CHECKED(cursor_.each_member([this](std::string_view key) { return take(key); }));
    if (!cursor_.done()) return cursor_.unexpected("the end");
    return finish();
  }

  // Of a text that was read.
  std::string tag(const Request& request) const {
    const auto* const send = std::get_if<SendRequest>(&request);
    return make_tag({type_ != nullptr ? type_->name : kChat,
                     send != nullptr ? std::string_view(send->client_id) : "", id_});
  }

 private:
  Result<void> take(std::string_view key) {
    const auto* const at = std::find(kEnvelopeFields.begin(), kEnvelopeFields.end(), key);
    if (at == kEnvelopeFields.end()) return take_flat(key);
    if (flat_.any() && key != kEnvelopeFields[kId])
      return bad_field(key, "a message without an envelope has no such field");
    MPIM_TRY(const size_t field, fields_.take(key));
    if (field == kId) return take_id_field();
    return field == kType ? take_type() : take_payload();
  }

  Result<void> take_flat(std::string_view key) {
    if (fields_.has(kType) || fields_.has(kPayload)) return unknown_field(key, kEnvelopeFields);
    return flat_.take(key, cursor_);
  }

  Result<void> take_id_field() {
    MPIM_TRY(id_, take_id(cursor_));
    return {};
  }

  Result<void> take_type() {
    std::string unescaped;
    if (cursor_.next() != '"') return bad_field("type", "a string is needed");
    MPIM_TRY(const std::string_view typed, cursor_.take_string(unescaped));
    type_ = find_json_type(typed);
    if (type_ == nullptr) return unknown_json_type(typed);
    return {};
  }

  // Read at once where its type is known already, else noted for the end.
  Result<void> take_payload() {
    if (cursor_.next() != '{') return bad_field("payload", "an object is needed");
    if (type_ != nullptr) {
      MPIM_TRY(request_, read_payload(*type_, cursor_, limits_));
      return {};
    }
    const size_t begin = cursor_.at();
    MPIM_CHECKED(skip_value(cursor_));
    payload_ = cursor_.since(begin);
    return {};
  }

  Parsed finish() {
    if (flat_.any()) return std::move(flat_).finish();
    if (type_ == nullptr) return missing_field("type");
    if (request_) return std::move(*request_);
    JsonCursor payload(payload_.empty() ? "{}" : payload_);
    return read_payload(*type_, payload, limits_);
  }

  JsonCursor cursor_;
  const JsonLimits& limits_;
  JsonFields fields_{kEnvelopeFields};
  JsonSendFields flat_;
  std::string_view id_;
  const JsonTypeRow* type_ = nullptr;
  std::string_view payload_;  // when it came before its type
  std::optional<Request> request_;
};

// What can be told about a text that was refused, for its answer: as far as it is not in doubt.
class TagFinder {
 public:
  explicit TagFinder(std::string_view text) : cursor_(text) {}

  std::string find() {
    const Result<void> read = cursor_.each_member([this](std::string_view key) {
      return key == "payload" && cursor_.next() == '{'
                 ? cursor_.each_member([this](std::string_view inner) { return take_inner(inner); })
                 : take(key);
    });
    if (!read.ok() || !cursor_.done()) return {};
    if (ids_ > 1) id_ = {};
    if (client_ids_ > 1) client_id_.clear();
    return make_tag({type_, client_id_, id_});
  }

 private:
  Result<void> take(std::string_view key) {
    if (key == "id") return take_echoed();
    if (key == "type") return take_type();
    return take_inner(key);
  }
  Result<void> take_inner(std::string_view key) {
    if (key != "clientMessageId") return skip_value(cursor_);
    MPIM_TRY(const std::string typed, string_or_nothing());
    Result<std::string> valid = client_id(typed);
    if (valid.ok()) client_id_ = std::move(*valid);
    ++client_ids_;
    return {};
  }
  Result<void> take_echoed() {
    ++ids_;
    const JsonCursor before = cursor_;
    Result<std::string_view> id = take_id(cursor_);
    if (id.ok()) {
      id_ = *id;
      return {};
    }
    cursor_ = before;
    return skip_value(cursor_);
  }
  Result<void> take_type() {
    MPIM_TRY(const std::string typed, string_or_nothing());
    const JsonTypeRow* const row = find_json_type(typed);
    if (row != nullptr) type_ = row->name;
    return {};
  }
  // Empty for what is no string.
  Result<std::string> string_or_nothing() {
    const JsonCursor before = cursor_;
    std::string unescaped;
    const Result<std::string_view> text = cursor_.take_string(unescaped);
    if (text.ok()) return std::string(*text);
    cursor_ = before;
    MPIM_CHECKED(skip_value(cursor_));
    return std::string();
  }

  JsonCursor cursor_;
  std::string_view type_;
  std::string_view id_;
  std::string client_id_;
  int ids_ = 0;
  int client_ids_ = 0;
};

// The text is read once more: what is wrong with it as JSON goes before what a field says.
JsonRequest refused(std::string_view text, const JsonLimits& limits, const Error& why) {
  const Result<void> guarded = guard_json(text, limits.depth_max);
  // What is wrong with a text is said best by who knew its field.
  const bool same =
      guarded.ok() || (guarded.error().code == Code::kBadText && why.code == Code::kBadText);
  return {same ? why : guarded.error(), TagFinder(text).find()};
}

}  // namespace

JsonRequest read_envelope(std::string_view text, const JsonLimits& limits) {
  if (!is_text(text))
    return {Error{Code::kBadText, "the text is not valid UTF-8, or has a NUL in it"}, {}};
  EnvelopeReader reader(text, limits);
  Parsed parsed = reader.read();
  if (!parsed.ok()) return refused(text, limits, parsed.error());
  std::string tag = reader.tag(*parsed);
  return {std::move(parsed), std::move(tag)};
}

}  // namespace mpim
