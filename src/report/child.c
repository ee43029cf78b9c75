/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/child.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/stop.h"
#include "report/utf8.h"

enum { LONGEST_LOG = 1 << 20 };

/* free() the array. */
static char **environment(void)
{
    static char dated[] = "SOURCE_DATE_EPOCH=0";
    size_t count = 0, kept = 0;
    char **list;

    while (environ[count])
        count++;
    list = memory_new(count + 2, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[kept++] = environ[i];
    if (!getenv("SOURCE_DATE_EPOCH"))
        list[kept] = dated;
    return list;
}

/* Where the child is, what it reads and writes: 0, or an errno. */
static int arrange(posix_spawn_file_actions_t *actions, const char *folder,
                   const char *log)
{
    int status = posix_spawn_file_actions_addchdir_np(actions, folder);

    if (status == 0)
        status = posix_spawn_file_actions_addopen(actions, 0, "/dev/null",
                                                  O_RDONLY, 0);
    if (status == 0)
        status = posix_spawn_file_actions_addopen(
            actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (status == 0)
        status = posix_spawn_file_actions_adddup2(actions, 1, 2);
    return status;
}

/* 0, or an errno. */
static int start(pid_t *child, const char *const *arguments, const char *folder,
                 const char *log)
{
    posix_spawn_file_actions_t actions;
    char **variables = environment();
    int status;

    posix_spawn_file_actions_init(&actions);
    status = arrange(&actions, folder, log);
    /* The strings are not written to; the old interface lacks the const. */
    if (status == 0)
        status = posix_spawnp(child, arguments[0], &actions, NULL,
                              (char **)(uintptr_t)arguments, variables);
    posix_spawn_file_actions_destroy(&actions);
    free(variables);
    return status;
}

/* The last line with anything on it, free() it. */
static char *last_words(const char *folder, const char *log)
{
    struct error ignored;
    char *path = memory_printf("%s/%s", folder, log);
    char *text = file_read_text(path, LONGEST_LOG, &ignored);
    char *last, *clean;
    size_t length;

    free(path);
    if (!text)
        return memory_text("it printed nothing");
    length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        text[--length] = 0;
    last = strrchr(text, '\n');
    clean = utf8_clean(last ? last + 1 : text);
    free(text);
    return clean;
}

static int wait_for(pid_t child, const char *name, const char *folder,
                    const char *log, struct error *err)
{
    int status;
    char *words;

    stop_kills(child);
    while (waitpid(child, &status, 0) < 0) {
        if (errno == EINTR)
            continue;
        stop_kills(0);
        return error_set(err, ERROR_INTERNAL, "%s: %s", name, strerror(errno));
    }
    stop_kills(0);
    if (stop_check(err) < 0)
        return -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    words = last_words(folder, log);
    if (WIFEXITED(status))
        error_set(err, ERROR_INTERNAL, "%s: ended with exit code %d: %s", name,
                  WEXITSTATUS(status), words);
    else
        error_set(err, ERROR_INTERNAL, "%s: was ended by signal %d (%s)", name,
                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    free(words);
    return -1;
}

int child_run(const char *const *arguments, const char *folder, const char *log,
              struct error *err)
{
    pid_t child;
    int status = start(&child, arguments, folder, log);

    if (status == ENOENT)
        return error_set(err, ERROR_NO_INPUT, "%s: no such program",
                         arguments[0]);
    if (status != 0)
        return error_set(err, ERROR_INTERNAL, "%s: cannot be started: %s",
                         arguments[0], strerror(status));
    return wait_for(child, arguments[0], folder, log, err);
}
