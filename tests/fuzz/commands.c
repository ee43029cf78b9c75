/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole commands on damaged files.
 *
 *     commands FLEXCIM SOURCE SECONDS [SEED]
 *
 * First the program makes one good file of each kind out of the smallest
 * checkpoint of the tests, and of one with experts: recorded and sparse traces,
 * plans, questions, tokens, a machine, costs, lists of shapes, an experiment, a
 * results file.  Then, until the time
 * is over, one of them is damaged and a command is run on it.  A results file
 * is damaged as bytes or, half the time, by SQL that no program would run on
 * it.
 *
 * What must hold: the command ends by itself, soon, with 0 or with an exit code
 * that blames the file; it says so in one line without control characters; a
 * file that is only read stays as it is; no output is there after a failure;
 * and nothing is left lying about.  Under sanitizers (fuzz_commands.sh) what
 * they find ends a command with 99.  What fails stays, with its command, in
 * found-N of the folder that the program was started in.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

enum { LONGEST = 60 }; /* seconds that a command may take, sanitizers and all */

/* A good file, how its damaged copy is called, and commands on that copy. */
struct kind {
    const char *good, *name;
    bool only_read; /* by all of these commands */
    bool is_results;
    const char *commands[32];
};

/* $F is the program; `out` is the output, if there is one, and a.db the
 * results file of commands that need one. */
/* Commands on a checkpoint whose one file is the damaged one. */
#define ON_CHECKPOINT(put, command)                                            \
    "cp -r checkpoint it.c && cp " put " && $F " command

