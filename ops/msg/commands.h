// The commands of `mpimctl msg`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kMsgBroadcastForm;
extern const CommandForm kMsgHistoryForm;
extern const CommandForm kMsgIndexForm;
extern const CommandForm kMsgRecallForm;
extern const CommandForm kMsgReceiptsForm;
extern const CommandForm kMsgSearchForm;
extern const CommandForm kMsgSendForm;
extern const CommandForm kMsgShowForm;

inline constexpr auto kMsgCommands = std::to_array<Command>({
    {"broadcast", Impact::kWrites, "Send a notice to everybody", &kMsgBroadcastForm},
    {"history", Impact::kReads, "Read back what was said in a conversation", &kMsgHistoryForm},
    {"index", Impact::kReads, "Show how far the index of words reaches", &kMsgIndexForm},
    {"recall", Impact::kDestroys, "Take messages back", &kMsgRecallForm},
    {"receipts", Impact::kReads, "Show who has received and read a message", &kMsgReceiptsForm},
    {"search", Impact::kReads, "Find messages that a user may read, by words", &kMsgSearchForm},
    {"send", Impact::kWrites, "Send a message as a user", &kMsgSendForm},
    {"show", Impact::kReads, "Show a message and which devices have it", &kMsgShowForm},
});

}  // namespace mpim::ops
