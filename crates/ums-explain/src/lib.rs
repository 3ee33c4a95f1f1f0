#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod captured;
mod claim;
mod explanation;
mod mask;
mod mistake;
mod readings;
mod scheme;
mod sent;
mod trials;
mod zones;

pub use captured::{CapturedRequest, InvalidCapture};
pub use claim::Claim;
pub use explanation::{Explanation, Step};
pub use mistake::{Mistake, Part};
pub use scheme::explain;
