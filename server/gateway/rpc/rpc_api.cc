#include "server/gateway/rpc/rpc_api.h"

#include <memory>
#include <set>
#include <string>

#include "server/gateway/auth/bearer_token.h"
#include "server/gateway/for_strangers.h"
#include "server/gateway/rpc/connect.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

constexpr std::string_view kPackage = "/mpim.v1.";

// A call whose request has been read.
struct Taken {
  const wire::Method& method;
  CallDoor::Message in;
  CallHead head;
};

Result<Taken> take(std::string_view service, const HttpRequest& request) {
  const std::string_view name = request.path.substr(kPackage.size() + service.size() + 1);
  const wire::Method* const method = wire::find_method(service, name);
  if (method == nullptr)
    return Error{Code::kUnknownCommand,
                 std::string(service) + " has no method " + std::string(name)};
  MPIM_TRY(const CallHead head, call_head(request));
  CallDoor::Message in(method->request().New());
  MPIM_CHECKED(parse_message(request.body, head.format, *in));
  return Taken{*method, std::move(in), head};
}

void serve(CallDoor& door, std::string_view service, const HttpRequest& request,
           HttpResponder respond) {
  if (std::optional<HttpAnswer> refused = wrong_type(request)) return respond(*std::move(refused));
  Result<Taken> taken = take(service, request);
  if (!taken.ok()) return respond(call_error(for_strangers(taken.error())));
  CallFrom from{bearer_token(request.header("Authorization")), std::string(request.peer),
                taken->head.timeout};
  const wire::Method& method = taken->method;
  door.call(
      method, std::move(taken->in), std::move(from),
      [&method, format = taken->head.format,
       respond = std::move(respond)](Result<CallDoor::Message> result) mutable {
        if (result.ok()) return respond(call_answer(**result, format, Empties::kLeftOut));
        if (result.error().code == Code::kInternal)
          log_error("rpc.internal", {{"method", method.name}, {"why", result.error().message}});
        respond(call_error(for_strangers(result.error())));
      });
}

}  // namespace

void add_rpc_api(HttpServer& server, CallDoor& door) {
  std::set<std::string_view> services;
  for (const wire::Method& method : wire::all_methods()) services.insert(method.service);
  for (const std::string_view service : services) {
    server.route_prefix(HttpMethod::kPost, std::string(kPackage) + std::string(service) + "/",
                        [&door, service](const HttpRequest& request, HttpResponder respond) {
                          serve(door, service, request, std::move(respond));
                        });
  }
}

}  // namespace mpim
