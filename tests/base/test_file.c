/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/leftover.h"
#include "base/memory.h"
#include "base/opened.h"
#include "tests/suite.h"

static char folder[] = "/tmp/flexcim-file-XXXXXX";

static void enter_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static size_t files_here(void)
{
    DIR *here = opendir(".");
    size_t count = 0;

    while (readdir(here))
        count++;
    closedir(here);
    return count - 2; /* . and .. */
}

static void leave_folder(void)
{
    char *command = memory_printf("rm -rf %s", folder);

    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
    free(command);
}

START_TEST(what_is_put_is_read_back_and_hashed)
{
    struct error err;
    char hex[HASH_TEXT], *text;

    ck_assert_int_eq(file_put("a", "abc", 3, &err), 0);
    text = file_read_text("a", 3, &err);
    ck_assert_str_eq(text, "abc");
    free(text);
    ck_assert_int_eq(hash_file(hex, "a", &err), 0);
    /* FIPS 180-2, appendix B.1 */
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223"
                          "b00361a396177a9cb410ff61f20015ad");
    ck_assert_ptr_null(file_read_text("a", 2, &err));
    ck_assert_int_eq(err.kind, ERROR_DATA);
}
END_TEST

START_TEST(a_file_appears_when_committed_and_never_when_abandoned)
{
    struct file_out out;
    struct error err;

    ck_assert_int_eq(file_create(&out, "b", &err), 0);
    ck_assert_int_eq(file_write(&out, "xyz", 3, &err), 0);
    ck_assert_int_ne(access("b", F_OK), 0);
    file_abandon(&out);
    ck_assert_uint_eq(files_here(), 0);
    ck_assert_int_eq(file_put("b", "old", 3, &err), 0);
    ck_assert_int_eq(file_create(&out, "b", &err), 0);
    ck_assert_int_eq(file_write(&out, "newer", 5, &err), 0);
    ck_assert_int_eq(file_commit(&out, &err), 0);
    ck_assert_uint_eq(files_here(), 1);
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_file_and_nothing_else)
{
    char *large = memory_new(100000, 1);
    struct error err;
    char *text;

    ck_assert_int_eq(file_put("c", "old", 3, &err), 0);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4096, 4096 });
    ck_assert_int_eq(file_put("c", large, 100000, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
    ck_assert_uint_eq(files_here(), 1);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 10, 10 });
    ck_assert_int_eq(file_put("c", large, 100, &err), -1); /* at its end */
    ck_assert_int_eq(err.kind, ERROR_DISK);
    ck_assert_uint_eq(files_here(), 1);
    text = file_read_text("c", 10, &err);
    ck_assert_str_eq(text, "old");
    free(text);
    free(large);
}
END_TEST

START_TEST(running_out_of_memory_leaves_no_temporary_file)
{
    struct file_out out;
    struct error err;
    int status;

    ck_assert_int_eq(file_put("d", "old", 3, &err), 0);
    if (fork() == 0) {
        int quiet = dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);

        if (quiet < 0 || file_create(&out, "d", &err) < 0 ||
            file_write(&out, "new", 3, &err) < 0 || mkdir("e", 0700) < 0 ||
            file_put("e/f", "x", 1, &err) < 0)
            _exit(1);
        leftover_add("e");
        leftover_add("e/f");
        memory_exhausted(1);
    }
    ck_assert_int_ge(wait(&status), 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == ERROR_INTERNAL);
    ck_assert_uint_eq(files_here(), 1);
}
END_TEST

START_TEST(what_a_child_leaves_early_stays_its_parents)
{
    struct file_out out;
    struct error err;
    int status;

    ck_assert_int_eq(file_create(&out, "g", &err), 0);
    if (fork() == 0)
        exit(0);
    ck_assert_int_ge(wait(&status), 0);
    ck_assert_int_eq(file_commit(&out, &err), 0);
    ck_assert_uint_eq(files_here(), 1);
}
END_TEST