static const struct kind kinds[] = {
    { "good.recorded",
      "it.trace",
      true,
      false,
      { "$F select it.trace --method uniform --sparsity 0.5 -o out",
        "$F select it.trace --method flow --sparsity 0.6 -o out",
        "$F select it.trace --method error --cycles 70% -o out",
        "$F prune checkpoint --trace it.trace --plan good.plan.json --db a.db "
        "-o out",
        "$F prune checkpoint --trace it.trace --plan good.update.json --db a.db"
        " -o out",
        "$F operators it.trace --prompt 8 --generate 2",
        "$F replay it.trace --machine flexcim --db a.db" } },
    { "good.routed",
      "it.trace",
      true,
      false,
      { "$F select it.trace --method uniform --sparsity 0.5 -o out",
        "$F select it.trace --method flow --sparsity 0.5 -o out",
        "$F prune experts --trace it.trace --plan good.experts.json --db a.db "
        "-o out" } },
    { "good.experts.sparse",
      "it.trace",
      true,
      false,
      { "$F replay it.trace --machine flexcim --db a.db",
        "$F infer it.trace --prompt 8 --generate 2 --db a.db",
        "$F operators it.trace --prompt 8 --generate 2" } },
    { "good.sparse",
      "it.trace",
      true,
      false,
      { "$F replay it.trace --machine flexcim --db a.db",
        "$F replay it.trace --machine dense --slow --db a.db",
        "$F replay it.trace --vcd out --clocks 0:300",
        "$F replay it.trace --timeline out --clocks 0:300",
        "$F infer it.trace --prompt 8 --generate 2 --db a.db",
        "$F operators it.trace --prompt 8 --generate 2",
        "$F select it.trace --method uniform --sparsity 0.5 -o "
        "out" } },
    { "good.plan.json",
      "it.json",
      true,
      false,
      { "$F prune checkpoint --trace good.recorded --plan it.json --db a.db -o "
        "out",
        "$F prune checkpoint --trace good.recorded --plan it.json --db a.db -o "
        "out --checkpoint-out it.folder",
        "$F accuracy checkpoint --tasks good.tasks --plan it.json --trace "
        "good.recorded --db a.db -o out",
        "$F perplexity checkpoint --tokens tokens.safetensors --plan it.json"
        " --trace good.recorded --db a.db" } },
    { "good.update.json",
      "it.json",
      true,
      false,
      { "$F prune checkpoint --trace good.recorded --plan it.json --db a.db -o "
        "out",
        "$F perplexity checkpoint --tokens tokens.safetensors --plan it.json"
        " --trace good.recorded --db a.db" } },
    { "good.experts.json",
      "it.json",
      true,
      false,
      { "$F prune experts --trace good.routed --plan it.json --db a.db -o "
        "out" } },
    { "good.tasks",
      "it.tasks",
      true,
      false,
      { "$F accuracy checkpoint --tasks it.tasks --db a.db -o out",
        "$F accuracy checkpoint --tasks it.tasks --max-length 5 --db a.db -o "
        "out" } },
    { "tokens.safetensors",
      "it.tokens",
      true,
      false,
      { "$F record checkpoint --tokens it.tokens -o out",
        "$F perplexity checkpoint --tokens it.tokens --db a.db" } },
    { "checkpoint/config.json",
      "it.json",
      true,
      false,
      { "$F shapes it.json", "$F operators it.json --prompt 8 --generate 2",
        ON_CHECKPOINT("it.json it.c/config.json",
                      "perplexity it.c --tokens tokens.safetensors --db a.db"),
        ON_CHECKPOINT("it.json it.c/config.json",
                      "record it.c --tokens tokens.safetensors -o out") } },
    { "experts/config.json",
      "it.json",
      true,
      false,
      { "$F shapes it.json", "$F operators it.json --prompt 8 --generate 2" } },
    { "checkpoint/model.safetensors",
      "it.weights",
      true,
      false,
      { ON_CHECKPOINT("it.weights it.c/model.safetensors",
                      "perplexity it.c --tokens tokens.safetensors --db a.db"),
        ON_CHECKPOINT("it.weights it.c/model.safetensors",
                      "record it.c --tokens tokens.safetensors -o out") } },
    { "good.yaml",
      "it.yaml",
      true,
      false,
      { "$F replay good.sparse --machine it.yaml --db a.db", "$F area it.yaml",
        "$F infer good.model.yaml --machine it.yaml --prompt 8 --generate 2 "
        "--db a.db",
        "$F select good.recorded --method error --cycles 70% --machine it.yaml "
        "-o out",
        "$F machines it.yaml" } },
    { "good.costs.yaml",
      "it.yaml",
      true,
      false,
      { "$F costs it.yaml --db a.db", "$F area flexcim --costs it.yaml" } },
    { "good.shapes.yaml",
      "it.yaml",
      true,
      false,
      { "$F replay ./it.yaml --machine flexcim --pattern 4:8 --db a.db" } },
    { "good.model.yaml",
      "it.yaml",
      true,
      false,
      { "$F infer ./it.yaml --pattern 4:8 --prompt 8 --generate 2 --db a.db",
        "$F infer ./it.yaml --pattern 4:8 --prompt 8 --generate 2 --operators "
        "--machine dense --db a.db",
        "$F operators ./it.yaml --prompt 8 --generate 2",
        "$F replay ./it.yaml --machine flexcim --pattern 4:8 --db a.db" } },
    { "good.hybrid.yaml",
      "it.yaml",
      true,
      false,
      { "$F infer ./it.yaml --pattern 4:8 --prompt 8 --generate 2 --db a.db",
        "$F operators ./it.yaml --prompt 8 --generate 2" } },
    { "good.shapes.csv",
      "it.csv",
      true,
      false,
      { "$F replay ./it.csv --machine flexcim --pattern 2:4 --db a.db" } },
    { "good.experiment.yaml",
      "it.yaml",
      true,
      false,
      { "$F sweep it.yaml --db a.db -j 1",
        "$F explore it.yaml --db a.db -j 1 --budget 2" } },
    { "good.db",
      "it.db",
      true,
      true,
      { "$F query comparison --db it.db",
        "$F query energy --db it.db",
        "$F query provenance --db it.db --json",
        "$F query pareto --db it.db",
        "$F query patterns --db it.db --format csv",
        "$F query layers --db it.db --format markdown",
        "$F query front --db it.db",
        "$F query plans --db it.db",
        "$F query accuracy --db it.db",
        "$F query advice --db it.db",
        "$F query area --db it.db --format latex",
        "$F query changes --db it.db",
        "$F query costs --db it.db",
        "$F query draws --db it.db",
        "$F query experiment --db it.db",
        "$F query inference --db it.db",
        "$F query operators --db it.db",
        "$F query replay --db it.db",
        "$F query speed-up --db it.db",
        "$F query versus --db it.db",
        "$F query where --db it.db",
        "$F claims --db it.db",
        "$F report --db it.db -o out",
        "$F query 'SELECT * FROM v_point' --db it.db",
        "$F merge it.db -o out",
        "$F energy --db it.db" } },
    { "good.db",
      "it.db",
      false,
      true,
      { "$F replay good.sparse --machine dense --db it.db",
        "$F merge a.db -o it.db", "$F costs good.costs.yaml --db it.db",
        "$F sweep good.experiment.yaml --db it.db -j 1",
        "$F explore good.experiment.yaml --db it.db -j 1 --budget 2",
        "$F accuracy checkpoint --tasks good.tasks --db it.db",
        "$F accuracy checkpoint --tasks good.tasks --db it.db -o out",
        "$F infer good.model.yaml --pattern 4:8 --prompt 8 --generate 2 --db "
        "it.db",
        "$F infer good.sparse --prompt 8 --generate 2 --operators --db it.db",
        "$F run checkpoint --tokens tokens.safetensors --methods uniform "
        "--machines dense --sparsity 0.5 --inputs 4 --db it.db",
        "$F prune checkpoint --trace good.recorded --plan good.plan.json --db "
        "it.db -o out",
        "$F perplexity checkpoint --tokens tokens.safetensors --db it.db" } },
};

