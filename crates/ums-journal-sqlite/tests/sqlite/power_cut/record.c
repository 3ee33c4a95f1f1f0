/* Writes down, below SQLite, what a process does to the files of one directory, in its order: to be
 * preloaded. UMS_RECORD_DIRECTORY says which directory, UMS_RECORD_LOG where it is written down.
 *
 * An entry: its kind, the number of the file, a length and an offset, then so many bytes.
 *   n  a name is opened; the bytes are the name in the directory, empty for itself
 *   c  the same, and the file was made by that
 *   w  bytes were written
 *   t  the file was cut to the offset
 *   s  the file was synced: written down when the sync has returned
 *   u  the name was removed
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILES 64
#define DESCRIPTORS 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_to = -1;
static const char *directory;
static size_t directory_length;
static char *names[FILES];
static int file_of[DESCRIPTORS]; /* plus one */

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("UMS_RECORD_LOG");
    directory = getenv("UMS_RECORD_DIRECTORY");
    if (!path || !directory) return;
    directory_length = strlen(directory);
    log_to = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void put(const void *bytes, size_t length) {
    const char *rest = bytes;
    while (length > 0) {
        long done = syscall(SYS_write, log_to, rest, length);
        if (done <= 0) abort();
        rest += done;
        length -= (size_t)done;
    }
}

static void entry(char kind, int file, uint64_t offset, const void *bytes, size_t length) {
    unsigned char head[16] = {0};
    uint32_t short_length = (uint32_t)length;
    head[0] = (unsigned char)kind;
    head[1] = (unsigned char)file;
    memcpy(head + 4, &short_length, 4);
    memcpy(head + 8, &offset, 8);
    put(head, sizeof head);
    put(bytes, length);
}

/* The name in the directory; null elsewhere. */
static const char *inside(const char *path) {
    if (log_to < 0 || strncmp(path, directory, directory_length) != 0) return NULL;
    if (path[directory_length] == 0) return path + directory_length;
    return path[directory_length] == '/' ? path + directory_length + 1 : NULL;
}

static int number_of(const char *name) {
    int file = 0;
    while (file < FILES && names[file] && strcmp(names[file], name) != 0) file++;
    if (file == FILES) abort();
    if (!names[file]) names[file] = strdup(name);
    return file;
}

static int recorded(int descriptor) {
    if (log_to < 0 || descriptor < 0 || descriptor >= DESCRIPTORS) return -1;
    return file_of[descriptor] - 1;
}

static int opened(int directory_of, const char *path, int flags, mode_t mode) {
    const char *name = inside(path);
    if (!name) return (int)syscall(SYS_openat, directory_of, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat found;
    int was_there = stat(path, &found) == 0;
    int descriptor = (int)syscall(SYS_openat, directory_of, path, flags, mode);
    if (descriptor >= 0 && descriptor < DESCRIPTORS) {
        int file = number_of(name);
        file_of[descriptor] = file + 1;
        entry(was_there ? 'n' : 'c', file, 0, name, strlen(name));
        if (was_there && (flags & O_TRUNC)) entry('t', file, 0, "", 0);
    }
    pthread_mutex_unlock(&lock);
    return descriptor;
}

#define OPEN(name)                                                        \
    int name(const char *path, int flags, ...) {                          \
        va_list rest;                                                     \
        va_start(rest, flags);                                            \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;         \
        va_end(rest);                                                     \
        return opened(AT_FDCWD, path, flags, mode);                       \
    }
#define OPEN_AT(name)                                                     \
    int name(int directory_of, const char *path, int flags, ...) {        \
        va_list rest;                                                     \
        va_start(rest, flags);                                            \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;         \
        va_end(rest);                                                     \
        return opened(directory_of, path, flags, mode);                   \
    }
OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)

int close(int descriptor) {
    if (recorded(descriptor) >= 0) file_of[descriptor] = 0;
    return (int)syscall(SYS_close, descriptor);
}

static ssize_t written_at(int descriptor, const void *bytes, size_t length, off_t offset) {
    int file = recorded(descriptor);
    if (file < 0) return syscall(SYS_pwrite64, descriptor, bytes, length, offset);
    pthread_mutex_lock(&lock);
    ssize_t done = syscall(SYS_pwrite64, descriptor, bytes, length, offset);
    if (done > 0) entry('w', file, (uint64_t)offset, bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
    return written_at(descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset) {
    return written_at(descriptor, bytes, length, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    int file = recorded(descriptor);
    if (file < 0) return syscall(SYS_write, descriptor, bytes, length);
    pthread_mutex_lock(&lock);
    ssize_t done = syscall(SYS_write, descriptor, bytes, length);
    if (done > 0) {
        off_t end = syscall(SYS_lseek, descriptor, 0, SEEK_CUR);
        entry('w', file, (uint64_t)(end - done), bytes, (size_t)done);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

static int cut(int descriptor, off_t length) {
    int file = recorded(descriptor);
    if (file < 0) return (int)syscall(SYS_ftruncate, descriptor, length);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_ftruncate, descriptor, length);
    if (done == 0) entry('t', file, (uint64_t)length, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int descriptor, off_t length) { return cut(descriptor, length); }
int ftruncate64(int descriptor, off64_t length) { return cut(descriptor, length); }

static int synced(long call, int descriptor) {
    int file = recorded(descriptor);
    if (file < 0) return (int)syscall(call, descriptor);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(call, descriptor);
    if (done == 0) entry('s', file, 0, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int descriptor) { return synced(SYS_fsync, descriptor); }
int fdatasync(int descriptor) { return synced(SYS_fdatasync, descriptor); }

int unlink(const char *path) {
    const char *name = inside(path);
    if (!name) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (done == 0) entry('u', number_of(name), 0, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}
