//! How each scheme of the platform signs, and what it sends.

pub mod notify;
pub mod open_access_token;
pub mod open_body_sig;
pub mod open_form_param;
