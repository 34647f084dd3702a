#include "server/node/node_options.h"

#include <sched.h>

#include <algorithm>
#include <sstream>

namespace mpim {
namespace {

// A database of another machine: how often it is looked at, while idle and while it is away.
constexpr Millis kStoreLook{1'000};

// The cores this process may run on: fewer than the machine has, under taskset or a cpuset.
uint32_t cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return static_cast<uint32_t>(std::max(CPU_COUNT(&allowed), 1));
}

uint32_t one_each_core(uint32_t wanted) { return wanted != 0 ? wanted : cores(); }

}  // namespace

uint32_t workers_of(const Settings& settings) { return one_each_core(settings.server.workers); }

WsLimits ws_limits(const Settings& settings) {
  WsLimits limits;
  std::istringstream origins(settings.ws.origins);
  for (std::string origin; origins >> origin;) limits.rules.origins.push_back(origin);
  limits.rules.deflate = settings.ws.deflate;
  limits.json = {.text_bytes_max = settings.message.text_bytes_max,
                 .ext_bytes_max = settings.message.ext_bytes_max,
                 .depth_max = settings.ws.json_depth_max};
  limits.message_bytes_max = settings.ws.message_bytes_max;
  limits.deflate_over_bytes = settings.ws.deflate_over_bytes;
  return limits;
}

WorkerOptions worker_options(const Settings& settings) {
  WorkerOptions options;
  options.users = {.register_open = settings.auth.register_open,
                   .password_bytes_min = settings.auth.password_min_length,
                   .devices_max = settings.auth.devices_max};
  options.sessions.in_flight_max = settings.session.in_flight_max;
  options.sessions.window_max = settings.session.window_max;
  options.sessions.page_entries = settings.session.page_entries;
  options.sessions.redelivery.first = Millis(settings.session.repush_first_ms);
  options.sessions.redelivery.attempts_max = settings.session.repush_attempts;
  options.cursor_flush = Millis(settings.session.cursor_flush_ms);
  options.gateway.line_bytes_max = settings.line.bytes_max;
  options.gateway.ext_bytes_max = settings.message.ext_bytes_max;
  options.gateway.text_bytes_max = settings.message.text_bytes_max;
  options.gateway.pipelined_max = settings.line.pipelined_max;
  options.gateway.output_bytes_max = settings.session.output_bytes_max;
  options.gateway.login_timeout = Millis(settings.auth.login_timeout_ms);
  options.gateway.ws = ws_limits(settings);
  options.gateway.drain_spread = Millis(settings.server.drain_spread_ms);
  options.gateway.heartbeat = Millis(settings.ws.ping_ms);
  options.gateway.silent_beats_max = settings.ws.pings_missed_max;
  options.gateway.requests = {settings.limits.requests_per_s, settings.limits.requests_burst};
  options.typing = {.min_interval = Millis(settings.typing.min_interval_ms),
                    .members_max = settings.typing.members_max};
  options.watched_max = settings.presence.watched_max;
  return options;
}

PresenceOptions presence_options(const Settings& settings) {
  return {.offline_grace = Millis(settings.presence.offline_grace_ms),
          .min_interval = Millis(settings.presence.min_interval_ms)};
}

RateLimitOptions rate_options(const Settings& settings) {
  const Settings::Limits& limits = settings.limits;
  return {.user = {limits.user_messages_per_s, limits.user_messages_burst},
          .address = {limits.address_messages_per_s, limits.address_messages_burst},
          .conversation = {limits.conversation_messages_per_s, limits.conversation_messages_burst}};
}

Argon2Options argon2_options(const Settings& settings) {
  return {.memory_kib = settings.auth.argon2_memory_kib,
          .passes = settings.auth.argon2_passes,
          .threads = one_each_core(settings.auth.hash_threads),
          .queue_max = settings.auth.hash_queue_max};
}

LoginGuardOptions guard_options(const Settings& settings) {
  LoginGuardOptions options;
  options.attempts_max = settings.auth.attempts_max;
  options.address_attempts_max = settings.auth.address_attempts_max;
  options.registrations_per_minute = settings.auth.registrations_per_minute;
  options.window = Millis(settings.auth.attempts_window_ms);
  options.lockout = Millis(settings.auth.lockout_ms);
  return options;
}

TokenOptions token_options(const Settings& settings) {
  const Settings::Tokens& tokens = settings.tokens;
  const auto days = [](uint32_t count) { return Millis(std::chrono::hours(24) * count); };
  return {.access = std::chrono::seconds(tokens.access_s),
          .refresh = std::chrono::seconds(tokens.refresh_s),
          .key = days(tokens.key_days),
          .issued_max = days(tokens.issued_days_max),
          .leeway = std::chrono::seconds(tokens.leeway_s),
          .admin_max = tokens.admin_max,
          .known = Millis(tokens.known_ms)};
}

uint32_t profiles_max(const Settings& settings) {
  return settings.store.url.empty() ? settings.cache.profiles_max : 0;
}

StorageOptions storage_options(const Settings& settings) {
  StorageOptions options;
  options.writer.queue_max = settings.store.writer_queue_max;
  options.writer.batch_jobs_max = settings.store.batch_jobs_max;
  options.readers = settings.store.readers;
  options.wait_max = Millis(settings.store.wait_max_ms);
  if (settings.store.url.empty()) return options;
  options.appenders = settings.store.appenders;
  options.rest_after = std::chrono::seconds(settings.store.idle_s);
  options.writer.look_every = kStoreLook;
  options.writer.reopen_delay_max = kStoreLook;
  return options;
}

SqlSearchOptions search_options(const Settings& settings, const StorePlace& place,
                                std::shared_ptr<LogTail> tail) {
  SqlSearchOptions options{.database = place, .index = search_path(data_dir(settings)), .tail = {}};
  options.tail = std::move(tail);
  options.follower.batch_entries = settings.search.batch_entries;
  options.follower.terms_max = settings.search.terms_max;
  options.searcher.look_bytes_max = settings.search.look_bytes_max;
  options.searcher.looks_max = settings.search.looks_max;
  options.searcher.scan_max_entries = settings.search.scan_max_entries;
  options.gather = Millis(settings.search.gather_ms);
  options.threads = settings.search.threads;
  options.waiting_max = settings.search.waiting_max;
  return options;
}

VaultOptions vault_options(const Settings& settings) {
  // What waits for the disk is a part of an upload or a download each.
  VaultOptions options{.node = settings.node.id, .threads = 2, .queue_max = 1'024};
  if (!settings.store.url.empty()) options.young_for = std::chrono::hours(1);
  return options;
}

FileServiceOptions file_options(const Settings& settings) {
  return {.bytes_max = settings.files.bytes_max,
          .types = settings.files.types,
          .unused_after = std::chrono::hours(settings.files.unused_hours),
          .uploads_max = settings.files.uploads_max,
          .user_uploads_max = settings.files.user_uploads_max};
}

StoreLimits store_limits(const Settings& settings) {
  StoreLimits limits;
  limits.client_id_window = std::chrono::hours(24 * settings.store.client_id_days);
  limits.index_batch_bytes = settings.store.index_batch_bytes;
  limits.index_batch_entries = settings.store.index_batch_entries;
  limits.file_user_files_max = settings.files.user_files_max;
  limits.file_user_bytes_max = uint64_t{settings.files.user_mib_max} << 20;
  limits.pack_over_bytes = settings.store.pack_over_bytes;
  limits.members_max = settings.groups.members_max;
  limits.change_window = Millis(settings.message.change_window_ms);
  limits.clock_skew_max = Millis(settings.message.clock_skew_max_ms);
  limits.receipt_members_max = settings.receipts.members_max;
  limits.groups_of_user_max = settings.groups.per_user_max;
  limits.friends_max = settings.people.friends_max;
  limits.blocks_max = settings.people.blocks_max;
  limits.requests_max = settings.people.requests_max;
  limits.group_requests_max = settings.groups.requests_max;
  return limits;
}

ListenerOptions listener_options(const Settings& settings) {
  ListenerOptions options;
  options.dead_peer_timeout = Millis(settings.session.dead_peer_timeout_ms);
  return options;
}

ListenerOptions ws_listener_options(const Settings& settings) {
  ListenerOptions options = listener_options(settings);
  options.door = Door::kWebSocket;
  return options;
}

RetentionOptions retention_options(const Settings& settings) {
  const Settings::Retention& retention = settings.retention;
  const auto days = [](uint32_t count) { return Millis(std::chrono::hours(24) * count); };
  return {.inbox_age = days(retention.inbox_days),
          .history_age = days(retention.history_days),
          .client_id_age = days(settings.store.client_id_days),
          .interval = std::chrono::seconds(retention.interval_s),
          .step_pause = Millis(retention.step_pause_ms),
          .step_entries = retention.step_entries};
}

// Without the retention job's turns nothing is dropped by itself, whole months neither.
Millis month_age(const Settings& settings) {
  const RetentionOptions retention = retention_options(settings);
  return retention.interval == Millis(0) ? Millis(0) : retention.history_age;
}

ErasureOptions erasure_options(const Settings& settings) {
  return {.step_entries = settings.retention.step_entries,
          .step_pause = Millis(settings.retention.step_pause_ms)};
}

HttpServerOptions http_options(const Settings& settings) {
  return {.body_bytes_max = settings.http.body_bytes_max,
          .connections_max = settings.http.connections_max,
          .body_bytes_per_s_min = settings.http.body_bytes_per_s_min,
          .timeout = Millis(settings.http.timeout_ms)};
}

HttpServerOptions admin_http_options(const Settings& settings) {
  return {.body_bytes_max = settings.admin.body_bytes_max,
          .timeout = Millis(settings.http.timeout_ms)};
}

}  // namespace mpim
