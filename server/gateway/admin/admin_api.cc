#include "server/gateway/admin/admin_api.h"

#include <algorithm>

#include "server/gateway/admin/admin_call.h"
#include "server/gateway/auth/bearer_token.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

constexpr std::string_view kPrefix = "/mpim.v1.AdminService/";

const AdminMethod* method_named(std::string_view name) {
  for (const auto methods :
       {admin_people_methods(), admin_friend_methods(), admin_group_methods(),
        admin_letter_methods(), admin_message_methods(), admin_history_methods(),
        admin_search_methods(), admin_record_methods(), admin_token_methods(), admin_node_methods(),
        admin_setting_methods()}) {
    const auto found = std::ranges::lower_bound(methods, name, {}, &AdminMethod::name);
    if (found != methods.end() && found->name == name) return &*found;
  }
  return nullptr;
}

// What is kept of a request until it is known who asks.
struct Asked {
  std::string name;
  CallFormat format;
  std::string body;
};

void run(const AdminServices& services, const AdminApiOptions& options, Operator by,
         const Asked& asked, HttpResponder respond) {
  const auto refuse = [&respond](Code code, std::string why) {
    respond(call_error({code, std::move(why)}));
  };
  const AdminMethod* const method = method_named(asked.name);
  if (method == nullptr)
    return refuse(Code::kUnknownCommand, "AdminService has no method " + asked.name);
  const AdminContext context{services.operators, services.retention,    services.erasure,
                             services.nodes,     services.letters,      services.settings,
                             std::move(by),      options.text_bytes_max};
  AdminAnswer answer(services.operators.home(), asked.format, std::move(respond));
  const Result<void> taken = method->run(context, asked.body, asked.format, answer);
  if (!taken.ok()) answer.refuse(taken.error());
}

void admit(const AdminServices& services, const AdminApiOptions& options,
           const HttpRequest& request, Asked asked, HttpResponder respond) {
  auto admitted = [services, options, asked = std::move(asked),
                   respond = std::move(respond)](Result<Operator> by) mutable {
    if (by.ok()) return run(services, options, std::move(*by), asked, std::move(respond));
    HttpAnswer refused = call_error(by.error());
    if (refused.status == 401) refused.headers.emplace_back("WWW-Authenticate", "Bearer");
    respond(std::move(refused));
  };
  services.operators.admit(bearer_token(request.header("Authorization")), std::string(request.peer),
                           Reply<Operator>(services.operators.home(), std::move(admitted)));
}

void serve(const AdminServices& services, const AdminApiOptions& options,
           const HttpRequest& request, HttpResponder respond) {
  if (std::optional<HttpAnswer> refused = wrong_type(request)) return respond(*std::move(refused));
  const Result<CallHead> head = call_head(request);
  if (!head.ok()) return respond(call_error(head.error()));
  Asked asked{std::string(request.path.substr(kPrefix.size())), head->format,
              std::string(request.body)};
  if (!request.credentials && options.tokens)
    return admit(services, options, request, std::move(asked), std::move(respond));
  if (!request.credentials)
    return respond(call_error({Code::kDenied, "admin calls come over the admin socket"}));
  const uid_t uid = request.credentials->uid;
  if (uid != options.owner && uid != 0)
    return respond(
        call_error({Code::kDenied, "only root and the user the server runs as may operate it"}));
  run(services, options, {"uid " + std::to_string(uid)}, asked, std::move(respond));
}

}  // namespace

void AdminAnswer::send(const google::protobuf::Message& message) {
  respond_(call_answer(message, format_, Empties::kWritten));
}

void AdminAnswer::refuse(const Error& error) {
  if (error.code == Code::kInternal) log_error("admin.internal", {{"why", error.message}});
  respond_(call_error(error));
}

void add_admin_api(HttpServer& server, const AdminServices& services, AdminApiOptions options) {
  server.route_prefix(HttpMethod::kPost, std::string(kPrefix),
                      [services, options](const HttpRequest& request, HttpResponder respond) {
                        serve(services, options, request, std::move(respond));
                      });
}

}  // namespace mpim
