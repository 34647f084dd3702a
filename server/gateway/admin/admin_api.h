// The admin API: AdminService of the contract, served as Connect unary calls.
#pragma once

#include <sys/types.h>

#include "server/core/limits.h"
#include "server/gateway/http/http_server.h"
#include "server/service/admin/admin_service.h"
#include "server/service/admin/dead_letter_desk.h"
#include "server/service/admin/node_desk.h"
#include "server/service/admin/settings_desk.h"
#include "server/service/erasure/erasure_service.h"
#include "server/service/retention/retention_job.h"

namespace mpim {

// What the calls are served by; all of it lives on the server's loop.
struct AdminServices {
  AdminService& operators;
  RetentionJob& retention;
  ErasureService& erasure;
  NodeDesk& nodes;
  DeadLetterDesk& letters;
  SettingsDesk& settings;
};

struct AdminApiOptions {
  uid_t owner = 0;      // who may call, beside root: the user the server runs as
  bool tokens = false;  // over TCP: whoever shows an admin token may call
  uint32_t text_bytes_max = kTextBytes.standard;
};

// Adds POST /mpim.v1.AdminService/<Method>, JSON or binary protobuf. The server and the
// services must outlive the routes.
// Errors   a Connect error in JSON, with our own code beside Connect's:
//          {"code":"not_found","message":"...","mpimCode":"NOT_FOUND"}, and in the header
//          `mpim-code`. An unknown method is UNKNOWN_COMMAND (404), another content type 415, a
//          field that the contract does not have BAD_REQUEST, anybody but the owner and root
//          DENIED; with `tokens` NOT_LOGGED_IN without one, and DENIED with a user's.
void add_admin_api(HttpServer& server, const AdminServices& services, AdminApiOptions options);

}  // namespace mpim
