/* A lock that threads hold for microseconds.  Who waits longer, because the thread that holds it is not running, gives
 * its processor away, lest it keep that thread from it. */
#ifndef DV_LOCK_H
#define DV_LOCK_H
#include <stdint.h>

enum { DV_SPINS = 100, DV_YIELDS = 20, DV_NANOSECONDS = 50000 };

#ifdef _WIN32 /* declared here: windows.h makes macros of words such as far */
__declspec(dllimport) int __stdcall SwitchToThread(void);
__declspec(dllimport) void __stdcall Sleep(unsigned long milliseconds);
static inline void dv_yield(void) { SwitchToThread(); }
static inline void dv_rest(void) { Sleep(1); } /* the shortest there is */
#else
#include <sched.h>
#include <time.h>
static inline void dv_yield(void) { sched_yield(); }
static inline void dv_rest(void) {
    const struct timespec moment = {0, DV_NANOSECONDS};
    nanosleep(&moment, NULL);
}
#endif

static inline void dv_acquire(int64_t *lock) {
    for (int64_t tries = 0; __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE); tries++) {
        for (int spin = 0; spin < DV_SPINS && __atomic_load_n(lock, __ATOMIC_RELAXED); spin++) {
#if defined(__x86_64__) && defined(__GNUC__)
            __builtin_ia32_pause();
#endif
        }
        if (!__atomic_load_n(lock, __ATOMIC_RELAXED)) continue;
        if (tries < DV_YIELDS) {
            dv_yield();
        } else {
            dv_rest();
        }
    }
}

static inline void dv_release(int64_t *lock) { __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }

#endif
