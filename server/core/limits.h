// Every bound on one page: the standard value, and the ceiling up to which a setting may move it.
#pragma once

#include <cstdint>

namespace mpim {

struct Bound {
  uint64_t standard;
  uint64_t ceiling;
};

// What comes in
// One request line, without its LF.
inline constexpr Bound kLineBytes{65'536, 1'048'576};
// A message's text, decoded.
inline constexpr Bound kTextBytes{4'096, 65'536};
// Open connections of one node.
inline constexpr Bound kConnections{20'000, 1'000'000};
// Requests of one connection not yet answered.
inline constexpr Bound kPipelined{256, 65'536};
inline constexpr Bound kPasswordBytes{1'024, 1'024};
inline constexpr uint32_t kNameBytes = 32;
inline constexpr uint32_t kClientIdBytes = 64;
inline constexpr uint32_t kGroupNameBytes = 64;
inline constexpr uint32_t kDescriptionBytes = 512;
inline constexpr uint32_t kNoticeBytes = 2'048;
// A message's text above it is compressed where it is stored.
inline constexpr uint32_t kPackOverBytes = 1'024;
// JSON that goes with a message.
inline constexpr Bound kExtBytes{4'096, 65'536};
// One upload.
inline constexpr Bound kFileBytes{20'971'520, 4'294'967'295};
// Uploads under way at once.
inline constexpr Bound kFileUploads{64, 1'024};

// What comes from Redis, the registry and other nodes
inline constexpr uint32_t kNodeIdBytes = 64;
// Fields of a node's lease, and one text of them: an address, a version.
inline constexpr uint32_t kLeaseFields = 64;
inline constexpr uint32_t kLeaseTextBytes = 256;
// Nodes that are known to live.
inline constexpr Bound kNodes{4'096, 8'000};
// Nodes of one user's route that are looked at.
inline constexpr Bound kUserNodes{64, 4'096};
// A word that a signal carries, and the sentence of an error, which is cut there.
inline constexpr uint32_t kToldWordBytes = 64;
inline constexpr uint32_t kToldErrorBytes = 1'024;

// What goes out
// Above it a session takes no live pushes.
inline constexpr Bound kOutputBytes{262'144, 16'777'216};
// Entries pushed and not acknowledged, per session.
inline constexpr Bound kInFlight{1'000, 65'536};
// Newest entries per conversation pushed by themselves.
inline constexpr Bound kWindow{1'000, 1'000'000};
// Entries read from the log at once.
inline constexpr Bound kCatchUpPage{256, 1'000};
inline constexpr uint32_t kPullStandard = 100;
inline constexpr uint32_t kPullMax = 1'000;

// What a user may have
// Devices of one user.
inline constexpr Bound kDevices{16, 256};
inline constexpr Bound kGroupsOfUser{1'000, 10'000};
// Of one group.
inline constexpr Bound kMembers{100'000, 1'000'000};

// MiB of all uploads of one user.
inline constexpr Bound kFileUserMib{1'024, 1'048'576};
inline constexpr Bound kFriends{1'000, 100'000};
inline constexpr Bound kBlocks{1'000, 100'000};
// Friend requests, invitations and requests to join that wait for an answer; of one user or group.
inline constexpr Bound kOpenRequests{1'000, 10'000};
// Users whose presence one session follows, or asks for at once.
inline constexpr Bound kWatched{1'000, 10'000};
// Members up to which a conversation keeps when each of them received and read.
inline constexpr Bound kReceiptMembers{500, 10'000};

// What waits
// Jobs waiting for the store's writer.
inline constexpr Bound kWriterQueue{65'536, 1'048'576};
// Jobs in one transaction.
inline constexpr Bound kBatchJobs{4'096, 65'536};
// Entries of the log that its index takes in at once, and their text: in memory until then.
inline constexpr Bound kIndexBatchEntries{16'384, 1'048'576};
inline constexpr Bound kIndexBatchBytes{4'194'304, 268'435'456};
// Password hashes waiting for a thread.
inline constexpr Bound kHashQueue{256, 65'536};

// An output buffer holds several of the largest messages before its session counts as slow.
static_assert(kOutputBytes.standard >= 4 * kTextBytes.standard);
// A line holds the largest text even when every byte of it is escaped.
static_assert(kLineBytes.standard >= 6 * kTextBytes.standard);

}  // namespace mpim
