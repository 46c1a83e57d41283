/* Checks of a debugging build (DENSEVEC_DEBUG=1); elsewhere nothing. */
#ifndef DV_CHECK
#ifdef DV_DEBUG
#include <stdio.h>
#include <stdlib.h>
#define DV_CHECK(condition)                                                                      \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            fprintf(stderr, "%s:%d: out of bounds: %s\n", __FILE__, __LINE__, #condition);       \
            abort();                                                                             \
        }                                                                                        \
    } while (0)
#else
#define DV_CHECK(condition) ((void)sizeof(condition)) /* not evaluated */
#endif
#endif
