//! Backups as `CockroachDB` makes them itself: into a collection, which is an address such as `nodelocal://1/matinee` or
//! `s3://BUCKET/matinee?AUTH=implicit`. Like all of this module it never ran on a `CockroachDB`.

/// What a schedule is called.
pub const SCHEDULE: &str = "matinee backup";

/// A backup of a collection: the newest, or one of those that [`list`] names.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    Latest,
    Named(&'a str),
}

fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Which<'_> {
    fn sql(self) -> String {
        match self {
            Self::Latest => "LATEST".to_owned(),
            Self::Named(one) => text(one),
        }
    }
}

/// A full backup with all changes back to the beginning of the garbage collection's time, so that it can be restored to any
/// moment of it: `backup`, "Back up a database" and "Create a full backup with revision history"; ten seconds ago, as
/// `backup`, "Considerations", advises.
pub fn create(database: &str, collection: &str) -> String {
    format!(
        "BACKUP DATABASE {} INTO {} AS OF SYSTEM TIME '-10s' WITH revision_history",
        name(database),
        text(collection)
    )
}

/// What there is, oldest first: `show-backup`, "View a list of the available full backup subdirectories".
pub fn list(collection: &str) -> String {
    format!("SHOW BACKUPS IN {}", text(collection))
}

/// Whether all files of a backup are there: `show-backup`, "Validate a backup's files"; `backup-validation`.
pub fn check_files(collection: &str, which: Which<'_>) -> String {
    format!("SHOW BACKUP FROM {} IN {} WITH check_files", which.sql(), text(collection))
}

/// Reads every row of a backup and checks its sums, while the schema alone is restored under the name `scratch`:
/// `backup-validation`, "Validate backup table data is restorable". Then [`drop_database`] removes that.
pub fn check_rows(database: &str, collection: &str, which: Which<'_>, scratch: &str) -> String {
    format!(
        "RESTORE DATABASE {} FROM {} IN {} WITH schema_only, verify_backup_table_data, new_db_name = {}",
        name(database),
        which.sql(),
        text(collection),
        text(scratch)
    )
}

/// `drop-database`.
pub fn drop_database(database: &str) -> String {
    format!("DROP DATABASE IF EXISTS {} CASCADE", name(database))
}

/// Restores as a new database; the running one is not touched: `restore`, "Restore a database" with `new_db_name`, and
/// "Restore with `AS OF SYSTEM TIME`" for a moment (`2026-11-25 12:00:00+00:00`).
pub fn restore(database: &str, collection: &str, which: Which<'_>, moment: Option<&str>, into: &str) -> String {
    let moment = moment.map(|moment| format!(" AS OF SYSTEM TIME {}", text(moment))).unwrap_or_default();
    format!(
        "RESTORE DATABASE {} FROM {} IN {}{moment} WITH new_db_name = {}",
        name(database),
        which.sql(),
        text(collection),
        text(into)
    )
}

/// A full backup each day and what changed since each hour: `create-schedule-for-backup`.
pub fn schedule(database: &str, collection: &str) -> String {
    format!(
        "CREATE SCHEDULE IF NOT EXISTS {} FOR BACKUP DATABASE {} INTO {} WITH revision_history RECURRING '@hourly' \
         FULL BACKUP '@daily' WITH SCHEDULE OPTIONS first_run = 'now'",
        text(SCHEDULE),
        name(database),
        text(collection)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_quoted() {
        let sql = restore("a\"b", "s3://x?KEY=it's", Which::Named("2026/11/25-120000.00"), Some("-5m"), "other");
        assert_eq!(
            sql,
            "RESTORE DATABASE \"a\"\"b\" FROM '2026/11/25-120000.00' IN 's3://x?KEY=it''s' AS OF SYSTEM TIME '-5m' \
             WITH new_db_name = 'other'"
        );
        assert!(check_rows("m", "c", Which::Latest, "s").contains("FROM LATEST IN 'c'"));
    }

    #[test]
    fn backups_hold_their_history() {
        assert!(create("m", "c").ends_with("WITH revision_history"));
        assert!(schedule("m", "c").contains("WITH revision_history RECURRING"));
    }
}
