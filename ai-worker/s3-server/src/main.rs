//! A store that speaks S3 and checks signatures, on the files of a folder, for tests: `matinee-s3-server FOLDER ADDRESS KEY SECRET`.
//!
//! It tells the address that it listens at, and ends when its input does: as soon as whoever started it is gone.
//!
//! A process of its own, and no default member: what it needs switches on features of what everything else needs, too, so that, as a
//! part of the tests, it had every crate compiled twice, once for the binaries and once for them.

use std::{error::Error, io};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::{net::TcpListener, task::spawn_blocking};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, address, key, secret] = arguments.as_slice() else {
        return Err("matinee-s3-server FOLDER ADDRESS KEY SECRET".into());
    };
    let files = FileSystem::new(folder).map_err(|error| format!("{folder} can't be served: {error:?}"))?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(key.as_str(), secret.as_str()));
    let service = service.build();
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
    println!("{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service.clone()));
        }
    });
    spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await??;
    Ok(())
}
