/* A host's name as text. It does not know what it stands for. */
#include "base/hostname.h"

#include <string.h>

enum { NAME_MAX_TEXT = 253, LABEL_MAX = 63 };

bool hostname_read(const char *text, char name[HOSTNAME])
{
	size_t len = strnlen(text, HOSTNAME), label = 0;
	bool digits = true;

	if (len && text[len - 1] == '.')
		len--;
	if (!len || len > NAME_MAX_TEXT)
		return false;
	memset(name, 0, HOSTNAME);
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c == '.') {
			if (!label)
				return false;
			label = 0;
			digits = true;
		} else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
			if (++label > LABEL_MAX)
				return false;
			digits = digits && c >= '0' && c <= '9';
		} else {
			return false;
		}
		name[i] = c;
	}
	return label && !digits;
}
