//! What stands between a connection and a page or an API handler: static files, and the middleware in its order.

pub mod address;
pub mod assets;
pub mod csrf;
pub mod duty;
pub mod headers;
pub mod pages;
pub mod posters;
pub mod problem;
pub mod rate;
pub mod request_id;
pub mod scope;
pub mod sent_again;
pub mod site;
pub mod sitemap;
pub mod size;
pub mod telemetry;
