// SPDX-License-Identifier: GPL-3.0-or-later
// sc_rules.cpp - the scheduler rules of IEEE 1666 as small questions, answered by SystemC itself.
// Each rule runs in its own child process and prints one or more lines "Rnn what: answer".
// Answers never depend on the order of processes within one delta.  expected.txt holds the answers of 2.3.4.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <systemc>
#include <cstdio>
#include <cstdarg>
#include <fstream>
#include <functional>
#include <string>
#include <unistd.h>
#include <sys/wait.h>
using namespace sc_core;
typedef std::function<void()> fn;
static sc_time ps(uint64_t t) { return sc_time::from_value(t); }
static unsigned long long now() { return sc_time_stamp().value(); }
static unsigned long long dc() { return sc_delta_count(); }
static const char *tag;
static void say(const char *f, ...) { va_list a; va_start(a, f); printf("%s ", tag); vprintf(f, a); putchar('\n'); va_end(a); fflush(stdout); }
static std::string lst;
static void add(const char *f, ...) { char b[128]; va_list a; va_start(a, f); vsnprintf(b, sizeof b, f, a); va_end(a); if (!lst.empty()) lst += ' '; lst += b; }
static void flush(const char *what) { say("%s: %s", what, lst.empty() ? "(none)" : lst.c_str()); lst.clear(); }
static void thr(fn f) { sc_spawn(f); }
static void met(fn f, std::initializer_list<const sc_event*> s, bool init = false)
{ sc_spawn_options o; o.spawn_method(); if (!init) o.dont_initialize(); for (auto e : s) o.set_sensitivity(e); sc_spawn(f, nullptr, &o); }
static void run(uint64_t t = 1000) { sc_start(ps(t)); }
static void log_times(sc_event &e) { met([&] { add("%llu", now()); }, { &e }); }
static std::string caught(fn f) { try { f(); } catch (const sc_report &r) { return std::string(sc_report_handler::get_count(SC_ERROR) ? "error " : "") + std::to_string(r.get_id()); } return "none"; }

