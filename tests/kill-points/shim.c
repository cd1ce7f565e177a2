/*
 * Kill points for the process tests: loaded by LD_PRELOAD into a role's process, counts the calls that change the files
 * of the role's folder, and ends the process with SIGKILL before or after the call with a given ordinal.
 *
 * In the mode "power cut" what was not synced vanishes first. An undo log keeps, for every change since the last fsync
 * of its file (for names: of its folder), what was there before. At the cut either all of it is undone, or a part chosen
 * by a seed: for each sector of 512 octets, each file length and each name, the change up to some moment stays and the
 * later ones vanish. So a write may be torn, and a later write may be on the disk when an earlier one is not.
 *
 * In the mode "disk error" the call is not made and fails with EIO, once; the process goes on, or ends by itself.
 *
 * In the mode "kill, and remember" the undo log is handed to the next process of the role: what a killed process wrote
 * and never synced is in the files, and looks durable, until the power fails later.
 *
 * SINETTI_KILL_CONTROL names a folder with one control file for each role; SINETTI_KILL_ROOT the folder that holds the
 * roles' folders. A process that is not `PROGRAM ROLE run`, or whose role has no control file, is left alone. The control
 * file is mapped: the test reads and writes the words below while the process runs.
 *
 * Raw system calls stand for libc's functions, so the order in which libraries are loaded does not matter. Not seen:
 * changes through mmap (SQLite's -shm, which is made anew after a crash), and descriptors made by dup.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The control file: words of 8 octets, then at octet 512 the kind and the file of the operation that was killed. */
struct control {
    uint64_t count;      /* operations since the test set this to 0 */
    uint64_t kill_at;    /* ordinal at which to end; 0: never. Cleared by the kill. */
    uint64_t after;      /* 0: before the call, 1: after it */
    uint64_t mode;       /* 0: kill, 1: power cut, everything unsynced vanishes, 2: power cut, a part of it, 3: disk error,
                            4: kill, and remember */
    uint64_t seed;       /* for mode 2 */
    uint64_t kills;      /* kills so far */
    uint64_t lives;      /* starts of the process so far */
    uint64_t only_main;  /* 1: count only operations on files that end in .db: the checkpoints */
    uint64_t undone;     /* changes that cuts have undone so far, at least in part */
    uint64_t syncs;      /* fsync and fdatasync since the test set this to 0 */
    uint64_t sockets;    /* 1: what is sent on sockets counts, too */
    uint64_t queued;     /* entries of `queue`, for the next starts: a start takes one and counts from 0 */
    uint64_t taken;      /* entries taken */
    uint64_t cleared;    /* changes that were synced: shows that the log works */
    uint64_t errors;     /* disk errors so far */
    uint64_t cut_now;    /* the test sets it to 1 or 2: a power cut with that mode, at once */
    uint64_t queue[32];
    char padding[512 - 48 * 8];
    char what[512];
};

enum kind { WRITE, RESIZE, CREATE, REMOVE, RENAME };

struct change {
    struct change *before, *after;
    enum kind kind;
    uint64_t moment;
    int file;         /* WRITE, RESIZE */
    int64_t offset;   /* WRITE */
    int64_t length;   /* WRITE */
    int64_t size;     /* the file's size before */
    unsigned char *old;
    int64_t old_offset, old_length;
    char *name, *other, *saved; /* CREATE, REMOVE, RENAME: name -> other; `saved` is a link to what a name held */
};

#define FILES 512
#define DESCRIPTORS 4096

static struct {
    dev_t device;
    ino_t inode;
    int descriptor; /* ours, never closed: closing any would drop SQLite's locks on the file */
    char path[PATH_MAX];
} files[FILES];
static int file_count;
static int file_of[DESCRIPTORS]; /* index into files + 1 */

static struct control *control;
static char root[PATH_MAX], remembered[PATH_MAX];
static size_t root_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct change *oldest, *newest;
static uint64_t moment, saved_names;

static void fail(const char *what)
{
    dprintf(2, "kill points: %s: %s\n", what, strerror(errno));
    _exit(97);
}

static void *must(void *memory)
{
    if (!memory)
        fail("out of memory");
    return memory;
}

static void *watch(void *unused);
static void recall(void);

