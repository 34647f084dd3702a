// The admin API: AdminService of the contract, served as Connect unary calls.
#pragma once

#include <sys/types.h>

#include "server/core/limits.h"
#include "server/gateway/http_server.h"
#include "server/service/admin/admin_service.h"

namespace mpim {

struct AdminApiOptions {
  uid_t owner = 0;  // who may call, beside root: the user the server runs as
  uint32_t text_bytes_max = kTextBytes.standard;
};

// Adds POST /mpim.v1.AdminService/<Method>, JSON or binary protobuf. Both must outlive the server's
// routes; the service lives on the server's loop.
// Errors   a Connect error in JSON, with our own code beside Connect's:
//          {"code":"not_found","message":"...","mpimCode":"NOT_FOUND"}, and in the header
//          `mpim-code`. An unknown method is UNKNOWN_COMMAND (404), another content type 415, a
//          field that the contract does not have BAD_REQUEST, anybody but the owner and root
//          DENIED.
void add_admin_api(HttpServer& server, AdminService& service, AdminApiOptions options);

}  // namespace mpim
