//! Whether others on this machine could have read a file, or put another in its place.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, FailureKind};
use crate::language::{Message, Told};
use crate::print::output::talk;
use crate::print::visible::{for_shell, visible};

/// How a file lies open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exposure {
    what: (String, String),
    file: PathBuf,
    gap: Gap,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Gap {
    /// Somebody else owns it.
    Owner(u32),
    /// Others can read it.
    Read,
    /// Others can write to it.
    Write,
    /// A directory above it is somebody else's.
    DirectoryOwner(PathBuf, u32),
    /// Others can put another file in the place of it, or of a directory above it.
    Directory(PathBuf),
}

/// What others must not do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Neither read nor change it.
    Secret,
    /// Not change it.
    Unchanged,
}

impl Exposure {
    /// How the file lies open, if it does. `metadata` is of the file as it was read, and the first
    /// two are what to call it.
    #[cfg(unix)]
    pub(crate) fn of(
        (english, chinese): (&str, &str),
        path: &Path,
        metadata: &Metadata,
        keep: Keep,
    ) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let this_user = rustix::process::geteuid().as_raw();
        let gap = of_file(metadata.uid(), metadata.mode(), this_user, keep)
            .or_else(|| of_directories(path, this_user));
        gap.map(|gap| Self {
            what: (english.to_owned(), chinese.to_owned()),
            file: path.to_owned(),
            gap,
        })
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_: (&str, &str), _: &Path, _: &Metadata, _: Keep) -> Option<Self> {
        None
    }

    /// Whether others can change the file, or put another one in its place.
    pub(crate) fn is_to_writers(&self) -> bool {
        matches!(self.gap, Gap::Owner(_) | Gap::Write | Gap::Directory(_))
    }

    /// Refuses the file where live money is at stake, and warns otherwise.
    ///
    /// # Errors
    ///
    /// Live money is at stake.
    pub(crate) fn tolerate(&self, is_live: bool, kind: FailureKind) -> Result<(), Failure> {
        if is_live {
            let why = ("not with live money", "涉及真实资金，拒绝使用");
            return Err(Failure::new(kind, self).about(why));
        }
        talk(Message::new("warning: ", "警告：").and(self.told()));
        Ok(())
    }
}

/// Root can do anything, so root's are as good as one's own.
#[cfg(unix)]
fn of_file(owner: u32, mode: u32, this_user: u32, keep: Keep) -> Option<Gap> {
    if ![this_user, 0].contains(&owner) {
        Some(Gap::Owner(owner))
    } else if mode & 0o022 != 0 {
        Some(Gap::Write)
    } else if keep == Keep::Secret && mode & 0o077 != 0 {
        Some(Gap::Read)
    } else {
        None
    }
}

/// The directories from the file up to the root, as the path is written and as it is once its links
/// are followed.
#[cfg(unix)]
fn of_directories(path: &Path, this_user: u32) -> Option<Gap> {
    use std::os::unix::fs::MetadataExt;
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return None,
    };
    let real = path.canonicalize().ok();
    let real = real.as_deref().and_then(Path::parent);
    let written = parent.canonicalize().ok();
    let starts = [written.as_deref(), real];
    starts
        .into_iter()
        .flatten()
        .flat_map(Path::ancestors)
        .find_map(|directory| {
            let metadata = directory.metadata().ok()?;
            of_directory(directory, metadata.uid(), metadata.mode(), this_user)
        })
}

#[cfg(unix)]
fn of_directory(directory: &Path, owner: u32, mode: u32, this_user: u32) -> Option<Gap> {
    /// In such a directory only its owner, and that of a file, can replace the file.
    const STICKY: u32 = 0o1000;
    if ![this_user, 0].contains(&owner) {
        Some(Gap::DirectoryOwner(directory.to_owned(), owner))
    } else if mode & 0o022 != 0 && mode & STICKY == 0 {
        Some(Gap::Directory(directory.to_owned()))
    } else {
        None
    }
}

