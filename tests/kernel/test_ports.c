/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rules of ports do not ask: who counts as a driver, and circles. */
#include <stdlib.h>

#include "kernel/port.h"
#include "kernel/report.h"
#include "kernel/signal.h"
#include "kernel/value.h"
#include "tests/suite.h"

struct wiring {
    struct sim *sim;
    struct sim_signal signal;
    struct sim_port outer, inner, other;
};

static struct wiring *wiring_new(void)
{
    struct wiring *wiring = calloc(1, sizeof *wiring);
    struct sim_port *ports[] = { &wiring->outer, &wiring->inner,
                                 &wiring->other };

    wiring->sim = sim_new();
    sim_reports(wiring->sim)->actions[SIM_ERROR] = SIM_FAIL;
    sim_signal_init(&wiring->signal, wiring->sim, "signal", 0);
    for (int i = 0; i < 3; i++) {
        sim_port_init(ports[i], wiring->sim, NULL, SIM_KIND_SIGNAL);
        sim_port_set_direction(ports[i], i == 2 ? SIM_IN : SIM_OUT);
    }
    return wiring;
}

static void wiring_free(struct wiring *wiring)
{
    sim_free(wiring->sim);
    free(wiring);
}

START_TEST(a_port_that_is_bound_to_another_drives_once_and_readers_do_not)
{
    struct wiring *wiring = wiring_new();

    sim_port_bind(&wiring->inner, wiring->outer.id);
    sim_port_bind(&wiring->outer, wiring->signal.id);
    sim_port_bind(&wiring->other, wiring->signal.id);
    ck_assert_int_eq(sim_run(wiring->sim), SIM_STARVED);
    ck_assert_ptr_eq(wiring->inner.channel, &wiring->signal);
    ck_assert_uint_eq(wiring->inner.count, 1);
    wiring_free(wiring);
}
END_TEST

START_TEST(ports_that_are_bound_in_a_circle_are_not_bound)
{
    struct wiring *wiring = wiring_new();

    sim_port_bind(&wiring->inner, wiring->outer.id);
    sim_port_bind(&wiring->outer, wiring->inner.id);
    sim_port_bind(&wiring->other, wiring->signal.id);
    ck_assert_int_eq(sim_run(wiring->sim), SIM_FAILED);
    ck_assert_int_eq(sim_catch(wiring->sim), SIM_E_NOT_BOUND);
    wiring_free(wiring);
}
END_TEST

START_TEST(a_port_for_values_takes_no_signal)
{
    struct wiring *wiring = wiring_new();
    struct sim_port port;
    struct sim_value value;

    sim_value_init(&value, wiring->sim, "value", 12, NULL);
    sim_port_init(&port, wiring->sim, "port", SIM_KIND_VALUE);
    sim_port_bind(&port, wiring->signal.id);
    ck_assert_int_eq(sim_catch(wiring->sim), SIM_E_WRONG_KIND);
    sim_port_bind(&port, value.id);
    ck_assert_int_eq(sim_catch(wiring->sim), 0);
    wiring_free(wiring);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("ports");
    TCase *ports = tcase_create("ports");

    tcase_add_test(
        ports, a_port_that_is_bound_to_another_drives_once_and_readers_do_not);
    tcase_add_test(ports, ports_that_are_bound_in_a_circle_are_not_bound);
    tcase_add_test(ports, a_port_for_values_takes_no_signal);
    suite_add_tcase(suite, ports);
    return suite;
}
