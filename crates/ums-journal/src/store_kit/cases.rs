//! What a store owes, by subject.

mod claims;
mod closing;
mod facts;
mod identities;
mod in_the_way;
mod journal;
mod keeping;
mod keys;
mod links;
mod not_sent;
mod orders;
mod search;
mod sending;
mod taken_back;
mod trace_numbers;

use crate::store_kit::case::StoreCase;

/// Every case.
pub(super) const ALL: &[&[StoreCase]] = &[
    journal::CASES,
    keys::CASES,
    identities::CASES,
    orders::CASES,
    links::CASES,
    sending::CASES,
    in_the_way::CASES,
    facts::CASES,
    not_sent::CASES,
    closing::CASES,
    taken_back::CASES,
    claims::CASES,
    search::CASES,
    trace_numbers::CASES,
    keeping::CASES,
];
