//! What a case of the kit is.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::store_kit::fault::CaseResult;
use crate::store_kit::ground::Ground;

/// One thing that a store owes, and how it is tried.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StoreCase {
    /// Its name, which says what is owed.
    pub name: &'static str,
    pub(super) check: for<'a> fn(&'a Ground) -> CaseFuture<'a>,
}

impl fmt::Debug for StoreCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoreCase").field(&self.name).finish()
    }
}

pub(super) type CaseFuture<'a> = Pin<Box<dyn Future<Output = CaseResult> + 'a>>;
/// Names the cases of a file, each with what it does.
macro_rules! cases {
    ($($(#[$meta:meta])* $name:ident($ground:ident) $body:block)+) => {
        pub(in crate::store_kit) const CASES: &[$crate::store_kit::case::StoreCase] = &[$(
            $crate::store_kit::case::StoreCase {
                name: stringify!($name),
                check: |ground| Box::pin($name(ground)),
            },
        )+];

        $(
            $(#[$meta])*
            async fn $name(
                $ground: &$crate::store_kit::ground::Ground,
            ) -> $crate::store_kit::fault::CaseResult {
                $body
                Ok(())
            }
        )+
    };
}

pub(super) use cases;
