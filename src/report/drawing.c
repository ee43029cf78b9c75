/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A figure is a table of numbers and a gnuplot script, written into a folder of
 * its own and run there.  What comes out is checked for being whole, as gnuplot
 * ends well on a full disk, and freed of today's date, so that the same results
 * give the same bytes.
 */
#include "report/drawing.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/leftover.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/opened.h"
#include "report/child.h"
#include "report/hatch.h"
#include "report/svg.h"

int drawing_folder_init(struct drawing_folder *where, struct error *err)
{
    const char *parent = getenv("TMPDIR");
    char *path;
    int status;

    if (!parent || !*parent)
        parent = "/tmp";
    path = memory_printf("%s/flexcim-report", parent);
    status = leftover_folder_make(&where->folder, path, 0700, err);
    free(path);
    return status;
}

void drawing_folder_release(struct drawing_folder *where)
{
    leftover_folder_remove(&where->folder);
}

/* A text between two `quote`s, with rounded ones in it: gnuplot 5.4 has no
 * straight quotes in data, and not all of them in arrays. */
static void add_quoted(struct text *to, const char *words, const char *quote)
{
    text_add(to, quote);
    for (; *words; words++) {
        if (*words == '"')
            text_add(to, "”");
        else if (*words == '\'')
            text_add(to, "’");
        else if (*words == '\\')
            text_add(to, "∖");
        else
            text_add_bytes(to, words, 1);
    }
    text_add(to, quote);
}

static void drawing_add_value(struct text *data, const struct row_cell *cell)
{
    char *exact = row_cell_exact(cell);

    if (cell->type == QUERY_TEXT)
        add_quoted(data, exact, "\"");
    else
        text_add(data, cell->type == QUERY_NULL ? "NaN" : exact);
    free(exact);
}

void drawing_data(struct text *data, const struct rows *rows)
{
    for (size_t i = 0; i < rows->columns; i++) {
        add_quoted(data, rows->names[i], "\"");
        text_add(data, i + 1 < rows->columns ? "\t" : "\n");
    }
    for (size_t row = 0; row < rows->count; row++) {
        for (size_t i = 0; i < rows->columns; i++) {
            drawing_add_value(data, rows_at(rows, row, i));
            text_add(data, i + 1 < rows->columns ? "\t" : "\n");
        }
    }
}

/* `array NAME[2] = ['a', 'b']`, of the different texts of the column NAME.
 * Between single quotes gnuplot replaces nothing. */
static void add_array(struct text *script, const struct rows *rows,
                      const char *name)
{
    const char **texts;
    size_t column, count;

    if (!rows_find(rows, name, &column))
        return;
    texts = rows_distinct(rows, column, &count);
    text_addf(script, "array %s[%zu] = [", name, count);
    for (size_t i = 0; i < count; i++) {
        text_add(script, i > 0 ? ", \\\n    " : "");
        add_quoted(script, texts[i], "'");
    }
    text_add(script, "]\n");
    free(texts);
}

static void add_script(struct text *script, const struct report_item *item,
                       const struct rows *rows)
{
    char *title = report_item_title(item);

    text_addf(script, "# %s\nname = '%s'\ndata = '%s.tsv'\n", title, item->name,
              item->name);
    add_array(script, rows, "panel");
    add_array(script, rows, "series");
    text_add(script, "\n");
    text_add(script, report_common);
    text_add(script, "\n");
    text_add(script, item->script);
    free(title);
}

static char *drawing_path_of(const struct drawing_folder *where,
                             const struct report_item *item, const char *ending)
{
    return memory_printf("%s/%s.%s", where->folder.path, item->name, ending);
}

/* What a figure leaves in the folder. */
static const char *const endings[] = { "tsv", "gp", "svg", "pdf", "log" };

enum { FILES = sizeof endings / sizeof *endings };

static void claim_files(char *paths[FILES], const struct drawing_folder *where,
                        const struct report_item *item)
{
    for (size_t i = 0; i < FILES; i++) {
        paths[i] = drawing_path_of(where, item, endings[i]);
        leftover_add(paths[i]);
    }
}

static void remove_files(char *paths[FILES])
{
    for (size_t i = 0; i < FILES; i++) {
        leftover_remove(paths[i]);
        free(paths[i]);
    }
}

static int drawing_put(const struct drawing_folder *where,
                       const struct report_item *item, const char *ending,
                       const struct text *text, struct error *err)
{
    char *path = drawing_path_of(where, item, ending);
    int status = file_put(path, text->at, text->length, err);

    free(path);
    return status;
}

static int get(struct text *text, const struct drawing_folder *where,
               const struct report_item *item, const char *ending,
               struct error *err)
{
    char *path = drawing_path_of(where, item, ending);
    struct file_map map;
    int status = file_map(&map, path, err);

    if (status == 0) {
        text_add_bytes(text, map.bytes, map.length);
        file_unmap(&map);
        opened_forget(path); /* its inode may be the next file's */
    }
    free(path);
    return status;
}

