/* The text of a diagnosis has a fixed size, so that it can live in any struct
 * and never fails for want of memory. What does not fit is cut at a character:
 * the text may end up in a file that people read as UTF-8. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void diag_set(struct diag *diag, unsigned line, const char *format, ...)
{
	va_list args;
	size_t size;
	int n;

	if (!diag)
		return;
	va_start(args, format);
	n = vsnprintf(diag->text, sizeof(diag->text), format, args);
	va_end(args);
	if (n < 0)
		snprintf(diag->text, sizeof(diag->text), "(no text)");
	size = strlen(diag->text);
	/* The last byte there may begin or continue a character that was cut. */
	if (n >= (int)sizeof(diag->text))
		size = utf8_cut(diag->text, size, size - 1);
	while (size > 0 && diag->text[size - 1] == '\n')
		size--;
	diag->text[size] = '\0';
	diag->line = line;
}
