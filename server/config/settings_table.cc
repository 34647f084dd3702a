#include "server/config/settings_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "server/config/text_rules.h"
#include "server/core/limits.h"

namespace mpim {
namespace {

constexpr uint64_t kHour = 3'600'000;  // in milliseconds
constexpr uint64_t kRateMax = 1'000'000;

template <auto Section, auto Member>
constexpr auto slot() {
  return +[](Settings & settings) -> auto& { return settings.*Section.*Member; };
}

constexpr Setting text(std::string_view name, TextSlot slot, const TextRule* rule,
                       std::string_view help) {
  return {{name, SettingType::kText, 0, 0, {}, help}, slot, rule};
}
constexpr Setting number(std::string_view name, NumberSlot slot, uint64_t min, uint64_t max,
                         std::string_view help) {
  return {{name, SettingType::kNumber, min, max, {}, help}, slot};
}
constexpr Setting flag(std::string_view name, FlagSlot slot, std::string_view help) {
  return {{name, SettingType::kFlag, 0, 1, {}, help}, slot};
}
constexpr Setting choice(std::string_view name, TextSlot slot, std::string_view choices,
                         std::string_view help) {
  return {{name, SettingType::kChoice, 0, 0, choices, help}, slot};
}

using S = Settings;
// sorted
constexpr auto kSettings = std::to_array<Setting>({
    number("admin.body_bytes_max", slot<&S::admin, &S::Admin::body_bytes_max>(), 1'024, 67'108'864,
           "bytes of the largest request body on the admin socket"),
    text("admin.socket", slot<&S::admin, &S::Admin::socket>(), &kSocketRule,
         "the Unix socket mpimctl talks to; empty: $XDG_RUNTIME_DIR/mpim/admin.sock, else "
         "admin.sock in data.dir"),
    number("auth.address_attempts_max", slot<&S::auth, &S::Auth::address_attempts_max>(), 1,
           1'000'000'000,
           "failed log-ins from one address before it is locked out; users behind one proxy or "
           "router share an address"),
    number("auth.argon2_memory_kib", slot<&S::auth, &S::Auth::argon2_memory_kib>(), 8, 4'194'304,
           "KiB of memory that hashing one password takes"),
    number("auth.argon2_passes", slot<&S::auth, &S::Auth::argon2_passes>(), 1, 64,
           "passes over that memory"),
    number("auth.attempts_max", slot<&S::auth, &S::Auth::attempts_max>(), 1, 1'000'000'000,
           "failed log-ins of one name before it is locked out"),
    number("auth.attempts_window_ms", slot<&S::auth, &S::Auth::attempts_window_ms>(), 1, 24 * kHour,
           "how long a failed log-in counts, in milliseconds"),
    number("auth.devices_max", slot<&S::auth, &S::Auth::devices_max>(), 1, kDevices.ceiling,
           "devices of one user"),
    number("auth.hash_queue_max", slot<&S::auth, &S::Auth::hash_queue_max>(), 1, kHashQueue.ceiling,
           "log-ins waiting for a hash thread; more are answered BUSY; new passwords take half at "
           "most"),
    number("auth.hash_threads", slot<&S::auth, &S::Auth::hash_threads>(), 0, 64,
           "threads that hash passwords; 0 is one for each core"),
    number("auth.lockout_ms", slot<&S::auth, &S::Auth::lockout_ms>(), 1, 24 * kHour,
           "how long a lockout lasts, in milliseconds"),
    number("auth.login_timeout_ms", slot<&S::auth, &S::Auth::login_timeout_ms>(), 10, kHour,
           "from connecting to being logged in, in milliseconds; then the connection is closed"),
    number("auth.password_min_length", slot<&S::auth, &S::Auth::password_min_length>(), 1,
           kPasswordBytes.ceiling, "bytes of the shortest password a user may choose"),
    flag("auth.register_open", slot<&S::auth, &S::Auth::register_open>(),
         "whether strangers may REGISTER; operators always can"),
    number("auth.registrations_per_minute", slot<&S::auth, &S::Auth::registrations_per_minute>(), 0,
           1'000'000, "REGISTERs from one address in a minute; 0 is no limit"),
    number("cache.profiles_max", slot<&S::cache, &S::Cache::profiles_max>(), 0, 10'000'000,
           "profiles kept in memory because they were shown lately; 0: none"),
    text("data.dir", slot<&S::data, &S::Data::dir>(), nullptr,
         "where the messages are; empty: $XDG_STATE_HOME/mpim, else ~/.local/state/mpim"),
    number("files.bytes_max", slot<&S::files, &S::Files::bytes_max>(), 1, kFileBytes.ceiling,
           "bytes of one upload"),
    text("files.dir", slot<&S::files, &S::Files::dir>(), nullptr,
         "where the bytes of uploads are; empty: files in data.dir"),
    text("files.types", slot<&S::files, &S::Files::types>(), &kTypesRule,
         "the types that may be uploaded, with blanks between; image/* stands for all images"),
    number("files.unused_hours", slot<&S::files, &S::Files::unused_hours>(), 1, 8'760,
           "hours after which an upload that is in no message is removed"),
    number("files.uploads_max", slot<&S::files, &S::Files::uploads_max>(), 1, kFileUploads.ceiling,
           "uploads under way at once; more are answered BUSY"),
    number("files.user_files_max", slot<&S::files, &S::Files::user_files_max>(), 1, 262'144,
           "uploads that one user keeps"),
    number("files.user_mib_max", slot<&S::files, &S::Files::user_mib_max>(), 1,
           kFileUserMib.ceiling, "MiB of all uploads of one user"),
    number("files.user_uploads_max", slot<&S::files, &S::Files::user_uploads_max>(), 1,
           kFileUploads.ceiling, "uploads of one user under way at once; more are answered BUSY"),
    number("groups.members_max", slot<&S::groups, &S::Groups::members_max>(), 1, kMembers.ceiling,
           "members of one group"),
    number("groups.per_user_max", slot<&S::groups, &S::Groups::per_user_max>(), 1,
           kGroupsOfUser.ceiling, "groups of one user"),
    number("groups.requests_max", slot<&S::groups, &S::Groups::requests_max>(), 1,
           kOpenRequests.ceiling,
           "requests to join, or invitations, of one group or user that wait for an answer"),
    number("http.body_bytes_max", slot<&S::http, &S::Http::body_bytes_max>(), 1'024, 67'108'864,
           "bytes of the largest request body over TCP"),
    number("http.body_bytes_per_s_min", slot<&S::http, &S::Http::body_bytes_per_s_min>(), 0,
           1'048'576,
           "bytes a second at which a body must come, and an answer be taken, measured over "
           "http.timeout_ms; a slower one is ended; 0 is no limit"),
    number("http.connections_max", slot<&S::http, &S::Http::connections_max>(), 1,
           kConnections.ceiling,
           "open HTTP connections over TCP; a further one takes the place of an idle one, or "
           "gets 503"),
    text("http.listen", slot<&S::http, &S::Http::listen>(), &kAddressRule,
         "address and port of HTTP (/healthz, /metrics); port 0 picks a free one"),
    flag("http.proxy", slot<&S::http, &S::Http::proxy>(),
         "whether a balancer says with a PROXY header (v1 or v2) whom it speaks for; then it must"),
    number("http.timeout_ms", slot<&S::http, &S::Http::timeout_ms>(), 10, kHour,
           "how long a request or an idle connection may take, in milliseconds"),
    flag("http.tls", slot<&S::http, &S::Http::tls>(), "whether HTTP comes in TLS alone"),
    number("limits.address_messages_burst", slot<&S::limits, &S::Limits::address_messages_burst>(),
           1, kRateMax, "messages from one address that may come at once after a pause"),
    number("limits.address_messages_per_s", slot<&S::limits, &S::Limits::address_messages_per_s>(),
           0, kRateMax,
           "messages a second from one address, which many users may share; 0 is no limit"),
    number("limits.conversation_messages_burst",
           slot<&S::limits, &S::Limits::conversation_messages_burst>(), 1, kRateMax,
           "messages into one conversation that may come at once after a pause"),
    number("limits.conversation_messages_per_s",
           slot<&S::limits, &S::Limits::conversation_messages_per_s>(), 0, kRateMax,
           "messages a second into one conversation; 0 is no limit"),
    number("limits.requests_burst", slot<&S::limits, &S::Limits::requests_burst>(), 1, kRateMax,
           "requests of one connection that may come at once after a pause"),
    number("limits.requests_per_s", slot<&S::limits, &S::Limits::requests_per_s>(), 0, kRateMax,
           "requests a second of one connection, messages and acknowledgements apart; 0 is no "
           "limit"),
    number("limits.user_messages_burst", slot<&S::limits, &S::Limits::user_messages_burst>(), 1,
           kRateMax, "messages of one user that may come at once after a pause"),
    number("limits.user_messages_per_s", slot<&S::limits, &S::Limits::user_messages_per_s>(), 0,
           kRateMax, "messages a second of one user, over all his devices; 0 is no limit"),
    number("line.bytes_max", slot<&S::line, &S::Line::bytes_max>(), 1'024, kLineBytes.ceiling,
           "bytes of the longest request line; it should hold six times message.text_bytes_max"),
    text("line.listen", slot<&S::line, &S::Line::listen>(), &kAddressRule,
         "address and port of the line protocol; port 0 picks a free one"),
    number("line.pipelined_max", slot<&S::line, &S::Line::pipelined_max>(), 1, kPipelined.ceiling,
           "requests of one connection that wait for an answer; reading stops there"),
    flag("line.proxy", slot<&S::line, &S::Line::proxy>(),
         "whether a balancer says with a PROXY header (v1 or v2) whom it speaks for; then it must"),
    flag("line.tls", slot<&S::line, &S::Line::tls>(),
         "whether the line protocol comes in TLS alone"),
    choice("log.level", slot<&S::log, &S::Log::level>(), "trace debug info warn error",
           "the least important lines that are written"),
    number("log.queue_max", slot<&S::log, &S::Log::queue_max>(), 16, 1'048'576,
           "lines waiting for the log thread; then the oldest are dropped, and counted"),
    number("message.change_window_ms", slot<&S::message, &S::Message::change_window_ms>(), 0,
           2'592'000'000,
           "milliseconds for which its sender may edit or recall a message; admins of a group may "
           "recall at any time"),
    number("message.clock_skew_max_ms", slot<&S::message, &S::Message::clock_skew_max_ms>(), 0,
           86'400'000,
           "milliseconds by which a client's time may differ from the server's to be shown as the "
           "message's own"),
    number("message.ext_bytes_max", slot<&S::message, &S::Message::ext_bytes_max>(), 2,
           kExtBytes.ceiling, "bytes of the longest JSON that goes with a message"),
    number("message.text_bytes_max", slot<&S::message, &S::Message::text_bytes_max>(), 1,
           kTextBytes.ceiling, "bytes of the longest message text"),
    text("node.id", slot<&S::node, &S::Node::id>(), &kNodeIdRule,
         "this node's name, unique in its cluster"),
    number("people.blocks_max", slot<&S::people, &S::People::blocks_max>(), 1, kBlocks.ceiling,
           "people one user may block"),
    number("people.friends_max", slot<&S::people, &S::People::friends_max>(), 1, kFriends.ceiling,
           "friends of one user"),
    number("people.requests_max", slot<&S::people, &S::People::requests_max>(), 1,
           kOpenRequests.ceiling, "friend requests of one user, made and got, that are unanswered"),
    number("presence.min_interval_ms", slot<&S::presence, &S::Presence::min_interval_ms>(), 0,
           kHour,
           "between two changes of one user's presence that are told, in milliseconds; the last "
           "one wins"),
    number("presence.offline_grace_ms", slot<&S::presence, &S::Presence::offline_grace_ms>(), 0,
           kHour,
           "how long a user who left still counts as there, in milliseconds; who comes back within "
           "it was never away"),
    number("presence.watched_max", slot<&S::presence, &S::Presence::watched_max>(), 1,
           kWatched.ceiling, "users whose presence one session follows, or asks for at once"),
    text("proxy.from", slot<&S::proxy, &S::Proxy::from>(), nullptr,
         "networks of the balancers that are believed, with blanks between; others are cut off"),
    number("proxy.timeout_ms", slot<&S::proxy, &S::Proxy::timeout_ms>(), 10, kHour,
           "within which a PROXY header must have come, in milliseconds"),
    number("receipts.members_max", slot<&S::receipts, &S::Receipts::members_max>(), 2,
           kReceiptMembers.ceiling,
           "members of the largest group whose messages' receipts are kept"),
    number("retention.history_days", slot<&S::retention, &S::Retention::history_days>(), 0, 36'500,
           "days after which messages are deleted; 0 keeps them for ever"),
    number("retention.inbox_days", slot<&S::retention, &S::Retention::inbox_days>(), 0, 36'500,
           "days after which a message that a device has not fetched is not pushed to it any more: "
           "it is told that there is a gap, and history has the rest; 0 never"),
    number("retention.interval_s", slot<&S::retention, &S::Retention::interval_s>(), 0, 86'400,
           "between two runs of the job that does it, in seconds; 0: only mpimctl db prune does"),
    number("retention.step_entries", slot<&S::retention, &S::Retention::step_entries>(), 1, 100'000,
           "entries of the log it looks at in one transaction"),
    number("retention.step_pause_ms", slot<&S::retention, &S::Retention::step_pause_ms>(), 0,
           60'000, "between two of its transactions, in milliseconds"),
    number("search.batch_entries", slot<&S::search, &S::Search::batch_entries>(), 1,
           kIndexBatchEntries.ceiling, "entries of the log its index of words takes in at once"),
    flag("search.enabled", slot<&S::search, &S::Search::enabled>(),
         "whether an index of words is kept in search.db, and SEARCH answered from it"),
    number("search.gather_ms", slot<&S::search, &S::Search::gather_ms>(), 1, 60'000,
           "how long new entries gather before the index takes them in, in milliseconds; searches "
           "find them meanwhile"),
    number("search.look_bytes_max", slot<&S::search, &S::Search::look_bytes_max>(), 1'024,
           1'073'741'824,
           "bytes of text one search reads; then it answers with what it has, and where to go on"),
    number("search.looks_max", slot<&S::search, &S::Search::looks_max>(), 1, 1'000'000,
           "messages one search reads; then it answers with what it has, and where to go on"),
    number("search.scan_max_entries", slot<&S::search, &S::Search::scan_max_entries>(), 0,
           1'000'000,
           "newest entries one search looks through that are not indexed yet; with more of them "
           "it answers complete=0"),
    number("search.terms_max", slot<&S::search, &S::Search::terms_max>(), 16, 65'536,
           "words and pairs of characters by which one message is found"),
    number("search.threads", slot<&S::search, &S::Search::threads>(), 1, 64,
           "threads that answer searches"),
    number(
        "search.waiting_max", slot<&S::search, &S::Search::waiting_max>(), 1, 65'536,
        "searches that wait for a thread, a sixteenth of them of one user; more are answered BUSY"),
    number("server.connections_max", slot<&S::server, &S::Server::connections_max>(), 1,
           kConnections.ceiling, "open connections; further ones are told LIMIT and closed"),
    number("server.drain_timeout_ms", slot<&S::server, &S::Server::drain_timeout_ms>(), 0, kHour,
           "how long SIGTERM waits for what was accepted, in milliseconds"),
    number("server.workers", slot<&S::server, &S::Server::workers>(), 0, 64,
           "event loops; 0 is one for each core"),
    number("session.cursor_flush_ms", slot<&S::session, &S::Session::cursor_flush_ms>(), 1, 1'000,
           "how long an acknowledgement may wait to be written, in milliseconds"),
    number("session.dead_peer_timeout_ms", slot<&S::session, &S::Session::dead_peer_timeout_ms>(),
           100, kHour, "silence of a peer's TCP after which it is dead, in milliseconds"),
    number("session.in_flight_max", slot<&S::session, &S::Session::in_flight_max>(), 1,
           kInFlight.ceiling, "entries pushed to one session and not yet acknowledged"),
    number("session.output_bytes_max", slot<&S::session, &S::Session::output_bytes_max>(), 1'024,
           kOutputBytes.ceiling,
           "bytes waiting for a slow reader; above it the session catches up from the log later"),
    number("session.page_entries", slot<&S::session, &S::Session::page_entries>(), 1,
           kCatchUpPage.ceiling, "entries a catch-up reads from the log at once"),
    number("session.repush_attempts", slot<&S::session, &S::Session::repush_attempts>(), 1, 16,
           "repeated pushes without acknowledgement before the connection counts as dead"),
    number("session.repush_first_ms", slot<&S::session, &S::Session::repush_first_ms>(), 1, 60'000,
           "wait for an acknowledgement before the second push, in milliseconds; then twice as "
           "long each time"),
    number("session.sweep_ms", slot<&S::session, &S::Session::sweep_ms>(), 1, 5'000,
           "how often conversations that moved are looked for, in milliseconds"),
    number("session.window_max", slot<&S::session, &S::Session::window_max>(), 1, kWindow.ceiling,
           "newest entries of a conversation that are pushed by themselves; history has the rest"),
    number("store.appenders", slot<&S::store, &S::Store::appenders>(), 1, 16,
           "MySQL only: connections that store messages, each sender's by one of them; one more "
           "does everything else"),
    number("store.batch_jobs_max", slot<&S::store, &S::Store::batch_jobs_max>(), 1,
           kBatchJobs.ceiling, "jobs in one transaction"),
    number("store.client_id_days", slot<&S::store, &S::Store::client_id_days>(), 1, 3'650,
           "days a client id is remembered, so that a repeated send is stored once"),
    number("store.index_batch_bytes", slot<&S::store, &S::Store::index_batch_bytes>(), 4'096,
           kIndexBatchBytes.ceiling, "text the log keeps in memory until its index takes it in"),
    number("store.index_batch_entries", slot<&S::store, &S::Store::index_batch_entries>(), 1,
           kIndexBatchEntries.ceiling,
           "entries the log keeps in memory until its index takes them in"),
    number("store.pack_over_bytes", slot<&S::store, &S::Store::pack_over_bytes>(), 0,
           kTextBytes.ceiling, "texts of more bytes are compressed where they are stored; 0: none"),
    number("store.readers", slot<&S::store, &S::Store::readers>(), 1, 64,
           "threads that read the database beside the writer"),
    text("store.url", slot<&S::store, &S::Store::url>(), nullptr,
         "mysql://USER:PASSWORD@HOST:PORT/DATABASE, for one node or many; empty: SQLite in "
         "data.dir"),
    number("store.writer_queue_max", slot<&S::store, &S::Store::writer_queue_max>(), 1,
           kWriterQueue.ceiling, "jobs waiting for the writer; more are answered BUSY"),
    text("tls.certificate", slot<&S::tls, &S::Tls::certificate>(), nullptr,
         "PEM file of the certificate, the chain behind it; read again when it changes"),
    number("tls.handshake_timeout_ms", slot<&S::tls, &S::Tls::handshake_timeout_ms>(), 10, kHour,
           "within which a TLS handshake must be done, in milliseconds"),
    text("tls.key", slot<&S::tls, &S::Tls::key>(), nullptr,
         "PEM file of the certificate's key, without a password"),
    number("tls.watch_ms", slot<&S::tls, &S::Tls::watch_ms>(), 10, kHour,
           "between two looks whether the two files have changed, in milliseconds"),
    number("tokens.access_s", slot<&S::tokens, &S::Tokens::access_s>(), 1, 86'400,
           "seconds an access token lives; it ends before when it is revoked"),
    number("tokens.admin_max", slot<&S::tokens, &S::Tokens::admin_max>(), 1, 10'000,
           "admin tokens that have not expired; more are refused"),
    number("tokens.issued_days_max", slot<&S::tokens, &S::Tokens::issued_days_max>(), 1, 3'650,
           "days an operator may issue a token for at most; keys are kept for so long"),
    number("tokens.key_days", slot<&S::tokens, &S::Tokens::key_days>(), 1, 3'650,
           "days a key signs tokens before the next one does"),
    number("tokens.leeway_s", slot<&S::tokens, &S::Tokens::leeway_s>(), 0, 600,
           "seconds by which the clocks of two nodes may differ: a token holds so much longer"),
    number("tokens.refresh_s", slot<&S::tokens, &S::Tokens::refresh_s>(), 1, 315'360'000,
           "seconds a refresh token lives that nobody uses; each refresh gives a new one"),
    number("typing.members_max", slot<&S::typing, &S::Typing::members_max>(), 0, kMembers.ceiling,
           "members of a group up to which they are told who is typing"),
    number("typing.min_interval_ms", slot<&S::typing, &S::Typing::min_interval_ms>(), 0, kHour,
           "between two notices of typing of one session in one conversation, in milliseconds; "
           "more are dropped"),
    flag("ws.deflate", slot<&S::ws, &S::WebSocket::deflate>(),
         "whether messages are packed (permessage-deflate) for clients that offer it"),
    number("ws.deflate_over_bytes", slot<&S::ws, &S::WebSocket::deflate_over_bytes>(), 0, 1'048'576,
           "messages of more bytes are packed, if that makes them shorter"),
    number("ws.json_depth_max", slot<&S::ws, &S::WebSocket::json_depth_max>(), 4, 256,
           "objects and arrays inside one another in one message"),
    text("ws.listen", slot<&S::ws, &S::WebSocket::listen>(), &kAddressRule,
         "address and port of the WebSocket (/ws); port 0 picks a free one"),
    number("ws.message_bytes_max", slot<&S::ws, &S::WebSocket::message_bytes_max>(), 1'024,
           kLineBytes.ceiling, "bytes of the longest message of a client, unpacked"),
    text("ws.origins", slot<&S::ws, &S::WebSocket::origins>(), &kOriginsRule,
         "web pages that may open a WebSocket, as origins with blanks between; * for all; empty: "
         "those of the same host"),
    number("ws.ping_ms", slot<&S::ws, &S::WebSocket::ping_ms>(), 100, kHour,
           "between two pings that ask whether a client is there, in milliseconds"),
    number("ws.pings_missed_max", slot<&S::ws, &S::WebSocket::pings_missed_max>(), 1, 16,
           "pings without a sign of life from the client, then it is closed"),
    flag("ws.proxy", slot<&S::ws, &S::WebSocket::proxy>(),
         "whether a balancer says with a PROXY header (v1 or v2) whom it speaks for; then it must"),
    flag("ws.tls", slot<&S::ws, &S::WebSocket::tls>(), "whether WebSockets come in TLS alone"),
});
constexpr std::string_view name_of_setting(const Setting& setting) { return setting.row.name; }
static_assert(std::ranges::is_sorted(kSettings, {}, name_of_setting));
static_assert(std::ranges::all_of(kSettings, [](const Setting& setting) {
  return setting.row.max <= std::numeric_limits<uint32_t>::max();
}));

// What all_settings() shows: the same rows without the members they stand for.
constexpr auto kRows = [] {
  std::array<SettingRow, kSettings.size()> rows{};
  std::ranges::transform(kSettings, rows.begin(), &Setting::row);
  return rows;
}();

bool among(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const size_t space = choices.find(' ');
    if (choices.substr(0, space) == value) return true;
    choices.remove_prefix(space == choices.npos ? choices.size() : space + 1);
  }
  return false;
}

bool accepts_text(const Setting& setting, std::string_view value) {
  if (setting.row.type == SettingType::kChoice) return among(setting.row.choices, value);
  return value.find('\0') == value.npos && (setting.rule == nullptr || setting.rule->holds(value));
}

std::string text_of(const SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<uint64_t>(&value)) return std::to_string(*number);
  return std::get<bool>(value) ? "true" : "false";
}

// The value a person typed, in the row's own type; a text that is no such value stays a text, which
// assign_setting() then refuses.
SettingValue parsed(const Setting& setting, std::string_view typed) {
  if (setting.row.type == SettingType::kFlag && (typed == "true" || typed == "false"))
    return typed == "true";
  uint64_t number = 0;
  const auto [end, failed] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  const bool whole = failed == std::errc{} && end == typed.data() + typed.size();
  if (setting.row.type == SettingType::kNumber && whole) return number;
  return std::string(typed);
}

}  // namespace

