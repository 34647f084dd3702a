// What an operator can ask of a node: people, groups, routes, sessions, offline queues, messages.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/names.h"
#include "server/service/fanout.h"
#include "server/service/live_sessions.h"
#include "server/service/password_hasher.h"
#include "server/service/people/profile_cache.h"
#include "server/service/presence/presence_board.h"
#include "server/service/search_service.h"
#include "server/service/tokens/signing_keys.h"
#include "server/store/storage.h"

namespace mpim {

// Who operates, as the audit log says it: "uid 0".
struct Operator {
  std::string name;
  bool local = true;  // over the node's own socket, not with a token
};

// The names of those an answer speaks of; who has been removed is missing.
struct ShownNames {
  std::unordered_map<UserId, std::string> users;
  std::unordered_map<DeviceId, std::string> devices;
};

template <class T>
struct Listing {
  std::vector<T> items;
  bool more = false;
  ShownNames names = {};
};

struct ServerStatus {
  NodeStatus node;
  std::string epoch;
};

struct UserRow {
  Account account;
  uint32_t sessions = 0;  // live ones
};
struct AddedUser {
  UserRow user;
  bool created = false;
};
// A user and what he tells about himself.
struct UserProfile {
  UserRow user;
  Profile profile;
};
struct UserDetail {
  UserRow user;
  Profile profile;
  std::vector<Device> devices;
  std::vector<Group> groups;
  ShownNames names;
};
struct RemovedUser {
  UserRow user;
  uint32_t devices = 0;
  uint32_t groups = 0;
};

struct GroupRow {
  Group group;
  bool created = false;
  ShownNames names;
};
struct GroupDetail {
  Group group;
  Listing<Member> members;
};

// One thing to do to a group; `about` is looked up and put into the change.
struct GroupOrder {
  GroupChange change;
  std::optional<UserChoice> about = {};
};
struct ChangedGroup {
  Group group;  // afterwards
  bool changed = false;
  ShownNames names = {};
};
struct NewMember {
  UserChoice user;
  Role role = Role::kMember;
};
struct MemberImport {
  uint32_t added = 0;
  uint32_t present = 0;  // belonged already
  uint32_t unknown = 0;
};

struct PresenceRow {
  Account account;
  PresenceState state = PresenceState::kOffline;
  Timestamp since;  // offline: last seen
  std::vector<Device> devices;
};

// Where somebody is, and who says so.
struct ExplainedRoute {
  Account account;
  RouteView view;
};

// Whose routes are meant, and to which node. Empty fields match everything.
struct RouteChoice {
  std::optional<UserChoice> of;
  GroupId group;
  NodeId node;
  UserId after;
};
struct RoutePage {
  Listing<Route> routes;
  UserId last;      // who was looked at last
  std::string why;  // this node alone is known
};

// Which log is meant.
using LogChoice = std::variant<ConversationId, GroupId, std::pair<UserChoice, UserChoice>>;
struct LogPage {
  HistoryPage page;
  ShownNames names;
};

// Which inbox rows are meant. Empty fields match everything; a device's name needs a user.
struct OfflineChoice {
  std::optional<UserChoice> user;
  std::string device_name;
  ConversationId conversation;
};
struct OfflineStats {
  uint64_t users = 0;
  uint64_t devices = 0;
  uint64_t conversations = 0;
  uint64_t pending = 0;
  uint64_t users_without_device = 0;  // counted nowhere above
};
// Purge: forward to the head. Else back to just before the newest `last` entries or, when that is
// 0, to `to` in the one conversation chosen.
struct MoveOrder {
  bool purge = false;
  Seq to;
  uint32_t last = 0;
};
struct MovedCursor {
  OfflineRow row;  // before the move
  Seq to;
};

struct OperatorDraft {
  UserChoice from;
  std::variant<UserChoice, GroupId> to;
  std::string text;
  std::string client_id;
};
using SendOutcome = Result<Committed>;

// Where a device stands on one entry.
struct Delivery {
  UserId user;
  DeviceId device;
  bool delivered = false;
  bool read = false;
  bool own = false;  // the device it was sent from
};
struct MessageDetail {
  EntryPtr entry;
  Listing<Delivery> deliveries;
};

// A token as an operator is shown it: of which kind, whose, until when.
struct TokenRow {
  std::string kind;  // "access", "admin", "refresh", "resume"
  std::string jti;   // these two of access and admin tokens only
  std::string kid;
  UserId user;  // these three not of admin tokens
  std::string user_name;
  std::string device_name;
  Timestamp issued_at;    // 0: that is not kept
  Timestamp expires_at;   // 0: when it is revoked
  std::string issued_by;  // of admin tokens only
};
struct IssuedToken {
  TokenRow row;
  std::string token;  // shown once
};
struct RevokedTokens {
  std::string kind;  // of the token that was named; empty: a user was
  uint32_t devices = 0;
};
// What a change of keys did.
struct RotatedKeys {
  SigningKey key;        // signs from now on
  uint32_t dropped = 0;  // keys whose tokens have ended with it
};

struct FoundMessages {
  SearchPage page;
  ShownNames names;
};

// Every change writes a row of the audit log in its own transaction.
// Threads  one, on its own loop, where replies arrive too.
// Limits   lists as asked; kMovesMax cursors are moved at once, kDeliveriesMax devices shown of a
//          message.
// Errors   kNotFound for an unknown user, group, device or message, everywhere; kUnavailable,
//          kBusy.
class AdminService {
 public:
  static constexpr size_t kMovesMax = 10'000;
  static constexpr size_t kDeliveriesMax = 1'000;
  static constexpr uint32_t kReadBytes = 1'048'576;
  static constexpr uint32_t kRoutesLookedAt = 500;

