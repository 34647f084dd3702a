// What holds of the reader of HTTP heads whatever bytes it is given. For the fuzzer, and its seeds.
#pragma once

#include <string>
#include <string_view>

namespace mpim {

// A front of a good head is waited for; a front that was refused is not taken with more behind it;
// written anew, a head is read as the same; and a handshake is answered with one whole head of its
// own. Empty: it holds; else what does not.
std::string broken_head_property(std::string_view bytes);

}  // namespace mpim
