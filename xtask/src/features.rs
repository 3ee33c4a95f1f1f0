//! `cargo xtask features`.
pub(crate) fn run(_: &[String]) -> anyhow::Result<()> {
    Ok(())
}
