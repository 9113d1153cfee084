//! Texts are read by a macro, which Cargo can't see: a changed locale file must rebuild the crate.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
}
