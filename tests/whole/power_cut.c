/* Writes down, in order, what a process does to the files of one folder ($USHER_CUT_FOLDER): every write, truncation and
 * removal, and every fsync, into $USHER_CUT_LOG. From that a test builds what a disk would hold had the power gone at any moment.
 *
 * A record: op (1 byte: W write, T truncate, S sync, U unlink, D sync of the folder), length of the name (2), offset (8),
 * length of the data (4), name, data. Numbers little-endian. Preloaded with LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST 4096
static char *name_of[MOST]; /* by descriptor; NULL: none of ours; "": the folder itself */
static char folder[1024];
static int out = -2;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = dlsym(RTLD_NEXT, name)

static void begin(void) {
    if (out != -2) return;
    const char *where = getenv("USHER_CUT_FOLDER"), *log = getenv("USHER_CUT_LOG");
    out = -1;
    if (!where || !log) return;
    snprintf(folder, sizeof folder, "%s", where);
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    out = real(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static const char *ours(const char *path) {
    begin();
    size_t length = strlen(folder);
    if (out < 0 || !path || strncmp(path, folder, length)) return NULL;
    if (!path[length]) return "";
    return path[length] == '/' ? path + length + 1 : NULL;
}

static void note(char op, const char *name, uint64_t offset, const void *data, uint32_t size) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    uint16_t length = strlen(name);
    size_t whole = 15 + length + size;
    char *record = malloc(whole);
    record[0] = op;
    memcpy(record + 1, &length, 2);
    memcpy(record + 3, &offset, 8);
    memcpy(record + 11, &size, 4);
    memcpy(record + 15, name, length);
    if (size) memcpy(record + 15 + length, data, size);
    if (real(out, record, whole) != (ssize_t)whole) abort();
    free(record);
}

static int remember(int fd, const char *path) {
    const char *name = ours(path);
    if (fd >= 0 && fd < MOST) {
        free(name_of[fd]);
        name_of[fd] = name ? strdup(name) : NULL;
    }
    return fd;
}

static const char *name(int fd) { return out >= 0 && fd >= 0 && fd < MOST ? name_of[fd] : NULL; }

#define OPEN(function) \
    int function(const char *path, int flags, ...) { \
        REAL(int, #function, const char *, int, ...); \
        va_list more; va_start(more, flags); \
        mode_t mode = va_arg(more, mode_t); va_end(more); \
        return remember(real(path, flags, mode), path); \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    REAL(int, "close", int);
    if (name(fd)) { free(name_of[fd]); name_of[fd] = NULL; }
    return real(fd);
}

#define GUARDED(fd, before, call) \
    if (!name(fd)) return call; \
    pthread_mutex_lock(&one_at_a_time); \
    before; \
    __typeof__(call) answer = call; \
    pthread_mutex_unlock(&one_at_a_time); \
    return answer

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    begin();
    GUARDED(fd, note('W', name(fd), lseek(fd, 0, SEEK_CUR), data, size), real(fd, data, size));
}

#define PWRITE(function, type) \
    ssize_t function(int fd, const void *data, size_t size, type offset) { \
        REAL(ssize_t, #function, int, const void *, size_t, type); \
        GUARDED(fd, note('W', name(fd), offset, data, size), real(fd, data, size, offset)); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(function, type) \
    int function(int fd, type size) { \
        REAL(int, #function, int, type); \
        GUARDED(fd, note('T', name(fd), size, NULL, 0), real(fd, size)); \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

/* The record follows the call: only what the disk has confirmed counts as there. */
#define SYNC(function) \
    int function(int fd) { \
        REAL(int, #function, int); \
        if (!name(fd)) return real(fd); \
        pthread_mutex_lock(&one_at_a_time); \
        int answer = real(fd); \
        if (!answer) note(*name(fd) ? 'S' : 'D', name(fd), 0, NULL, 0); \
        pthread_mutex_unlock(&one_at_a_time); \
        return answer; \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    const char *which = ours(path);
    if (which && *which) note('U', which, 0, NULL, 0);
    return real(path);
}
