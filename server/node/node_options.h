// Settings as the parts of a node want them.
#pragma once

#include "server/config/settings.h"
#include "server/gateway/http/http_server.h"
#include "server/gateway/listener.h"
#include "server/node/argon2_hasher.h"
#include "server/node/files/disk_vault.h"
#include "server/node/worker.h"
#include "server/service/erasure/erasure_service.h"
#include "server/service/files/file_service.h"
#include "server/service/login_guard.h"
#include "server/service/retention/retention_job.h"
#include "server/store/sql/open.h"
#include "server/store/sql/search/sql_search.h"
#include "server/store/threads/threaded_storage.h"

namespace mpim {

uint32_t workers_of(const Settings& settings);  // 0 in the settings is one for each core
WorkerOptions worker_options(const Settings& settings);
Argon2Options argon2_options(const Settings& settings);
LoginGuardOptions guard_options(const Settings& settings);
PresenceOptions presence_options(const Settings& settings);
RateLimitOptions rate_options(const Settings& settings);
// Of several nodes none hears what another one changes of a profile: then none is kept.
uint32_t profiles_max(const Settings& settings);
StorageOptions storage_options(const Settings& settings);
// The index of words is the node's own, in its data directory.
SqlSearchOptions search_options(const Settings& settings, const StorePlace& place,
                                std::shared_ptr<LogTail> tail);
VaultOptions vault_options(const Settings& settings);
FileServiceOptions file_options(const Settings& settings);
TokenOptions token_options(const Settings& settings);
StoreLimits store_limits(const Settings& settings);
WsLimits ws_limits(const Settings& settings);
ListenerOptions listener_options(const Settings& settings);  // of the line protocol
ListenerOptions ws_listener_options(const Settings& settings);
RetentionOptions retention_options(const Settings& settings);
Millis month_age(const Settings& settings);  // of months that are dropped whole; 0: none
ErasureOptions erasure_options(const Settings& settings);
HttpServerOptions http_options(const Settings& settings);
HttpServerOptions admin_http_options(const Settings& settings);

}  // namespace mpim
