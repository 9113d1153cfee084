//! What PostgreSQL alone has: partitions, standbys, isolation levels, TLS.

mod isolation;
mod partitions;
mod refusals;
mod standby;
mod tls;
