// How somebody at mpim-chat reaches each verb of the line protocol.
#pragma once

#include <array>
#include <string_view>

namespace mpim::chat::testing {

// `typed` begins as what reaches the verb: a slash command, or a text to "@bob" or "#tea". Empty:
// nothing does, and `why_none` says why nothing needs to. /raw sends any line and is none of them.
struct VerbWay {
  std::string_view verb;
  std::string_view typed;
  std::string_view why_none = {};
};

inline constexpr std::array kVerbWays{
    VerbWay{"ACCEPT", "/accept"},
    VerbWay{"ACK", "", "the program says by itself what has arrived"},
    VerbWay{"ADDFRIEND", "/add"},
    VerbWay{"APPROVE", "/approve"},
    VerbWay{"AUTH", "/reconnect"},
    VerbWay{"AWAY", "/away"},
    VerbWay{"BACK", "/back"},
    VerbWay{"BLOCK", "/block"},
    VerbWay{"BLOCKS", "/blocks"},
    VerbWay{"CONVERSATIONS", "/conversations"},
    VerbWay{"CREATEGROUP", "/create"},
    VerbWay{"DECLINE", "/decline"},
    VerbWay{"DELETE", "/delete"},
    VerbWay{"DEVICES", "/devices"},
    VerbWay{"DISSOLVE", "/dissolve"},
    VerbWay{"EDIT", "/edit"},
    VerbWay{"GETFRIENDS", "/friends"},
    VerbWay{"GROUPINFO", "/info"},
    VerbWay{"GROUPNOTICE", "/notice"},
    VerbWay{"GROUPPOLICY", "/policy"},
    VerbWay{"GROUPS", "/groups"},
    VerbWay{"GSEND", "", "it is SENDGROUP in fewer letters"},
    VerbWay{"HELP", "", "/help tells the program's own commands"},
    VerbWay{"HISTORY", "/history"},
    VerbWay{"INVITE", "/invite"},
    VerbWay{"INVITES", "/invites"},
    VerbWay{"JOINGROUP", "/join"},
    VerbWay{"KICK", "/kick"},
    VerbWay{"LEAVEGROUP", "/leave"},
    VerbWay{"LOGIN", "/login"},
    VerbWay{"LOGOUT", "", "/quit keeps the token of --remember; scripts have the step `logout`"},
    VerbWay{"MEMBERS", "/members"},
    VerbWay{"MUTE", "/mute"},
    VerbWay{"PASSWD", "/passwd"},
    VerbWay{"PING", "", "the program looks by itself whether the server is there"},
    VerbWay{"PRESENCE", "", "/who asks with WATCH, which answers the same and goes on"},
    VerbWay{"PROFILE", "/profile"},
    VerbWay{"PULL", "", "what waits is pushed; what is missing the program fetches by itself"},
    VerbWay{"QUIT", "/quit"},
    VerbWay{"READ", "/read"},
    VerbWay{"RECALL", "/recall"},
    VerbWay{"RECEIPTS", "/receipts"},
    VerbWay{"REFUSE", "/refuse"},
    VerbWay{"REGISTER", "/register"},
    VerbWay{"REJECT", "/reject"},
    VerbWay{"REMOVEFRIEND", "/unfriend"},
    VerbWay{"RENAMEGROUP", "/rename"},
    VerbWay{"REQUESTS", "/requests"},
    VerbWay{"REVOKE", "/revoke"},
    VerbWay{"ROLE", "/role"},
    VerbWay{"SEARCH", "/search"},
    VerbWay{"SEND", "@"},
    VerbWay{"SENDGROUP", "#"},
    VerbWay{"SETPROFILE", "/setprofile"},
    VerbWay{"TRANSFER", "/transfer"},
    VerbWay{"TYPING", "/typing"},
    VerbWay{"UNBLOCK", "/unblock"},
    VerbWay{"UNMUTE", "/unmute"},
    VerbWay{"UNREAD", "/unread"},
    VerbWay{"UNWATCH", "/who"},
    VerbWay{"WATCH", "/who"},
};

}  // namespace mpim::chat::testing
