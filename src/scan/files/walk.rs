//! Walks folders, several threads at once. Hidden files are looked into like any other; `.git` is not, and that is said: what Git keeps is
//! looked into object by object (`--history`).

use std::fs::{DirEntry, FileType};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::ignores::Ignores;
use super::queue::Queue;
use super::read::{Links, Reading};
use super::{Files, is_git, place, shown};
use crate::scan::{Kind, Looked, Progress, Scanner, Skip, Why};

/// Files that one thread takes at a time: some 30 µs each, so that sharing them out costs nothing beside it.
const BATCH: usize = 32;
/// More threads than this only wait for the disk.
const THREADS_MAX: usize = 16;

#[derive(Debug)]
enum Task {
    Folder(Folder),
    Files { root: usize, files: Vec<PathBuf>, links: Links },
}

#[derive(Debug)]
struct Folder {
    /// Which of the given paths it belongs to.
    root: usize,
    path: PathBuf,
    /// The device that the folder over it is on; none for a given one.
    device: Option<u64>,
    ignores: Ignores,
}

struct Walk<'a> {
    scanner: &'a Scanner,
    files: &'a Files,
    progress: &'a Progress,
    queue: Queue<Task>,
    /// For each given path: was anything looked into?
    inspected: Vec<AtomicBool>,
}

struct Worker<'a> {
    walk: &'a Walk<'a>,
    reading: Reading,
    looked: Looked,
}

pub fn walk(scanner: &Scanner, files: &Files, progress: &Progress) -> Looked {
    let inspected = files.paths.iter().map(|_| AtomicBool::new(false)).collect();
    let walk = Walk { scanner, files, progress, queue: Queue::new(Vec::new()), inspected };
    let mut first = Worker::new(&walk);
    let mut tasks = 0;
    for (root, path) in files.paths.iter().enumerate() {
        if !files.paths[..root].contains(path) {
            tasks += first.given(root, path);
        }
    }
    // One file does not pay for a thread.
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(tasks);
    let mut looked = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| Worker::new(&walk).run())).collect();
        let mut looked = first.run();
        for other in others {
            looked.join(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        looked
    });
    for (root, path) in files.paths.iter().enumerate() {
        let inspected = walk.inspected[root].load(Ordering::Relaxed) || files.paths[..root].contains(path);
        if !inspected {
            looked.skips.push(Skip::new(place(Kind::Content, path), Why::Empty));
        }
    }
    looked
}

impl<'a> Worker<'a> {
    fn new(walk: &'a Walk<'a>) -> Self {
        Self { walk, reading: Reading::default(), looked: Looked::default() }
    }

    fn run(mut self) -> Looked {
        while let Some((task, _turn)) = self.walk.queue.next() {
            match task {
                Task::Folder(folder) => self.folder(&folder),
                Task::Files { root, files, links } => {
                    for path in files {
                        self.file(root, &path, links);
                    }
                }
            }
        }
        self.looked
    }

    /// A path that a person gave. Answers for how many threads there is work.
    fn given(&mut self, root: usize, path: &Path) -> usize {
        if !is_here(path) {
            self.text(Kind::Name, path, shown(path));
        }
        let Ok(about) = path.symlink_metadata() else {
            self.skip(root, path, Why::Unreadable);
            return 0;
        };
        if about.is_symlink() {
            self.link(root, path);
        }
        let Ok(about) = path.metadata() else {
            self.skip(root, path, Why::Unreadable);
            return 0;
        };
        if about.is_dir() {
            let ignores = if self.walk.files.respect_gitignore { Ignores::over(path) } else { Ignores::default() };
            let folder = Folder { root, path: path.to_owned(), device: None, ignores };
            self.walk.queue.add([Task::Folder(folder)]);
            return THREADS_MAX;
        }
        if !about.is_file() {
            self.skip(root, path, Why::NotAFile);
            return 0;
        }
        self.walk.progress.expect(1);
        self.walk.queue.add([Task::Files { root, files: vec![path.to_owned()], links: Links::Followed }]);
        1
    }

