//! Client for the UMS (银联商务) open platform: an operation in, an outcome out, never a guess.
