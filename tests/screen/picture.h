/* Pictures in files: what a test got beside what it wants. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdbool.h>

#include "base/buf.h"

enum { PICTURE_MAX = 1 << 20 };

/* Is the picture that in tests/screen/NAME-WxH.screen? Says the first line that differs. UPDATE=1 in the environment
 * writes the file first. */
bool picture_same(const struct buf *picture, const char *name, int w, int h);

#endif
