#include "server/gateway/connection/encoded_event.h"

#include <utility>

namespace mpim {

std::shared_ptr<const std::string> encoded(LiveEntry& live, const Codec& codec) {
  std::shared_ptr<const std::string>& place = live.encoded.at(static_cast<size_t>(codec.format()));
  if (place == nullptr) {
    std::string bytes;
    codec.encode_entry(*live.entry, false, bytes);
    place = std::make_shared<const std::string>(std::move(bytes));
  }
  return place;
}

NoticeLine notice_line(const Notice& notice) {
  switch (notice.kind) {
    case Notice::Kind::kGap:
      return GapNotice{notice.conversation, notice.from, notice.to, notice.text};
    case Notice::Kind::kPending: return PendingNotice{notice.conversation, notice.count};
    case Notice::Kind::kClosing: break;
  }
  return ClosingNotice{notice.code, notice.text, notice.window_ms};
}

}  // namespace mpim
