/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/*
 * Questions to a store in SQL.  One statement, which cannot write: not to the
 * file, not to another, not to a setting of the connection.
 */

/* The questions that come with the program: queries/NAME.sql. */
struct query {
    const char *name;
    const char *sql;
    char question[160]; /* the file's first comment, one line */
};

size_t query_count(void);
void query_at(struct query *query, size_t index);

/* False if there is none of that name. */
bool query_find(struct query *query, const char *name);

/* All tables and views, as in schema.sql and views.sql. */
const char *query_schema(void);

enum query_type {
    QUERY_NULL,
    QUERY_INTEGER,
    QUERY_REAL,
    QUERY_TEXT, /* a blob is a text of hex digits */
};

struct query_value {
    enum query_type type;
    int64_t integer;
    double real;
    const char *text; /* good until the callback returns */
};

/* Who sees the rows; -1 and `err` from either ends the query. */
struct query_sink {
    int (*names)(void *context, size_t columns, const char *const *names,
                 struct error *err); /* once, before any row */
    int (*row)(void *context, const struct query_value *values,
               struct error *err);
    void *context;
};

/* A value for :name in the SQL: a number if it reads as one, but a text where a
 * question that comes with the program asks for a name.  A parameter that is
 * given none is NULL, so that coalesce(:against, 'dense') has a default. */
struct query_parameter {
    const char *name;
    const char *value;
};

enum query_author {
    QUERY_OF_USER, /* what is wrong with the SQL is the user's mistake */
    QUERY_OF_OURS  /* it comes with the program: the file is to blame */
};

/* What is asked: a question that comes with the program, or SQL. */
struct query_ask {
    const char *name; /* of the question, which must be there; or NULL */
    const char *sql;  /* if there is no name */
    enum query_author author; /* of the SQL */
    const struct query_parameter *parameters;
    size_t count;
};

/* -1 and `err`: ERROR_USAGE for SQL of the user's that is wrong (a table,
 * column or parameter that is not there is answered with the nearest), would
 * write, or is more than one statement; ERROR_DATA where the file is to blame;
 * ERROR_INTERRUPTED if a stop was asked for. */
int query_run(struct store *store, const struct query_ask *ask,
              const struct query_sink *sink, struct error *err);

/* Works out once what many questions rest on and takes long: what is asked of
 * this store from here on finds it done, as the file is now.  -1 and `err` as
 * query_run(). */
int query_keep(struct store *store, struct error *err);
