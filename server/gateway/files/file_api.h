// Uploads over HTTP: /api/files.
#pragma once

#include "server/gateway/http/http_server.h"
#include "server/service/files/file_service.h"

namespace mpim {

// Adds POST /api/files (the body is the file), GET /api/files (the caller's own, paged), and GET,
// HEAD and DELETE of /api/files/<id>. Who asks is said by `Authorization: Bearer <resume token>`.
// Threads  all on `home`, the server's loop.
// Lifetime `files` and `home` must outlive the server.
void add_file_api(HttpServer& server, FileService& files, Executor& home);

}  // namespace mpim
