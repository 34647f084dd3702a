#include "tests/node/calls/caller.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

namespace mpim::testing {
namespace {

std::string chunks_of(const std::string& body) {
  std::string out;
  for (size_t at = 0; at < body.size(); at += 7) {
    const std::string piece = body.substr(at, 7);
    out += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
  }
  return out + "0\r\n\r\n";
}

}  // namespace

std::string path_of(const wire::Method& method) {
  return fmt::format("/mpim.v1.{}/{}", method.service, method.name);
}

Person::Person(NodeRig& rig, const std::string& name) : line(rig.client()), rig_(rig) {
  const std::string answer = line.ask("REGISTER " + name + " password");
  REQUIRE(answer.starts_with("+OK uid="));
  uid = field(answer, "uid");
  token = field(answer, "token");
}

HttpReceived Person::send(const std::string& method, const std::string& target,
                          const std::string& head, const std::string& body) {
  return http_exchange(
      rig_.node->addresses().http,
      method + " " + target +
          " HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer " + token +
          "\r\n" + head + "\r\n" + body);
}

HttpReceived Person::post(const std::string& path, const std::string& body, const std::string& type,
                          const CallOptions& options) {
  const std::string framing = options.chunked ? std::string("Transfer-Encoding: chunked\r\n")
                                              : fmt::format("Content-Length: {}\r\n", body.size());
  return send("POST", path, "Content-Type: " + type + "\r\n" + framing + options.headers,
              options.chunked ? chunks_of(body) : body);
}

HttpReceived Person::get(const std::string& target) { return send("GET", target, "", ""); }

HttpReceived Person::ask(std::string_view type, const nlohmann::json& request,
                         const CallOptions& options) {
  const wire::Method* const method = wire::find_type(type);
  REQUIRE(method != nullptr);
  return post(path_of(*method), request.dump(), "application/json", options);
}

nlohmann::json Person::call(std::string_view type, const nlohmann::json& request, bool binary) {
  const wire::Method* const method = wire::find_type(type);
  REQUIRE(method != nullptr);
  INFO(type << ' ' << request.dump());
  if (!binary) {
    const HttpReceived answer = ask(type, request);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return answer.json();
  }
  const std::unique_ptr<google::protobuf::Message> in(method->request().New());
  REQUIRE(google::protobuf::util::JsonStringToMessage(request.dump(), in.get()).ok());
  const HttpReceived answer = post(path_of(*method), in->SerializeAsString(), "application/proto");
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  CHECK(answer.head.find("application/proto") != std::string::npos);
  const std::unique_ptr<google::protobuf::Message> out(method->response().New());
  REQUIRE(out->ParseFromString(answer.body));
  std::string text;
  REQUIRE(google::protobuf::util::MessageToJsonString(*out, &text).ok());
  return nlohmann::json::parse(text);
}

std::string Person::refused(std::string_view type, const nlohmann::json& request) {
  const HttpReceived answer = ask(type, request);
  INFO(type << ' ' << request.dump() << ": " << answer.body);
  REQUIRE(answer.status != 200);
  return answer.json()["mpimCode"];
}

}  // namespace mpim::testing
