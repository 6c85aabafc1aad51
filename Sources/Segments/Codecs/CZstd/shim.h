// libzstd, for block compression and request bodies. Wrapped by ZstdCodec.swift alone.
#include <zstd.h>