impl Told for Exposure {
    fn told(&self) -> Message {
        let Self { what, file, gap } = self;
        let name = visible(&file.display().to_string());
        let (english, chinese) = what;
        let (english, chinese) = (format!("the {english} {name}"), format!("{chinese} {name}"));
        let (english, chinese, mend) = match gap {
            Gap::Owner(user) => (
                format!("{english} belongs to another user (id {user})"),
                format!("{chinese} 属于其他用户（用户编号 {user}）"),
                None,
            ),
            Gap::Read => (
                format!("others on this machine can read {english}"),
                format!("本机其他用户可以读取 {chinese}"),
                Some(("600", file)),
            ),
            Gap::Write => (
                format!("others on this machine can change {english}"),
                format!("本机其他用户可以修改 {chinese}"),
                Some(("go-w", file)),
            ),
            Gap::DirectoryOwner(directory, user) => {
                let above = visible(&directory.display().to_string());
                (
                    format!(
                        "{english} lies below {above}, which belongs to another user (id {user})"
                    ),
                    format!("{chinese} 位于 {above} 之下，该目录属于其他用户（用户编号 {user}）"),
                    None,
                )
            }
            Gap::Directory(directory) => {
                let above = visible(&directory.display().to_string());
                (
                    format!(
                        "others on this machine can replace {english}, as they can write to {above}"
                    ),
                    format!("本机其他用户可以写入 {above}，因而可以替换 {chinese}"),
                    Some(("go-w", directory)),
                )
            }
        };
        let command = mend.and_then(|(mode, path)| Some((mode, for_shell(path)?)));
        Message::new(english, chinese).and(match command {
            Some((mode, path)) => Message::new("; run: ", "；请运行：")
                .and(Message::name(format!("chmod {mode} {path}"))),
            None => Message::new(
                "; keep it where only you can write",
                "；请放在只有您能写入的位置",
            ),
        })
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    const USER: u32 = 1000;

    #[test]
    fn a_file_is_its_users_or_roots_and_nobody_elses() {
        for (owner, mode, secret, unchanged) in [
            (USER, 0o600, None, None),
            (USER, 0o400, None, None),
            (0, 0o600, None, None),
            (0, 0o644, Some(Gap::Read), None),
            (USER, 0o640, Some(Gap::Read), None),
            (USER, 0o604, Some(Gap::Read), None),
            (USER, 0o601, Some(Gap::Read), None),
            (USER, 0o620, Some(Gap::Write), Some(Gap::Write)),
            (USER, 0o602, Some(Gap::Write), Some(Gap::Write)),
            (1001, 0o600, Some(Gap::Owner(1001)), Some(Gap::Owner(1001))),
        ] {
            let of = |keep| of_file(owner, mode, USER, keep);
            assert_eq!(of(Keep::Secret), secret, "{owner} {mode:o}");
            assert_eq!(of(Keep::Unchanged), unchanged, "{owner} {mode:o}");
        }
        // What another user owns is not root's either.
        assert_eq!(
            of_file(USER, 0o600, 0, Keep::Secret),
            Some(Gap::Owner(USER))
        );
    }

    #[test]
    fn a_directory_is_its_users_or_roots_or_sticky() {
        let directory = Path::new("/d");
        let open = Some(Gap::Directory(directory.to_owned()));
        for (owner, mode, gap) in [
            (USER, 0o755, None),
            (0, 0o755, None),
            (0, 0o1777, None),
            (USER, 0o775, open.clone()),
            (USER, 0o757, open.clone()),
            (0, 0o777, open.clone()),
            (
                1001,
                0o755,
                Some(Gap::DirectoryOwner(directory.to_owned(), 1001)),
            ),
            (
                1001,
                0o1777,
                Some(Gap::DirectoryOwner(directory.to_owned(), 1001)),
            ),
        ] {
            let found = of_directory(directory, owner, mode, USER);
            assert_eq!(found, gap, "{owner} {mode:o}");
        }
    }

    #[test]
    fn what_mends_it_is_one_line_for_a_shell() {
        let told = |file: &str, gap| {
            let exposure = Exposure {
                what: ("AppKey file".to_owned(), "AppKey 文件".to_owned()),
                file: file.into(),
                gap,
            };
            exposure.told().to_string()
        };
        insta::assert_snapshot!(
            [
                told("app.key", Gap::Read),
                told("$(id>x).key", Gap::Read),
                told("a\u{1b}[2J\n.key", Gap::Read),
                told("app.key", Gap::Write),
                told("app.key", Gap::Owner(7)),
                told("k/app.key", Gap::Directory("k o".into())),
                told("k/app.key", Gap::DirectoryOwner("k".into(), 7)),
            ]
            .join("\n"),
            @r"
        others on this machine can read the AppKey file app.key; run: chmod 600 app.key
        others on this machine can read the AppKey file $(id>x).key; run: chmod 600 '$(id>x).key'
        others on this machine can read the AppKey file a\u001b[2J\n.key; keep it where only you can write
        others on this machine can change the AppKey file app.key; run: chmod go-w app.key
        the AppKey file app.key belongs to another user (id 7); keep it where only you can write
        others on this machine can replace the AppKey file k/app.key, as they can write to k o; run: chmod go-w 'k o'
        the AppKey file k/app.key lies below k, which belongs to another user (id 7); keep it where only you can write
        "
        );
    }
}
