/* A message that a user must read. Only functions whose failure ends on somebody's screen take one. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
	char msg[512]; /* one line: what is wrong and what to do; sanitised by whoever put foreign text in */
};

/* Writes the message. Accepts err == NULL. Returns `code`, so that `return err_set(e, -EINVAL, "...")` reads well. */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
