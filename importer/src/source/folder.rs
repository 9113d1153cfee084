//! A folder's files.

use std::path::Path;

use super::{Limits, Member, Place, SourceError};

/// How deep files are looked for: the folder itself and two levels below.
const DEPTH: usize = 3;

/// Lists files, sorted by name. Hidden ones are left out; links are followed, but never more than [`DEPTH`] deep.
pub(super) fn list(path: &Path, limits: &Limits) -> Result<Vec<Member>, SourceError> {
    let mut members = Vec::new();
    let mut folders = vec![(path.to_owned(), String::new(), 1)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let failed = |source| SourceError::Open { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(file_name) = entry.file_name().into_string() else { continue };
            // A dangling link or a file we may not look at is somebody else's business.
            let Ok(metadata) = std::fs::metadata(entry.path()) else { continue };
            if file_name.starts_with('.') {
                continue;
            }
            let name = format!("{prefix}{file_name}");
            if metadata.is_dir() && depth < DEPTH {
                folders.push((entry.path(), format!("{name}/"), depth + 1));
            } else if metadata.is_file() {
                members.push(Member { name, bytes: metadata.len(), place: Place::Disk(entry.path()) });
            }
            if members.len() + folders.len() > limits.members {
                return Err(SourceError::TooManyMembers { path: path.to_owned(), limit: limits.members });
            }
        }
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}