__attribute__((constructor)) static void start(void)
{
    const char *folder = getenv("SINETTI_KILL_CONTROL"), *base = getenv("SINETTI_KILL_ROOT");
    char line[4096] = {0}, path[PATH_MAX];
    int descriptor;
    if (!folder || !base)
        return;
    descriptor = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
    if (descriptor < 0 || syscall(SYS_read, descriptor, line, sizeof line - 2) <= 0)
        return;
    close(descriptor);
    const char *role = line + strlen(line) + 1, *run = role + strlen(role) + 1;
    if (strcmp(run, "run") != 0 || strchr(role, '/'))
        return;
    snprintf(path, sizeof path, "%s/%s", folder, role);
    descriptor = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (descriptor < 0)
        return;
    control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (control == MAP_FAILED)
        fail(path);
    close(descriptor);
    if (!realpath(base, path))
        fail(base);
    root_length = snprintf(root, sizeof root, "%s/%s/", path, role);
    if (control->taken < control->queued && control->taken < 32) {
        control->count = 0;
        control->kill_at = control->queue[control->taken++];
    }
    snprintf(remembered, sizeof remembered, "%s/%s.remembered", folder, role);
    recall();
    control->lives++;
    pthread_t watcher;
    if (pthread_create(&watcher, NULL, watch, NULL))
        fail("the watching thread");
}

/* ---- the power cut ---- */

static uint64_t mixed(uint64_t a, uint64_t b)
{
    uint64_t x = control->seed ^ a * 0x9E3779B97F4A7C15u ^ b * 0xC2B2AE3D27D4EB4Fu;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* The moment up to which changes of a thing are on the disk: none of them, all, or some, each with the same chance. */
static uint64_t settled(uint64_t thing, uint64_t part)
{
    uint64_t chance = mixed(thing, part), first = oldest ? oldest->moment : moment;
    if (control->mode == 1)
        return 0;
    switch (chance % 3) {
    case 0: return 0;
    case 1: return UINT64_MAX;
    default: return first + chance / 3 % (moment - first + 1);
    }
}

static int64_t size_of(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) ? 0 : status.st_size;
}

static int undo_write(const struct change *c)
{
    int descriptor = files[c->file].descriptor, undone = 0;
    int64_t at = c->offset, end = c->offset + c->length;
    while (at < end) {
        int64_t next = (at / 512 + 1) * 512, present = size_of(descriptor);
        unsigned char old[512] = {0};
        if (next > end)
            next = end;
        if (c->moment > settled(c->file + 1, at / 512) && at < present) {
            int64_t length = (next < present ? next : present) - at;
            for (int64_t i = 0; i < length; i++)
                if (at + i - c->old_offset < c->old_length)
                    old[i] = c->old[at + i - c->old_offset];
            if (syscall(SYS_pwrite64, descriptor, old, length, at) != length)
                fail("undo a write");
            undone = 1;
        }
        at = next;
    }
    if (end > c->size && c->moment > settled(c->file + 1, UINT64_MAX) && size_of(descriptor) > c->size) {
        if (syscall(SYS_ftruncate, descriptor, c->size))
            fail("undo a write's length");
        undone = 1;
    }
    return undone;
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char name[PATH_MAX + 256];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        syscall(SYS_unlinkat, AT_FDCWD, name, 0);
    }
    syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

static int undo(const struct change *c)
{
    switch (c->kind) {
    case WRITE:
        return undo_write(c);
    case RESIZE:
        if (c->moment <= settled(c->file + 1, UINT64_MAX))
            return 0;
        if (syscall(SYS_ftruncate, files[c->file].descriptor, c->size) ||
            (c->old_length && syscall(SYS_pwrite64, files[c->file].descriptor, c->old, c->old_length,
                                      c->old_offset) != c->old_length))
            fail("undo a change of length");
        return 1;
    default:
        if (c->moment <= settled(0, c->moment))
            return 0;
        /* A new folder is empty by now: what is younger was undone before, or is not on the disk without it. */
        if (c->kind == CREATE && syscall(SYS_unlinkat, AT_FDCWD, c->name, 0) && errno == EISDIR)
            remove_folder(c->name);
        if (c->kind == RENAME)
            syscall(SYS_renameat2, AT_FDCWD, c->other, AT_FDCWD, c->name, 0);
        if (c->saved)
            syscall(SYS_renameat2, AT_FDCWD, c->saved, AT_FDCWD, c->kind == RENAME ? c->other : c->name, 0);
        return 1;
    }
}

static void tell(const char *what, const char *path)
{
    memset(control->what, 0, sizeof control->what);
    snprintf(control->what, sizeof control->what, "%s %s", what, path);
}

