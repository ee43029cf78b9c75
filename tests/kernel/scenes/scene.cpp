// SPDX-License-Identifier: GPL-3.0-or-later
//
// scenes [NAME...]: plays these scenes, each in a process of its own, or all.
#include "scene.hpp"

#include <algorithm>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

static scene *first;

scene::scene(const char *name, void (*play)())
    : name(name), play(play), next(nullptr)
{
    scene **end = &first;

    while (*end != nullptr && strcmp((*end)->name, name) < 0)
        end = &(*end)->next;
    next = *end;
    *end = this;
}

struct line {
    uint64_t time, rank;
    std::string who, text;
};

static std::vector<line> lines;
static std::string trace;
static uint64_t last_delta;

static std::string formatted(const char *format, va_list list)
{
    char text[512];

    vsnprintf(text, sizeof text, format, list);
    return text;
}

void say(const char *who, const char *format, ...)
{
    va_list list;
    line said = { now(), 0, who, "" };

    va_start(list, format);
    said.text = formatted(format, list);
    va_end(list);
    if (!lines.empty() && lines.back().time == said.time)
        said.rank = lines.back().rank + (sc_delta_count() != last_delta);
    last_delta = sc_delta_count();
    lines.push_back(said);
}

void note(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    trace += " " + formatted(format, list);
    va_end(list);
}

static std::string warnings; // their numbers

#ifdef ON_KERNEL
static void take(void *, const struct sim_report *report)
{
    if (report->severity == SIM_WARNING)
        warnings += " " + std::to_string(report->number);
}
#else
static void take(const sc_report &report, const sc_actions &)
{
    if (report.get_severity() == SC_WARNING)
        warnings += " " + std::to_string(report.get_id());
    if (report.get_severity() == SC_ERROR)
        throw report;
}
#endif

static void print(const char *name)
{
    std::stable_sort(lines.begin(), lines.end(),
                     [](const line &a, const line &b) {
                         return a.time != b.time   ? a.time < b.time
                                : a.rank != b.rank ? a.rank < b.rank
                                                   : a.who < b.who;
                     });
    printf("scene %s\n", name);
    for (const line &said : lines)
        printf("%llu.%llu %s %s\n", (unsigned long long)said.time,
               (unsigned long long)said.rank, said.who.c_str(),
               said.text.c_str());
    if (!trace.empty())
        printf("trace:%s\n", trace.c_str());
    if (!warnings.empty())
        printf("warnings:%s\n", warnings.c_str());
    printf("end at %llu\n", (unsigned long long)now());
    fflush(stdout);
}

static void play(const scene *each)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        alarm(10);
        try {
            each->play();
        } catch (const sc_report &report) {
            note("uncaught %d", report.get_id());
        }
        print(each->name);
        _exit(0);
    }
    waitpid(child, &status, 0);
    if (status != 0) {
        printf("scene %s: status %d\n", each->name, status);
        fflush(stdout);
    }
}

static int play_all(int argc, char **argv)
{
    for (const scene *each = first; each != nullptr; each = each->next) {
        bool wanted = argc == 1;

        for (int i = 1; i < argc; i++)
            wanted |= strcmp(argv[i], each->name) == 0;
        if (wanted)
            play(each);
    }
    return 0;
}

#ifdef ON_KERNEL
int main(int argc, char **argv)
{
    sim_reports(the_sim())->handler = take;
    return play_all(argc, argv);
}
#else
int sc_main(int argc, char **argv)
{
    sc_report_handler::set_handler(take);
    return play_all(argc, argv);
}
#endif