  AdminService(Executor& home, Storage& storage, Directory& directory, Bus& bus,
               PasswordHasher& hasher, LiveSessions& live, uint32_t password_bytes_min,
               Search* search = nullptr, const PresenceBoard* board = nullptr,
               ProfileCache* profiles = nullptr, SigningKeys* keys = nullptr)
      : home_(home),
        storage_(storage),
        directory_(directory),
        fanout_(home, directory, bus, keys == nullptr ? nullptr : &keys->lately()),
        hasher_(hasher),
        live_(live),
        password_bytes_min_(password_bytes_min),
        search_(home, search),
        board_(board),
        profiles_(profiles),
        keys_(keys) {}

  Executor& home() { return home_; }
  // Passwords that are chosen from now on have so many bytes at least.
  void follow(uint32_t password_bytes_min) { password_bytes_min_ = password_bytes_min; }
  NodeId node() const { return live_.status().node; }
  // Without the store, too: once it was read, the epoch is known as long as the node runs.
  void server(Reply<ServerStatus> reply);

  // All or nothing; the password is hashed once for all. kExists unless `if_not_exists`: then a
  // name that is taken is answered with its user. kBadRequest: the password is too short.
  void add_users(const Operator& by, std::vector<UserName> names, std::string password,
                 bool if_not_exists, Reply<std::vector<AddedUser>> reply);
  void list_users(UserId after, uint32_t count_max, Reply<Listing<UserRow>> reply);
  void get_user(UserChoice user, Reply<UserDetail> reply);
  // Ends the user's sessions; his resume tokens are worth nothing afterwards. kDenied: the system
  // user.
  void set_password(const Operator& by, UserChoice user, std::string password,
                    Reply<UserRow> reply);
  void set_disabled(const Operator& by, UserChoice user, bool disabled, Reply<UserRow> reply);
  // Leaves his groups, and ends his sessions. A dry run answers the same and changes nothing.
  void remove_user(const Operator& by, UserChoice user, bool dry_run, Reply<RemovedUser> reply);

  void set_profile(const Operator& by, UserChoice user, ProfileChange change,
                   Reply<UserProfile> reply);
  // Ends its session and token, and forgets it with its cursors.
  void revoke_device(const Operator& by, UserChoice user, std::string device_name,
                     Reply<Device> reply);

  void list_friends(UserChoice user, UserId after, uint32_t count_max,
                    Reply<Listing<Friend>> reply);
  // Makes them friends whatever one asked of the other, or ends what there is between them; both
  // are told. kExists, kBlocked, kLimit; kNotFound.
  void change_friend(const Operator& by, UserChoice user, UserChoice other, bool remove,
                     Reply<Friend> reply);
  void list_blocks(UserChoice user, UserId after, uint32_t count_max,
                   Reply<Listing<BlockedUser>> reply);
  void change_block(const Operator& by, UserChoice user, UserChoice other, bool remove,
                    Reply<BlockedUser> reply);
  // His own, ascending by number.
  void list_uploads(UserChoice user, FileId after, uint32_t count_max,
                    Reply<Listing<StoredFile>> reply);

