//! The command line `ums`.

fn main() {}