/* ---- what the next process must know: each change, then its file's name, old octets and names ---- */

static void put_text(FILE *out, const char *text)
{
    uint64_t length = text ? strlen(text) : UINT64_MAX;
    fwrite(&length, sizeof length, 1, out);
    if (text)
        fwrite(text, 1, length, out);
}

static void remember(void)
{
    FILE *out = fopen(remembered, "w");
    if (!out)
        fail(remembered);
    for (struct change *c = oldest; c; c = c->after) {
        int octets = c->kind == WRITE || c->kind == RESIZE;
        fwrite(c, sizeof *c, 1, out);
        put_text(out, octets ? files[c->file].path : NULL);
        fwrite(c->old, 1, c->old_length, out);
        put_text(out, c->name);
        put_text(out, c->other);
        put_text(out, c->saved);
    }
    if (fclose(out))
        fail(remembered);
}

static void die(const char *what, const char *path)
{
    if (control->mode == 1 || control->mode == 2)
        for (struct change *c = newest; c; c = c->before)
            control->undone += undo(c);
    if (control->mode == 4)
        remember();
    else
        for (struct change *c = newest; c; c = c->before)
            if (c->saved)
                syscall(SYS_unlinkat, AT_FDCWD, c->saved, 0);
    tell(what, path);
    control->kill_at = 0;
    control->kills++;
    for (;;)
        syscall(SYS_kill, getpid(), SIGKILL);
}

/* ---- ordinals; the lock is held from `enter` to `leave` ---- */

struct point {
    const char *what, *path;
    int here, fails;
};

static struct point enter(const char *what, const char *path)
{
    size_t length = strlen(path);
    struct point p = {what, path, 0, 0};
    if (!control->only_main || (length > 3 && !strcmp(path + length - 3, ".db"))) {
        control->count++;
        p.here = control->kill_at != 0 && control->count == control->kill_at;
    }
    if (p.here && control->mode == 3) {
        tell(what, path);
        control->kill_at = 0;
        control->errors++;
        p.here = 0;
        p.fails = 1;
    }
    if (p.here && !control->after)
        die(what, path);
    return p;
}

static void leave(struct point p)
{
    if (p.here)
        die(p.what, p.path);
}

/* The end of a call that the disk refuses. */
#define REFUSE_IF(p)                                                                                          \
    do {                                                                                                      \
        if ((p).fails) {                                                                                      \
            pthread_mutex_unlock(&lock);                                                                      \
            errno = EIO;                                                                                      \
            return -1;                                                                                        \
        }                                                                                                     \
    } while (0)

/* ---- the undo log ---- */

static struct change *append(enum kind kind)
{
    struct change *c = must(calloc(1, sizeof *c));
    c->kind = kind;
    c->moment = ++moment;
    c->before = newest;
    if (newest)
        newest->after = c;
    else
        oldest = c;
    newest = c;
    return c;
}

static void forget(struct change *c)
{
    *(c->before ? &c->before->after : &oldest) = c->after;
    *(c->after ? &c->after->before : &newest) = c->before;
    if (c->saved)
        syscall(SYS_unlinkat, AT_FDCWD, c->saved, 0);
    free(c->old);
    free(c->name);
    free(c->other);
    free(c->saved);
    free(c);
    control->cleared++;
}

static void keep_octets(struct change *c, int64_t from, int64_t to)
{
    int descriptor = files[c->file].descriptor;
    c->size = size_of(descriptor);
    if (to > c->size)
        to = c->size;
    c->old_offset = from;
    c->old_length = to > from ? to - from : 0;
    if (c->old_length) {
        c->old = must(malloc(c->old_length));
        if (syscall(SYS_pread64, descriptor, c->old, c->old_length, from) != c->old_length)
            fail("keep what a write covers");
    }
}

static void log_write(int file, int64_t offset, int64_t length)
{
    struct change *c = append(WRITE);
    c->file = file;
    c->offset = offset;
    c->length = length;
    keep_octets(c, offset, offset + length);
}

static void log_resize(int file, int64_t length)
{
    struct change *c = append(RESIZE);
    c->file = file;
    keep_octets(c, length, INT64_MAX);
}

static char *save_name(const char *path)
{
    char saved[PATH_MAX];
    snprintf(saved, sizeof saved, "%s.kept-%llu", path, (unsigned long long)++saved_names);
    return syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, saved, 0) ? NULL : must(strdup(saved));
}