static char *here;      /* where findings go */
static uint64_t source; /* of random numbers */
static unsigned findings, runs;

static uint64_t below(uint64_t limit)
{
    return random_below(&source, limit);
}

static void must_run(const char *command)
{
    if (system(command) == 0)
        return;
    fprintf(stderr, "commands: %s failed\n", command);
    exit(EXIT_FAILURE);
}

/* Two tensors of rows of tokens, which all are below 90. */
static void make_tokens(void)
{
    static const char head[] =
        "{\"calibration\":{\"dtype\":\"I32\",\"shape\":[2,16],"
        "\"data_offsets\":[0,128]},\"test\":{\"dtype\":\"I32\","
        "\"shape\":[2,16],\"data_offsets\":[128,256]}}";
    char bytes[8 + sizeof head - 1 + 256] = { (char)(sizeof head - 1) };

    memcpy(bytes + 8, head, sizeof head - 1);
    for (int i = 0; i < 64; i++)
        bytes[8 + sizeof head - 1 + 4 * (size_t)i] = (char)(i * 37 % 60 + 1);
    fuzz_put("tokens.safetensors", bytes, sizeof bytes);
}

/* Two questions of two answers each. */
static void make_tasks(void)
{
    static const char head[] =
        "{\"ids\":{\"dtype\":\"I32\",\"shape\":[16],\"data_offsets\":[0,64]},"
        "\"begin\":{\"dtype\":\"I32\",\"shape\":[5],\"data_offsets\":[64,84]},"
        "\"context\":{\"dtype\":\"I32\",\"shape\":[4],"
        "\"data_offsets\":[84,100]},"
        "\"question\":{\"dtype\":\"I32\",\"shape\":[4],"
        "\"data_offsets\":[100,116]},"
        "\"length\":{\"dtype\":\"I32\",\"shape\":[4],"
        "\"data_offsets\":[116,132]},"
        "\"gold\":{\"dtype\":\"I32\",\"shape\":[2],"
        "\"data_offsets\":[132,140]}}";
    static const int32_t numbers[] = {
        3, 14, 15, 9,  26, 5, 35, 8, 9, 7, 9, 32, 38, 46, 26, 43, /* ids */
        0, 4,  8,  12, 16,                                        /* begin */
        2, 2,  3,  1,                                             /* context */
        0, 0,  1,  1,                                             /* question */
        7, 5,  3,  9,                                             /* length */
        1, 0                                                      /* gold */
    };
    char bytes[8 + sizeof head - 1 + sizeof numbers] = { 0 };
    uint64_t length = sizeof head - 1;

    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, head, sizeof head - 1);
    memcpy(bytes + 8 + sizeof head - 1, numbers, sizeof numbers);
    fuzz_put("good.tasks", bytes, sizeof bytes);
}

/* `command` is to end well; what it says is shown only if it does not. */
static void must_work(const char *command)
{
    char *line =
        memory_printf("{ %s; } >log 2>&1 || { cat log >&2; exit 1; }", command);

    must_run(line);
    free(line);
}

