#include "server/gateway/rest/openapi.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "server/contract/mpim/v1/admin.pb.h"
#include "server/gateway/rest/openapi_plain.h"
#include "server/gateway/rest/rest_api.h"
#include "server/protocol/wire/wire_methods.h"

namespace mpim {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using nlohmann::ordered_json;

constexpr std::array<const char*, 4> kServices{"GroupService", "MessageService", "PresenceService",
                                               "UserService"};

// 64-bit numbers are strings in what the server says, and may be integers in what it is told.
ordered_json scalar(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT64:
      return {{"type", {"string", "integer"}}, {"format", "uint64"}, {"pattern", "^[0-9]+$"}};
    case FieldDescriptor::CPPTYPE_INT64:
      return {{"type", {"string", "integer"}}, {"format", "int64"}, {"pattern", "^-?[0-9]+$"}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return {{"type", "integer"}, {"format", "uint32"}, {"minimum", 0}};
    case FieldDescriptor::CPPTYPE_BOOL: return {{"type", "boolean"}};
    default: return {{"type", "string"}};
  }
}

ordered_json reference(const std::string& message) {
  return {{"$ref", "#/components/schemas/" + message}};
}

// Writes the document, and remembers which messages it names.
class Document {
 public:
  Document() {
    json_ = {{"openapi", "3.1.0"},
             {"info", {{"title", "mpim"}, {"version", MPIM_VERSION}}},
             {"security", {{{"bearer", ordered_json::array()}}}},
             {"paths", ordered_json::object()},
             {"components",
              {{"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}},
               {"schemas", {{"Error", error_schema()}}}}}};
  }

  void add_service(const ServiceDescriptor& service) {
    for (int i = 0; i < service.method_count(); ++i) {
      const MethodDescriptor& method = *service.method(i);
      ordered_json post = operation(service.name(), service.name() + "_" + method.name(), "",
                                    *method.output_type());
      post["requestBody"] = body(*method.input_type());
      json_["paths"]["/" + service.full_name() + "/" + method.name()]["post"] = std::move(post);
    }
  }

  void add_row(const RestRow& row) {
    const wire::Method& method = *wire::find_type(row.type);
    const Descriptor& in = *method.request().GetDescriptor();
    const bool get = row.method == HttpMethod::kGet;
    std::string id = std::string(get ? "get" : "post") + std::string(row.path);
    std::ranges::replace(id, '/', '_');
    ordered_json made = operation("REST", id, row.about, *method.response().GetDescriptor());
    if (get)
      made["parameters"] = parameters(row, in);
    else
      made["requestBody"] = body(in);
    json_["paths"][std::string(row.path)][get ? "get" : "post"] = std::move(made);
  }

  // What has no message in the contract.
  void add_plain(ordered_json plain) {
    for (auto& [path, methods] : plain["paths"].items()) json_["paths"][path] = std::move(methods);
    for (auto& [name, schema] : plain["schemas"].items())
      json_["components"]["schemas"][name] = std::move(schema);
  }

  std::string written() {
    while (!waiting_.empty()) {
      const Descriptor* const next = *waiting_.begin();
      waiting_.erase(waiting_.begin());
      if (!described_.insert(next).second) continue;
      json_["components"]["schemas"][next->full_name()] = schema(*next);
    }
    return json_.dump() + "\n";
  }

 private:
  static ordered_json error_schema() {
    const ordered_json text = {{"type", "string"}};
    return {{"type", "object"},
            {"properties",
             {{"code", text},
              {"message", text},
              {"mpimCode", text},
              {"retryMs", {{"type", "integer"}, {"minimum", 1}}}}},
            {"required", {"code", "message"}}};
  }
  static ordered_json as_json(ordered_json schema) {
    return {{"application/json", {{"schema", std::move(schema)}}}};
  }

  ordered_json named(const Descriptor& message) {
    waiting_.insert(&message);
    return reference(message.full_name());
  }
  ordered_json body(const Descriptor& message) {
    return {{"required", true}, {"content", as_json(named(message))}};
  }
  ordered_json operation(const std::string& tag, const std::string& id, std::string_view about,
                         const Descriptor& out) {
    ordered_json made = {{"tags", {tag}}, {"operationId", id}};
    if (!about.empty()) made["summary"] = about;
    made["responses"] = {
        {"200", {{"description", "Done."}, {"content", as_json(named(out))}}},
        {"default", {{"description", "Why not."}, {"content", as_json(reference("Error"))}}}};
    return made;
  }
  static ordered_json parameters(const RestRow& row, const Descriptor& in) {
    ordered_json made = ordered_json::array();
    for (int i = 0; i < in.field_count(); ++i) {
      const FieldDescriptor& field = *in.field(i);
      std::string name = field.json_name();
      const auto renamed = std::ranges::find(row.fields, name, &RestField::field);
      if (!row.fields.empty() && renamed == row.fields.end()) continue;
      if (renamed != row.fields.end()) name = renamed->query;
      made.push_back({{"name", name}, {"in", "query"}, {"schema", scalar(field)}});
    }
    return made;
  }
  ordered_json schema(const Descriptor& message) {
    ordered_json made = {{"type", "object"},
                         {"properties", ordered_json::object()},
                         {"additionalProperties", false}};
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      const bool nested = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      ordered_json one = nested ? named(*field.message_type()) : scalar(field);
      if (field.is_repeated()) one = {{"type", "array"}, {"items", std::move(one)}};
      made["properties"][field.json_name()] = std::move(one);
    }
    return made;
  }

  ordered_json json_;
  std::set<const Descriptor*> waiting_;
  std::set<const Descriptor*> described_;
};

}  // namespace

std::string openapi_document() {
  Document document;
  const auto& pool = *google::protobuf::DescriptorPool::generated_pool();
  // Named by its table, so that the linker keeps it: nothing else of it is used.
  const auto* const admin =
      pool.FindFileByName(descriptor_table_mpim_2fv1_2fadmin_2eproto.filename);
  document.add_service(*admin->service(0));
  for (const char* const name : kServices)
    document.add_service(*pool.FindServiceByName(std::string("mpim.v1.") + name));
  for (const RestRow& row : rest_rows()) document.add_row(row);
  document.add_plain(openapi_plain());
  return document.written();
}

void add_openapi(HttpServer& server) {
  server.route(HttpMethod::kGet, "/openapi.json",
               [made = openapi_document()](const HttpRequest&, HttpResponder respond) {
                 respond({200, made});
               });
}

}  // namespace mpim
