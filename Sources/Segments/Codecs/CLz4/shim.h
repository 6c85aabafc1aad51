// liblz4 (block and frame format). Wrapped by Lz4Codec.swift alone.
#include <lz4.h>
#include <lz4frame.h>
