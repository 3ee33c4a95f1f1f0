//! Moves signed bytes to the UMS gateway over hyper and rustls, and proves how far they went.