std::span<const SettingRow> all_settings() { return kRows; }

std::span<const Setting> settings_table() { return kSettings; }

const Setting* find_setting(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kSettings, name, {}, name_of_setting);
  return found != kSettings.end() && found->row.name == name ? found : nullptr;
}

Error unknown_setting(std::string_view name) {
  std::array<std::string_view, kSettings.size()> names{};
  std::ranges::transform(kSettings, names.begin(), name_of_setting);
  std::string near = nearest_name(name, names);
  if (near.empty()) {  // the last part alone, as in `workers`
    const auto* ends = std::ranges::find_if(kSettings, [&](const Setting& setting) {
      return setting.row.name.substr(setting.row.name.find('.') + 1) == name;
    });
    if (ends != kSettings.end()) near = ends->row.name;
  }
  std::string sentence = "unknown setting `" + std::string(name) + "`";
  if (!near.empty()) sentence += "; did you mean `" + near + "`?";
  return {Code::kNotFound, sentence};
}

std::string accepted_values(const Setting& setting) {
  switch (setting.row.type) {
    case SettingType::kNumber:
      return "a number from " + std::to_string(setting.row.min) + " to " +
             std::to_string(setting.row.max);
    case SettingType::kFlag: return "true or false";
    case SettingType::kChoice: return "one of " + std::string(setting.row.choices);
    case SettingType::kText: break;
  }
  return setting.rule != nullptr ? std::string(setting.rule->wanted) : "a text without NUL";
}

