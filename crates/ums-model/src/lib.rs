//! Operations, fields, amounts and reply codes of the UMS (银联商务) open platform.
