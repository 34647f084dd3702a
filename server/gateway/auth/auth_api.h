// Accounts and tokens over HTTP: POST /api/register, /api/login, /api/refresh, /api/logout.
#pragma once

#include "server/gateway/http/http_server.h"
#include "server/service/user_service.h"

namespace mpim {

// register and login take {"name","password","device"?}, refresh takes {"refreshToken"}. They
// answer {"userId","device","accessToken","tokenType","expiresIn","refreshToken"}, register with
// 201. The time is in seconds. logout takes no field and the device's token in Authorization.
// Errors   as UserService says; BAD_REQUEST names the field; another content type than JSON is 415.
// Threads  all on `home`, the server's loop, which is the service's too.
// Lifetime `users` must outlive the server.
void add_auth_api(HttpServer& server, UserService& users, Executor& home);

}  // namespace mpim
