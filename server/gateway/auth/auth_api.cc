#include "server/gateway/auth/auth_api.h"

#include <array>
#include <nlohmann/json.hpp>

#include "server/contract/names.h"
#include "server/gateway/auth/bearer_token.h"
#include "server/gateway/auth/text_fields.h"
#include "server/gateway/http/json_only.h"
#include "server/gateway/socket_address.h"

namespace mpim {
namespace {

constexpr std::array<TextField, 3> kCredentials{{{"name"}, {"password"}, {"device", false}}};
constexpr std::array<TextField, 1> kRefresh{{{"refreshToken"}}};

// Neither a cache nor a proxy keeps a token (RFC 6749, 5.1).
HttpAnswer answer_of(uint16_t status, const nlohmann::ordered_json& told) {
  return {.status = status, .body = told.dump() + "\n", .headers = {{"Cache-Control", "no-store"}}};
}

HttpAnswer answer_of(uint16_t status, const TokenPair& pair) {
  return answer_of(status, {{"userId", std::to_string(pair.user.value)},
                            {"device", pair.device_name},
                            {"accessToken", pair.access},
                            {"tokenType", "Bearer"},
                            {"expiresIn", pair.access_s},
                            {"refreshToken", pair.refresh}});
}

struct Credentials {
  UserName name;
  std::string password;
  LoginFrom from;
};

Result<Credentials> credentials_in(const HttpRequest& request) {
  MPIM_TRY(TextFields fields, read_text_fields(request.body, kCredentials));
  Credentials read;
  MPIM_TRY(read.name, user_name(fields["name"]));
  MPIM_TRY(read.password, password(std::move(fields["password"])));
  read.from.address = host_of(request.peer);
  if (const auto device = fields.find("device"); device != fields.end()) {
    MPIM_TRY(read.from.device, device_name(device->second));
  }
  return read;
}

Reply<TokenPair> pair_reply(Executor& home, uint16_t status, HttpResponder respond) {
  return Reply<TokenPair>(
      home, [status, respond = std::move(respond)](Result<TokenPair> pair) mutable {
        respond(pair.ok() ? answer_of(status, *pair) : http_refusal(pair.error()));
      });
}

using Proof = void (UserService::*)(UserName, std::string, LoginFrom, Reply<TokenPair>);

void prove(UserService& users, Executor& home, Proof proof, uint16_t status,
           const HttpRequest& request, HttpResponder respond) {
  Result<Credentials> read = credentials_in(request);
  if (!read.ok()) return respond(http_refusal(read.error()));
  (users.*proof)(std::move(read->name), std::move(read->password), std::move(read->from),
                 pair_reply(home, status, std::move(respond)));
}

void refresh(UserService& users, Executor& home, const HttpRequest& request,
             HttpResponder respond) {
  Result<TextFields> fields = read_text_fields(request.body, kRefresh);
  if (!fields.ok()) return respond(http_refusal(fields.error()));
  users.refresh(std::move((*fields)["refreshToken"]), pair_reply(home, 200, std::move(respond)));
}

void log_out(UserService& users, Executor& home, const HttpRequest& request,
             HttpResponder respond) {
  std::string token = bearer_token(request.header("Authorization"));
  if (token.empty())
    return respond(http_refusal({Code::kNotLoggedIn, "send Authorization: Bearer and a token"}));
  users.sign_out(std::move(token),
                 Reply<bool>(home, [respond = std::move(respond)](Result<bool> done) mutable {
                   respond(done.ok() ? answer_of(200, nlohmann::ordered_json::object())
                                     : http_refusal(done.error()));
                 }));
}

template <class Serve>
HttpServer::Route json_route(Serve serve) {
  return [serve](const HttpRequest& request, HttpResponder respond) {
    if (std::optional<HttpAnswer> refused = not_json(request)) return respond(*std::move(refused));
    serve(request, std::move(respond));
  };
}

}  // namespace

void add_auth_api(HttpServer& server, UserService& users, Executor& home) {
  const auto with = [&users, &home](Proof proof, uint16_t status) {
    return json_route(
        [&users, &home, proof, status](const HttpRequest& request, HttpResponder respond) {
          prove(users, home, proof, status, request, std::move(respond));
        });
  };
  server.route(HttpMethod::kPost, "/api/register", with(&UserService::sign_up, 201));
  server.route(HttpMethod::kPost, "/api/login", with(&UserService::sign_in, 200));
  server.route(HttpMethod::kPost, "/api/refresh",
               json_route([&users, &home](const HttpRequest& request, HttpResponder respond) {
                 refresh(users, home, request, std::move(respond));
               }));
  server.route(HttpMethod::kPost, "/api/logout",
               [&users, &home](const HttpRequest& request, HttpResponder respond) {
                 log_out(users, home, request, std::move(respond));
               });
}

}  // namespace mpim
