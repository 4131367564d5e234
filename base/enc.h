#ifndef BASE_ENC_H
#define BASE_ENC_H

#include <stddef.h>
#include <stdint.h>

/* Strict encodings: what is parsed prints back to the same bytes, or it is refused. */

/** enc_hex(out, p, n): write 2n lower-case hex digits and a NUL to ${out} (2n+1 bytes). */
void enc_hex(char *out, const void *p, size_t n);

/** dec_hex(out, n, s, slen): exactly 2n lower-case hex digits.  0, or -1 (upper case is refused). */
int dec_hex(uint8_t *out, size_t n, const char *s, size_t slen);

/** enc_b64_len(n): characters that ${n} bytes take in padded base64, without a NUL. */
size_t enc_b64_len(size_t n);

/** enc_b64(out, p, n): padded base64 (RFC 4648 4) and a NUL; ${out} holds enc_b64_len(n)+1. */
void enc_b64(char *out, const void *p, size_t n);

/**
 * dec_b64(out, outmax, outlen, s, slen):
 * Strict padded base64: right length, no white space, no other bits set in
 * the last character.  Writes at most ${outmax} bytes and sets *${outlen}.
 * 0, or -1 if it is not strict or does not fit.
 */
int dec_b64(uint8_t *out, size_t outmax, size_t *outlen, const char *s, size_t slen);

/** dec_b64_exact(out, n, s, slen): strict base64 of exactly ${n} bytes.  0 or -1. */
int dec_b64_exact(uint8_t *out, size_t n, const char *s, size_t slen);

/** enc_b32(out, p, n): base32 (RFC 4648 6), upper case, no padding, NUL-terminated; ${out} holds (8n+4)/5+1. */
void enc_b32(char *out, const void *p, size_t n);

/** dec_b32(out, n, s, slen): unpadded base32 of exactly ${n} bytes, either case (people type it), no other bits set.  0 or -1. */
int dec_b32(uint8_t *out, size_t n, const char *s, size_t slen);

/** dec_u64(v, s, slen): a decimal integer without sign or leading zeros, 0 to 2^64-1.  0 or -1. */
int dec_u64(uint64_t *v, const char *s, size_t slen);

/** dec_i64(v, s, slen): the same with an optional leading '-' (not "-0").  0 or -1. */
int dec_i64(int64_t *v, const char *s, size_t slen);

/** dec_varint(v, p, end): read a minimal LEB128 varint.  The bytes used (1 to 10), or 0 if cut, too long or not minimal. */
size_t dec_varint(uint64_t *v, const uint8_t *p, const uint8_t *end);

/** dec_be(p, n): ${n} bytes (1 to 8) big-endian. */
uint64_t dec_be(const uint8_t *p, unsigned n);

/** utf8_get(c, s): the first character of a NUL-terminated text.  The bytes it takes (1 to 4); 0 at the end and where it is not well-formed (*c = 0). */
size_t utf8_get(uint32_t *c, const char *s);

/** utf8_ok(p, n): 1 when the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF), else 0. */
int utf8_ok(const void *p, size_t n);

#endif