static void R01() { sc_event e; log_times(e); thr([&] { e.notify(ps(10)); e.notify(ps(5)); }); run(); flush("notify 10 then 5 fires at"); }
static void R02() { sc_event e; log_times(e); thr([&] { e.notify(ps(5)); e.notify(ps(10)); }); run(); flush("notify 5 then 10 fires at"); }
static void R03() { sc_event e; log_times(e); thr([&] { wait(ps(3)); e.notify(ps(5)); e.notify(SC_ZERO_TIME); }); run(); flush("at 3: notify 5 then delta fires at"); }
static void R04() { sc_event e; log_times(e); thr([&] { wait(ps(3)); e.notify(SC_ZERO_TIME); e.notify(ps(5)); }); run(); flush("at 3: notify delta then 5 fires at"); }
static void R05() { sc_event e; log_times(e); thr([&] { wait(ps(3)); e.notify(ps(5)); e.notify(); }); run(); flush("at 3: notify 5 then immediate fires at"); }
static void R06() { sc_event e; log_times(e); thr([&] { e.notify(ps(5)); e.cancel(); e.notify(SC_ZERO_TIME); e.cancel(); wait(ps(9)); e.notify(); e.cancel(); }); run(); flush("cancelled 5, cancelled delta, immediate at 9 then cancel, fires at"); }
static void R07() { sc_event e; log_times(e); thr([&] { e.notify(ps(20)); wait(ps(15)); e.notify(ps(10)); }); run(); flush("pending 20, at 15 notify +10, fires at"); }
static void R08() { sc_event e; unsigned long long d0 = 0; thr([&] { wait(ps(1)); d0 = dc(); e.notify(); }); met([&] { add("%llu", dc() - d0); }, { &e }); run(); flush("immediate: receiver runs this many deltas later"); }
static void R09() { sc_event e; unsigned long long d0 = 0; thr([&] { wait(ps(1)); d0 = dc(); e.notify(SC_ZERO_TIME); }); met([&] { add("%llu", dc() - d0); }, { &e }); run(); flush("delta: receiver runs this many deltas later"); }
static void R10() { sc_event e; thr([&] { wait(ps(1)); e.notify(); wait(ps(1)); }); thr([&] { wait(ps(2)); wait(ps(5), e); add(e.triggered() ? "seen" : "lost"); }); run(); flush("immediate notify at 1, first wait at 2"); }
static void R11() { sc_event e; int n = 0; met([&] { if (++n < 3) e.notify(); }, { &e }); thr([&] { wait(ps(1)); e.notify(); }); sc_report_handler::set_actions(SC_WARNING, SC_DO_NOTHING); run(); say("immediate self-notification of a method: runs %d", n); }
static void R12() { sc_signal<int> s("s", 0); thr([&] { wait(ps(1)); s.write(1); add("%d", s.read()); s.write(2); wait(SC_ZERO_TIME); add("%d", s.read()); }); run(); flush("read after write 1, write 2: same phase, next delta"); }
static void R13() { sc_signal<int> s("s", 0); met([&] { add("%llu", now()); }, { &s.value_changed_event() }); thr([&] { wait(ps(1)); s.write(0); wait(ps(1)); s.write(7); s.write(0); wait(ps(1)); s.write(7); }); run(); flush("value_changed fires at (1 same value, 2 write and back, 3 change)"); }
static void R14() { sc_buffer<int> s("s"); met([&] { add("%llu", now()); }, { &s.value_changed_event() }); thr([&] { wait(ps(1)); s.write(0); wait(ps(1)); s.write(0); s.write(0); wait(ps(1)); s.write(7); }); run(); flush("sc_buffer fires at"); }
static void R15() { sc_signal<int> s("s", 0); thr([&] { wait(ps(1)); s.write(1); wait(SC_ZERO_TIME); add("%d", (int)s.event()); wait(SC_ZERO_TIME); add("%d", (int)s.event()); }); run(); flush("event() in the next delta, in the one after"); }
static void R16() { sc_signal<int> s("s", 0); std::string r; thr([&] { wait(ps(1)); s.write(1); }); thr([&] { wait(ps(2)); r = caught([&] { s.write(2); }); }); run(); say("one-writer signal, second process writes at another time: %s", r.c_str()); }
static void R17() { sc_signal<int, SC_MANY_WRITERS> s("s", 0); std::string r1 = "none", r2 = "none"; auto w = [&](int v) { return [&, v] { wait(ps((uint64_t)v)); s.write(v); wait(ps(10 - (uint64_t)v)); std::string r = caught([&] { s.write(v); }); if (r != "none") r2 = r; }; }; thr(w(1)); thr(w(2)); run(); say("many-writers signal, other deltas: %s, same delta: %s", r1.c_str(), r2.c_str()); }
static void R18() { sc_fifo<int> f("f", 2); thr([&] { wait(ps(1)); add("w%d", (int)f.nb_write(1)); add("w%d", (int)f.nb_write(2)); add("w%d", (int)f.nb_write(3)); add("a%d f%d", f.num_available(), f.num_free()); wait(SC_ZERO_TIME); add("a%d f%d", f.num_available(), f.num_free()); int x; add("r%d", (int)f.nb_read(x)); add("x%d a%d f%d", x, f.num_available(), f.num_free()); add("w%d", (int)f.nb_write(4)); wait(SC_ZERO_TIME); add("a%d f%d", f.num_available(), f.num_free()); add("w%d", (int)f.nb_write(4)); }); run(); flush("fifo depth 2"); }
static void R19() { sc_fifo<int> f("f", 1); unsigned long long d0 = 0; thr([&] { wait(ps(1)); d0 = dc(); for (int i = 0; i < 3; i++) { f.write(i); add("w%d@%llu", i, dc() - d0); } }); std::string l2; thr([&] { wait(ps(1)); wait(SC_ZERO_TIME); wait(SC_ZERO_TIME); for (int i = 0; i < 3; i++) { int x = f.read(); l2 += " r" + std::to_string(x) + "@" + std::to_string(dc() - d0); } }); run(); lst += l2; flush("blocking fifo depth 1, reader starts at delta 2: writes return, reads return, at delta"); }
static void R20() { sc_event e; met([&] { add("A%llu", now()); }, { &e }, true); met([&] { add("B%llu", now()); }, { &e }, false); sc_start(SC_ZERO_TIME); flush("initialisation runs (A default, B dont_initialize)"); }
static void R21() { sc_event st, dy; int k = 0; met([&] { add("%llu", now()); if (++k == 1) { next_trigger(ps(7)); next_trigger(dy); } }, { &st }, true); thr([&] { for (int i = 1; i <= 6; i++) { wait(ps(10)); if (i == 3) dy.notify(); else st.notify(); } }); run(); flush("next_trigger(7), next_trigger(dy) in the first run; static at 10 20 40 50 60, dy at 30; runs at"); }
static void R22() { sc_event e; sc_spawn_options o; o.set_sensitivity(&e); sc_spawn([&] { for (int i = 0; i < 2; i++) { wait(3); add("%llu", now()); } }, nullptr, &o); thr([&] { for (int i = 0; i < 8; i++) { wait(ps(10)); e.notify(); } }); run(); flush("wait(3) on an event at 10 20 .. 80 returns at"); }
static void R23() { sc_event e; thr([&] { wait(ps(5), e); add("%llu:%d", now(), (int)e.triggered()); wait(ps(5), e); add("%llu:%d", now(), (int)e.triggered()); }); thr([&] { wait(ps(2)); e.notify(); }); run(); flush("wait(5, e) with e at 2, then none: returns at time:by-event"); }
static void R24() { sc_event a, b; thr([&] { wait(a | b); add("or%llu", now()); wait(a & b); add("and%llu", now()); }); thr([&] { wait(ps(1)); a.notify(); wait(ps(1)); a.notify(); wait(ps(1)); a.notify(); wait(ps(1)); b.notify(); }); run(); flush("a at 1 2 3, b at 4: or, and"); }
static void R25() { sc_event e; log_times(e); thr([&] { for (;;) { wait(ps(10)); e.notify(); } }); run(20); add("|"); add("t%llu", now()); run(1); add("|"); add("t%llu", now()); flush("process every 10: sc_start(20) | sc_start(1) ran at"); }
static void R26() { sc_event e; unsigned long long d0; thr([&] { for (int i = 0; i < 3; i++) { add("i%d", i); wait(SC_ZERO_TIME); } }); d0 = dc(); sc_start(SC_ZERO_TIME); add("| d%llu", dc() - d0); sc_start(SC_ZERO_TIME); add("| d%llu", dc() - d0); flush("sc_start(0) runs one delta each"); }
static void R27() { sc_event e; thr([&] { wait(ps(5)); }); sc_report_handler::set_actions(SC_WARNING, SC_DO_NOTHING); sc_start(ps(100), SC_RUN_TO_TIME); add("%llu", now()); sc_start(ps(100), SC_EXIT_ON_STARVATION); add("%llu", now()); flush("starved: run-to-time ends at, exit-on-starvation ends at"); }
static void stop(sc_stop_mode m, const char *w) { sc_set_stop_mode(m); sc_signal<int> s("s", 0), v("v", 0); sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING); sc_report_handler::set_actions(SC_WARNING, SC_DO_NOTHING); auto p = [&](sc_signal<int> &g) { return [&] { wait(ps(5)); g.write(1); add("ran"); sc_stop(); wait(SC_ZERO_TIME); add("next-delta"); }; }; thr(p(s)); thr(p(v)); run(); add("| t%llu updated %d", now(), s.read() + v.read()); flush(w); }
static void R28() { stop(SC_STOP_FINISH_DELTA, "two processes call sc_stop at 5, finish-delta: ran"); }
static void R29() { stop(SC_STOP_IMMEDIATE, "two processes call sc_stop at 5, immediate: ran"); }
static void R30() { sc_signal<int> s("s", 0); thr([&] { wait(ps(5)); s.write(4); sc_pause(); add("after-pause-call"); wait(SC_ZERO_TIME); add("next-delta"); }); run(); add("| t%llu s%d", now(), s.read()); run(1); flush("sc_pause at 5"); }
static void clk(const char *w, sc_clock &c) { met([&] { add("%c%llu", c.read() ? 'p' : 'n', now()); }, { &c.value_changed_event() }); add("v%d", (int)c.read()); run(26); flush(w); }
static void R31() { sc_clock c("c", ps(10), 0.3, ps(4), true); clk("clock period 10 duty 0.3 start 4 posedge first", c); }
static void R32() { sc_clock c("c", ps(10), 0.3, ps(4), false); clk("clock period 10 duty 0.3 start 4 negedge first", c); }
static void R33() { add("%s", sc_get_time_resolution().to_string().c_str()); add("%llu", (unsigned long long)sc_time(1.4, SC_PS).value()); add("%llu", (unsigned long long)sc_time(1.6, SC_PS).value()); add("%s", sc_time(1500, SC_PS).to_string().c_str()); flush("default resolution, 1.4 ps, 1.6 ps, 1500 ps"); say("set_time_resolution after a time was made: %s", caught([] { sc_set_time_resolution(1, SC_FS); }).c_str()); }
static void R34() { sc_set_time_resolution(1, SC_NS); say("resolution 1 ns: 1.4 ns = %llu, 400 ps = %llu, 600 ps = %llu", (unsigned long long)sc_time(1.4, SC_NS).value(), (unsigned long long)sc_time(400, SC_PS).value(), (unsigned long long)sc_time(600, SC_PS).value()); }
struct Cb : sc_module { SC_HAS_PROCESS(Cb); Cb(sc_module_name n) : sc_module(n) { add("ctor"); SC_METHOD(m); } void m() { add("run"); sc_stop(); }
    void before_end_of_elaboration() override { add("beoe"); } void end_of_elaboration() override { add("eoe"); } void start_of_simulation() override { add("sos"); } void end_of_simulation() override { add("eos"); } };