static void make_good_files(const char *tree)
{
    static const char costs[] = "source: x\nfull_adder:\n  energy_fj: 2.5\n";
    static const char shapes[] = "name: s\nlayers:\n  a: {inputs: 64, outputs: "
                                 "24}\n  b: {inputs: 33, outputs: 8}\n";
    static const char list[] = "Layer,M,N,K,\na,4,24,64,\nb,4,8,33,\n";
    static const char experiment[] =
        "name: e\nshapes: [./s.yaml]\ntokens: [4]\npatterns: [4:8]\n"
        "machines: [flexcim]\nparameters:\n  macros: [1, 2]\n";
    static const char *const makes[] = {
        "$F record checkpoint --tokens tokens.safetensors --inputs 8 -q -o "
        "good.recorded",
        "$F select good.recorded --method flow --sparsity 0.5 -q -o "
        "good.plan.json",
        "$F select good.recorded --method uniform --pattern 4:8 --update "
        "sparsegpt -q -o good.update.json",
        "$F record experts --tokens tokens.safetensors --inputs 8 -q -o "
        "good.routed",
        "$F select good.routed --method uniform --pattern 4:8 -q -o "
        "good.experts.json",
        "$F prune checkpoint --plan good.plan.json --db good.db -q -o "
        "good.sparse",
        "$F prune experts --plan good.experts.json --db good.db -q -o "
        "good.experts.sparse",
        "$F shapes checkpoint/config.json >good.model.yaml",
        "$F shapes hybrid/config.json >good.hybrid.yaml",
        "for m in flexcim dense; do $F replay good.sparse --machine $m --db "
        "good.db -q; done",
        "$F infer good.sparse --prompt 8 --generate 2 --db good.db -q",
        "$F perplexity checkpoint --tokens tokens.safetensors --plan "
        "good.plan.json --trace good.recorded --db good.db -q",
        "$F accuracy checkpoint --tasks good.tasks --db good.db -q",
        "$F accuracy checkpoint --tasks good.tasks --plan good.plan.json --db "
        "good.db -q",
        "$F sweep good.experiment.yaml --db good.db -j 1 -q",
        "rm -f log; cp good.db base.db",
    };
    char *copy = memory_printf(
        "f=%s/tests/llm/families; cp -r $f/llama-tied checkpoint && "
        "cp -r $f/mixtral experts && cp -r $f/bamba hybrid && "
        "cp %s/models/machines/flexcim.yaml good.yaml && chmod -R u+w .",
        tree, tree);

    must_run(copy);
    free(copy);
    make_tokens();
    make_tasks();
    fuzz_put("good.costs.yaml", costs, sizeof costs - 1);
    fuzz_put("good.shapes.yaml", shapes, sizeof shapes - 1);
    fuzz_put("s.yaml", shapes, sizeof shapes - 1);
    fuzz_put("good.shapes.csv", list, sizeof list - 1);
    fuzz_put("good.experiment.yaml", experiment, sizeof experiment - 1);
    for (size_t i = 0; i < sizeof makes / sizeof *makes; i++)
        must_work(makes[i]);
}

static void damage_bytes(struct text *text)
{
    static const char *const words[] = {
        "0",
        "-1",
        "4294967296",
        "9223372036854775807",
        "18446744073709551616",
        "1e999",
        "nan",
        "null",
        "{}",
        "[]",
        "\"",
        "\\u0000",
        "\x1b[31m",
        "\xc2\x9b",
        "\xff",
        "../",
        "'",
        ";",
        "%s%n",
        "\r\n",
        ": ",
        "- ",
    };
    size_t at = below(text->length + 1), length;

    if (text->length == 0)
        return;
    at -= at == text->length;
    length = below(text->length - at) % (below(2) ? 16 : 4096) + 1;
    switch (below(6)) {
    case 0:
        text->at[at] = (char)(text->at[at] ^ (1 << below(8)));
        break;
    case 1:
        text->at[at] = (char)below(256);
        break;
    case 2: /* a piece is gone */
        memmove(text->at + at, text->at + at + length,
                text->length - at - length);
        text->length -= length;
        break;
    case 3: /* cut off */
        text->length = at;
        break;
    case 4: { /* a word over what was there */
        const char *word = words[below(sizeof words / sizeof *words)];
        size_t fits = strlen(word);

        if (fits > text->length - at)
            fits = text->length - at;
        memcpy(text->at + at, word, fits);
        break;
    }
    default: /* a number of 8 bytes, as headers have */
        if (text->length - at >= 8) {
            uint64_t number = below(2) ? random_next(&source) : below(1 << 20);

            memcpy(text->at + at, &number, 8);
        }
    }
}

/* A column of a table, or "" */
static char *any_name(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row;
    char *name = NULL;
    uint64_t skip;

    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
        return memory_text("");
    for (skip = below(40); sqlite3_step(row) == SQLITE_ROW; skip--) {
        free(name);
        name = memory_text((const char *)sqlite3_column_text(row, 0));
        if (skip == 0)
            break;
    }
    sqlite3_finalize(row);
    return name ? name : memory_text("");
}