/* In a child, whose standard error is the file "said". */
static void read_what_is_cut(void)
{
    static const char zeros[20000];
    struct file_map other, map;
    struct file_out out;
    struct error err;

    if (!freopen("said", "w", stderr) ||
        file_put("f", zeros, sizeof zeros, &err) < 0 ||
        file_put("g", zeros, sizeof zeros, &err) < 0 ||
        file_map(&other, "g", &err) < 0 || file_map(&map, "f", &err) < 0 ||
        file_create(&out, "h", &err) < 0)
        _exit(1);
    file_unmap(&other); /* its place serves the next file */
    if (file_map(&other, "g", &err) < 0 || truncate("f", 100) < 0)
        _exit(2);
    _exit(map.bytes[99] + map.bytes[15000] == 0 ? 3 : 4);
}

START_TEST(a_file_cut_while_it_is_mapped_is_named)
{
    struct error err;
    int status;
    char *said;

    if (fork() == 0)
        read_what_is_cut();
    ck_assert_int_ge(wait(&status), 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), ERROR_DISK);
    said = file_read_text("said", 1000, &err);
    ck_assert_str_eq(said, "flexcim: f: became shorter, or could not be read, "
                           "while it was in use\n");
    free(said);
    unlink("said");
    unlink("f");
    unlink("g");
    ck_assert_uint_eq(files_here(), 0); /* and nothing of "h" */
}
END_TEST

