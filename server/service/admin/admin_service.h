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
#include "server/service/search_service.h"
#include "server/store/storage.h"

namespace mpim {

// Who operates, as the audit log says it: "uid 0".
struct Operator {
  std::string name;
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

  AdminService(Executor& home, Storage& storage, Directory& directory, Bus& bus,
               PasswordHasher& hasher, LiveSessions& live, uint32_t password_bytes_min,
               Search* search = nullptr)
      : home_(home),
        storage_(storage),
        directory_(directory),
        fanout_(directory, bus),
        hasher_(hasher),
        live_(live),
        password_bytes_min_(password_bytes_min),
        search_(home, search) {}

  Executor& home() { return home_; }
  NodeId node() const { return live_.status().node; }
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

  void list_routes(std::optional<UserChoice> of, UserId after, uint32_t count_max,
                   Reply<Listing<Route>> reply);
  void list_sessions(std::optional<UserChoice> of, Reply<Listing<LiveSession>> reply);
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
  // As the query's reader sees it. As Search says; kUnavailable when search is turned off.
  void search_messages(SearchQuery query, Reply<FoundMessages> reply);
  // Nothing when search is turned off.
  std::optional<SearchReach> search_reach() const { return search_.reach(); }

 private:
  // What a change leaves behind: its answer, what the audit log says it was about, and whom to
  // tell.
  template <class T>
  struct Changed {
    T answer;
    std::string subject;
    std::vector<Appended> entries = {};
    std::vector<std::pair<UserId, Envelope>> told = {};
  };
  template <class T, class F>
  void change(const Operator& by, std::string_view action, F job, Reply<T> reply);

  UserRow row_of(Account account) const;
  void move(const Operator& by, const OfflineChoice& which, const MoveOrder& order,
            Reply<Listing<MovedCursor>> reply);
  void count_offline(OfflineStats so_far, std::optional<OfflineRow> after,
                     std::unordered_map<ConversationId, bool> seen, Reply<OfflineStats> reply);
  void count_deviceless(OfflineStats so_far, UserId after, Reply<OfflineStats> reply);
  void show_sessions(std::optional<UserId> of, Reply<Listing<LiveSession>> reply);

  Executor& home_;
  Storage& storage_;
  Directory& directory_;
  Fanout fanout_;
  PasswordHasher& hasher_;
  LiveSessions& live_;
  const uint32_t password_bytes_min_;
  SearchService search_;
};

}  // namespace mpim
