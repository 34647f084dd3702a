#include "server/gateway/rest/server_card.h"

#include <nlohmann/json.hpp>

namespace mpim {

void add_server_card(HttpServer& server, ServerCard card) {
  server.route(HttpMethod::kGet, "/api/server",
               [card = std::move(card)](const HttpRequest&, HttpResponder respond) {
                 const std::string address = card.websocket();
                 const nlohmann::ordered_json told = {
                     {"name", "mpim"},
                     {"version", MPIM_VERSION},
                     {"websocket", address.substr(address.rfind(':') + 1)},
                     {"registerOpen", card.register_open()}};
                 respond({.status = 200, .body = told.dump() + "\n"});
               });
}

}  // namespace mpim