static void R35() { sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING); Cb c("c"); run(); flush("callbacks"); }
static void R36() { sc_event_queue q("q"); unsigned long long d0 = 0; met([&] { if (!d0) d0 = dc(); add("%llu", now()); }, { &q.default_event() }); thr([&] { q.notify(ps(5)); q.notify(ps(3)); q.notify(ps(5)); q.notify(ps(5)); }); run(); flush("event_queue 5 3 5 5 fires at"); }
static void R37() { sc_event e; sc_spawn_options o; o.spawn_method(); sc_report_handler::set_actions(SC_ERROR, SC_THROW); sc_spawn([&] { add("%s", caught([] { wait(ps(1)); }).c_str()); }, nullptr, &o); run(1); flush("wait in a method"); }
static void R38() { sc_event e; add("%d", (int)sc_pending_activity()); thr([&] { e.notify(ps(50)); }); sc_start(SC_ZERO_TIME); add("%d", (int)sc_pending_activity()); add("%llu", (unsigned long long)sc_time_to_pending_activity().value()); e.cancel(); add("%d", (int)sc_pending_activity()); flush("pending activity: none, one at 50, distance, after cancel"); }
static void R39() { char d[] = "/tmp/scrXXXXXX"; if (!mkdtemp(d)) return; std::string f = std::string(d) + "/t"; sc_signal<int> s("s", 1); sc_signal<bool> b("b", false); sc_trace_file *t = sc_create_vcd_trace_file(f.c_str()); t->set_time_unit(1, SC_PS); sc_trace(t, s, "s"); sc_trace(t, b, "b"); thr([&] { wait(ps(3)); s.write(2); wait(SC_ZERO_TIME); s.write(5); wait(ps(4)); b.write(true); wait(ps(1)); s.write(5); }); run(20); sc_close_vcd_trace_file(t); std::ifstream in((f + ".vcd").c_str()); std::string l; bool on = false; while (std::getline(in, l)) { if (l.rfind("$dumpvars", 0) == 0) on = true; if (on && !l.empty()) add("%s", l.c_str()); } flush("vcd body: s=1 b=0; at 3 s=2 then delta s=5; at 7 b=1; at 8 s=5 again"); unlink((f + ".vcd").c_str()); rmdir(d); }
static void R40() { sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING); sc_report_handler::set_actions(SC_WARNING, SC_DO_NOTHING); SC_REPORT_INFO("x", "a"); SC_REPORT_WARNING("x", "a"); std::string r = "not thrown"; try { SC_REPORT_ERROR("x", "a"); } catch (const sc_report &) { r = "thrown"; } say("report: info %d warning %d error %s counted %d", sc_report_handler::get_count(SC_INFO), sc_report_handler::get_count(SC_WARNING), r.c_str(), sc_report_handler::get_count(SC_ERROR)); }
static void R41() { sc_mutex m("m"); thr([&] { m.lock(); add("a%llu", now()); wait(ps(4)); m.unlock(); }); thr([&] { wait(ps(1)); add("t%d", m.trylock()); m.lock(); add("b%llu", now()); m.unlock(); add("u%d", m.unlock()); }); run(); flush("mutex: a holds 0..4; b trylock at 1, lock, unlock, unlock again"); }
static void R42() { sc_semaphore m("m", 2); for (int i = 0; i < 3; i++) thr([&] { m.wait(); add("%llu", now()); wait(ps(4)); m.post(); }); run(); flush("semaphore 2, three users of 4: enter at"); }
static void R43() { sc_signal<bool> s("s", false); met([&] { add("p%llu", now()); }, { &s.posedge_event() }); met([&] { add("n%llu", now()); }, { &s.negedge_event() }); thr([&] { for (int i = 1; i < 5; i++) { wait(ps(10)); s.write(i & 1); } }); run(); flush("posedge negedge events"); }
static void R44() { sc_event e; sc_process_handle h = sc_spawn([&] { for (;;) { wait(e); add("%llu", now()); } }); thr([&] { wait(ps(5)); h.suspend(); wait(ps(5)); e.notify(); wait(ps(5)); h.resume(); wait(ps(5)); h.disable(); wait(ps(5)); e.notify(); wait(ps(5)); h.enable(); wait(ps(5)); e.notify(); }); run(); flush("suspended 5..15 (event 10), disabled 20..30 (event 25), event 35: runs at"); }
static void R45() { sc_event e; int k = 0; met([&] { add("%llu", now()); if (++k < 4) next_trigger(ps(3), e); }, {}, true); thr([&] { wait(ps(1)); e.notify(); }); run(); flush("method next_trigger(3, e) with e at 1: runs at"); }
static void R46() { sc_event e, f; met([&] { add("%llu", now()); }, { &e, &f }); thr([&] { wait(ps(1)); e.notify(SC_ZERO_TIME); f.notify(SC_ZERO_TIME); wait(ps(1)); e.notify(); f.notify(); wait(ps(1)); e.notify(ps(2)); f.notify(ps(2)); }); run(); flush("two events of one process in one delta (1), one phase (2), one time (5): runs at"); }

