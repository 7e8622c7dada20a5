/* Preloaded into a process: lets the operating system refuse a call, or ends the process at one.
 * Nothing happens before arm(). Calls are counted together, in the order in which they are made. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long left;  /* calls until it happens */
static long lasts; /* how many calls fail from there on */
static int number; /* errno; or -1 to be killed before the call, -2 after it */
static long calls;

enum { NO_EXCHANGE = 1, NO_LINKS = 2 };
static int lacking; /* what the file system does not have */
void lack(int what) { lacking = what; }

void arm(long at, long count, int error) { left = at; lasts = count; number = error; calls = 0; }
long disarm(void) { left = 0; return calls; }

/* 0: go on; 1: fail; 2: go on, then die */
static int due(void) {
    if (left == 0) return 0;
    calls++;
    if (left > 1) { left--; return 0; }
    if (lasts-- <= 0) { left = 0; return 0; }
    if (number == -1) kill(getpid(), SIGKILL);
    if (number == -2) return 2;
    errno = number;
    return 1;
}

static int lacks(const char *name) {
    int no = 0;
    if (lacking & NO_EXCHANGE && strcmp(name, "renameat2") == 0) no = EINVAL;
    if (lacking & NO_LINKS && strcmp(name, "linkat") == 0) no = EPERM;
    if (no) errno = no;
    return no;
}

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))
#define CALL(type, name, parameters, arguments, ...)                   \
    type name parameters {                                            \
        if (lacks(#name)) return -1;                                  \
        int what = due();                                             \
        if (what == 1) return -1;                                     \
        type result = REAL(type, name, __VA_ARGS__) arguments;        \
        if (what == 2) kill(getpid(), SIGKILL);                       \
        return result;                                                \
    }

CALL(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), int, const void *, size_t)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), const char *, mode_t)
CALL(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode), int, const char *, mode_t)
CALL(int, linkat, (int a, const char *b, int c, const char *d, int e), (a, b, c, d, e), int, const char *, int, const char *, int)
CALL(int, renameat, (int a, const char *b, int c, const char *d), (a, b, c, d), int, const char *, int, const char *)
CALL(int, renameat2, (int a, const char *b, int c, const char *d, unsigned e), (a, b, c, d, e), int, const char *, int, const char *, unsigned)
CALL(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags), int, const char *, int)
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), int, mode_t)

/* Opening counts only where it makes a file. */
#define OPEN(name)                                                                             \
    int name(int fd, const char *path, int flags, ...) {                                      \
        va_list rest;                                                                         \
        va_start(rest, flags);                                                                \
        mode_t mode = va_arg(rest, mode_t);                                                   \
        va_end(rest);                                                                         \
        int what = flags & O_CREAT ? due() : 0;                                               \
        if (what == 1) return -1;                                                             \
        int result = REAL(int, name, int, const char *, int, ...)(fd, path, flags, mode);     \
        if (what == 2) kill(getpid(), SIGKILL);                                               \
        return result;                                                                        \
    }

OPEN(openat)
OPEN(openat64)