static void log_name(enum kind kind, const char *name, const char *other)
{
    struct change *c = append(kind);
    c->name = must(strdup(name));
    c->other = other ? must(strdup(other)) : NULL;
    if (kind != CREATE)
        c->saved = save_name(kind == RENAME ? other : name);
}

static int lies_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return path && !strncmp(path, folder, length) && path[length] == '/' && !strchr(path + length + 1, '/');
}

/* ---- which files ---- */

static int path_of(int descriptor, char *path)
{
    char link[64];
    ssize_t length;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    return length > 0;
}

static int watched(const char *path)
{
    size_t length = strlen(path);
    return !strncmp(path, root, root_length) && !(length > 4 && !strcmp(path + length - 4, "-shm"));
}

/* The absolute form of a path whose last part need not exist. */
static int absolute(int folder, const char *path, char *out)
{
    char base[PATH_MAX], copy[PATH_MAX];
    const char *last;
    if (path[0] != '/') {
        if (folder == AT_FDCWD ? !getcwd(base, sizeof base) : !path_of(folder, base))
            return 0;
        if (snprintf(copy, sizeof copy, "%s/%s", base, path) >= PATH_MAX)
            return 0;
    } else if (snprintf(copy, sizeof copy, "%s", path) >= PATH_MAX) {
        return 0;
    }
    last = strrchr(copy, '/');
    *strrchr(copy, '/') = 0;
    if (!realpath(copy[0] ? copy : "/", base))
        return 0;
    return snprintf(out, PATH_MAX, "%s/%s", base, last + 1) < PATH_MAX;
}

static int file_index(int descriptor)
{
    struct stat status;
    char link[64];
    int i;
    if (fstat(descriptor, &status) || !S_ISREG(status.st_mode))
        return -1;
    for (i = 0; i < file_count; i++)
        if (files[i].device == status.st_dev && files[i].inode == status.st_ino)
            return i;
    if (file_count == FILES)
        fail("too many files");
    if (!path_of(descriptor, files[i].path))
        return -1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    files[i].descriptor = syscall(SYS_openat, AT_FDCWD, link, O_RDWR | O_CLOEXEC, 0);
    if (files[i].descriptor < 0)
        fail(files[i].path);
    files[i].device = status.st_dev;
    files[i].inode = status.st_ino;
    return file_count++;
}

static int known(int descriptor)
{
    if (!control || descriptor < 0 || descriptor >= DESCRIPTORS)
        return -1;
    return __atomic_load_n(&file_of[descriptor], __ATOMIC_ACQUIRE) - 1;
}

static int is_counted_socket(int descriptor)
{
    struct stat status;
    return control && control->sockets && !fstat(descriptor, &status) && S_ISSOCK(status.st_mode);
}

/* ---- the next process ---- */

static char *get_text(FILE *in)
{
    uint64_t length;
    char *text;
    if (fread(&length, sizeof length, 1, in) != 1)
        fail(remembered);
    if (length == UINT64_MAX)
        return NULL;
    text = must(calloc(1, length + 1));
    if (fread(text, 1, length, in) != length)
        fail(remembered);
    return text;
}

static void recall(void)
{
    FILE *in = fopen(remembered, "r");
    struct change past;
    if (!in)
        return;
    while (fread(&past, sizeof past, 1, in) == 1) {
        struct change *c = append(past.kind);
        char *path = get_text(in);
        c->offset = past.offset;
        c->length = past.length;
        c->size = past.size;
        c->old_offset = past.old_offset;
        c->old_length = past.old_length;
        if (past.old_length) {
            c->old = must(malloc(past.old_length));
            if (fread(c->old, 1, past.old_length, in) != (size_t)past.old_length)
                fail(remembered);
        }
        c->name = get_text(in);
        c->other = get_text(in);
        c->saved = get_text(in);
        if (path) {
            int descriptor = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
            c->file = descriptor < 0 ? -1 : file_index(descriptor);
            if (c->file < 0)
                forget(c);
            free(path);
        }
    }
    fclose(in);
    syscall(SYS_unlinkat, AT_FDCWD, remembered, 0);
}

static void *watch(void *unused)
{
    for (;;) {
        uint64_t mode = __atomic_load_n(&control->cut_now, __ATOMIC_ACQUIRE);
        if (mode) {
            pthread_mutex_lock(&lock);
            control->cut_now = 0;
            control->mode = mode;
            die("cut", "");
        }
        usleep(500);
    }
    return unused;
}

