//! Responses as documented, and what the others amount to.
