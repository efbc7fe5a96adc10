//! Making a server's data directory: by `initdb` once on a machine, by a copy after that.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

use crate::{
    StartError,
    binaries::{command, run},
    user::User,
};

/// Nothing here has to survive the machine, and all orders are those of bytes.
const INITDB: [&str; 6] = [
    "--no-sync",
    "--auth=trust",
    "--username=postgres",
    "--locale=C",
    "--encoding=UTF8",
    "--data-checksums",
];

/// Makes the data directory `data` in a folder that belongs to `user`.
pub(crate) fn make(binaries: &Path, user: User, data: &Path) -> Result<(), StartError> {
    let Some(template) = template(binaries)? else {
        return initdb(binaries, user, data);
    };
    if !template.is_dir() {
        initdb(binaries, user, data)?;
        // Where it cannot be kept, as in a folder of somebody else's, the next server takes a second longer.
        let _slower = keep(data, &template);
        return Ok(());
    }
    copy(&template, data, user).or_else(|_unreadable| {
        fs::remove_dir_all(data).map_err(StartError::io("removing half a copy"))?;
        initdb(binaries, user, data)
    })
}

fn initdb(binaries: &Path, user: User, data: &Path) -> Result<(), StartError> {
    let mut initdb = command(binaries, "initdb");
    initdb.args(INITDB).arg("--pgdata").arg(data);
    run(user.runs(&mut initdb)).map(drop)
}

/// Where the template for this version is kept: in the folder that Cargo builds in, if the test program is there.
fn template(binaries: &Path) -> Result<Option<PathBuf>, StartError> {
    let program = env::current_exe().map_err(StartError::io("the path of this program"))?;
    let Some(built) = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
    else {
        return Ok(None);
    };
    let version = run(command(binaries, "postgres").arg("--version"))?;
    let mut hasher = DefaultHasher::new();
    (binaries, version, INITDB).hash(&mut hasher);
    let name = format!("postgres-{:016x}", hasher.finish());
    Ok(Some(built.join("tmp").join(name)))
}

/// Keeps a copy of `data` as the template, whole or not at all, however many programs do it at once.
fn keep(data: &Path, template: &Path) -> io::Result<()> {
    let folder = template.parent().unwrap_or(template);
    fs::create_dir_all(folder)?;
    let half = tempfile::Builder::new()
        .prefix("postgres-")
        .tempdir_in(folder)?;
    let whole = half.path().join("data");
    copy(data, &whole, User::Same)?;
    fs::rename(whole, template)
}

fn copy(from: &Path, to: &Path, owner: User) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    owner.owns(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to, owner)?;
        } else {
            fs::copy(entry.path(), &to)?;
            owner.owns(&to)?;
        }
    }
    Ok(())
}
