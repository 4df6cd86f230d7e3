/* A connection to SQLite: its messages in our words, statements that stay prepared, and reading. It knows neither the
 * queue nor the schema. */
#include "core/store_private.h"

#include <sqlite3.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- messages ---- */

static const struct store_failure failures[] = {
	{SQLITE_BUSY, -EBUSY, STORE_TRY_AGAIN, "is locked by another program: close whatever else has it open"},
	{SQLITE_LOCKED, -EBUSY, STORE_TRY_AGAIN, "is locked: close whatever else has it open"},
	{SQLITE_FULL, -ENOSPC, STORE_TRY_AGAIN, "cannot grow, the disk is full: make room"},
	{SQLITE_IOERR, -EIO, STORE_TRY_AGAIN, "cannot be read or written: look after the disk"},
	{SQLITE_READONLY, -EROFS, STORE_TRY_AGAIN, "cannot be written: make the file and its folder writable"},
	{SQLITE_CANTOPEN, -EACCES, STORE_TRY_AGAIN,
	 "cannot be opened: make the file and its folder readable and writable, and room if the disk is full"},
	{SQLITE_PERM, -EACCES, STORE_TRY_AGAIN, "cannot be opened: make the file and its folder writable"},
	{SQLITE_PROTOCOL, -EBUSY, STORE_TRY_AGAIN, "cannot be locked: keep it on a local disk"},
	{SQLITE_NOMEM, -ENOMEM, STORE_TRY_AGAIN, "needs more memory"},
	{SQLITE_CORRUPT, -EUCLEAN, STORE_GIVE_UP,
	 "is damaged, or its disk, and was left as it is: look after the disk; then move the file away with its -wal "
	 "and -shm, or mend it with sqlite3 .recover"},
	{SQLITE_NOTADB, -EUCLEAN, STORE_GIVE_UP,
	 "is no database of swarmtop, or is damaged; it was left as it is: move it away or name another file"},
};

const struct store_failure *store_failure_of(int rc)
{
	static const struct store_failure other = {SQLITE_ERROR, -EINVAL, STORE_SKIP, "refuses a statement"};

	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		if (failures[i].sqlite == (rc & 0xff))
			return &failures[i];
	}
	return &other;
}

/* To SQLite a quota is an error of the disk, and so is a full one where its log has an index. errno is what has failed
 * just now: sqlite3_system_errno() does not know of a COMMIT. 0: it knows no more. */
static int system_error(int *rc)
{
	static const struct {
		int system, sqlite;
	} known[] = {{ENOSPC, SQLITE_FULL}, {EDQUOT, SQLITE_FULL}, {EROFS, SQLITE_READONLY}, {EIO, SQLITE_IOERR}};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known) && (*rc & 0xff) == SQLITE_IOERR; i++) {
		if (known[i].system == errno) {
			*rc = known[i].sqlite;
			return known[i].system;
		}
	}
	return 0;
}

int store_complain(const struct store_link *l, int rc, const char *sql, struct err *err)
{
	int system = system_error(&rc);
	const struct store_failure *f = store_failure_of(rc);
	/* A connection that was never made has only the code to tell. */
	const char *detail = system                                         ? strerror(system)
			     : l->db && sqlite3_errcode(l->db) != SQLITE_OK ? sqlite3_errmsg(l->db)
									    : sqlite3_errstr(rc);

	if (sql && f->cure == STORE_SKIP)
		return err_set(err, f->code, "%s %s (%s): %.*s", l->path, f->what, detail, STORE_SQL_SHOWN, sql);
	return err_set(err, f->code, "%s %s (%s)", l->path, f->what, detail);
}

/* ---- statements ---- */

void store_link_close(struct store_link *l)
{
	for (unsigned i = 0; i < STORE_STATEMENTS; i++)
		sqlite3_finalize(l->statements[i].prepared);
	sqlite3_close(l->db);
	*l = (struct store_link){.path = l->path};
}

/* Before anything else, as SQLite wants it. Nobody asks how much memory it has, and counting takes a lock each time. */
static void configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int store_link_open(struct store_link *l, const char *path, int flags, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int rc;

	*l = (struct store_link){.path = path};
	pthread_once(&once, configure);
	rc = sqlite3_open_v2(path, &l->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		goto fail;
	sqlite3_extended_result_codes(l->db, 1);
	sqlite3_busy_timeout(l->db, STORE_BUSY_MS);
	return 0;
fail:
	rc = store_complain(l, rc, NULL, err);
	store_link_close(l);
	return rc;
}

/* The place of a statement: its own, or else one that is free, or else one whose turn it is to go; never one that is
 * being read. The text is compared too: who breaks the rule of constants is slow, not wrong. */
static unsigned statement_slot(struct store_link *l, const char *sql)
{
	unsigned i, empty = STORE_STATEMENTS;

	for (i = 0; i < STORE_STATEMENTS; i++) {
		sqlite3_stmt *prepared = l->statements[i].prepared;

		if (!prepared)
			empty = empty < i ? empty : i;
		else if (l->statements[i].sql == sql && !sqlite3_stmt_busy(prepared))
			return i;
	}
	if (empty < STORE_STATEMENTS)
		return empty;
	for (i = 0;
	     i < STORE_STATEMENTS && sqlite3_stmt_busy(l->statements[l->next_victim % STORE_STATEMENTS].prepared); i++)
		l->next_victim++;
	return i < STORE_STATEMENTS ? l->next_victim++ % STORE_STATEMENTS : STORE_STATEMENTS;
}

static int statement(struct store_link *l, const char *sql, sqlite3_stmt **prepared)
{
	unsigned slot = statement_slot(l, sql);
	const char *rest;
	int rc;

	if (slot == STORE_STATEMENTS)
		return SQLITE_MISUSE;
	*prepared = l->statements[slot].prepared;
	if (*prepared && l->statements[slot].sql == sql && strcmp(sqlite3_sql(*prepared), sql) == 0)
		return SQLITE_OK;
	sqlite3_finalize(*prepared);
	l->statements[slot].prepared = NULL;
	rc = sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT, prepared, &rest);
	if (rc != SQLITE_OK)
		return rc;
	/* The rest of several statements would silently never run. */
	if (!*prepared || rest[strspn(rest, "; \t\n")]) {
		sqlite3_finalize(*prepared);
		*prepared = NULL;
		return SQLITE_MISUSE;
	}
	l->statements[slot].sql = sql;
	l->statements[slot].prepared = *prepared;
	return SQLITE_OK;
}

