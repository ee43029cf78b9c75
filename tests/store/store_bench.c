/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What it costs to price one run of a file that holds many.
 *
 *     store_bench RUNS [MOST]
 *
 * Makes a file of that many runs, each of 100 layers with 20 counters on a
 * machine of its own with 60 parts, and prices 20 of them with v_energy. Prints
 * layer rows and milliseconds of processor time a run; fails if that is more
 * than MOST.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/store/example.h"

enum { ASKED = 20 };

static const char fill[] =
    "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;"
    "CREATE TEMP TABLE n AS WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL"
    " SELECT i + 1 FROM c WHERE i < 9999) SELECT i FROM c;"
    "CREATE TEMP TABLE it AS SELECT * FROM runs LIMIT 1;"
    "CREATE TEMP TABLE price AS SELECT row_number() OVER () - 1 AS place,"
    " component FROM costs WHERE cost_table = 'base';"
    "CREATE TEMP TABLE part AS SELECT i, CASE WHEN i < 20 THEN 'area'"
    " WHEN i < 50 THEN 'energy' ELSE 'path' END AS use, component"
    " FROM n JOIN price ON place = i % 12 WHERE i < 60;"
    "BEGIN;"
    "INSERT INTO layers SELECT model_hash, 10 + i, 'l' || i, 1, 64, 64"
    " FROM n, it WHERE i < 100;"
    "INSERT INTO layer_activities SELECT trace_hash, model_hash, 10 + i, 0.4,"
    " 0.1, 0.5, 0.1, 'counted' FROM n, it WHERE i < 100;"
    "INSERT INTO counters SELECT 'b' || (i % 5), 'c' || i, 'operations', 'x'"
    " FROM n WHERE i < 20;"
    "INSERT INTO machines SELECT printf('%064d', i), 'm' || i, 64, 'x', 500"
    " FROM n WHERE i < (SELECT runs FROM size);"
    "INSERT INTO machine_parts SELECT printf('%064d', n.i), use,"
    " 'b' || (p.i % 5), 'p' || p.i, component,"
    " CASE use WHEN 'energy' THEN 'b' || (p.i % 20 % 5) ELSE '' END,"
    " CASE use WHEN 'energy' THEN 'c' || (p.i % 20) ELSE '' END,"
    " CASE p.i % 3 WHEN 0 THEN 'always' WHEN 1 THEN 'input' ELSE 'product' END,"
    " 3 FROM n, part AS p WHERE n.i < (SELECT runs FROM size);"
    "INSERT INTO runs SELECT printf('%016d', i), trace_hash, model_hash,"
    " printf('%064d', i), version, 'fast', i, 'done', NULL, invocation, '2026',"
    " '2027' FROM n, it WHERE i < (SELECT runs FROM size);"
    "INSERT INTO layer_results SELECT printf('%016d', r.i), model_hash,"
    " 10 + l.i, 512, 4, 8, 4, 8, 1000 + l.i, 1000 + l.i, 0, 0, 0, 0, 0, 5000, "
    "1,"
    " 4"
    " FROM n AS r, n AS l, it WHERE r.i < (SELECT runs FROM size)"
    " AND l.i < 100;"
    "INSERT INTO counter_values SELECT printf('%016d', r.i), 10 + l.i,"
    " 'b' || (c.i % 5), 'c' || c.i, 1000 + c.i FROM n AS r, n AS l, n AS c"
    " WHERE r.i < (SELECT runs FROM size) AND l.i < 100 AND c.i < 20;"
    "COMMIT; DROP TABLE size;";

static void make_file(unsigned runs)
{
    struct store *store;
    struct error err;
    sqlite3 *db;
    char *sql;

    if (store_open(&store, "a.db", STORE_WRITE, &err) < 0 ||
        example_fill(store, &err) < 0) {
        fprintf(stderr, "store_bench: %s\n", err.text);
        exit(EXIT_FAILURE);
    }
    store_close(store);
    sql =
        memory_printf("CREATE TABLE size AS SELECT %u AS runs; %s", runs, fill);
    if (sqlite3_open("a.db", &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "store_bench: %s\n", sqlite3_errmsg(db));
        exit(EXIT_FAILURE);
    }
    sqlite3_close(db);
    free(sql);
}

static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static double price_runs(unsigned runs)
{
    struct store *store;
    struct error err;
    double begun, energy, first = 0;

    if (store_open(&store, "a.db", STORE_READ, &err) < 0)
        exit(EXIT_FAILURE);
    begun = processor_seconds();
    for (unsigned i = 0; i < ASKED; i++) {
        char run[STORE_RUN_KEY];

        snprintf(run, sizeof run, "%016u", i * (runs - 1) / (ASKED - 1));
        if (store_run_energy(store, run, &energy, &err) < 0 || energy <= 0 ||
            (i > 0 && energy != first)) {
            fprintf(stderr, "store_bench: run %s is priced wrongly\n", run);
            exit(EXIT_FAILURE);
        }
        first = energy;
    }
    begun = (processor_seconds() - begun) / ASKED;
    store_close(store);
    return begun;
}

int main(int argc, char **argv)
{
    unsigned runs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100;
    char folder[] = "/tmp/flexcim-bench-XXXXXX";
    double most = argc > 2 ? strtod(argv[2], NULL) : 0, each;

    if (runs < 2 || runs > 9999) {
        fputs("usage: store_bench RUNS [MOST]\n", stderr);
        return EXIT_FAILURE;
    }
    if (!mkdtemp(folder) || chdir(folder) != 0) {
        perror("store_bench");
        return EXIT_FAILURE;
    }
    make_file(runs);
    each = 1000 * price_runs(runs);
    unlink("a.db");
    rmdir(folder);
    printf("%u layer rows: %.1f ms a run\n", runs * 100, each);
    return most > 0 && each > most ? EXIT_FAILURE : EXIT_SUCCESS;
}
