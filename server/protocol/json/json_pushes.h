// What a client is told without having asked, as JSON texts: {"type": .., "payload": {..}}.
//
// Threads  any: everything here is a function of its arguments. Each appends one whole text.
#pragma once

#include <string>

#include "server/protocol/codec.h"

namespace mpim {

// message, or, for what is no message, event. The payload is a Message of the contract.
// `to_sender`: only a sender's own devices are told what he called it.
void write_entry(const Entry& entry, bool to_sender, std::string& out);
// notice; its kind is gap, pending or closing.
void write_notice(const NoticeLine& notice, std::string& out);
// receipt, presence, typing or change.
void write_signal(const Signal& signal, std::string& out);
// The payload of such a push alone.
void write_presence(const PresenceSignal& presence, std::string& out);
void write_change(const ChangeSignal& change, std::string& out);
// A Message of the contract: the payload alone, as it stands in lists too.
void write_message(const Entry& entry, bool to_sender, std::string& out);

}  // namespace mpim