  // With `if_not_exists` a group of this name with this owner is answered as it is.
  void create_group(const Operator& by, std::string name, std::string description, UserChoice owner,
                    bool if_not_exists, Reply<GroupRow> reply);
  void list_groups(GroupId after, uint32_t count_max, Reply<Listing<Group>> reply);
  void get_group(GroupId group, UserId members_after, uint32_t count_max, Reply<GroupDetail> reply);
  // All or nothing; answers how many. kExists and kNotMember are passed over if `tolerant`.
  void add_members(const Operator& by, GroupId group, std::vector<UserChoice> users, bool tolerant,
                   Reply<uint32_t> reply);
  void remove_members(const Operator& by, GroupId group, std::vector<UserChoice> users,
                      bool tolerant, Reply<uint32_t> reply);

  // All or nothing, as the system's user: he may what the owner may. What is so already is passed
  // over. `action` is the call's name, for the audit log. As Groups::change.
  void change_group(const Operator& by, std::string_view action, GroupId group,
                    std::vector<GroupOrder> orders, Reply<ChangedGroup> reply);
  // A dry run answers the group as it is. kDissolved unless `tolerant`.
  void dissolve_group(const Operator& by, GroupId group, bool dry_run, bool tolerant,
                      Reply<ChangedGroup> reply);
  // All or nothing; answers how many. As Groups::invite; kExists is passed over if `tolerant`.
  void invite_members(const Operator& by, GroupId group, std::vector<UserChoice> users,
                      bool tolerant, Reply<uint32_t> reply);
  void list_join_requests(GroupId group, UserId after, uint32_t count_max,
                          Reply<Listing<GroupRequest>> reply);
  // All or nothing; answers how many. kNotFound, he does not ask, is passed over if `tolerant`.
  void approve_requests(const Operator& by, GroupId group, std::vector<UserChoice> users,
                        bool tolerant, Reply<uint32_t> reply);
  void refuse_requests(const Operator& by, GroupId group, std::vector<UserChoice> users,
                       bool tolerant, Reply<uint32_t> reply);
  // At most kImportBatch. As Groups::import; who does not exist is passed over if `tolerant`.
  void import_members(const Operator& by, GroupId group, std::vector<NewMember> members,
                      bool tolerant, Reply<MemberImport> reply);

  // These users in this order; of none, whoever is there on this node, ascending above `after`.
  void list_presence(std::vector<UserChoice> users, UserId after, uint32_t count_max,
                     Reply<Listing<PresenceRow>> reply);
  // As the user himself is told them.
  void list_conversations(UserChoice user, MessageId before, uint32_t count_max,
                          Reply<Listing<ConversationRow>> reply);

  void explain_route(UserChoice of, Reply<ExplainedRoute> reply);
  // Of all nodes that live, ascending by user and node. Looks at kRoutesLookedAt users at most.
  void list_routes(RouteChoice which, uint32_t count_max, Reply<RoutePage> reply);
  // Those of `node`; empty: this one. kUnavailable: that node does not answer; kBadRequest: it is
  // another one, and no user is named.
  void list_sessions(std::optional<UserChoice> of, const NodeId& node,
                     Reply<Listing<LiveSession>> reply);
  // Of one device, if it is named. Answers how many there were.
  void kick_sessions(const Operator& by, UserChoice user, std::string device_name,
                     std::string reason, Reply<uint32_t> reply);

  void offline_stats(Reply<OfflineStats> reply);
  void list_offline(OfflineChoice which, std::optional<OfflineRow> after, uint32_t count_max,
                    Reply<Listing<OfflineRow>> reply);
  // Oldest first, from the device's delivered cursor unless `after` says otherwise; of all
  // conversations when none is named.
  void read_offline(UserChoice user, std::string device_name, ConversationId conversation,
                    Seq after, uint32_t count_max, Reply<Listing<EntryPtr>> reply);
  // Answers the plan, sorted by user, device and conversation; a dry run stops there. kBadRequest:
  // the order does not say what to move. kLimit: more than kMovesMax.
  void move_offline(const Operator& by, OfflineChoice which, MoveOrder order, bool dry_run,
                    Reply<Listing<MovedCursor>> reply);

