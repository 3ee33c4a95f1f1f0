//! A local UMS gateway for tests and demos, with an order book, a ledger and faults.