static sc_process_handle thr_on(fn f, sc_event *e = nullptr) { sc_spawn_options o; if (e) o.set_sensitivity(e); return sc_spawn(f, nullptr, &o); }
static sc_process_handle met_at(fn f) { sc_spawn_options o; o.spawn_method(); return sc_spawn(f, nullptr, &o); }
static void R47() { auto m = met_at([&] { add("m"); }); auto t = thr_on([&] { add("t"); for (;;) wait(ps(900)); }); run(5); thr([&] { wait(ps(1)); add("<"); m.reset(); t.reset(); add(">"); }); run(); flush("a thread resets a method and a thread"); }
static void R48() { sc_event e; auto t = thr_on([&] { add("begin%llu", now()); for (;;) { wait(e); add("woke%llu", now()); } }); thr([&] { wait(ps(5)); t.suspend(); wait(ps(5)); t.reset(); wait(ps(5)); e.notify(); wait(ps(5)); t.resume(); }); run(); flush("suspended at 5, reset at 10, event at 15, resumed at 20"); }
static void R49() { static int n; sc_process_handle m; m = met_at([&] { add("%d", ++n); if (n < 4) sc_get_current_process_handle().reset(); }); thr([&] { add("t"); }); run(); flush("a method resets itself three times, beside another process"); }
static void R50() { sc_event e; sc_report_handler::set_actions(SC_WARNING, SC_DO_NOTHING); thr([&] { wait(ps(50)); }); sc_start(ps(10), SC_EXIT_ON_STARVATION); add("%llu", now()); sc_start(ps(30), SC_EXIT_ON_STARVATION); add("%llu", now()); sc_start(ps(80), SC_EXIT_ON_STARVATION); add("%llu", now()); flush("exit on starvation: nothing due in 10, in 30 more, an event at 50 in 80 more: now"); }
static void R51() { sc_event e, d; sc_signal<int, SC_MANY_WRITERS> s("s", 0); met_at([&] { s.write(1); e.notify(SC_ZERO_TIME); d.notify(ps(4)); }); thr([&] { wait(ps(4)); add("%d%d%d", (int)e.triggered(), (int)s.event(), (int)d.triggered()); wait(ps(6)); add("%d%d%d", (int)e.triggered(), (int)s.event(), (int)d.triggered()); s.write(2); e.notify(SC_ZERO_TIME); wait(SC_ZERO_TIME); add("%d%d%d", (int)e.triggered(), (int)s.event(), (int)d.triggered()); }); run(); flush("triggered and changed, seen at 4, 10 and the delta after: delta event, signal, event at 4"); }
static void R52() { sc_signal_resolved r("r"); sc_signal_rv<4> v("v"); add("%c", r.read().to_char()); add("%s", v.read().to_string().c_str()); thr([&] { wait(ps(1)); r.write(sc_dt::SC_LOGIC_0); v.write("01ZX"); }); run(3); add("%c", r.read().to_char()); add("%s", v.read().to_string().c_str()); flush("a resolved signal and a vector of four before and after a driver writes"); }
static fn at_start;
struct Sos : sc_module { Sos(sc_module_name n) : sc_module(n) {} void start_of_simulation() override { at_start(); } void end_of_simulation() override { add("eos"); } };
static void R53() { at_start = [] { sc_pause(); }; Sos x("x"); thr([&] { for (int i = 0; i < 4; i++) { add("%llu", now()); wait(ps(1)); } }); run(2); add("|"); sc_pause(); run(20); flush("sc_pause in start_of_simulation and between two runs is ignored: runs at"); }
static void R54() { sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING); at_start = [] { add("sos"); sc_stop(); }; Sos x("x"); thr([&] { add("ran"); }); run(5); flush("sc_stop in start_of_simulation"); }
static void R55() { sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING); at_start = [] {}; Sos x("x"); thr([&] { for (;;) { add("%llu", now()); wait(ps(1)); } }); run(2); add("stop"); sc_stop(); add("stopped"); add("%s", caught([] { run(1); }).c_str()); flush("sc_stop between two runs, then a run"); }
static void R56() { sc_buffer<bool> b("b"); met([&] { add("p%llu", now()); }, { &b.posedge_event() }); met([&] { add("n%llu", now()); }, { &b.negedge_event() }); thr([&] { for (int i = 1; i < 7; i++) { wait(ps(1)); b.write(i < 4); } }); run(); flush("a buffer written 1 three times, then 0 three times: edges"); }
static void R57() { sc_event e; auto m = met_at([&] { add("%llu", now()); }); auto t = thr_on([&] { add("t%llu", now()); }); m.suspend(); t.suspend(); thr([&] { wait(ps(5)); m.resume(); wait(ps(2)); t.resume(); }); run(); flush("suspended in elaboration, resumed at 5 and 7: first runs at"); }
static void R58() { sc_event e; thr([&] { wait(ps(5)); met([&] { add("%llu", now()); }, { &e }); e.notify(ps(5)); }); run(); flush("a method made at 5 with dont_initialize, its event at 10: runs at"); }
static void R59() { sc_event e; sc_spawn_options o; o.spawn_method(); o.set_sensitivity(&e); auto m = sc_spawn([&] {}, nullptr, &o); sc_start(SC_ZERO_TIME); unsigned long long d0 = dc(); e.notify(); m.suspend(); sc_start(SC_ZERO_TIME); add("%llu", dc() - d0); m.resume(); sc_start(SC_ZERO_TIME); add("%llu", dc() - d0); flush("the only runnable process is suspended before it runs, then resumed: deltas"); }
static void R60() { sc_mutex m("m"); thr([&] { add("%d", m.trylock()); add("%d", m.trylock()); add("%d", m.lock()); add("%d", m.unlock()); add("%d", m.unlock()); }); run(); flush("a mutex locked three times by its owner, unlocked twice"); }
static void R61() { sc_report_handler::set_actions(SC_WARNING, SC_DO_NOTHING); sc_event a("e"), b("e"), c("e"); add("%s %s %s", a.name(), b.name(), c.name()); sc_signal<int> d("x.y"); add("%s", d.name()); flush("three events called e, a signal called x.y"); }
static void R62() { static int n; thr([&] { add("%d", ++n); if (n < 3) sc_get_current_process_handle().reset(); wait(ps(2)); add("end%llu", now()); }); thr([&] { add("t"); }); run(); flush("a thread resets itself twice, beside another process"); }
static void R63() { sc_process_handle a, b; int k = 0; sc_event go; a = thr_on([&] { add("A"); wait(go); add("a<"); b.reset(); add("a>"); }); b = thr_on([&] { add("B"); if (++k == 2) { a.reset(); add("b>"); } wait(ps(9)); add("b%llu", now()); }); thr([&] { wait(ps(1)); go.notify(); wait(ps(1)); add("|"); }); run(); flush("A resets B, which resets A meanwhile"); }
static void R64() { sc_process_handle a, b; int k = 0; sc_event go; a = thr_on([&] { add("A"); wait(go); add("a<"); b.reset(); add("a>"); }); b = thr_on([&] { add("B"); if (++k == 2) a.kill(); add("b"); wait(ps(9)); add("b%llu", now()); }); thr([&] { wait(ps(1)); go.notify(); wait(ps(1)); add("|%d", (int)a.terminated()); }); run(); flush("A resets B, which kills A meanwhile"); }
static void R65() { sc_process_handle a, b; int k = 0; a = met_at([&] { add("m<"); if (k == 0 || k == 2) return; b.reset(); add("m>"); }); b = thr_on([&] { add("B"); for (;;) { wait(ps(3)); add("b%llu", now()); } }); thr([&] { wait(ps(1)); k = 1; a.reset(); k = 2; add("|"); }); run(8); flush("a thread resets a method, which resets a thread"); }
static void R66() { sc_event e; auto t = thr_on([&] { add("begin"); wait(e); add("woke"); }); thr([&] { wait(ps(5)); e.notify(); t.reset(); add("|"); wait(ps(1)); add("6"); }); run(); flush("a thread is woken, then reset in the same phase"); }
static void R67() { sc_report_handler::set_actions(SC_ERROR, SC_THROW); sc_event_or_list none; add("%s", caught([] { sc_clock c("c", sc_time(0, SC_PS)); }).c_str()); add("%s", caught([] { sc_clock c("d", ps(10), 0.01); }).c_str()); add("%s", caught([] { sc_clock c("f", ps(10), 0.99); }).c_str()); add("%s", caught([] { sc_fifo<int> f("g", 0); }).c_str()); thr([&] { add("%s", caught([&] { wait(0); }).c_str()); add("%s", caught([&] { wait(none); }).c_str()); }); run(1); flush("errors: clock of period 0, never high, never low, fifo of depth 0, wait(0), empty list"); }

