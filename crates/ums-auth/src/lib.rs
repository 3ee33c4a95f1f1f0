//! Signing rules of the UMS (银联商务) open platform, pure and no_std.
