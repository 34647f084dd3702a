#include "tests/protocol/json/json_schema.h"

#include <google/protobuf/descriptor.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "server/contract/mpim/v1/objects.pb.h"
#include "server/protocol/json/json_types.h"
#include "server/protocol/wire/wire_methods.h"

namespace mpim {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using json = nlohmann::ordered_json;

json link_to(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }

json object_of(json properties, json required = json::array()) {
  json made{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) made["required"] = std::move(required);
  made["additionalProperties"] = false;
  return made;
}

// What is written is a string of digits; what is read may be a number too.
json schema_of(const FieldDescriptor& field, bool read, json& defs);

json schema_of(const Descriptor& type, bool read, json& defs) {
  json properties = json::object();
  for (int i = 0; i < type.field_count(); ++i)
    properties[type.field(i)->json_name()] = schema_of(*type.field(i), read, defs);
  return object_of(std::move(properties));
}

json one_of(const FieldDescriptor& field, bool read, json& defs) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: return {{"type", "string"}};
    case FieldDescriptor::CPPTYPE_BOOL: return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return read ? link_to("number_read") : json{{"type", "integer"}, {"minimum", 0}};
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const std::string& name = field.message_type()->name();
      if (!defs.contains(name)) defs[name] = schema_of(*field.message_type(), read, defs);
      return link_to(name);
    }
    default: return link_to(read ? "number_read" : "digits");
  }
}

json schema_of(const FieldDescriptor& field, bool read, json& defs) {
  json one = one_of(field, read, defs);
  return field.is_repeated() ? json{{"type", "array"}, {"items", std::move(one)}} : one;
}

// The fields of what no method of the contract says. '#': a number; '$': 64 bits; '?': a flag; '@'
// and '*': an array of such, or of the objects named behind ':'; else a string.
struct HandMade {
  std::string_view type;
  std::vector<std::string_view> request;
  std::vector<std::string_view> result;
};

const std::vector<HandMade>& hand_made() {
  static const std::vector<std::string_view> login{"$userId",         "#pending", "#unread",
                                                   "token",           "epoch",    "$version",
                                                   "*changes:change", "?hasMore"};
  static const std::vector<HandMade> all{
      {"ack", {"$messageId", "@messageIds", "$sessionId", "ackType"}, {"$messageId"}},
      {"away", {}, {"?away"}},
      {"back", {}, {}},
      {"login", {"token", "name", "password", "device", "sync", "ack", "$since"}, login},
      {"logout", {}, {}},
      {"ping", {}, {}},
      {"register", {"name", "password"}, login},
      {"unwatch", {"@userIds"}, {"#watched"}},
      {"watch", {"@userIds"}, {"#watched", "*users:PresenceState"}}};
  return all;
}

const std::vector<HandMade>& pushes() {
  static const std::vector<HandMade> all{
      {"receipt",
       {},
       {"kind", "$messageId", "$sessionId", "#seq", "$groupId", "$userId", "$timestamp"}},
      {"presence", {}, {"$userId", "state", "$since"}},
      {"typing", {}, {"$sessionId", "$groupId", "$userId"}},
      {"change", {}, {"$version", "kind", "$userId", "$groupId", "$sessionId", "#seq", "state"}},
      {"notice",
       {},
       {"kind", "$sessionId", "#afterSeq", "#throughSeq", "#count", "queued", "clientMessageId",
        "code", "message", "#windowMs"}}};
  return all;
}

json schema_of(const std::vector<std::string_view>& fields, bool read) {
  json properties = json::object();
  const json digits = link_to(read ? "number_read" : "digits");
  for (const std::string_view field : fields) {
    const std::string name(field.substr(1, field.find(':') - 1));
    switch (field.front()) {
      case '#': properties[name] = read ? digits : json{{"type", "integer"}, {"minimum", 0}}; break;
      case '$': properties[name] = digits; break;
      case '?': properties[name] = {{"type", "boolean"}}; break;
      case '@': properties[name] = {{"type", "array"}, {"items", digits}}; break;
      case '*':
        properties[name] = {{"type", "array"},
                            {"items", link_to(std::string(field.substr(field.find(':') + 1)))}};
        break;
      default: properties[std::string(field)] = {{"type", "string"}};
    }
  }
  return object_of(std::move(properties));
}

json request_of(std::string_view type, const std::string& payload) {
  return object_of(
      {{"type", {{"const", type}}}, {"id", link_to("id")}, {"payload", link_to(payload)}},
      {"type"});
}
json answer_of(const std::string& type, const std::string& payload) {
  return object_of(
      {{"type", {{"const", type}}}, {"id", link_to("id")}, {"payload", link_to(payload)}},
      {"type", "payload"});
}
json push_of(std::string_view type, const std::string& payload) {
  return object_of({{"type", {{"const", type}}}, {"payload", link_to(payload)}},
                   {"type", "payload"});
}

// Payloads of requests and answers, each under a name of its own, and where they stand.
void add_types(json& defs, json& requests, json& answers) {
  for (const HandMade& each : hand_made()) {
    defs[std::string(each.type) + "_payload"] = schema_of(each.request, true);
    defs[std::string(each.type) + "_result"] = schema_of(each.result, false);
  }
  for (const wire::Method& method : wire::all_methods()) {
    const std::string type(method.type);
    defs[type + "_payload"] = schema_of(*method.request().GetDescriptor(), true, defs);
    defs[type + "_result"] = schema_of(*method.response().GetDescriptor(), false, defs);
  }
  for (const JsonTypeRow& row : all_json_types()) {
    const std::string type(row.name);
    requests.push_back(request_of(type, type + "_payload"));
    answers.push_back(answer_of(type + "_result", type + "_result"));
  }
}

void add_words(json& defs) {
  defs["digits"] = {{"type", "string"}, {"pattern", "^[1-9][0-9]{0,19}$"}};
  defs["number_read"] = {
      {"anyOf",
       {{{"type", "string"}, {"pattern", "^[0-9]+$"}}, {{"type", "integer"}, {"minimum", 0}}}}};
  defs["id"] = {{"anyOf", {{{"type", "string"}, {"maxLength", 64}}, {{"type", "integer"}}}}};
  defs["error_payload"] = object_of({{"code", {{"type", "string"}, {"pattern", "^[A-Z_]+$"}}},
                                     {"message", {{"type", "string"}}},
                                     {"retryMs", {{"type", "integer"}, {"minimum", 1}}},
                                     {"request", {{"type", "string"}}},
                                     {"clientMessageId", {{"type", "string"}}}},
                                    {"code", "message"});
}

}  // namespace

std::string websocket_schema() {
  json defs = json::object();
  json requests = json::array();
  json answers = json::array({answer_of("error", "error_payload")});
  json told = json::array({push_of("message", "Message"), push_of("event", "Message")});
  add_words(defs);
  add_types(defs, requests, answers);
  for (const HandMade& each : pushes()) {
    defs[std::string(each.type)] = schema_of(each.result, false);
    told.push_back(push_of(each.type, std::string(each.type)));
  }
  json flat = defs["chat_payload"];  // a message without an envelope
  flat["properties"]["id"] = link_to("id");
  requests.push_back(std::move(flat));
  defs["request"] = {{"anyOf", std::move(requests)}};
  defs["answer"] = {{"anyOf", std::move(answers)}};
  defs["push"] = {{"anyOf", std::move(told)}};
  const json whole{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", "What goes over the WebSocket door of mpim"},
                   {"anyOf", {link_to("request"), link_to("answer"), link_to("push")}},
                   {"$defs", std::move(defs)}};
  return whole.dump(1) + "\n";
}

}  // namespace mpim
