// Settings as the parts of a node want them.
#pragma once

#include "server/config/settings.h"
#include "server/gateway/http_server.h"
#include "server/gateway/listener.h"
#include "server/node/argon2_hasher.h"
#include "server/node/worker.h"
#include "server/service/login_guard.h"
#include "server/store/sql/open.h"
#include "server/store/sql/search/sql_search.h"
#include "server/store/threaded_storage.h"

namespace mpim {

uint32_t workers_of(const Settings& settings);  // 0 in the settings is one for each core
WorkerOptions worker_options(const Settings& settings);
Argon2Options argon2_options(const Settings& settings);
LoginGuardOptions guard_options(const Settings& settings);
PresenceOptions presence_options(const Settings& settings);
RateLimitOptions rate_options(const Settings& settings);
StorageOptions storage_options(const Settings& settings);
// Of the database and the index in `dir`.
SqlSearchOptions search_options(const Settings& settings, const std::string& dir,
                                std::shared_ptr<LogTail> tail);
StoreLimits store_limits(const Settings& settings);
ListenerOptions listener_options(const Settings& settings);
HttpServerOptions http_options(const Settings& settings);
HttpServerOptions admin_http_options(const Settings& settings);

}  // namespace mpim
