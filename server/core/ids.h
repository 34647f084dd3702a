// The names of things: every id is a type of its own, so that a user cannot be passed for a group.
//
// Sources: the packing of MessageId (33 bits conversation, 30 bits seq) keeps ids positive in 63
// bits.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace mpim {

// A number that names one kind of thing. Zero means "none" and never names anything stored.
template <class Tag>
struct Id {
  uint64_t value = 0;

  constexpr Id() = default;
  constexpr explicit Id(uint64_t number) : value(number) {}
  constexpr explicit operator bool() const { return value != 0; }
  constexpr auto operator<=>(const Id&) const = default;
};

using UserId = Id<struct UserTag>;                  // 1 is the system; people from 1001 up
using GroupId = Id<struct GroupTag>;                // from 1001 up, a sequence of its own
using DeviceId = Id<struct DeviceTag>;              // one (user, device name); never reused
using ConversationId = Id<struct ConversationTag>;  // 1 to 2^33 - 1
using SessionId = Id<struct SessionTag>;            // unique within one run of one node
using FileId = Id<struct FileTag>;                  // an upload

inline constexpr UserId kSystemUser{1};
inline constexpr uint64_t kFirstPersonId = 1001;
inline constexpr uint64_t kPersonIdMax = 0xFFFF'FFFF;  // user and group ids fit in 32 bits

// A place in a conversation's log. The first entry is 1; 0 stands before it.
struct Seq {
  uint64_t value = 0;

  constexpr Seq() = default;
  constexpr explicit Seq(uint64_t number) : value(number) {}
  constexpr auto operator<=>(const Seq&) const = default;
  constexpr Seq next() const { return Seq(value + 1); }
};

inline constexpr unsigned kSeqBits = 30;
inline constexpr Seq kSeqMax{(uint64_t{1} << kSeqBits) - 1};
inline constexpr ConversationId kConversationMax{(uint64_t{1} << 33) - 1};

// What people see as a message's id: its conversation and seq in one number. Increasing within a
// conversation, independent of clocks and restarts.
struct MessageId {
  uint64_t value = 0;

  constexpr MessageId() = default;
  constexpr explicit MessageId(uint64_t number) : value(number) {}
  constexpr MessageId(ConversationId conversation, Seq seq)
      : value((conversation.value << kSeqBits) | seq.value) {}
  constexpr auto operator<=>(const MessageId&) const = default;
  constexpr ConversationId conversation() const { return ConversationId(value >> kSeqBits); }
  constexpr Seq seq() const { return Seq(value & kSeqMax.value); }
};

// A node's name in its cluster: 1 to 64 of [A-Za-z0-9._-]; `local` when nothing else was set.
struct NodeId {
  std::string name;
  auto operator<=>(const NodeId&) const = default;
};

// One run of a node: a restarted one has another epoch.
struct NodeRun {
  NodeId node;
  uint64_t epoch = 0;
  auto operator<=>(const NodeRun&) const = default;
};

}  // namespace mpim

template <class Tag>
struct std::hash<mpim::Id<Tag>> {
  // Ids are small consecutive numbers; spread them so that tables indexed by low bits stay even.
  size_t operator()(mpim::Id<Tag> id) const noexcept { return id.value * 0x9E37'79B9'7F4A'7C15ULL; }
};
template <>
struct std::hash<mpim::MessageId> {
  size_t operator()(mpim::MessageId id) const noexcept {
    return id.value * 0x9E37'79B9'7F4A'7C15ULL;
  }
};
template <>
struct std::hash<mpim::NodeId> {
  size_t operator()(const mpim::NodeId& id) const noexcept {
    return std::hash<std::string>{}(id.name);
  }
};
