// zlib, for gzip request bodies. Wrapped by GzipDecoder.swift alone.
#include <zlib.h>