/* ---- the calls ---- */

static int open_at(int folder, const char *name, int flags, mode_t mode)
{
    char path[PATH_MAX];
    int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    if (!control || !changes || (flags & O_TMPFILE) == O_TMPFILE || !absolute(folder, name, path) ||
        !watched(path)) {
        int descriptor = syscall(SYS_openat, folder, name, flags, mode);
        if (control && descriptor >= 0 && descriptor < DESCRIPTORS)
            __atomic_store_n(&file_of[descriptor], 0, __ATOMIC_RELEASE);
        return descriptor;
    }
    pthread_mutex_lock(&lock);
    struct stat status;
    int existed = !stat(path, &status), makes = !existed && (flags & O_CREAT);
    int empties = existed && (flags & O_TRUNC) && status.st_size > 0;
    struct point p = {0};
    if (makes || empties)
        p = enter(makes ? "create" : "truncate", path);
    REFUSE_IF(p);
    if (empties) {
        int before = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        int file = before < 0 ? -1 : file_index(before);
        if (file >= 0)
            log_resize(file, 0);
        /* Not closed: see `files`. */
    }
    int descriptor = syscall(SYS_openat, folder, name, flags, mode);
    if (descriptor >= 0) {
        if (makes)
            log_name(CREATE, path, NULL);
        int file = file_index(descriptor);
        if (descriptor < DESCRIPTORS)
            __atomic_store_n(&file_of[descriptor], file + 1, __ATOMIC_RELEASE);
    }
    int error = errno;
    leave(p);
    pthread_mutex_unlock(&lock);
    errno = error;
    return descriptor;
}

#define MODE_OF(flags)                                                                                        \
    mode_t mode = 0;                                                                                          \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                    \
        va_list more;                                                                                         \
        va_start(more, flags);                                                                                \
        mode = va_arg(more, mode_t);                                                                          \
        va_end(more);                                                                                         \
    }

