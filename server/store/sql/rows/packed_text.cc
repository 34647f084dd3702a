#include "server/store/sql/rows/packed_text.h"

#include <zstd.h>

#include "server/core/limits.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr int kLevel = 3;  // zstd's own default: higher ones gain little on texts of this size

struct FreeInput {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

struct TextPacker::Context {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> zstd;  // made when it is first needed: it takes some memory
};

TextPacker::TextPacker(uint64_t over_bytes)
    : over_bytes_(over_bytes), context_(std::make_unique<Context>()) {}

TextPacker::~TextPacker() = default;

std::string TextPacker::pack(std::string_view text) {
  if (over_bytes_ == 0 || text.size() <= over_bytes_) return {};
  if (!context_->zstd) context_->zstd.reset(ZSTD_createCCtx());
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const size_t size = ZSTD_compressCCtx(context_->zstd.get(), packed.data(), packed.size(),
                                        text.data(), text.size(), kLevel);
  if (ZSTD_isError(size) != 0 || size >= text.size()) return {};
  packed.resize(size);
  count(Counter::kStorePackedFromBytes, text.size());
  count(Counter::kStorePackedToBytes, size);
  return packed;
}

Result<std::string> unpack_text(std::string_view packed, uint64_t bytes) {
  const Error damaged{Code::kUnavailable, "a message's text is damaged: run mpimctl db verify"};
  if (bytes > kTextBytes.ceiling) return damaged;
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeInput> context(ZSTD_createDCtx());
  std::string text(bytes, '\0');
  const size_t size =
      ZSTD_decompressDCtx(context.get(), text.data(), text.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0 || size != bytes) return damaged;
  return text;
}

}  // namespace mpim