static void damage_rows(const char *path)
{
    static const char *const values[] = {
        "NULL",
        "-1",
        "0",
        "1e308",
        "9223372036854775807",
        "'x'",
        "''",
        "x'00ff'",
        "char(27, 155)",
        "'{'",
        "'[1,2'",
        "zeroblob(100)",
        "'dense'",
        "'=1+1'",
        "hex(randomblob(32))",
        "'../../x'",
    };
    static const char *const whole[] = {
        "CREATE TRIGGER t BEFORE INSERT ON runs BEGIN DELETE FROM models; END",
        "CREATE VIEW \"a; ATTACH 'evil' AS e; --\" AS SELECT 1",
        ("UPDATE sqlite_schema SET sql = 'CREATE VIEW v_run AS SELECT * FROM"
         " v_run' WHERE name = 'v_run'"),
        "UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'runs'",
        "UPDATE sqlite_schema SET rootpage = 0 WHERE name = 'runs'",
        "UPDATE sqlite_schema SET sql = sql || ' --' WHERE name = 'plans'",
        "DELETE FROM sqlite_schema WHERE name = 'perplexity_key'",
        "PRAGMA user_version = 1",
        "PRAGMA user_version = 5",
        "PRAGMA journal_mode = WAL",
        "PRAGMA encoding = 'UTF-16'; VACUUM",
        "DROP VIEW v_energy",
        "ALTER TABLE costs RENAME COLUMN source TO \"\"",
    };
    char *table, *column, *sql;
    sqlite3 *db;

    FUZZ_MUST(sqlite3_open(path, &db) == SQLITE_OK);
    sqlite3_exec(db,
                 "PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON;"
                 "PRAGMA ignore_check_constraints = ON",
                 NULL, NULL, NULL);
    table = any_name(db, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    sql = memory_printf("SELECT name FROM pragma_table_info('%s')", table);
    column = any_name(db, sql);
    free(sql);
    switch (below(4)) {
    case 0:
        sql =
            memory_printf("DELETE FROM \"%s\" WHERE abs(random()) %% 2", table);
        break;
    case 1:
        sql = memory_text(whole[below(sizeof whole / sizeof *whole)]);
        break;
    default:
        sql = memory_printf("UPDATE OR IGNORE \"%s\" SET \"%s\" = %s", table,
                            column,
                            values[below(sizeof values / sizeof *values)]);
    }
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    free(sql);
    free(column);
    free(table);
    sqlite3_close(db);
}

static void copy_damaged(const struct kind *kind)
{
    bool as_rows = kind->is_results && below(2);
    struct file_map map;
    struct error err;
    struct text text;

    FUZZ_MUST(file_map(&map, kind->good, &err) == 0);
    text_init(&text);
    text_add_bytes(&text, map.bytes, map.length);
    file_unmap(&map);
    for (uint64_t i = as_rows ? 0 : 1 + below(4); i > 0; i--)
        damage_bytes(&text);
    fuzz_put(kind->name, text.at, text.length);
    text_release(&text);
    for (uint64_t i = as_rows ? 1 + below(3) : 0; i > 0; i--)
        damage_rows(kind->name);
}

/* Its exit code; 128 and more if a signal ended it, 200 if nothing did. */
static int run_command(const char *command)
{
    char *line = memory_printf("exec timeout -k 2 %d sh -c \"%s\" >stdout.txt"
                               " 2>stderr.txt </dev/null",
                               LONGEST, command);
    int status = system(line);

    free(line);
    if (WIFSIGNALED(status))
        return 128 + WTERMSIG(status);
    if (WEXITSTATUS(status) == 124 || WEXITSTATUS(status) == 137)
        return 200;
    return WEXITSTATUS(status);
}

static char *read_all(const char *path)
{
    struct error err;
    char *text = file_read_text(path, 1 << 26, &err);

    return text ? text : memory_text("");
}

static bool has_control(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if ((*at < ' ' && *at != '\n' && *at != '\t' && *at != '\r') ||
            *at == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
            return true;
    return false;
}

/* NULL if all is well. */
static const char *judge(const struct kind *kind, int code, const char *told,
                         const char *shown)
{
    size_t errors = 0;

    for (const char *at = told; (at = strstr(at, "flexcim: ")); at++)
        errors += at == told || at[-1] == '\n';
    if (code == 200)
        return "takes too long";
    if (code >= 128)
        return "ended by a signal";
    if (code != 0 && code != 65 &&
        (kind->is_results || (code != 64 && code != 66 && code != 1)))
        return "an exit code that blames somebody else";
    if (strstr(told, "Sanitizer") || strstr(told, "runtime error"))
        return "a sanitizer spoke";
    if (has_control(told) || has_control(shown))
        return "a control character is shown";
    if (code >= 64 && errors != 1)
        return "not one sentence of error";
    if (code != 0 && access("out", F_OK) == 0)
        return "an output is there after a failure";
    return NULL;
}

static bool is_known(const char *name)
{
    static const char *const names[] = { ".",
                                         "..",
                                         "out",
                                         "checkpoint",
                                         "experts",
                                         "hybrid",
                                         "tokens.safetensors",
                                         "s.yaml",
                                         "stdout.txt",
                                         "stderr.txt" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "good.", 5) == 0 || strncmp(name, "base.db", 7) == 0 ||
           strncmp(name, "it.", 3) == 0 || strncmp(name, "a.db", 4) == 0 ||
           strcmp(name, "a.traces") == 0;
}

static const char *stray_file(void)
{
    static char name[256];
    DIR *folder = opendir(".");
    struct dirent *entry;

    *name = 0;
    while (folder && (entry = readdir(folder)))
        if (!is_known(entry->d_name))
            snprintf(name, sizeof name, "%s", entry->d_name);
    closedir(folder);
    return *name ? name : NULL;
}

static void keep(const struct kind *kind, const char *command, const char *why,
                 int code)
{
    char *line =
        memory_printf("mkdir -p %s/found-%u && cp -r %s stderr.txt stdout.txt "
                      "%s/found-%u/ && rm -f out",
                      here, findings, "before", here, findings);

    fprintf(stderr, "found-%u: %s: %s (%d, %s)\n", findings++, command, why,
            code, kind->good);
    if (system(line) != 0)
        perror("commands");
    free(line);
}

static void try_one(void)
{
    const struct kind *kind = &kinds[below(sizeof kinds / sizeof *kinds)];
    size_t commands = 0;
    const char *command, *why, *stray;
    char *told, *shown;
    int code;

    while (commands < sizeof kind->commands / sizeof *kind->commands &&
           kind->commands[commands])
        commands++;
    command = kind->commands[below(commands)];
    FUZZ_MUST(
        system("rm -rf it.* a.db* a.traces out before; cp base.db a.db") == 0);
    copy_damaged(kind);
    FUZZ_MUST(system("mkdir before && cp it.* before/") == 0);
    code = run_command(command);
    told = read_all("stderr.txt");
    shown = read_all("stdout.txt");
    why = judge(kind, code, told, shown);
    if (!why && kind->only_read) {
        char *same =
            memory_printf("cmp -s %s before/%s", kind->name, kind->name);

        if (system(same) != 0)
            why = "a file that is only read was changed";
        free(same);
    }
    stray = NULL;
    if (!why && (rename("before", "it.before"), stray = stray_file()))
        why = stray;
    if (why) {
        if (access("it.before", F_OK) == 0)
            rename("it.before", "before");
        keep(kind, command, why, code);
    }
    free(told);
    free(shown);
    runs++;
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    char scratch[] = "/tmp/flexcim-fuzz-XXXXXX";
    double until = seconds_now() + (argc > 3 ? strtod(argv[3], NULL) : 0);
    char *program, *tree, *command;
    int status;

    FUZZ_MUST(argc == 4 || argc == 5);
    program = realpath(argv[1], NULL);
    tree = realpath(argv[2], NULL);
    here = getcwd(NULL, 0);
    source = argc == 5 ? strtoull(argv[4], NULL, 10) : 1;
    FUZZ_MUST(program && tree && mkdtemp(scratch) && chdir(scratch) == 0);
    setenv("F", program, 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    make_good_files(tree);
    do
        try_one();
    while (seconds_now() < until && findings < 20);
    printf("%u commands on damaged files, %u findings\n", runs, findings);
    FUZZ_MUST(chdir("/") == 0);
    command = memory_printf("rm -rf %s", scratch);
    status = system(command);
    free(command);
    free(here);
    free(tree);
    free(program);
    return status == 0 && findings == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
