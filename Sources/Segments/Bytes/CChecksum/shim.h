// CRC-32C by the processor's own instruction, which Swift has no way to name.
//
// The instruction takes eight bytes every three cycles, some six times as many as the tables in
// Checksum.swift, which are the answer wherever it is missing: no build flag decides, the processor
// is asked once when the process starts to compute.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)

// Whether the processor has the instruction (SSE 4.2): bit 20 of what it says about itself. Asked
// without <cpuid.h>, whose module brings in half of the C library under its own name.
static inline int daybook_has_crc32c(void) {
    unsigned a = 1, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (c >> 20) & 1;
}

// Continues a running CRC over `count` bytes. Only where `daybook_has_crc32c` says yes.
__attribute__((target("sse4.2"))) static inline uint32_t daybook_crc32c(
    uint32_t crc, const uint8_t *bytes, size_t count) {
    uint64_t running = crc;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        running = __builtin_ia32_crc32di(running, word);
        bytes += 8;
        count -= 8;
    }
    crc = (uint32_t)running;
    while (count > 0) {
        crc = __builtin_ia32_crc32qi(crc, *bytes);
        bytes += 1;
        count -= 1;
    }
    return crc;
}

#else

static inline int daybook_has_crc32c(void) { return 0; }

static inline uint32_t daybook_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return crc;
}

#endif
