/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report as one HTML page that needs no other file: sections with tables
 * and figures, each with its SQL.  Written to be read without a mouse and
 * printed too: headings in order, regions that scroll have names, a figure has
 * its numbers as a table and a text for who cannot see it.
 */
#include "report/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "report/svg.h"

static const char *const section_titles[] = {
    [REPORT_SHORT] = "In short",
    [REPORT_RUN] = "What was run",
    [REPORT_RESULT] = "What came out",
};

static const struct {
    const char *word, *meaning;
} glossary[] = {
    { "pattern N:M", "at most N weights kept of every M along a layer’s "
                     "inputs; dense keeps all" },
    { "plan", "the pattern of every layer of a model" },
    { "perplexity", "how well the model predicts a text; 1 is best, and what "
                    "is measured on other rows cannot be compared" },
    { "machine", "an accelerator, as its description has it" },
    { "cycles", "clocks of the machine’s model for one pass of the replayed "
                "tokens through all pruned layers; attention and all else is "
                "left out" },
    { "weight load", "cycles in which a macro waits for its weights" },
    { "stall", "cycles in which it waits for memory, activations or room for "
               "outputs" },
    { "drain", "cycles in which the last results leave the pipeline" },
};

static void add_contents(struct text *html)
{
    int section = -1;

    text_add(html, "<nav aria-label=\"Contents\">\n<ul>\n");
    for (size_t i = 0; i < report_item_count; i++) {
        char *title = report_item_title(&report_items[i]);

        if ((int)report_items[i].section != section && i > 0)
            text_add(html,
                     section == REPORT_SHORT ? "</li>\n" : "</ul></li>\n");
        if ((int)report_items[i].section != section) {
            section = (int)report_items[i].section;
            text_addf(html, "<li><a href=\"#section-%d\">%s</a>", section,
                      section_titles[section]);
            if (section != REPORT_SHORT)
                text_add(html, "\n<ul>\n");
        }
        if (section != REPORT_SHORT) {
            text_addf(html, "<li><a href=\"#%s\">", report_items[i].name);
            html_add(html, title);
            text_add(html, "</a></li>\n");
        }
        free(title);
    }
    text_add(html, "</ul></li>\n<li><a href=\"#words\">Words</a></li>\n"
                   "</ul>\n</nav>\n");
}

void page_begin(struct page *page, const char *version)
{
    struct text *html = &page->html;

    *page = (struct page){ .section = -1 };
    text_init(html);
    text_add(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                   "<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\""
                   "default-src 'none'; style-src 'unsafe-inline'\">\n"
                   "<meta name=\"viewport\" "
                   "content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"generator\" content=\"flexcim ");
    html_add(html, version);
    text_add(html, "\">\n<title>flexcim report</title>\n<style>\n");
    text_add(html, report_style);
    text_add(html, "</style>\n</head>\n<body>\n"
                   "<a class=\"skip\" href=\"#main\">Skip to the results</a>\n"
                   "<header>\n<h1>flexcim report</h1>\n"
                   "<p>Language models pruned layer by layer, and replayed on "
                   "models of accelerators. Under each table and figure stand "
                   "its SQL and, for a figure, its numbers; any other question "
                   "can be asked of the results file itself.</p>\n");
    add_contents(html);
    text_add(html, "</header>\n<main id=\"main\">\n");
}

static void open_section(struct page *page, enum report_section section)
{
    if ((int)section == page->section)
        return;
    if (page->section >= 0)
        text_add(&page->html, "</section>\n");
    page->section = (int)section;
    text_addf(&page->html,
              "<section aria-labelledby=\"section-%d\">\n"
              "<h2 id=\"section-%d\">%s</h2>\n",
              section, section, section_titles[section]);
}

static void page_add_head(struct text *html, const struct rows *rows)
{
    text_add(html, "<thead><tr>");
    for (size_t i = 0; i < rows->columns; i++) {
        bool is_number = rows->count > 0;

        for (size_t row = 0; row < rows->count && is_number; row++)
            is_number = rows_at(rows, row, i)->type != QUERY_TEXT;
        text_add(html, is_number ? "<th scope=\"col\" class=\"n\">"
                                 : "<th scope=\"col\">");
        for (const char *at = rows->names[i]; *at; at++)
            html_add(html, *at == '_' ? " " : (const char[]){ *at, 0 });
        text_add(html, "</th>");
    }
    text_add(html, "</tr></thead>\n");
}

/* A short text stays on one line. */
static const char *class_of(const struct row_cell *cell)
{
    enum { SHORT = 16 };

    if (cell->type != QUERY_TEXT)
        return " class=\"n\"";
    return strlen(cell->text) <= SHORT ? " class=\"s\"" : "";
}

static void add_cell(struct text *html, const struct row_cell *cell)
{
    char *shown = row_cell_shown(cell);

    text_addf(html, "<td%s>", class_of(cell));
    html_add(html, cell->type == QUERY_NULL ? "–" : shown);
    text_add(html, "</td>");
    free(shown);
}

