#include "simulator/base64.h"

#include <stdint.h>

void base64_add(struct strbuf *text, const void *bytes, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t three = (uint32_t)at[i] << 16;
		char four[4];

		if (left > 1)
			three |= (uint32_t)at[i + 1] << 8;
		if (left > 2)
			three |= at[i + 2];
		four[0] = digits[three >> 18];
		four[1] = digits[three >> 12 & 63];
		four[2] = left > 1 ? digits[three >> 6 & 63] : '=';
		four[3] = left > 2 ? digits[three & 63] : '=';
		strbuf_add(text, four, 4);
	}
}