    fn folder(&mut self, folder: &Folder) {
        let device = match device(folder) {
            Ok(device) => device,
            Err(why) => return self.skip(folder.root, &folder.path, why),
        };
        let Ok(entries) = std::fs::read_dir(&folder.path) else {
            return self.skip(folder.root, &folder.path, Why::Unreadable);
        };
        let respects = self.walk.files.respect_gitignore;
        let ignores = if respects { folder.ignores.inside(&folder.path) } else { Ignores::default() };
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        for entry in entries {
            let Ok((entry, kind)) = entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind))) else {
                self.skip(folder.root, &folder.path, Why::Unreadable);
                continue;
            };
            let path = child(&folder.path, &entry);
            let name = entry.file_name();
            if ignores.names(Path::new(&name), kind.is_dir()) || (kind.is_dir() && name == ".git" && is_git(&path)) {
                self.looked.skips.push(Skip::new(place(Kind::Content, &path), Why::Asked));
                continue;
            }
            self.text(Kind::Name, &path, name.as_encoded_bytes());
            if kind.is_dir() {
                let (root, ignores) = (folder.root, ignores.clone());
                folders.push(Task::Folder(Folder { root, path, device: Some(device), ignores }));
            } else if kind.is_file() {
                files.push(path);
            } else {
                self.special(folder.root, &path, kind);
            }
        }
        self.walk.progress.expect(files.len() as u64);
        let batches = files.chunks(BATCH).map(|files| Task::Files {
            root: folder.root,
            files: files.to_vec(),
            links: Links::Refused,
        });
        self.walk.queue.add(folders.into_iter().chain(batches));
    }

    fn special(&mut self, root: usize, path: &Path, kind: FileType) {
        if kind.is_symlink() {
            self.link(root, path);
        } else {
            debug_assert!(kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device());
            self.skip(root, path, Why::NotAFile);
        }
    }

    fn file(&mut self, root: usize, path: &Path, links: Links) {
        match self.reading.file(self.walk.scanner, path, shown(path), links) {
            Ok((found, bytes)) => {
                self.looked.take(&place(Kind::Content, path), found);
                self.looked.seen.files += 1;
                self.looked.seen.bytes += bytes;
                self.walk.inspected[root].store(true, Ordering::Relaxed);
                self.walk.progress.did(bytes);
            }
            Err(why) => {
                self.skip(root, path, why);
                self.walk.progress.did(0);
            }
        }
    }

    /// Where a link points to is a text of its own; what is there is looked into where it stands.
    fn link(&mut self, root: usize, path: &Path) {
        match path.read_link() {
            Ok(target) => {
                self.text(Kind::Link, path, target.as_os_str().as_encoded_bytes());
                self.walk.inspected[root].store(true, Ordering::Relaxed);
            }
            Err(_) => self.skip(root, path, Why::Unreadable),
        }
    }

    fn text(&mut self, kind: Kind, path: &Path, text: &[u8]) {
        let found = self.reading.text(self.walk.scanner, text);
        if !found.hits.is_empty() || !found.skips.is_empty() {
            self.looked.take(&place(kind, path), found);
        }
        self.looked.seen.texts += 1;
    }

    fn skip(&mut self, root: usize, path: &Path, why: Why) {
        // Whatever is skipped is said already: it is not empty besides.
        self.walk.inspected[root].store(true, Ordering::Relaxed);
        self.looked.skips.push(Skip::new(place(Kind::Content, path), why));
    }
}

/// A path that names nothing: the folder itself, or one over it.
fn is_here(path: &Path) -> bool {
    path.file_name().is_none()
}

/// The device that a folder is on. What the kernel shows as files is none: some of it has no end, and some waits.
fn device(folder: &Folder) -> Result<u64, Why> {
    let device = folder.path.metadata().map_err(|_| Why::Unreadable)?.dev();
    if folder.device != Some(device) && is_of_the_kernel(&folder.path) {
        return Err(Why::NotAFile);
    }
    Ok(device)
}

fn child(folder: &Path, entry: &DirEntry) -> PathBuf {
    if folder == Path::new(".") { PathBuf::from(entry.file_name()) } else { entry.path() }
}

/// `statfs(2)`: PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC, CGROUP2_SUPER_MAGIC.
#[cfg(target_os = "linux")]
fn is_of_the_kernel(path: &Path) -> bool {
    const KERNEL: [i64; 6] = [0x9fa0, 0x6265_6572, 0x6462_6720, 0x7472_6163, 0x7363_6673, 0x6367_7270];
    #[allow(clippy::useless_conversion, reason = "the field is narrower on some machines")]
    rustix::fs::statfs(path).is_ok_and(|about| KERNEL.contains(&i64::from(about.f_type)))
}

#[cfg(not(target_os = "linux"))]
fn is_of_the_kernel(_: &Path) -> bool {
    false
}