START_TEST(what_is_no_file_is_told_by_name)
{
    struct file_map map;
    struct error err;

    ck_assert_int_eq(file_map(&map, "nowhere", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "nowhere"));
    ck_assert_int_eq(file_map(&map, ".", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_NO_INPUT);
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_assert_int_eq(file_map(&map, "pipe", &err), -1);
    ck_assert_int_eq(file_put("nowhere/x", "a", 1, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
}
END_TEST

START_TEST(what_was_read_is_not_written_under_any_name)
{
    struct error err;
    struct file_map map;

    opened_watch();
    ck_assert_int_eq(file_put("read", "abc", 3, &err), 0);
    ck_assert_int_eq(symlink("read", "link"), 0);
    ck_assert_int_eq(file_check_output("link", &err), 0);
    ck_assert_int_eq(file_map(&map, "./read", &err), 0);
    file_unmap(&map);
    ck_assert_int_eq(file_check_output("read", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_USAGE);
    ck_assert_int_eq(file_put("link", "new", 3, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "as ./read"));
    opened_forget("link");
    ck_assert_int_eq(file_put("link", "newer", 5, &err), 0);
    ck_assert_uint_eq(files_here(), 2);
}
END_TEST

START_TEST(a_path_that_no_file_can_have_is_refused_before_the_work)
{
    static const struct {
        const char *path, *words;
        enum error_kind kind;
    } cases[] = {
        { "", "without a name", ERROR_USAGE },
        { "new/", "Is a directory", ERROR_DISK },
        { "nothing", "a link to nothing", ERROR_DISK },
        { "round", "a link to nothing", ERROR_DISK },
        { "none/x", "No such file", ERROR_DISK },
    };
    struct error err;

    ck_assert_int_eq(symlink("nowhere", "nothing"), 0);
    ck_assert_int_eq(symlink("round", "round"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(file_check_output(cases[i].path, &err), -1);
        ck_assert_int_eq(err.kind, cases[i].kind);
        ck_assert_ptr_nonnull(strstr(err.text, cases[i].words));
        ck_assert_int_eq(file_put(cases[i].path, "x", 1, &err), -1);
    }
    ck_assert_uint_eq(files_here(), 2);
}
END_TEST

START_TEST(two_outputs_have_two_places_however_they_are_spelt)
{
    struct error err;

    ck_assert_int_eq(mkdir("a", 0777), 0);
    ck_assert_int_eq(symlink("a", "b"), 0);
    ck_assert_int_eq(file_check_apart("x", "./a/../x", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_USAGE);
    ck_assert_int_eq(file_check_apart("a/x", "b/x", &err), -1);
    ck_assert_int_eq(file_check_apart("new", "new/", &err), -1);
    ck_assert_int_eq(file_check_apart("a/x", "a/y", &err), 0);
    ck_assert_int_eq(file_check_apart("x", "a/x", &err), 0);
    ck_assert_int_eq(file_put("a/x", "1", 1, &err), 0);
    ck_assert_int_eq(symlink("a/x", "c"), 0);
    ck_assert_int_eq(file_check_apart("c", "b/x", &err), -1);
}
END_TEST

START_TEST(a_mode_is_kept_and_a_second_name_is_not_parted)
{
    struct error err;
    struct stat info;

    ck_assert_int_eq(file_put("h", "old", 3, &err), 0);
    ck_assert_int_eq(chmod("h", 0640), 0);
    ck_assert_int_eq(file_put("h", "newer", 5, &err), 0);
    ck_assert_int_eq(stat("h", &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0640);
    ck_assert_int_eq(link("h", "i"), 0);
    ck_assert_int_eq(file_put("h", "x", 1, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
    ck_assert_uint_eq(files_here(), 2);
}
END_TEST

/* Makes what `make` makes in a child, and kills it there. */
static void make_and_die(void (*make)(void))
{
    int status;

    if (fork() == 0) {
        make();
        raise(SIGKILL);
    }
    ck_assert_int_ge(wait(&status), 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void make_file(void)
{
    struct file_out out;
    struct error err;

    if (file_create(&out, "j", &err) < 0)
        _exit(1);
}

static void make_folder(void)
{
    struct leftover_folder made;
    struct error err;
    char *inside;

    if (leftover_folder_make(&made, "k", 0755, &err) < 0)
        _exit(1);
    inside = memory_printf("%s/a", made.path);
    if (file_put(inside, "x", 1, &err) < 0)
        _exit(1);
}

START_TEST(what_a_killed_program_left_is_cleared_by_the_next_and_no_other)
{
    struct leftover_folder folder_out;
    struct file_out out, beside;
    struct error err;

    make_and_die(make_file);
    make_and_die(make_folder);
    ck_assert_uint_eq(files_here(), 2);
    ck_assert_int_eq(file_create(&out, "l", &err), 0);
    ck_assert_uint_eq(files_here(), 3);
    ck_assert_int_eq(file_create(&beside, "j", &err), 0);
    ck_assert_uint_eq(files_here(), 3); /* one for the other */
    ck_assert_int_eq(file_put("j", "x", 1, &err), 0);
    ck_assert_uint_eq(files_here(), 4); /* what lives is held */
    ck_assert_int_eq(leftover_folder_make(&folder_out, "k", 0755, &err), 0);
    ck_assert_uint_eq(files_here(), 4);
    leftover_folder_remove(&folder_out);
    file_abandon(&out);
    file_abandon(&beside);
    ck_assert_uint_eq(files_here(), 1);
}
END_TEST

/* Behind the hash of each struct stands something else. */
START_TEST(hashes_in_structs_are_counted_and_listed)
{
    struct {
        int before;
        char hash[HASH_TEXT];
        int behind;
    } at[] = { { 1, "ab", 2 }, { 3, "cd", 4 }, { 5, "ab", 6 }, { 7, "e", 8 } };
    char *list = hash_json_array(at->hash, sizeof *at, 3);

    ck_assert_str_eq(list, "[\"ab\",\"cd\",\"ab\"]");
    free(list);
    ck_assert_uint_eq(hash_distinct(at->hash, sizeof *at, 4), 3);
    ck_assert_uint_eq(hash_distinct("", sizeof *at, 0), 0);
    list = hash_json_array("", sizeof *at, 0);
    ck_assert_str_eq(list, "[]");
    free(list);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *files = tcase_create("files");

    tcase_add_checked_fixture(files, enter_folder, leave_folder);
    tcase_add_test(files, running_out_of_memory_leaves_no_temporary_file);
    tcase_add_test(files, what_a_child_leaves_early_stays_its_parents);
    tcase_add_test(files, what_is_put_is_read_back_and_hashed);
    tcase_add_test(files, hashes_in_structs_are_counted_and_listed);
    tcase_add_test(files,
                   a_file_appears_when_committed_and_never_when_abandoned);
    tcase_add_test(files, a_full_disk_leaves_the_old_file_and_nothing_else);
    tcase_add_test(files, a_file_cut_while_it_is_mapped_is_named);
    tcase_add_test(files, what_is_no_file_is_told_by_name);
    tcase_add_test(files, what_was_read_is_not_written_under_any_name);
    tcase_add_test(files, a_mode_is_kept_and_a_second_name_is_not_parted);
    tcase_add_test(files,
                   a_path_that_no_file_can_have_is_refused_before_the_work);
    tcase_add_test(files, two_outputs_have_two_places_however_they_are_spelt);
    tcase_add_test(
        files, what_a_killed_program_left_is_cleared_by_the_next_and_no_other);
    suite_add_tcase(suite, files);
    return suite;
}
