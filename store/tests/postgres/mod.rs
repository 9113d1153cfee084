//! What PostgreSQL alone has: partitions, standbys, isolation levels.

mod isolation;
mod partitions;
mod refusals;
mod standby;