/* gnuplot ends well even when the disk is full. */
static int check_whole(const struct text *picture, const char *format,
                       struct error *err)
{
    static const char end[] = "%%EOF\n"; /* of a PDF */
    size_t length = sizeof end - 1;
    bool whole = strcmp(format, "svg") == 0
                     ? svg_is_whole(picture->at)
                     : picture->length > length &&
                           memcmp(picture->at + picture->length - length, end,
                                  length) == 0;

    if (whole)
        return 0;
    return error_set(err, ERROR_DISK,
                     "gnuplot did not write all of the picture; is there space "
                     "left for temporary files?");
}

/* gnuplot names the line where it stops.  Scripts work with all numbers that
 * the program writes, so the results hold others: their trouble, not ours. */
static bool is_of_script(const char *script, const char *words)
{
    char *place = memory_printf("\"%s\" line ", script);
    bool is = strstr(words, place) != NULL;

    free(place);
    return is;
}

/* -d: no settings of the user. */
static int run_gnuplot(const struct drawing_folder *where,
                       const struct report_item *item, const char *format,
                       struct error *err)
{
    char *choice = memory_printf("format = '%s'", format);
    char *script = memory_printf("%s.gp", item->name);
    char *log = memory_printf("%s.log", item->name);
    const char *const arguments[] = { "gnuplot", "-d",   "-e",
                                      choice,    script, NULL };
    int status = child_run(arguments, where->folder.path, log, err);

    if (status < 0 && err->kind == ERROR_NO_INPUT)
        error_set(err, ERROR_NO_INPUT,
                  "gnuplot: no such program; it draws the figures (Debian: "
                  "gnuplot-nox)");
    else if (status < 0 && is_of_script(script, err->text))
        err->kind = ERROR_DATA;
    free(log);
    free(script);
    free(choice);
    return status;
}

static int drawing_draw(struct text *picture,
                        const struct drawing_folder *where,
                        const struct report_item *item, const char *format,
                        struct error *err)
{
    if (run_gnuplot(where, item, format, err) < 0)
        return err->kind == ERROR_NO_INPUT || err->kind == ERROR_INTERRUPTED
                   ? -1
                   : error_prefix(err, "figure %s: ", item->name);
    if (get(picture, where, item, format, err) < 0 ||
        check_whole(picture, format, err) < 0)
        return error_prefix(err, "figure %s: ", item->name);
    return 0;
}

/* Cairo writes today's date into a PDF, so that no two are alike.  In its place
 * goes that of SOURCE_DATE_EPOCH (reproducible-builds.org), or 1970. */
static void date_pdf(struct text *pdf)
{
    static const char key[] = "/CreationDate (D:";
    const char *said = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds = 0;
    char date[15];
    struct tm utc;
    char *at;

    if (!said || !number_u64(&seconds, said) || seconds > 253402300799)
        seconds = 0;
    gmtime_r(&(time_t){ (time_t)seconds }, &utc);
    strftime(date, sizeof date, "%Y%m%d%H%M%S", &utc);
    at = memmem(pdf->at, pdf->length, key, sizeof key - 1);
    if (!at || pdf->at + pdf->length - at < (ptrdiff_t)sizeof key + 14)
        return;
    at += sizeof key - 1;
    memcpy(at, date, 14);
    at += 14;
    if (*at == '+' || *at == '-') /* a zone, +02'00, of this computer */
        memcpy(at, "+00'00", 6);
}

static int draw_svg(struct text *picture, const struct drawing_folder *where,
                    const struct report_item *item, struct error *err)
{
    struct text drawn;
    int status;

    text_init(&drawn);
    status = drawing_draw(&drawn, where, item, "svg", err);
    if (status == 0)
        hatch_add(picture, drawn.at);
    text_release(&drawn);
    return status;
}

int drawing_make(struct drawing *drawing, const struct drawing_folder *where,
                 const struct drawing_request *request, struct error *err)
{
    const struct report_item *item = request->item;
    const struct rows *rows = request->rows;
    char *paths[FILES];
    int status;

    assert(item->script && rows->count > 0);
    claim_files(paths, where, item);
    text_init(&drawing->data);
    text_init(&drawing->script);
    text_init(&drawing->svg);
    text_init(&drawing->pdf);
    drawing_data(&drawing->data, rows);
    add_script(&drawing->script, item, rows);
    status = drawing_put(where, item, "tsv", &drawing->data, err);
    if (status == 0)
        status = drawing_put(where, item, "gp", &drawing->script, err);
    if (status == 0)
        status = draw_svg(&drawing->svg, where, item, err);
    if (status == 0 && request->pdf)
        status = drawing_draw(&drawing->pdf, where, item, "pdf", err);
    if (status == 0 && request->pdf)
        date_pdf(&drawing->pdf);
    remove_files(paths);
    if (status < 0)
        drawing_release(drawing);
    return status;
}

void drawing_release(struct drawing *drawing)
{
    text_release(&drawing->data);
    text_release(&drawing->script);
    text_release(&drawing->svg);
    text_release(&drawing->pdf);
}
