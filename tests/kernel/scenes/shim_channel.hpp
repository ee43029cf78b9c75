// SPDX-License-Identifier: GPL-3.0-or-later
//
// A part of shim.hpp: fifos, locks, queues of notifications.
#pragma once
#include "shim_process.hpp"

namespace sc_core
{

template <typename T> class sc_fifo
{
  public:
    explicit sc_fifo(const char *name, int depth = 16)
    {
        sim_fifo_init(&kernel, the_sim(), name, sizeof(T), unsigned(depth)),
            make();
    }
    explicit sc_fifo(int depth = 16) : sc_fifo(nullptr, depth)
    {
    }
    T read()
    {
        T item;
        while (!nb_read(item))
            wait(*written);
        return item;
    }
    void write(T item)
    {
        while (!nb_write(item))
            wait(*taken);
    }
    bool nb_read(T &item)
    {
        if (sim_fifo_available(&kernel) == 0)
            return false;
        sim_fifo_get(&kernel, &item);
        return true;
    }
    bool nb_write(T item)
    {
        if (sim_fifo_free(&kernel) == 0)
            return false;
        sim_fifo_put(&kernel, &item);
        return true;
    }
    int num_available() const
    {
        return int(sim_fifo_available(&kernel));
    }
    int num_free() const
    {
        return int(sim_fifo_free(&kernel));
    }
    const sc_event &data_written_event() const
    {
        return *written;
    }
    const sc_event &data_read_event() const
    {
        return *taken;
    }

  private:
    void make()
    {
        check();
        written.reset(new sc_event(&kernel.data_written));
        taken.reset(new sc_event(&kernel.data_read));
    }
    struct sim_fifo kernel;
    std::unique_ptr<sc_event> written, taken;
};

class sc_mutex
{
  public:
    explicit sc_mutex(const char *name = nullptr)
    {
        sim_mutex_init(&kernel, the_sim(), name);
    }
    int lock()
    {
        if (!sim_mutex_lock(&kernel))
            leave_if_told();
        return 0;
    }
    int trylock()
    {
        return sim_mutex_try(&kernel) ? 0 : -1;
    }
    int unlock()
    {
        return sim_mutex_unlock(&kernel) ? 0 : -1;
    }

  private:
    struct sim_mutex kernel;
};

class sc_semaphore
{
  public:
    explicit sc_semaphore(int value)
    {
        sim_semaphore_init(&kernel, the_sim(), nullptr, unsigned(value));
    }
    sc_semaphore(const char *name, int value)
    {
        sim_semaphore_init(&kernel, the_sim(), name, unsigned(value));
    }
    int wait()
    {
        if (!sim_semaphore_wait(&kernel))
            leave_if_told();
        return 0;
    }
    int trywait()
    {
        return sim_semaphore_try(&kernel) ? 0 : -1;
    }
    int post()
    {
        sim_semaphore_post(&kernel);
        return 0;
    }
    int get_value() const
    {
        return int(kernel.value);
    }

  private:
    struct sim_semaphore kernel;
};

class sc_event_queue
{
  public:
    explicit sc_event_queue(const char *name = nullptr)
    {
        sim_event_queue_init(&kernel, the_sim(), name);
        event.reset(new sc_event(&kernel.event));
    }
    void notify(sc_time t)
    {
        sim_event_queue_notify(&kernel, t.value()), check();
    }
    void notify(double t, sc_time_unit u)
    {
        notify(sc_time(t, u));
    }
    void cancel_all()
    {
        sim_event_queue_cancel_all(&kernel);
    }
    const sc_event &default_event() const
    {
        return *event;
    }
    void listen(struct sim_process *process)
    {
        sim_sensitive(process, &kernel.event);
    }

  private:
    struct sim_event_queue kernel;
    std::unique_ptr<sc_event> event;
};

} // namespace sc_core
