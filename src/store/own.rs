//! Files that are nobody else's: what is written there is for its owner alone, and what somebody else has put in the way is not used.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::geteuid;

const FILE: u32 = 0o600;
const FOLDER: u32 = 0o700;
/// Everybody but the owner.
const OTHERS: u32 = 0o077;

/// A new file. Whatever stands there already, a link among it, is an error.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create_new(true).read(true).append(true).mode(FILE).open(path).map_err(|error| at(path, &error))?;
    // Whatever the mask of the process has taken away or left.
    file.set_permissions(Permissions::from_mode(FILE))?;
    Ok(file)
}

/// A file that was there, to be read and added to. A link would lead what is written to wherever somebody wants it.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let plain = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new().read(true).append(true).custom_flags(plain).open(path).map_err(|error| {
        let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        if is_link { refused(path, "a link: name the file it leads to") } else { at(path, &error) }
    })?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(refused(path, "no file"));
    }
    if found.uid() != geteuid().as_raw() {
        return Err(refused(path, "somebody else's: take a copy of your own"));
    }
    if found.mode() & OTHERS != 0 {
        file.set_permissions(Permissions::from_mode(FILE))?;
    }
    Ok(file)
}

/// A file with this in it and nothing else, whatever was there before: whole or not at all, so it is written beside it and put in its place.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        return Err(refused(path, "no file but something that leads elsewhere"));
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    // Left by one of the same number that died, or put there for us to write through.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// A folder and those above it, where they are missing. One that is there must be ours, and is closed to others.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(FOLDER).recursive(true).create(path).map_err(|error| at(path, &error))?;
    let found = path.symlink_metadata()?;
    if !found.is_dir() {
        return Err(refused(path, "no folder but something that leads elsewhere"));
    }
    if found.uid() != geteuid().as_raw() {
        return Err(refused(path, "somebody else's folder"));
    }
    if found.mode() & OTHERS != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(FOLDER))?;
    }
    Ok(())
}

/// All that there is to be read, as long as it is no more than anything honest.
pub(super) fn bytes(from: impl Read, most: u64, path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(refused(path, &format!("larger than {most} bytes, as nothing of ours is")));
    }
    Ok(bytes)
}

/// The system says what is wrong, and never with what.
pub(super) fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn refused(path: &Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{} is {what}", path.display()))
}
