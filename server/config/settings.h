// The settings of a node: one table says each one's name, default, bounds, unit and help; the
// struct holds the values. Documents, `mpimctl config` and error messages are made from the table.
//
// Where a value may come from, weakest first: the table's default, a TOML file, MPIM_* environment
// variables (server.workers is MPIM_SERVER_WORKERS), a flag, the cluster. What the cluster says is
// kept by its registry and followed by every node while it runs; only live settings can be said
// there, and without it a node has its own value again.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/result.h"

namespace mpim {

// Every member carries its unit at the end of its name, as its setting does.
struct Settings {
  struct Node {
    uint32_t answer_timeout_ms = 1'000;  // what another node is given to say which sessions it has
    std::string id = "local";
    uint32_t lease_ms = 10'000;  // after so long a node that says nothing is gone
  } node;
  struct Data {
    std::string dir;  // empty: $XDG_STATE_HOME/mpim, else ~/.local/state/mpim
  } data;
  struct Line {
    std::string listen = "127.0.0.1:9000";
    uint32_t bytes_max = 65'536;   // one request line
    uint32_t pipelined_max = 256;  // requests of one connection not yet answered
    bool proxy = false;            // a PROXY header comes first
    bool tls = false;
  } line;
  struct Http {
    std::string listen = "127.0.0.1:8080";
    uint32_t body_bytes_max = 65'536;
    uint32_t body_bytes_per_s_min = 4'096;
    uint32_t connections_max = 256;
    uint32_t timeout_ms = 30'000;
    bool proxy = false;
    bool tls = false;
  } http;
  // The door of browsers and apps.
  struct WebSocket {
    std::string listen = "127.0.0.1:9001";
    std::string origins;                  // empty: pages of the same host
    uint32_t message_bytes_max = 65'536;  // after unpacking
    uint32_t json_depth_max = 32;         // objects and arrays in one another
    bool deflate = true;                  // permessage-deflate, for clients that offer it
    uint32_t deflate_over_bytes = 1'024;  // shorter texts are sent as they are
    uint32_t ping_ms = 30'000;
    uint32_t pings_missed_max = 2;  // then the connection is closed
    bool proxy = false;
    bool tls = false;
  } ws;
  // The balancer in front, where a listener has one.
  struct Proxy {
    std::string from =
        "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 ::1 fc00::/7 "
        "fe80::/10";
    uint32_t timeout_ms = 3'000;
  } proxy;
  struct Tls {
    std::string certificate;  // PEM, with its chain
    std::string key;
    uint32_t handshake_timeout_ms = 10'000;
    uint32_t watch_ms = 10'000;  // how often the files are looked at
  } tls;
  struct Admin {
    uint32_t body_bytes_max = 4'194'304;
    std::string socket;  // empty: admin_socket() says where
  } admin;
  struct Server {
    uint32_t workers = 0;  // event loops; 0 is one for each core
    uint32_t connections_max = 20'000;
    uint32_t drain_spread_ms = 5'000;    // over which the clients of a draining node come back
    uint32_t drain_timeout_ms = 10'000;  // how long SIGTERM waits for what was accepted
  } server;
  // Passwords, and how often they may be tried.
  struct Auth {
    uint32_t argon2_memory_kib = 19'456;
    uint32_t argon2_passes = 2;
    uint32_t hash_threads = 0;  // 0 is one for each core
    uint32_t hash_queue_max = 256;
    uint32_t password_min_length = 8;        // bytes
    bool register_open = true;               // false closes REGISTER to strangers
    uint32_t login_timeout_ms = 10'000;      // from connecting to logging in
    uint32_t attempts_max = 10;              // failures of a name before a lockout
    uint32_t address_attempts_max = 100;     // and of an address
    uint32_t registrations_per_minute = 60;  // by one address; 0 is no limit
    uint32_t attempts_window_ms = 300'000;
    uint32_t lockout_ms = 60'000;
    uint32_t devices_max = 16;
  } auth;
  // Where sends wait while the store is away: message.accept = queued.
  struct Intake {
    uint32_t shards = 16;                 // the same on all nodes
    uint32_t acks_max = 100'000;          // acknowledgements that may wait
    uint32_t shard_entries_max = 10'000;  // beyond it sends are answered BUSY
    uint32_t heed_ms = 500;               // how long what a node heard of it holds
    uint32_t lease_ms = 3'000;            // of the node that stores what waits in a shard
    uint32_t attempts_max = 10;           // then it becomes a dead letter
    uint32_t again_ms = 5'000;            // longest pause between two of them
    uint32_t slow_ms = 0;                 // a store that takes longer is as good as away; 0: never
    bool may_lose_a_second = false;       // Redis may sync once a second
  } intake;
  struct Message {
    std::string accept = "stored";  // or queued
    uint32_t text_bytes_max = 4'096;
    uint32_t ext_bytes_max = 4'096;
    uint32_t change_window_ms = 120'000;   // how long its sender may edit or recall a message
    uint32_t clock_skew_max_ms = 300'000;  // by which a client's time may be off to be believed
  } message;
  struct Receipts {
    uint32_t members_max = 500;  // in larger groups nobody keeps who received and read what
  } receipts;
  // How the log is pushed to a device.
  struct Session {
    uint32_t output_bytes_max = 262'144;  // above it a session takes no live pushes
    uint32_t in_flight_max = 1'000;
    uint32_t window_max = 1'000;
    uint32_t page_entries = 256;
    uint32_t repush_first_ms = 1'000;  // then twice as long each time
    uint32_t repush_attempts = 4;
    uint32_t dead_peer_timeout_ms = 60'000;  // TCP_USER_TIMEOUT and keepalive
    uint32_t cursor_flush_ms = 500;
    uint32_t sweep_ms = 2'000;      // how often heads that moved are looked for
    uint32_t sweep_alone_ms = 300;  // and while other nodes cannot be heard
  } session;
  // Uploads.
  struct Files {
    uint32_t bytes_max = 20'971'520;  // of one
    std::string dir;                  // empty: files in data.dir
    std::string types =
        "application/octet-stream application/pdf application/zip audio/* image/* text/plain "
        "video/*";
    uint32_t unused_hours = 24;  // what was not sent by then is removed
    uint32_t uploads_max = 64;   // at once
    uint32_t user_files_max = 10'000;
    uint32_t user_mib_max = 1'024;
    uint32_t user_uploads_max = 4;  // at once
  } files;
  struct Groups {
    uint32_t members_max = 100'000;
    uint32_t per_user_max = 1'000;
    uint32_t requests_max = 1'000;  // requests to join, or invitations, of one group or user
  } groups;
  // How often; a rate of 0 is no limit. A burst is what may come at once after a pause.
  struct Limits {
    uint32_t user_messages_per_s = 10'000;
    uint32_t user_messages_burst = 20'000;
    uint32_t address_messages_per_s = 0;  // many users may share an address
    uint32_t address_messages_burst = 20'000;
    uint32_t conversation_messages_per_s = 10'000;
    uint32_t conversation_messages_burst = 20'000;
    uint32_t requests_per_s = 20'000;  // of one connection, but for messages
    uint32_t requests_burst = 40'000;
  } limits;
  struct Presence {
    uint32_t offline_grace_ms = 5'000;  // who comes back within it was never away
    uint32_t min_interval_ms = 1'000;   // between two changes of one user that are told
    uint32_t watched_max = 1'000;
  } presence;
  struct Typing {
    uint32_t min_interval_ms = 2'000;
    uint32_t members_max = 200;  // in larger groups nobody is told
  } typing;
  struct People {
    uint32_t friends_max = 1'000;  // of one user
    uint32_t blocks_max = 1'000;
    uint32_t requests_max = 1'000;  // friend requests, made and got, unanswered
  } people;
  // The database, and how it is written and read.
  struct Store {
    uint32_t writer_queue_max = 65'536;
    uint32_t batch_jobs_max = 4'096;
    uint32_t readers = 2;
    uint32_t answer_timeout_ms = 10'000;  // MySQL only
    uint32_t appenders = 1;               // MySQL only: writers for messages alone
    uint32_t idle_s = 60;                 // MySQL only: then a connection is closed; 0: never
    std::string url;                      // empty: SQLite in data.dir
    uint32_t client_id_days = 30;         // how long a client id is remembered
    uint32_t index_batch_bytes = 4'194'304;
    uint32_t index_batch_entries = 16'384;
    uint32_t pack_over_bytes = 1'024;  // texts of more bytes are compressed at rest; 0: none
    uint32_t wait_max_ms = 10'000;     // to begin a job of the store; 0: however long
  } store;
  struct Cache {
    uint32_t profiles_max = 10'000;  // that were shown lately; 0: none is kept
  } cache;
  // What nodes of one cluster share. Without an address each node is alone.
  struct Redis {
    std::string url;
    uint32_t connect_timeout_ms = 2'000;
    uint32_t answer_timeout_ms = 1'000;
    uint32_t retry_max_ms = 2'000;  // between two attempts
    uint32_t pipeline_max = 16'384;
  } redis;
  // Who the nodes are, and what they are told together.
  struct Registry {
    std::string url;  // empty: Redis has it too
    uint32_t nodes_max = 4'096;
  } registry;
  // Where users are.
  struct Directory {
    uint32_t route_s = 120;  // that nobody renews
    uint32_t cached_max = 100'000;
    uint32_t cached_ms = 5'000;
    uint32_t user_nodes_max = 64;
  } directory;
  // Hints to other nodes.
  struct Bus {
    uint32_t packet_bytes_max = 1'048'576;
    uint32_t under_way_bytes_max = 67'108'864;
  } bus;
  // How long what nobody has fetched waits, and how long history goes back.
  struct Retention {
    uint32_t inbox_days = 30;       // older messages are not pushed any more; 0: always
    uint32_t history_days = 0;      // older messages are deleted; 0: never
    uint32_t interval_s = 3'600;    // between two runs of the job; 0: it does not run
    uint32_t step_entries = 1'000;  // of the log, in one transaction
    uint32_t step_pause_ms = 20;    // between two steps
  } retention;
  // The index of words.
  struct Search {
    uint32_t batch_entries = 4'096;
    bool enabled = true;
    uint32_t gather_ms = 1'000;
    uint32_t look_bytes_max = 1'048'576;
    uint32_t looks_max = 4'000;
    uint32_t scan_max_entries = 20'000;
    uint32_t terms_max = 4'096;
    uint32_t threads = 1;
    uint32_t waiting_max = 256;
  } search;
  // Access tokens, refresh tokens, operators' tokens, and the keys that sign them.
  struct Tokens {
    uint32_t access_s = 900;
    uint32_t admin_max = 100;        // operators' tokens that have not expired
    uint32_t issued_days_max = 90;   // the longest an operator may issue one for
    uint32_t key_days = 30;          // for so long a key signs
    uint32_t known_ms = 60'000;      // for so long one is believed while the store is away
    uint32_t leeway_s = 30;          // by which the clocks of two nodes may differ
    uint32_t refresh_s = 2'592'000;  // of a refresh token that nobody uses
  } tokens;
  struct Log {
    std::string level = "info";  // trace, debug, info, warn, error
    uint32_t queue_max = 8'192;  // lines waiting for the log thread; then the oldest are dropped
  } log;
};

enum class SettingType : uint8_t { kText, kNumber, kFlag, kChoice };

// One row of the table. A number is a whole one from `min` to `max`; a choice is one of `choices`.
struct SettingRow {
  std::string_view name;  // "server.workers"; the table is sorted by it
  SettingType type;
  uint64_t min = 0;  // numbers only
  uint64_t max = 0;
  std::string_view choices;  // "trace debug info warn error"
  std::string_view help;
  bool live = false;  // may change while a node runs: `mpimctl setting set`
};

std::span<const SettingRow> all_settings();

using SettingValue = std::variant<std::string, uint64_t, bool>;

// A setting's value, as text; kNotFound (with the nearest name) for an unknown one.
Result<std::string> get_setting(const Settings& settings, std::string_view name);
// The value for people's eyes: the password of an address in it is ***.
std::string without_password(std::string value);
// Checks type and bounds. kNotFound with the nearest name; kBadRequest.
Result<void> set_setting(Settings& settings, std::string_view name, std::string_view value);

// The row of that name, or null.
const SettingRow* setting_row(std::string_view name);
// What the row accepts: "a number from 0 to 64", "true or false", "one of trace debug info".
std::string accepted_values(const SettingRow& row);

// Reads TOML over `settings`, all of it or nothing. Errors say file, line and, for a name that does
// not exist, the nearest valid one. kNotFound: no such file; kBadRequest.
Result<void> read_settings_file(Settings& settings, const std::string& path);
// MPIM_* variables. kBadRequest names the variable, also one that looks like a slip of a setting's.
Result<void> read_settings_environment(Settings& settings);
// A commented TOML file with every setting at the given values.
std::string write_settings(const Settings& settings);

// Where things are when nothing says otherwise (XDG base directory specification).
std::string data_dir(const Settings& settings);
// Where the bytes of uploads are.
std::string files_dir(const Settings& settings);
// $XDG_RUNTIME_DIR/mpim/admin.sock, else admin.sock in the data directory.
std::string admin_socket(const Settings& settings);
// The file that a program reads when none is named: ./mpimd.toml, else mpim/mpimd.toml in
// $XDG_CONFIG_HOME (~/.config). Empty: there is none.
std::string settings_file();

// The candidate nearest to `typed` by edit distance, or empty when none is near: "did you mean".
std::string nearest_name(std::string_view typed, std::span<const std::string_view> candidates);

}  // namespace mpim
