//! What PostgreSQL alone has: partitions, standbys, isolation levels.

mod partitions;