typedef void (*rule)();
#define X(n) { #n, n }
static const struct { const char *n; rule f; } rules[] = { X(R01), X(R02), X(R03), X(R04), X(R05), X(R06), X(R07), X(R08), X(R09), X(R10), X(R11), X(R12), X(R13), X(R14), X(R15), X(R16), X(R17), X(R18), X(R19), X(R20), X(R21), X(R22), X(R23), X(R24), X(R25), X(R26), X(R27), X(R28), X(R29), X(R30), X(R31), X(R32), X(R33), X(R34), X(R35), X(R36), X(R37), X(R38), X(R39), X(R40), X(R41), X(R42), X(R43), X(R44), X(R45), X(R46), X(R47), X(R48), X(R49), X(R50), X(R51), X(R52), X(R53), X(R54), X(R55), X(R56), X(R57), X(R58), X(R59), X(R60), X(R61), X(R62), X(R63), X(R64), X(R65), X(R66), X(R67) };
int sc_main(int, char **)
{
    for (auto &r : rules) {
        fflush(stdout);
        pid_t c = fork();
        if (!c) { tag = r.n; try { r.f(); } catch (const std::exception &x) { say("exception %s", x.what()); } fflush(stdout); _exit(0); }
        int st; waitpid(c, &st, 0);
        if (!WIFEXITED(st)) printf("%s crashed\n", r.n);
    }
    return 0;
}