Error refused_value(const Setting& setting, std::string_view value) {
  return {Code::kBadRequest, "`" + std::string(setting.row.name) + "` must be " +
                                 accepted_values(setting) + ", not `" + std::string(value) + "`"};
}

Result<void> assign_setting(const Setting& setting, Settings& to, const SettingValue& value) {
  const SettingRow& row = setting.row;
  if (const auto* slot = std::get_if<TextSlot>(&setting.slot)) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || !accepts_text(setting, *text))
      return refused_value(setting, text_of(value));
    (*slot)(to) = *text;
  } else if (const auto* number_slot = std::get_if<NumberSlot>(&setting.slot)) {
    const auto* number = std::get_if<uint64_t>(&value);
    if (number == nullptr || *number < row.min || *number > row.max)
      return refused_value(setting, text_of(value));
    (*number_slot)(to) = static_cast<uint32_t>(*number);
  } else {
    const auto* flag = std::get_if<bool>(&value);
    if (flag == nullptr) return refused_value(setting, text_of(value));
    std::get<FlagSlot>(setting.slot)(to) = *flag;
  }
  return {};
}

Result<std::string> get_setting(const Settings& settings, std::string_view name) {
  const Setting* setting = find_setting(name);
  if (setting == nullptr) return unknown_setting(name);
  Settings copy = settings;  // a slot gives a member of something that may be written
  const auto shown = [&](auto slot) { return text_of(SettingValue(slot(copy))); };
  return std::visit(shown, setting->slot);
}

Result<void> set_setting(Settings& settings, std::string_view name, std::string_view value) {
  const Setting* setting = find_setting(name);
  if (setting == nullptr) return unknown_setting(name);
  return assign_setting(*setting, settings, parsed(*setting, value));
}

}  // namespace mpim
