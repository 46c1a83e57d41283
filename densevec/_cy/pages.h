/* Memory that several processes have in common: a file's pages in the place of those that are there. */
#ifndef DV_PAGES_H
#define DV_PAGES_H
#include <stddef.h>
#include <stdint.h>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

enum { DV_HAS_PAGES = 1 };

static inline int64_t dv_page_size(void) { return sysconf(_SC_PAGESIZE); }

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

static inline int dv_make_huge(void *address, size_t size) { return !madvise(address, size, MADV_COLLAPSE); }

/* 0 where the system does not do it. */
static inline int dv_map_pages(void *address, size_t size, int file, int64_t offset, int is_shared) {
    const int flags = MAP_FIXED | (is_shared ? MAP_SHARED : MAP_PRIVATE);
    return mmap(address, size, PROT_READ | PROT_WRITE, flags, file, (off_t)offset) != MAP_FAILED;
}
#else
enum { DV_HAS_PAGES = 0 };

static inline int64_t dv_page_size(void) { return 4096; }

static inline int dv_make_huge(void *address, size_t size) {
    (void)address, (void)size;
    return 0;
}

static inline int dv_map_pages(void *address, size_t size, int file, int64_t offset, int is_shared) {
    (void)address, (void)size, (void)file, (void)offset, (void)is_shared;
    return 0;
}
#endif

#if defined(__GLIBC__)
#include <malloc.h>

static inline void dv_give_back_memory(void) { malloc_trim(0); }
#else
static inline void dv_give_back_memory(void) {}
#endif

#endif