/* The bytes are not copied: they live until the statement is reset. */
static int bind(sqlite3_stmt *prepared, int at, const struct store_value *v)
{
	/* A NULL pointer would bind NULL. */
	const char *bytes = v->len ? v->bytes : "";

	switch (v->type) {
	case STORE_INT:
		return sqlite3_bind_int64(prepared, at, v->number);
	case STORE_REAL:
		return sqlite3_bind_double(prepared, at, v->real);
	case STORE_TEXT:
		return sqlite3_bind_text64(prepared, at, bytes, v->len, SQLITE_STATIC, SQLITE_UTF8);
	case STORE_BLOB:
		return sqlite3_bind_blob64(prepared, at, bytes, v->len, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(prepared, at);
	}
}

int store_statement(struct store_link *l, const char *sql, const struct store_value *params, size_t count,
		    sqlite3_stmt **prepared)
{
	int rc = statement(l, sql, prepared);

	if (rc == SQLITE_OK && (size_t)sqlite3_bind_parameter_count(*prepared) != count)
		rc = SQLITE_RANGE;
	for (size_t i = 0; i < count && rc == SQLITE_OK; i++)
		rc = bind(*prepared, (int)i + 1, &params[i]);
	return rc;
}

void store_statement_done(sqlite3_stmt *prepared)
{
	if (!prepared)
		return;
	sqlite3_reset(prepared);
	sqlite3_clear_bindings(prepared);
}

int store_run(struct store_link *l, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(l->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : store_complain(l, rc, sql, err);
}

int store_ask(struct store_link *l, const char *sql, int64_t *number, char text[16], struct err *err)
{
	sqlite3_stmt *prepared;
	int rc = sqlite3_prepare_v2(l->db, sql, -1, &prepared, NULL), code = 0;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(prepared);
	if (rc != SQLITE_ROW)
		code = store_complain(l, rc, sql, err);
	else if (text)
		snprintf(text, 16, "%s", (const char *)sqlite3_column_text(prepared, 0));
	else
		*number = sqlite3_column_int64(prepared, 0);
	sqlite3_finalize(prepared);
	return code;
}

/* ---- reading ---- */

static struct store_value column(sqlite3_stmt *row, int at)
{
	struct store_value v = {.type = STORE_NULL};

	switch (sqlite3_column_type(row, at)) {
	case SQLITE_INTEGER:
		return STORE_INT_OF(sqlite3_column_int64(row, at));
	case SQLITE_FLOAT:
		return STORE_REAL_OF(sqlite3_column_double(row, at));
	case SQLITE_TEXT:
		v.type = STORE_TEXT;
		v.bytes = sqlite3_column_text(row, at);
		break;
	case SQLITE_BLOB:
		v.type = STORE_BLOB;
		v.bytes = sqlite3_column_blob(row, at);
		break;
	default:
		return v;
	}
	v.len = (size_t)sqlite3_column_bytes(row, at);
	if (!v.bytes) {
		v.bytes = "";
		v.len = 0;
	}
	return v;
}

int store_get(struct store *s, const char *sql, const struct store_value *params, size_t count,
	      int (*take)(void *context, const struct store_value *columns, size_t column_count), void *context,
	      struct err *err)
{
	struct store_value columns[STORE_COLUMNS];
	sqlite3_stmt *prepared = NULL;
	int n, code = 0, rc = store_statement(&s->reading, sql, params, count, &prepared);

	if (rc != SQLITE_OK) {
		code = store_complain(&s->reading, rc, sql, err);
		goto out;
	}
	n = sqlite3_column_count(prepared);
	if (n > STORE_COLUMNS) {
		code = err_set(err, -E2BIG, "%s: more than %d columns: %.*s", s->path, (int)STORE_COLUMNS,
			       STORE_SQL_SHOWN, sql);
		goto out;
	}
	while (!code && (rc = sqlite3_step(prepared)) == SQLITE_ROW) {
		for (int i = 0; i < n; i++)
			columns[i] = column(prepared, i);
		code = take(context, columns, (size_t)n);
	}
	if (!code && rc != SQLITE_DONE)
		code = store_complain(&s->reading, rc, sql, err);
out:
	store_statement_done(prepared);
	return code;
}

/* BEGIN alone takes the view only at the first read. */
int store_snapshot(struct store *s, struct err *err)
{
	int64_t unused;
	int code = store_run(&s->reading, "BEGIN", err);

	if (code)
		return code;
	code = store_ask(&s->reading, "SELECT count(*) FROM sqlite_master", &unused, NULL, err);
	if (code)
		store_snapshot_end(s);
	return code;
}

void store_snapshot_end(struct store *s)
{
	if (!sqlite3_get_autocommit(s->reading.db))
		sqlite3_exec(s->reading.db, "COMMIT", NULL, NULL, NULL);
}
