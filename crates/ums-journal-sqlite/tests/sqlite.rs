//! A journal in an SQLite file: the contract, several processes, crashes, and files that are not
//! what they should be.

#[path = "sqlite/calls.rs"]
mod calls;
#[path = "sqlite/contract.rs"]
mod contract;
