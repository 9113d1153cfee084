//! The memory that this process may still take: what the machine has to give, and what its control groups allow.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bytes that can be taken without anything being swapped out or ended; `None` where the system doesn't say, as off Linux.
pub fn available_bytes() -> Option<u64> {
    available_in(Path::new("/proc"), Path::new("/sys/fs/cgroup"))
}

fn available_in(proc: &Path, groups: &Path) -> Option<u64> {
    let machine = field(&fs::read_to_string(proc.join("meminfo")).ok()?, "MemAvailable:")?.checked_mul(1024)?;
    let own = fs::read_to_string(proc.join("self/cgroup")).unwrap_or_default();
    let allowed = own.lines().filter_map(|line| Group::of(line, groups)).flat_map(|group| group.left());
    Some(allowed.fold(machine, u64::min))
}

/// A control group that may limit memory, of either version of Linux's.
struct Group {
    root: PathBuf,
    path: PathBuf,
    limit: &'static str,
    usage: &'static str,
    /// In `memory.stat`: files' pages that go when memory is short, and are counted as used.
    reclaimable: &'static str,
}

impl Group {
    /// Of a line of `/proc/self/cgroup`: number, controllers, path; no controllers are named in version 2.
    fn of(line: &str, groups: &Path) -> Option<Self> {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let path = PathBuf::from(path.trim_start_matches('/'));
        if controllers.is_empty() {
            let (limit, usage, reclaimable) = ("memory.max", "memory.current", "inactive_file");
            Some(Self { root: groups.to_owned(), path, limit, usage, reclaimable })
        } else if controllers.split(',').any(|controller| controller == "memory") {
            let (limit, usage) = ("memory.limit_in_bytes", "memory.usage_in_bytes");
            Some(Self { root: groups.join("memory"), path, limit, usage, reclaimable: "total_inactive_file" })
        } else {
            None
        }
    }

    /// What it and each group above it leave; a container may see its own group as the root.
    fn left(&self) -> Vec<u64> {
        self.path.ancestors().filter_map(|path| self.left_at(&self.root.join(path))).collect()
    }

    fn left_at(&self, group: &Path) -> Option<u64> {
        let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok();
        // Where there is no limit, version 2 says so by a word.
        let (limit, usage) = (number(self.limit)?, number(self.usage)?);
        let statistics = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
        let reclaimable = field(&statistics, self.reclaimable).unwrap_or_default();
        Some(limit.saturating_sub(usage.saturating_sub(reclaimable)))
    }
}

/// The number after a name at a line's beginning.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(name)).then(|| words.next()?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    /// A machine that has 8 GiB to give, with these files.
    fn available(files: &[(&str, &str)]) -> Option<u64> {
        let place = tempfile::tempdir().unwrap();
        let machine = ("proc/meminfo", "MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\n");
        for (name, text) in std::iter::once(&machine).chain(files) {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        available_in(&place.path().join("proc"), &place.path().join("groups"))
    }

    #[test]
    fn without_limits_it_is_what_the_machine_has() {
        assert_eq!(available(&[]), Some(8 * GIB));
        let unlimited = [
            ("proc/self/cgroup", "0::/a\n"),
            ("groups/a/memory.max", "max\n"),
            ("groups/a/memory.current", "1073741824\n"),
        ];
        assert_eq!(available(&unlimited), Some(8 * GIB));
        assert_eq!(available_in(Path::new("/nowhere"), Path::new("/nowhere")), None);
    }

    #[test]
    fn the_narrowest_group_above_counts_without_files_that_can_go() {
        let version_2 = [
            ("proc/self/cgroup", "0::/a/b\n"),
            ("groups/a/memory.max", "4294967296\n"),
            ("groups/a/memory.current", "3221225472\n"),
            ("groups/a/memory.stat", "anon 1\ninactive_file 1073741824\n"),
            ("groups/a/b/memory.max", "max\n"),
        ];
        assert_eq!(available(&version_2), Some(2 * GIB));
        let version_1 = [
            ("proc/self/cgroup", "5:cpu:/a\n4:memory:/a\n0::/\n"),
            ("groups/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("groups/memory/memory.usage_in_bytes", "1\n"),
            ("groups/memory/a/memory.limit_in_bytes", "4294967296\n"),
            ("groups/memory/a/memory.usage_in_bytes", "3221225472\n"),
        ];
        assert_eq!(available(&version_1), Some(GIB));
    }
}