/* `label` is what the scrolling region is called. */
static void page_add_rows(struct text *html, const struct rows *rows,
                          const char *label, const char *caption)
{
    size_t shown = min(rows->count, PAGE_ROWS);

    text_addf(html,
              "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
              "aria-label=\"%s\">\n<table>\n<caption><span>%s. ",
              label, label);
    html_add(html, caption);
    if (shown < rows->count)
        text_addf(html, " The first %zu of %zu rows; the SQL gives all.", shown,
                  rows->count);
    text_add(html, "</span></caption>\n");
    page_add_head(html, rows);
    text_add(html, "<tbody>\n");
    for (size_t row = 0; row < shown; row++) {
        text_add(html, "<tr>");
        for (size_t i = 0; i < rows->columns; i++)
            add_cell(html, rows_at(rows, row, i));
        text_add(html, "</tr>\n");
    }
    text_add(html, "</tbody>\n</table>\n</div>\n");
}

static void add_sql(struct text *html, const struct report_item *item)
{
    text_add(html, "<pre tabindex=\"0\"><code>");
    html_add(html, report_item_query(item));
    text_add(html, "</code></pre>\n</details>\n");
}

static void begin_item(struct text *html, const struct report_item *item,
                       const char *title)
{
    text_addf(html,
              "<section class=\"item\" id=\"%s\" aria-labelledby=\"%s-h\">"
              "\n<h3 id=\"%s-h\">",
              item->name, item->name, item->name);
    html_add(html, title);
    text_add(html, "</h3>\n");
}

static bool is_list(const struct rows *rows)
{
    return rows->columns == 1 && strcmp(rows->names[0], "sentence") == 0;
}

static void add_list(struct text *html, const struct report_item *item,
                     const struct rows *rows)
{
    text_add(html, "<ul>\n");
    for (size_t row = 0; row < rows->count; row++) {
        char *shown = row_cell_shown(rows_at(rows, row, 0));

        text_add(html, "<li>");
        html_add(html, shown);
        text_add(html, "</li>\n");
        free(shown);
    }
    text_add(html,
             rows->count > 0 ? "</ul>\n" : "<li>Nothing yet.</li>\n</ul>\n");
    text_add(html, "<details><summary>SQL of these sentences</summary>\n");
    add_sql(html, item);
}

void page_add_table(struct page *page, const struct report_item *item,
                    const struct rows *rows)
{
    struct text *html = &page->html;
    char *title = report_item_title(item), *words = report_item_words(item);
    char label[32];

    open_section(page, item->section);
    if (is_list(rows)) {
        add_list(html, item, rows);
    } else {
        begin_item(html, item, title);
        if (rows->count == 0) {
            text_add(html, "<p>Nothing in these results yet.</p>\n"
                           "<details><summary>SQL</summary>\n");
        } else {
            snprintf(label, sizeof label, "Table %zu", ++page->tables);
            page_add_rows(html, rows, label, words);
            text_addf(html, "<details><summary>SQL of table %zu</summary>\n",
                      page->tables);
        }
        add_sql(html, item);
        text_add(html, "</section>\n");
    }
    free(words);
    free(title);
}

static void page_add_names(struct text *label, const struct rows *rows,
                           const char *column_name, const char *words)
{
    size_t column, count;
    const char **texts;

    if (!rows_find(rows, column_name, &column))
        return;
    texts = rows_distinct(rows, column, &count);
    for (size_t i = 0; i < count; i++)
        text_addf(label, "%s%s", i > 0 ? "; " : words, texts[i]);
    text_add(label, count > 0 ? "." : "");
    free(texts);
}

/* What a screen reader says of a picture. */
static char *label_of(const struct rows *rows, const char *title, size_t number)
{
    struct text label;

    text_init(&label);
    text_addf(&label, "Figure %zu: %s.", number, title);
    page_add_names(&label, rows, "panel", " Plots: ");
    page_add_names(&label, rows, "series", " Series: ");
    text_add(&label, " The numbers stand in the table that follows.");
    return text_take(&label);
}

void page_add_figure(struct page *page, const struct report_item *item,
                     const struct rows *rows, const char *svg)
{
    struct text *html = &page->html;
    char *title = report_item_title(item), *words = report_item_words(item);
    char *label = label_of(rows, title, ++page->figures);
    char numbers[48];

    open_section(page, item->section);
    begin_item(html, item, title);
    text_addf(html,
              "<figure>\n<div class=\"scroll\" role=\"region\" "
              "tabindex=\"0\" aria-label=\"Figure %zu\">\n",
              page->figures);
    svg_add(html, svg, item->name, label);
    text_addf(html, "</div>\n<figcaption>Figure %zu. ", page->figures);
    html_add(html, words);
    text_addf(html,
              "</figcaption>\n</figure>\n<details><summary>Numbers and "
              "SQL of figure %zu</summary>\n",
              page->figures);
    snprintf(numbers, sizeof numbers, "Numbers of figure %zu", page->figures);
    page_add_rows(html, rows, numbers, "");
    add_sql(html, item);
    text_add(html, "</section>\n");
    free(label);
    free(words);
    free(title);
}

void page_end(struct page *page)
{
    struct text *html = &page->html;

    text_add(html, "</section>\n<section aria-labelledby=\"words\">\n"
                   "<h2 id=\"words\">Words</h2>\n<dl>\n");
    for (size_t i = 0; i < sizeof glossary / sizeof *glossary; i++)
        text_addf(html, "<dt>%s</dt><dd>%s</dd>\n", glossary[i].word,
                  glossary[i].meaning);
    text_add(html, "</dl>\n</section>\n</main>\n</body>\n</html>\n");
}

void page_release(struct page *page)
{
    text_release(&page->html);
}
