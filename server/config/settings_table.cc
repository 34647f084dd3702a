#include "server/config/settings_table.h"

#include <algorithm>
#include <array>
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
// Every part that uses it follows it while the node runs: see follow() in server/node.
constexpr Setting live(Setting setting) {
  setting.row.live = true;
  return setting;
}

using S = Settings;
// sorted
constexpr auto kSettings = std::to_array<Setting>({
    number("admin.body_bytes_max", slot<&S::admin, &S::Admin::body_bytes_max>(), 1'024, 67'108'864,
           "bytes of the largest request body on the admin socket"),
    text("admin.socket", slot<&S::admin, &S::Admin::socket>(), &kSocketRule,
         "the Unix socket mpimctl talks to; empty: $XDG_RUNTIME_DIR/mpim/admin.sock, else "
         "admin.sock in data.dir"),
    live(
        number("auth.address_attempts_max", slot<&S::auth, &S::Auth::address_attempts_max>(), 1,
               1'000'000'000,
               "failed log-ins from one address before it is locked out; users behind one proxy or "
               "router share an address")),
    number("auth.argon2_memory_kib", slot<&S::auth, &S::Auth::argon2_memory_kib>(), 8, 4'194'304,
           "KiB of memory that hashing one password takes"),
    number("auth.argon2_passes", slot<&S::auth, &S::Auth::argon2_passes>(), 1, 64,
           "passes over that memory"),
    live(number("auth.attempts_max", slot<&S::auth, &S::Auth::attempts_max>(), 1, 1'000'000'000,
                "failed log-ins of one name before it is locked out")),
    live(number("auth.attempts_window_ms", slot<&S::auth, &S::Auth::attempts_window_ms>(), 1,
                24 * kHour, "how long a failed log-in counts, in milliseconds")),
    live(number("auth.devices_max", slot<&S::auth, &S::Auth::devices_max>(), 1, kDevices.ceiling,
                "devices of one user")),
    number("auth.hash_queue_max", slot<&S::auth, &S::Auth::hash_queue_max>(), 1, kHashQueue.ceiling,
           "log-ins waiting for a hash thread; more are answered BUSY; new passwords take half at "
           "most"),
    number("auth.hash_threads", slot<&S::auth, &S::Auth::hash_threads>(), 0, 64,
           "threads that hash passwords; 0 is one for each core"),
    live(number("auth.lockout_ms", slot<&S::auth, &S::Auth::lockout_ms>(), 1, 24 * kHour,
                "how long a lockout lasts, in milliseconds")),
    number("auth.login_timeout_ms", slot<&S::auth, &S::Auth::login_timeout_ms>(), 10, kHour,
           "from connecting to being logged in, in milliseconds; then the connection is closed"),
    live(number("auth.password_min_length", slot<&S::auth, &S::Auth::password_min_length>(), 1,
                kPasswordBytes.ceiling, "bytes of the shortest password a user may choose")),
    live(flag("auth.register_open", slot<&S::auth, &S::Auth::register_open>(),
              "whether strangers may REGISTER; operators always can")),
    live(number("auth.registrations_per_minute",
                slot<&S::auth, &S::Auth::registrations_per_minute>(), 0, 1'000'000,
                "REGISTERs from one address in a minute; 0 is no limit")),
    number("bus.packet_bytes_max", slot<&S::bus, &S::Bus::packet_bytes_max>(), 65'536, 67'108'864,
           "bytes of hints that travel to another node together"),
    number("bus.under_way_bytes_max", slot<&S::bus, &S::Bus::under_way_bytes_max>(), 1'048'576,
           1'073'741'824,
           "bytes of hints that Redis has not taken yet; more are dropped, and found by the sweep"),
    number("cache.profiles_max", slot<&S::cache, &S::Cache::profiles_max>(), 0, 10'000'000,
           "profiles kept in memory because they were shown lately; 0: none"),
    text("data.dir", slot<&S::data, &S::Data::dir>(), nullptr,
         "where the messages are; empty: $XDG_STATE_HOME/mpim, else ~/.local/state/mpim"),
    number("directory.cached_max", slot<&S::directory, &S::Directory::cached_max>(), 0, 10'000'000,
           "users whose nodes are remembered, so that Redis is not asked for each message"),
    number("directory.cached_ms", slot<&S::directory, &S::Directory::cached_ms>(), 1, 60'000,
           "for how long, in milliseconds"),
    number("directory.route_s", slot<&S::directory, &S::Directory::route_s>(), 10, 3'600,
           "seconds after which Redis forgets where a user is, unless his node renews it"),
    number(
        "directory.user_nodes_max", slot<&S::directory, &S::Directory::user_nodes_max>(), 1,
        kUserNodes.ceiling,
        "nodes of one user's that are looked at; those beyond are passed over, and told of in the "
        "log"),
    live(number("files.bytes_max", slot<&S::files, &S::Files::bytes_max>(), 1, kFileBytes.ceiling,
                "bytes of one upload")),
    text("files.dir", slot<&S::files, &S::Files::dir>(), nullptr,
         "where the bytes of uploads are; empty: files in data.dir"),
    text("files.types", slot<&S::files, &S::Files::types>(), &kTypesRule,
         "the types that may be uploaded, with blanks between; image/* stands for all images"),
    live(number("files.unused_hours", slot<&S::files, &S::Files::unused_hours>(), 1, 8'760,
                "hours after which an upload that is in no message is removed")),
    live(number("files.uploads_max", slot<&S::files, &S::Files::uploads_max>(), 1,
                kFileUploads.ceiling, "uploads under way at once; more are answered BUSY")),
    live(number("files.user_files_max", slot<&S::files, &S::Files::user_files_max>(), 1, 262'144,
                "uploads that one user keeps")),
    live(number("files.user_mib_max", slot<&S::files, &S::Files::user_mib_max>(), 1,
                kFileUserMib.ceiling, "MiB of all uploads of one user")),
    live(number("files.user_uploads_max", slot<&S::files, &S::Files::user_uploads_max>(), 1,
                kFileUploads.ceiling,
                "uploads of one user under way at once; more are answered BUSY")),
    live(number("groups.members_max", slot<&S::groups, &S::Groups::members_max>(), 1,
                kMembers.ceiling, "members of one group")),
    live(number("groups.per_user_max", slot<&S::groups, &S::Groups::per_user_max>(), 1,
                kGroupsOfUser.ceiling, "groups of one user")),
    live(number("groups.requests_max", slot<&S::groups, &S::Groups::requests_max>(), 1,
                kOpenRequests.ceiling,
                "requests to join, or invitations, of one group or user that wait for an answer")),
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
    number("intake.acks_max", slot<&S::intake, &S::Intake::acks_max>(), 1, 10'000'000,
           "acknowledgements that may wait for the database; what is beyond is asked of the client "
           "again when it reconnects"),
    number("intake.again_ms", slot<&S::intake, &S::Intake::again_ms>(), 100, kHour,
           "longest pause before a queued message that failed is tried again, in milliseconds; it "
           "grows from 100"),
    number("intake.attempts_max", slot<&S::intake, &S::Intake::attempts_max>(), 1, 1'000,
           "times a queued message may fail, with a store that works, before it is put aside as a "
           "dead letter"),
    number("intake.heed_ms", slot<&S::intake, &S::Intake::heed_ms>(), 50, 60'000,
           "how long a node may go by what it last heard of the queue, in milliseconds; the first "
           "message that is queued waits so long for its ticket"),
    number("intake.lease_ms", slot<&S::intake, &S::Intake::lease_ms>(), 100, kHour,
           "after which another node goes on storing what waits, when the one that did has died, "
           "in milliseconds"),
    flag("intake.may_lose_a_second", slot<&S::intake, &S::Intake::may_lose_a_second>(),
         "whether a Redis with appendfsync everysec will do: one that dies then loses up to a "
         "second of messages that were answered with a ticket"),
    number("intake.shard_entries_max", slot<&S::intake, &S::Intake::shard_entries_max>(), 1,
           10'000'000, "messages that may wait in one shard; more are answered BUSY"),
    number("intake.shards", slot<&S::intake, &S::Intake::shards>(), 1, 256,
           "ways on which messages wait beside one another, spread by conversation; the same on "
           "all nodes"),
    number("intake.slow_ms", slot<&S::intake, &S::Intake::slow_ms>(), 0, kHour,
           "once storing a message took longer, in milliseconds, messages are queued until the "
           "database is quicker again; 0: only while it is away"),
    live(number("limits.address_messages_burst",
                slot<&S::limits, &S::Limits::address_messages_burst>(), 1, kRateMax,
                "messages from one address that may come at once after a pause")),
    live(number("limits.address_messages_per_s",
                slot<&S::limits, &S::Limits::address_messages_per_s>(), 0, kRateMax,
                "messages a second from one address, which many users may share; 0 is no limit")),
    live(number("limits.conversation_messages_burst",
                slot<&S::limits, &S::Limits::conversation_messages_burst>(), 1, kRateMax,
                "messages into one conversation that may come at once after a pause")),
    live(number("limits.conversation_messages_per_s",
                slot<&S::limits, &S::Limits::conversation_messages_per_s>(), 0, kRateMax,
                "messages a second into one conversation; 0 is no limit")),
    live(number("limits.requests_burst", slot<&S::limits, &S::Limits::requests_burst>(), 1,
                kRateMax, "requests of one connection that may come at once after a pause")),
    live(number("limits.requests_per_s", slot<&S::limits, &S::Limits::requests_per_s>(), 0,
                kRateMax,
                "requests a second of one connection, messages and acknowledgements apart; 0 is no "
                "limit")),
    live(number("limits.user_messages_burst", slot<&S::limits, &S::Limits::user_messages_burst>(),
                1, kRateMax, "messages of one user that may come at once after a pause")),
    live(number("limits.user_messages_per_s", slot<&S::limits, &S::Limits::user_messages_per_s>(),
                0, kRateMax, "messages a second of one user, over all his devices; 0 is no limit")),
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
    live(choice("log.level", slot<&S::log, &S::Log::level>(), "trace debug info warn error",
                "the least important lines that are written")),
    number("log.queue_max", slot<&S::log, &S::Log::queue_max>(), 16, 1'048'576,
           "lines waiting for the log thread; then the oldest are dropped, and counted"),
    choice("message.accept", slot<&S::message, &S::Message::accept>(), "stored queued",
           "stored: a message is answered when it is stored, and refused while the store is away; "
           "queued: then it waits in Redis, and is answered with a ticket"),
    live(number(
        "message.change_window_ms", slot<&S::message, &S::Message::change_window_ms>(), 0,
        2'592'000'000,
        "milliseconds for which its sender may edit or recall a message; admins of a group may "
        "recall at any time")),
    live(number(
        "message.clock_skew_max_ms", slot<&S::message, &S::Message::clock_skew_max_ms>(), 0,
        86'400'000,
        "milliseconds by which a client's time may differ from the server's to be shown as the "
        "message's own")),
    number("message.ext_bytes_max", slot<&S::message, &S::Message::ext_bytes_max>(), 2,
           kExtBytes.ceiling, "bytes of the longest JSON that goes with a message"),
    number("message.text_bytes_max", slot<&S::message, &S::Message::text_bytes_max>(), 1,
           kTextBytes.ceiling, "bytes of the longest message text"),
    number("node.answer_timeout_ms", slot<&S::node, &S::Node::answer_timeout_ms>(), 50, kHour,
           "milliseconds that another node is given to tell an operator which sessions it has"),
    text("node.id", slot<&S::node, &S::Node::id>(), &kNodeIdRule,
         "this node's name, unique in its cluster"),
    number(
        "node.lease_ms", slot<&S::node, &S::Node::lease_ms>(), 500, kHour,
        "after which a node that says nothing is gone, in milliseconds; it renews three times as "
        "often"),
    live(number("people.blocks_max", slot<&S::people, &S::People::blocks_max>(), 1, kBlocks.ceiling,
                "people one user may block")),
    live(number("people.friends_max", slot<&S::people, &S::People::friends_max>(), 1,
                kFriends.ceiling, "friends of one user")),
    live(number("people.requests_max", slot<&S::people, &S::People::requests_max>(), 1,
                kOpenRequests.ceiling,
                "friend requests of one user, made and got, that are unanswered")),
    live(number(
        "presence.min_interval_ms", slot<&S::presence, &S::Presence::min_interval_ms>(), 0, kHour,
        "between two changes of one user's presence that are told, in milliseconds; the last "
        "one wins")),
    live(number(
        "presence.offline_grace_ms", slot<&S::presence, &S::Presence::offline_grace_ms>(), 0, kHour,
        "how long a user who left still counts as there, in milliseconds; who comes back within "
        "it was never away")),
    number("presence.watched_max", slot<&S::presence, &S::Presence::watched_max>(), 1,
           kWatched.ceiling, "users whose presence one session follows, or asks for at once"),
    text("proxy.from", slot<&S::proxy, &S::Proxy::from>(), nullptr,
         "networks of the balancers that are believed, with blanks between; others are cut off"),
    number("proxy.timeout_ms", slot<&S::proxy, &S::Proxy::timeout_ms>(), 10, kHour,
           "within which a PROXY header must have come, in milliseconds"),
    live(number("receipts.members_max", slot<&S::receipts, &S::Receipts::members_max>(), 2,
                kReceiptMembers.ceiling,
                "members of the largest group whose messages' receipts are kept")),
    number("redis.answer_timeout_ms", slot<&S::redis, &S::Redis::answer_timeout_ms>(), 10, kHour,
           "silence after which Redis counts as away, in milliseconds"),
    number("redis.connect_timeout_ms", slot<&S::redis, &S::Redis::connect_timeout_ms>(), 10, kHour,
           "within which Redis must be reached, in milliseconds"),
    number("redis.pipeline_max", slot<&S::redis, &S::Redis::pipeline_max>(), 16, 1'048'576,
           "commands that wait for their answers; more fail"),
    number("redis.retry_max_ms", slot<&S::redis, &S::Redis::retry_max_ms>(), 10, kHour,
           "longest pause between two attempts to reach Redis, in milliseconds"),
    text("redis.url", slot<&S::redis, &S::Redis::url>(), &kRedisRule,
         "where the nodes of a cluster meet: redis://USER:PASSWORD@HOST:PORT/DB, or "
         "redis://USER:PASSWORD@/DB?socket=PATH; empty: this node is alone"),
    number("registry.nodes_max", slot<&S::registry, &S::Registry::nodes_max>(), 1, kNodes.ceiling,
           "nodes that one node knows of; those beyond are passed over, and told of in the log"),
    text("registry.url", slot<&S::registry, &S::Registry::url>(), &kZooRule,
         "where the nodes' leases and the cluster's settings are, if not in Redis: "
         "zookeeper://[USER:PASSWORD@]HOST:PORT,HOST:PORT/PATH; redis.url is needed all the same"),
    live(number("retention.history_days", slot<&S::retention, &S::Retention::history_days>(), 0,
                36'500, "days after which messages are deleted; 0 keeps them for ever")),
    live(number(
        "retention.inbox_days", slot<&S::retention, &S::Retention::inbox_days>(), 0, 36'500,
        "days after which a message that a device has not fetched is not pushed to it any more: "
        "it is told that there is a gap, and history has the rest; 0 never")),
    number("retention.interval_s", slot<&S::retention, &S::Retention::interval_s>(), 0, 86'400,
           "between two runs of the job that does it, in seconds; 0: only mpimctl db prune does"),
    live(number("retention.step_entries", slot<&S::retention, &S::Retention::step_entries>(), 1,
                100'000, "entries of the log it looks at in one transaction")),
    live(number("retention.step_pause_ms", slot<&S::retention, &S::Retention::step_pause_ms>(), 0,
                60'000, "between two of its transactions, in milliseconds")),
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
    live(number("server.connections_max", slot<&S::server, &S::Server::connections_max>(), 1,
                kConnections.ceiling, "open connections; further ones are told LIMIT and closed")),
    number(
        "server.drain_spread_ms", slot<&S::server, &S::Server::drain_spread_ms>(), 0, kHour,
        "over which a draining node lets its clients go; with SIGTERM, over which they are asked "
        "to come back; in milliseconds"),
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
    number("session.sweep_alone_ms", slot<&S::session, &S::Session::sweep_alone_ms>(), 1, 5'000,
           "as session.sweep_ms, while Redis is away and other nodes cannot be heard"),
    number("session.sweep_ms", slot<&S::session, &S::Session::sweep_ms>(), 1, 5'000,
           "how often conversations that moved are looked for, in milliseconds"),
    number("session.window_max", slot<&S::session, &S::Session::window_max>(), 1, kWindow.ceiling,
           "newest entries of a conversation that are pushed by themselves; history has the rest"),
    number("store.answer_timeout_ms", slot<&S::store, &S::Store::answer_timeout_ms>(), 1'000, kHour,
           "MySQL only: how long one answer of the database is waited for, in milliseconds"),
    number("store.appenders", slot<&S::store, &S::Store::appenders>(), 1, 16,
           "MySQL only: connections that store messages, each sender's by one of them; one more "
           "does everything else"),
    number("store.batch_jobs_max", slot<&S::store, &S::Store::batch_jobs_max>(), 1,
           kBatchJobs.ceiling, "jobs in one transaction"),
    number("store.client_id_days", slot<&S::store, &S::Store::client_id_days>(), 1, 3'650,
           "days a client id is remembered, so that a repeated send is stored once"),
    number("store.idle_s", slot<&S::store, &S::Store::idle_s>(), 0, 86'400,
           "MySQL only: seconds without work after which a connection is closed; 0: never"),
    number("store.index_batch_bytes", slot<&S::store, &S::Store::index_batch_bytes>(), 4'096,
           kIndexBatchBytes.ceiling, "text the log keeps in memory until its index takes it in"),
    number("store.index_batch_entries", slot<&S::store, &S::Store::index_batch_entries>(), 1,
           kIndexBatchEntries.ceiling,
           "entries the log keeps in memory until its index takes them in"),
    number("store.pack_over_bytes", slot<&S::store, &S::Store::pack_over_bytes>(), 0,
           kTextBytes.ceiling, "texts of more bytes are compressed where they are stored; 0: none"),
    number("store.readers", slot<&S::store, &S::Store::readers>(), 1, 64,
           "threads that read the database beside the writer"),
    text("store.url", slot<&S::store, &S::Store::url>(), &kMysqlRule,
         "mysql://USER:PASSWORD@HOST:PORT/DATABASE, for one node or many; empty: SQLite in "
         "data.dir"),
    number("store.wait_max_ms", slot<&S::store, &S::Store::wait_max_ms>(), 0, kHour,
           "how long a job waits to begin; then it is answered UNAVAILABLE; 0: however long"),
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
    number("tokens.known_ms", slot<&S::tokens, &S::Tokens::known_ms>(), 0, kHour,
           "how long after the database was last asked about an access token a message is taken "
           "with it while the database is away, in milliseconds; what was revoked elsewhere, and "
           "was not heard of here, passes so much longer; 0: never"),
    number("tokens.leeway_s", slot<&S::tokens, &S::Tokens::leeway_s>(), 0, 600,
           "seconds by which the clocks of two nodes may differ: a token holds so much longer"),
    number("tokens.refresh_s", slot<&S::tokens, &S::Tokens::refresh_s>(), 1, 315'360'000,
           "seconds a refresh token lives that nobody uses; each refresh gives a new one"),
    live(number("typing.members_max", slot<&S::typing, &S::Typing::members_max>(), 0,
                kMembers.ceiling, "members of a group up to which they are told who is typing")),
    live(
        number("typing.min_interval_ms", slot<&S::typing, &S::Typing::min_interval_ms>(), 0, kHour,
               "between two notices of typing of one session in one conversation, in milliseconds; "
               "more are dropped")),
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
// The cluster keeps their values a line each.
static_assert(std::ranges::none_of(kSettings, [](const Setting& setting) {
  return setting.row.live && setting.row.type == SettingType::kText;
}));
static_assert(std::ranges::all_of(kSettings, [](const Setting& setting) {
  return setting.row.max <= std::numeric_limits<uint32_t>::max();
}));

// What all_settings() shows: the same rows without the members they stand for.
constexpr auto kRows = [] {
  std::array<SettingRow, kSettings.size()> rows{};
  std::ranges::transform(kSettings, rows.begin(), &Setting::row);
  return rows;
}();

}  // namespace

std::span<const SettingRow> all_settings() { return kRows; }

std::span<const Setting> settings_table() { return kSettings; }

}  // namespace mpim
