/* Counts how often the processor waits for the GPU. Build: cc -O2 -shared -fPIC -o count_syncs.so count_syncs.c -ldl
   Run with LD_PRELOAD=./count_syncs.so; the measurements then show the waits of one run. */
#define _GNU_SOURCE
#include <dlfcn.h>

static long waits;

long robustness_waits(void) { return __atomic_load_n(&waits, __ATOMIC_RELAXED); }

int cudaStreamSynchronize(void *stream)
{
    static int (*next)(void *);
    if (!next)
        next = (int (*)(void *))dlsym(RTLD_NEXT, "cudaStreamSynchronize");
    __atomic_add_fetch(&waits, 1, __ATOMIC_RELAXED);
    return next(stream);
}