int open(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE_OF(flags) return open_at(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE_OF(flags) return open_at(folder, path, flags, mode); }

int close(int descriptor)
{
    if (control && descriptor >= 0 && descriptor < DESCRIPTORS)
        __atomic_store_n(&file_of[descriptor], 0, __ATOMIC_RELEASE);
    return syscall(SYS_close, descriptor);
}

static ssize_t write_file(int descriptor, int file, const struct iovec *parts, int count, int64_t offset)
{
    int64_t length = 0, at = offset;
    ssize_t written;
    for (int i = 0; i < count; i++)
        length += parts[i].iov_len;
    pthread_mutex_lock(&lock);
    struct point p = enter("write", files[file].path);
    REFUSE_IF(p);
    if (offset < 0)
        at = fcntl(descriptor, F_GETFL) & O_APPEND ? size_of(descriptor) : lseek(descriptor, 0, SEEK_CUR);
    log_write(file, at, length);
    written = offset < 0 ? syscall(SYS_writev, descriptor, parts, count)
                         : syscall(SYS_pwritev, descriptor, parts, count, (long)offset, 0L);
    int error = errno;
    leave(p);
    pthread_mutex_unlock(&lock);
    errno = error;
    return written;
}

/* What is sent is on its way whether the process lives or not; only the order of ends and sends matters here. */
#define SEND(call)                                                                                            \
    do {                                                                                                      \
        pthread_mutex_lock(&lock);                                                                            \
        struct point p = enter("send", "socket");                                                             \
        ssize_t sent = call;                                                                                  \
        int error = errno;                                                                                    \
        leave(p);                                                                                             \
        pthread_mutex_unlock(&lock);                                                                          \
        errno = error;                                                                                        \
        return sent;                                                                                          \
    } while (0)

ssize_t write(int descriptor, const void *octets, size_t length)
{
    int file = known(descriptor);
    if (file >= 0) {
        struct iovec part = {(void *)octets, length};
        return write_file(descriptor, file, &part, 1, -1);
    }
    if (is_counted_socket(descriptor))
        SEND(syscall(SYS_write, descriptor, octets, length));
    return syscall(SYS_write, descriptor, octets, length);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    int file = known(descriptor);
    if (file >= 0)
        return write_file(descriptor, file, parts, count, -1);
    if (is_counted_socket(descriptor))
        SEND(syscall(SYS_writev, descriptor, parts, count));
    return syscall(SYS_writev, descriptor, parts, count);
}

ssize_t send(int descriptor, const void *octets, size_t length, int flags)
{
    if (is_counted_socket(descriptor))
        SEND(syscall(SYS_sendto, descriptor, octets, length, flags, NULL, 0));
    return syscall(SYS_sendto, descriptor, octets, length, flags, NULL, 0);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    if (is_counted_socket(descriptor))
        SEND(syscall(SYS_sendmsg, descriptor, message, flags));
    return syscall(SYS_sendmsg, descriptor, message, flags);
}

ssize_t pwrite64(int descriptor, const void *octets, size_t length, off64_t offset)
{
    int file = known(descriptor);
    struct iovec part = {(void *)octets, length};
    if (file >= 0)
        return write_file(descriptor, file, &part, 1, offset);
    return syscall(SYS_pwrite64, descriptor, octets, length, offset);
}
ssize_t pwrite(int descriptor, const void *octets, size_t length, off_t offset)
{
    return pwrite64(descriptor, octets, length, offset);
}

int ftruncate64(int descriptor, off64_t length)
{
    int file = known(descriptor);
    if (file < 0)
        return syscall(SYS_ftruncate, descriptor, length);
    pthread_mutex_lock(&lock);
    struct point p = enter("ftruncate", files[file].path);
    REFUSE_IF(p);
    log_resize(file, length);
    int done = syscall(SYS_ftruncate, descriptor, length), error = errno;
    leave(p);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}
int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

static int sync_descriptor(int descriptor, long call)
{
    int file = known(descriptor);
    struct stat status;
    char path[PATH_MAX] = {0};
    if (file < 0 && (!control || fstat(descriptor, &status) || !S_ISDIR(status.st_mode) ||
                     !path_of(descriptor, path) || strncmp(path, root, root_length - 1)))
        return syscall(call, descriptor);
    pthread_mutex_lock(&lock);
    struct point p = enter("fsync", file < 0 ? path : files[file].path);
    REFUSE_IF(p);
    int done = syscall(call, descriptor), error = errno;
    control->syncs++;
    for (struct change *c = oldest, *next; c; c = next) {
        int octets = c->kind == WRITE || c->kind == RESIZE;
        next = c->after;
        if (octets ? c->file == file : file < 0 && lies_in(c->name, path))
            forget(c);
    }
    leave(p);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}
int fsync(int descriptor) { return sync_descriptor(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return sync_descriptor(descriptor, SYS_fdatasync); }

static int rename_at(int old_folder, const char *old_name, int new_folder, const char *new_name, unsigned flags)
{
    char from[PATH_MAX], to[PATH_MAX];
    if (!control || !absolute(old_folder, old_name, from) || !absolute(new_folder, new_name, to) ||
        !watched(from) || !watched(to))
        return syscall(SYS_renameat2, old_folder, old_name, new_folder, new_name, flags);
    pthread_mutex_lock(&lock);
    struct point p = enter("rename", to);
    REFUSE_IF(p);
    log_name(RENAME, from, to);
    int done = syscall(SYS_renameat2, old_folder, old_name, new_folder, new_name, flags), error = errno;
    if (done)
        forget(newest);
    leave(p);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}
int rename(const char *from, const char *to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return rename_at(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned f) { return rename_at(a, from, b, to, f); }

int mkdir(const char *name, mode_t mode)
{
    char path[PATH_MAX];
    if (!control || !absolute(AT_FDCWD, name, path) || !watched(path) || !access(path, F_OK))
        return syscall(SYS_mkdirat, AT_FDCWD, name, mode);
    pthread_mutex_lock(&lock);
    struct point p = enter("mkdir", path);
    REFUSE_IF(p);
    int done = syscall(SYS_mkdirat, AT_FDCWD, name, mode), error = errno;
    if (!done)
        log_name(CREATE, path, NULL);
    leave(p);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

static int unlink_at(int folder, const char *name, int flags)
{
    char path[PATH_MAX];
    if (!control || flags || !absolute(folder, name, path) || !watched(path) || access(path, F_OK))
        return syscall(SYS_unlinkat, folder, name, flags);
    pthread_mutex_lock(&lock);
    struct point p = enter("unlink", path);
    REFUSE_IF(p);
    log_name(REMOVE, path, NULL);
    int done = syscall(SYS_unlinkat, folder, name, flags), error = errno;
    if (done)
        forget(newest);
    leave(p);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}
int unlink(const char *path) { return unlink_at(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return unlink_at(folder, path, flags); }
