/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/report.h"

#include <stdbool.h>
#include <unistd.h>

#include "base/file.h"
#include "report/drawing.h"
#include "report/figure_files.h"
#include "report/page.h"

struct report {
    struct store *store;
    const struct report_request *request;
    struct drawing_folder drawings;
    struct page page;
};

static int add_figure(struct report *report, const struct report_item *item,
                      const struct rows *rows, struct error *err)
{
    const char *folder = report->request->figures;
    const struct drawing_request request = { item, rows, folder != NULL };
    struct drawing drawing;
    int status = drawing_make(&drawing, &report->drawings, &request, err);

    if (status < 0)
        return -1;
    page_add_figure(&report->page, item, rows, drawing.svg.at);
    if (folder)
        status = figure_files_put(folder, item, &drawing, err);
    drawing_release(&drawing);
    return status;
}

static int report_add_item(struct report *report,
                           const struct report_item *item, struct error *err)
{
    struct rows rows;
    int status = 0;

    if (rows_ask(&rows, report->store, report_item_query(item), err) < 0)
        return error_prefix(err, "%s: ", item->name);
    if (item->script && rows.count > 0)
        status = add_figure(report, item, &rows, err);
    else if (!item->script || item->section != REPORT_SHORT)
        page_add_table(&report->page, item, &rows);
    rows_release(&rows);
    return status;
}

static int report_fill(struct report *report, struct error *err)
{
    if (query_keep(report->store, err) < 0)
        return -1;
    for (size_t i = 0; i < report_item_count; i++)
        if (report_add_item(report, &report_items[i], err) < 0)
            return -1;
    page_end(&report->page);
    return file_put(report->request->page, report->page.html.at,
                    report->page.html.length, err);
}

int report_write(struct report_count *count, struct store *store,
                 const struct report_request *request, struct error *err)
{
    struct report report = { .store = store, .request = request };
    bool made = false; /* the folder of figures */
    int status;

    if (file_check_output(request->page, err) < 0 ||
        (request->figures &&
         figure_files_folder(request->figures, request->page, &made, err) < 0))
        return -1;
    if (drawing_folder_init(&report.drawings, err) < 0) {
        if (made)
            rmdir(request->figures);
        return -1;
    }
    page_begin(&report.page, request->version);
    status = report_fill(&report, err);
    *count = (struct report_count){ report.page.figures, report.page.tables };
    page_release(&report.page);
    drawing_folder_release(&report.drawings);
    if (status < 0 && made)
        rmdir(request->figures); /* stays if a figure is in it */
    return status;
}