  // One transaction, and an outcome for each; a draft that is an error already stays one.
  void send_messages(const Operator& by, std::vector<Result<OperatorDraft>> drafts,
                     Reply<std::vector<SendOutcome>> reply);
  void get_message(MessageId id, Reply<MessageDetail> reply);
  // The log as it stands, whoever may see it. `bound` none: from the end, or the beginning.
  void read_history(LogChoice of, bool forwards, std::optional<Seq> bound, uint32_t count_max,
                    Reply<LogPage> reply);
  // Whoever wrote it, at any time; answers it as it was. As MessageLog::change. A dry run refuses
  // what a real one would.
  void recall_message(const Operator& by, MessageId id, bool dry_run, Reply<LogPage> reply);
  // As its sender is told them.
  void get_receipts(MessageId id, UserId after, uint32_t count_max,
                    Reply<std::pair<Receipts, ShownNames>> reply);
  // As the query's reader sees it. As Search says; kUnavailable when search is turned off.
  void search_messages(SearchQuery query, Reply<FoundMessages> reply);
  // Nothing when search is turned off.
  std::optional<SearchReach> search_reach() const { return search_.reach(); }

  // Who operates with this token, and from where. kNotLoggedIn without one, kBadToken, kDenied for
  // a user's token.
  void admit(std::string token, std::string from, Reply<Operator> reply);
  // An access token of the user's device, which is made if it is missing. `life` 0 is the usual.
  // kBadRequest: longer than tokens.issued_days_max. kDisabled, kLimit.
  void issue_token(const Operator& by, UserChoice user, std::string device_name, Millis life,
                   Reply<IssuedToken> reply);
  // kDenied unless `by` is local: a token must not make its own successor. kBadRequest, kLimit.
  void issue_admin_token(const Operator& by, Millis life, Reply<IssuedToken> reply);
  // Of any kind. kBadToken and kDisabled say why it is worth nothing.
  void check_token(std::string token, Reply<TokenRow> reply);
  // Of a user's device all tokens end with it, and its sessions; an admin token may be named by its
  // jti. kBadToken: it is worth nothing already.
  void revoke_token(const Operator& by, std::string token, Reply<RevokedTokens> reply);
  // All tokens and sessions of a user, or of one device of his.
  void revoke_tokens_of(const Operator& by, UserChoice user, std::string device_name,
                        Reply<RevokedTokens> reply);
  // Newest first; without their secrets.
  void list_keys(Reply<std::vector<SigningKey>> reply);
  // A new key signs from now on. What the old ones signed holds until it ends, or ends now.
  void rotate_keys(const Operator& by, bool drop_old, Reply<RotatedKeys> reply);

 private:
  // What a change leaves behind: its answer, what the audit log says it was about, and whom to
  // tell.
  template <class T>
  struct Changed {
    T answer;
    std::string subject;
    std::vector<Appended> entries = {};
    std::vector<std::pair<UserId, Envelope>> told = {};
    UserId profile = {};  // whose is another one now
  };
  template <class T, class F>
  void change(const Operator& by, std::string_view action, F job, Reply<T> reply);

  UserRow row_of(Account account) const;
  void move(const Operator& by, const OfflineChoice& which, const MoveOrder& order,
            Reply<Listing<MovedCursor>> reply);
  void count_offline(OfflineStats so_far, std::optional<OfflineRow> after,
                     std::unordered_map<ConversationId, bool> seen, Reply<OfflineStats> reply);
  void count_deviceless(OfflineStats so_far, UserId after, Reply<OfflineStats> reply);
  void show_sessions(std::optional<UserId> of, const NodeId& node,
                     Reply<Listing<LiveSession>> reply);

  Executor& home_;
  Storage& storage_;
  Directory& directory_;
  Fanout fanout_;
  PasswordHasher& hasher_;
  LiveSessions& live_;
  uint32_t password_bytes_min_;
  SearchService search_;
  const PresenceBoard* const board_;
  ProfileCache* const profiles_;
  SigningKeys* const keys_;  // null: tokens are not in use
  std::string epoch_;        // empty: not read yet
};

}  // namespace mpim
